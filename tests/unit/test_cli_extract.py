"""`bulletins extract`: files in, events out, and one line for each file that cannot be read."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import docx
import pytest
from reportlab.pdfgen.canvas import Canvas
from typer.testing import CliRunner, Result

from services.cli import app
from services.contracts import EVENT_ADAPTER, MAX_TEXT_BYTES, bulletin_id
from services.settings import PROJECT
from tests.unit.watcher.test_docx import saved
from tests.unit.watcher.test_pdf import pdf, write

SEED = min((PROJECT / "seeds" / "bulletins").glob("*.txt"))
SEED_IDS = [bulletin_id(SEED.read_text("utf-8"))]


def run(*arguments: str | Path, standard_input: bytes | None = None) -> Result:
    return CliRunner().invoke(app, ["extract", *map(str, arguments)], input=standard_input)


def events(result: Result) -> list[str]:
    """The ids of the bulletins that the printed events are of, each once."""
    lines = [EVENT_ADAPTER.validate_json(line) for line in result.stdout.splitlines()]
    return list(dict.fromkeys(event.bulletin_id for event in lines))


def test_prints_each_event_as_a_json_line_of_the_contract() -> None:
    result = run(SEED)
    assert (result.exit_code, result.stderr) == (0, "")
    assert events(result) == SEED_IDS
    text = SEED.read_text("utf-8")
    for line in result.stdout.splitlines():
        event = json.loads(line)
        assert text[event["evidence"]["start"] : event["evidence"]["end"]] == event["evidence"]["quote"]
        assert event["source_uri"].startswith("file:")


def test_prints_a_table_on_request() -> None:
    result = run(SEED, "--format", "table")
    assert result.exit_code == 0
    assert result.stdout.splitlines()[0].split() == ["TYPE", "WHAT", "WHEN", "WHERE", "QUOTE"]
    assert len(result.stdout.splitlines()) == len(run(SEED).stdout.splitlines()) + 1


def test_explains_on_request() -> None:
    result = run(SEED, "--explain")
    assert result.exit_code == 0
    assert "evidence" in result.stdout


def test_explains_which_word_no_rule_reads_and_quotes_it_without_markdown(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("上街区简报\n\n全区推行专班机制，实现**招引**企业拎包入驻。\n", "utf-8")
    shown = run(tmp_path / "a.txt", "--explain").stdout.splitlines()
    [line] = [line for line in shown if "no_rule" in line]
    assert line == "  - no_rule: no rule reads 招引 as an event: “全区推行专班机制，实现招引企业拎包入驻。”"


def test_reads_standard_input() -> None:
    assert events(run("-", standard_input=SEED.read_bytes())) == SEED_IDS


def test_the_same_text_has_the_same_events_whatever_its_encoding_and_name(tmp_path: Path) -> None:
    text = SEED.read_text("utf-8")
    copies = {
        "plain.txt": text.encode(),
        "国标.txt": text.encode("gb18030"),
        "bom.md": text.replace("\n", "\r\n").encode("utf-8-sig"),
    }
    for name, raw in copies.items():
        (tmp_path / name).write_bytes(raw)
        result = run(tmp_path / name)
        assert [json.loads(line)["event_id"] for line in result.stdout.splitlines()] == [
            json.loads(line)["event_id"] for line in run(SEED).stdout.splitlines()
        ]


def test_a_sidecar_counts(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_bytes(SEED.read_bytes())
    (tmp_path / "a.meta.yaml").write_text("publisher: 某区人民政府\npublished_on: 2024-05-06\n", "utf-8")
    event = json.loads(run(tmp_path / "a.txt").stdout.splitlines()[0])
    assert (event["publisher"], event["published_on"]) == ("某区人民政府", "2024-05-06")
    (tmp_path / "a.meta.yaml").write_text("publicher: 某区\n", "utf-8")
    result = run(tmp_path / "a.txt")
    assert result.exit_code == 2
    assert "a.meta.yaml" in result.stderr


UNUSABLE = {
    "binary.txt": (b"\x00\x01\x02", "NUL"),
    "text.txt": (b"%PDF-1.7\n...", "a PDF file"),
    "report.pdf": (b"%PDF-1.7\n...\x00", "no whole PDF file"),
    "report.docx": (b"PK\x03\x04\x00", "docx"),
    "empty.txt": (b" \n\n", "no text"),
    "large.txt": ("长".encode() * (MAX_TEXT_BYTES // 3 + 1), "2097152"),
    "huge.txt": (b"x" * (3 * MAX_TEXT_BYTES), "2097152"),
    "damaged.txt": ("某区项目投产。".encode() * 20 + b"\xe6", "damaged"),
}


@pytest.mark.parametrize("name", UNUSABLE)
def test_a_file_that_is_no_bulletin_costs_one_line_and_the_exit_code(tmp_path: Path, name: str) -> None:
    raw, said = UNUSABLE[name]
    (tmp_path / name).write_bytes(raw)
    result = run(tmp_path / name, SEED)
    assert result.exit_code == 2
    assert result.stderr.count("\n") == 1
    assert result.stderr.startswith(f"bulletins: {tmp_path / name}: ")
    assert said in result.stderr
    assert events(result) == SEED_IDS


def test_documents_are_read_as_a_watched_folder_reads_them(tmp_path: Path) -> None:
    text = "总投资3.5亿元的示例产业园项目正式开工，这是全区今年的第一个重点项目。"

    def drawn(canvas: Canvas) -> None:
        write(canvas, 50, 700, [text])

    (tmp_path / "report.pdf").write_bytes(pdf(drawn))
    document = docx.Document()
    document.add_paragraph(text)
    (tmp_path / "report.docx").write_bytes(saved(document))
    (tmp_path / "page.html").write_text(f"<html><body><p>{text}</p></body></html>", "utf-8")
    (tmp_path / "without a suffix").write_bytes((tmp_path / "report.docx").read_bytes())
    for file in tmp_path.iterdir():
        result = run(file)
        assert (result.exit_code, result.stderr) == (0, "")
        assert any(json.loads(event)["event_type"] == "investment_report" for event in result.stdout.splitlines()), file
    assert "investment_report" in run("-", standard_input=(tmp_path / "report.pdf").read_bytes()).stdout


def test_no_headings_where_no_file_could_be_read(tmp_path: Path) -> None:
    (tmp_path / "empty.txt").write_bytes(b"")
    assert run(tmp_path / "empty.txt", "--format", "table").stdout == ""
    (tmp_path / "plain.txt").write_text("今天天气晴好。", "utf-8")
    assert run(tmp_path / "plain.txt", "--format", "table").stdout.startswith("TYPE")


def test_what_is_not_there_or_no_file_too(tmp_path: Path) -> None:
    result = run(tmp_path / "missing.txt", tmp_path, SEED)
    assert result.exit_code == 2
    assert result.stderr.splitlines() == [
        f"bulletins: {tmp_path / 'missing.txt'}: No such file or directory",
        f"bulletins: {tmp_path}: Is a directory",
    ]
    assert events(result) == SEED_IDS


def test_a_stream_without_end_is_not_read_to_its_end() -> None:
    result = run("/dev/zero")
    assert result.exit_code == 2
    assert "2097152" in result.stderr


def test_needs_a_file() -> None:
    assert run().exit_code == 2


def test_a_reader_that_goes_away_ends_the_command_quietly() -> None:
    command = [sys.executable, "-m", "services.cli", "extract", *[str(SEED)] * 200]
    reader, writer = os.pipe()
    with subprocess.Popen(command, cwd=PROJECT, stdout=writer, stderr=subprocess.PIPE) as process:
        os.close(writer)
        assert os.read(reader, 1) == b"{"
        os.close(reader)
        _, said = process.communicate(timeout=120)
    assert process.returncode == 141  # as for any program that a closed pipe ends: 128 + SIGPIPE
    assert said == b""
