"""What the watcher turns down is counted by its reason and holds up nothing; topics made anew and wrong clocks do no harm."""

from __future__ import annotations

import os
from io import BytesIO
from pathlib import Path

import pytest
from reportlab.pdfgen.canvas import Canvas

from deploy.local.kafka import Kafka
from services.contracts import MAX_TEXT_BYTES
from services.settings import Settings
from services.watcher.formats.kinds import MAX_DOCUMENT_BYTES
from services.watcher.formats.pdf import MAX_PAGES
from services.watcher.main import DONE
from tests import hostile
from tests.integration.service_process import wait_for
from tests.integration.topic_records import count, dead_letters
from tests.integration.watcher_process import TEXT, Watcher, published, wait_until_published, watched, write
from tests.servers import make_topics_anew, settings_for

DAY = 86400
REPORT = "上街区重点项目快报\n全区新开工项目六个，完成投资三亿元，同比增长百分之五。\n"
NEAR_THE_LIMIT = ("全" * MAX_TEXT_BYTES)[: MAX_TEXT_BYTES // 3]


@pytest.fixture
def ready(kafka: Kafka, tmp_path: Path) -> Settings:
    """Settings for a broker with our topics, empty."""
    settings = settings_for(kafka.bootstrap, "http://127.0.0.1:9", tmp_path)
    make_topics_anew(settings)
    return settings


def pages(number: int) -> bytes:
    out = BytesIO()
    canvas = Canvas(out)
    for _ in range(number):
        canvas.showPage()
    canvas.save()
    return out.getvalue()


def scan() -> bytes:
    out = BytesIO()
    canvas = Canvas(out)
    canvas.rect(50, 50, 400, 600, fill=1)
    canvas.save()
    return out.getvalue()


def test_every_format_is_read_and_each_reason_to_turn_a_file_down_is_counted(ready: Settings, tmp_path: Path) -> None:
    good: dict[str, bytes] = {
        "a.txt": REPORT.encode("gb18030"),
        "b.md": NEAR_THE_LIMIT.encode(),
        "c.html": (hostile.PAGES / "trs.html").read_bytes(),
        "d.htm": (hostile.PAGES / "jcms.html").read_bytes(),
        "e.pdf": hostile.pdf_file(REPORT),
        "f.docx": hostile.docx_file(REPORT + "又一句。"),
    }
    bad: dict[str, tuple[str, bytes]] = {
        "EmptyText": ("empty.txt", b" \n"),
        "BinaryContent": ("binary.txt", b"%PDF-1.7\n\x00"),
        "UndecodableText": ("odd.md", b"abc \xff\xfe\xfd"),
        "NoText": ("scan.pdf", scan()),
        "ErrorPage": ("gone.html", "<title>404 页面不存在</title><h1>404</h1><p>您访问的页面不存在！</p>".encode()),
        "DamagedFile": ("cut.docx", good["f.docx"][:500]),
        "TextTooLarge": ("quotes.txt", b'"' * MAX_TEXT_BYTES),  # within the limit of a text, beyond it as JSON
        "InvalidMetadata": ("wrong.txt", "---\npublished_on: bald\n---\n甲".encode()),
        "ReadingTooCostly": ("pages.pdf", pages(MAX_PAGES + 1)),
        "UnreadableFile": ("secret.txt", REPORT.encode()),
        "AddressTooLong": ("/".join(["%" * 200] * 8) + "/a.txt", "甲".encode()),
    }
    for name, content in [*good.items(), *bad.values()]:
        write(ready, name, content)
    (watched(ready) / "secret.txt").chmod(0)
    with (watched(ready) / "huge.pdf").open("wb") as huge:
        os.truncate(huge.fileno(), MAX_DOCUMENT_BYTES + 1)
    with Watcher(ready, tmp_path) as watcher:
        wait_for(watcher.is_ready, "readiness, which bad files do not keep away")
        for reason in (*bad, "FileTooLarge"):
            assert watcher.metric("files_rejected_total", reason=reason) == 1, reason
            assert watcher.metric("dead_letters_total", reason=reason, service="watcher") == 1, reason
        assert watcher.metric("bulletins_published_total") == len(good)
        assert watcher.terminate() == DONE
    assert {bulletin.source_uri for bulletin in published(ready)} == {f"file:watched/{name}" for name in good}
    assert {letter.error_class for letter in dead_letters(ready)} == {*bad, "FileTooLarge"}


def test_topics_that_are_made_anew_under_it_get_what_comes_afterwards(ready: Settings, tmp_path: Path) -> None:
    with Watcher(ready, tmp_path) as watcher:
        write(ready, "a.txt", "甲")
        wait_until_published(ready, 1)
        make_topics_anew(ready)
        write(ready, "b.txt", "乙")
        assert [bulletin.text for bulletin in wait_until_published(ready, 1)] == ["乙"]
        wait_for(watcher.is_ready, "readiness")
        assert watcher.terminate() == DONE
    assert count(ready, TEXT.name) == 1


@pytest.mark.parametrize("days_ahead", [2, -2])
def test_a_clock_that_is_wrong_and_put_right_later_keeps_revisions_in_order(
    ready: Settings, tmp_path: Path, days_ahead: int
) -> None:
    """By its own time its messages would be from the future: a broker takes none that are an hour ahead of it."""
    write(ready, "a.txt", "甲")
    write(ready, "bad.txt", b"\x00")
    with Watcher(ready, tmp_path, "--once", seconds_ahead=days_ahead * DAY) as watcher:
        assert watcher.ended() == DONE
    [first] = published(ready)
    write(ready, "a.txt", "乙")
    with Watcher(ready, tmp_path, "--once") as watcher:
        assert watcher.ended() == DONE
    second = published(ready)[-1]
    assert (second.text, second.supersedes) == ("乙", first.bulletin_id)
    assert second.revision > first.revision
    assert [letter.error_class for letter in dead_letters(ready)] == ["BinaryContent"]
