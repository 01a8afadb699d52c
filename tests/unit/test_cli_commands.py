"""The command line before it reaches any server."""

from __future__ import annotations

import subprocess
import sys
from types import SimpleNamespace

import pytest
from typer.testing import CliRunner

from services.api.webhooks.manage import Manager
from services.cli import app
from services.settings import PROJECT

COMMANDS = [
    "api", "backup", "bootstrap", "credentials", "deliver", "dlq", "down", "extract", "index", "reconcile", "reindex", "replay", "restore", "search", "sources", "status",
    "tail", "up", "watch", "webhooks", "worker",
]  # fmt: skip


@pytest.fixture
def cli() -> CliRunner:
    return CliRunner()


def test_help_names_every_command(cli: CliRunner) -> None:
    shown = cli.invoke(app, ["--help"], env={"COLUMNS": "120"})
    assert shown.exit_code == 0
    for command in COMMANDS:
        assert f" {command} " in shown.stdout


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_explains_itself(cli: CliRunner, command: str) -> None:
    shown = cli.invoke(app, [command, "--help"])
    assert shown.exit_code == 0
    assert "Usage" in shown.stdout


def test_help_needs_none_of_the_heavy_libraries() -> None:
    heavy = ["faust", "fastapi", "httpx2", "elasticsearch", "kafka", "ahocorasick_rs", "rich.table"]
    script = f"import sys, services.cli; print([name for name in {heavy} if name in sys.modules])"
    shown = subprocess.run([sys.executable, "-c", script], cwd=PROJECT, capture_output=True, text=True, check=True)
    assert shown.stdout.strip() == "[]"


def test_a_setting_that_is_wrong_is_named_and_nothing_starts(cli: CliRunner) -> None:
    shown = cli.invoke(app, ["api"], env={"BULLETINS_API_PORT": "80000", "BULLETINS_LOG_FORMAT": "xml"})
    assert shown.exit_code == 2
    assert "BULLETINS_API_PORT: " in shown.stderr
    assert "BULLETINS_LOG_FORMAT: " in shown.stderr


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["tail", "news"], "there is no type 'news'; there are events, text, investment_report"),
        (["tail", "accolade", "--stage", "begun"], "there is no such stage; there are signed, approved"),
        (["replay"], "say which"),
        (["replay", "--all", "--source", "s"], "say which"),
        (["replay", "x", "--source", "s"], "not both"),
        (["dlq", "replay"], "say which"),
        (["dlq", "replay", "bulletins.text.v1.dlq:0:1", "--reason", "x"], "say which"),
        (["dlq", "drop"], "say which"),
        (["dlq", "drop", "--all", "--type", "text"], "say which"),
        (["dlq", "drop", "bulletins.text.v1.dlq:0:7-3"], "is no address"),
        (["dlq", "list", "--state", "new"], "there are open, replayed, dropped"),
        (["dlq", "show", "bulletins.text.v1:0:1"], "is no dead-letter topic"),
        (["dlq", "show", "bulletins.text.v1.dlq:0"], "is no address"),
        (["dlq", "list", "--type", "news"], "news: there is no such topic"),
        (
            ["webhooks", "add", "http://x.example/", "-f", "stag=x"],
            "--filter stag: there is no 'stag'; did you mean stage? there are",
        ),
        (
            ["webhooks", "add", "http://x.example/", "-f", "region_code=郑州"],
            "--filter region_code: is not six digits of GB/T 2260",
        ),
        (["search", "--api", "file:///etc/passwd"], "begins with http"),
    ],
)
def test_a_wrong_argument_is_told_in_one_line_with_exit_code_2(cli: CliRunner, arguments: list[str], said: str) -> None:
    shown = cli.invoke(app, arguments)
    assert shown.exit_code == 2
    assert said in shown.stderr
    assert shown.stderr.count("\n") == 1
    assert shown.stdout == ""


def test_no_dead_letter_is_told_and_not_printed(cli: CliRunner, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("services.ops.dlq.letters", lambda settings, chosen: iter(()))
    shown = cli.invoke(app, ["dlq", "list"])
    assert (shown.exit_code, shown.stdout, shown.stderr) == (0, "", "bulletins: no dead letter is open\n")
    shown = cli.invoke(app, ["dlq", "list", "--state", "open", "--state", "dropped", "--reason", "EmptyText"])
    assert shown.stderr == "bulletins: no dead letter that is asked for is open or dropped\n"


def test_an_elasticsearch_that_is_away_is_not_said_to_need_a_bootstrap(cli: CliRunner) -> None:
    shown = cli.invoke(app, ["webhooks", "list"], env={"BULLETINS_ELASTICSEARCH_URL": "http://127.0.0.1:9"})
    assert shown.exit_code == 1
    assert "Elasticsearch at http://127.0.0.1:9 does not answer: " in shown.stderr
    assert "bootstrap" not in shown.stderr


def test_a_new_webhook_s_command_complains_of_a_setting_once(cli: CliRunner, monkeypatch: pytest.MonkeyPatch) -> None:
    async def create(self: Manager, url: str, *rest: object) -> SimpleNamespace:
        return SimpleNamespace(webhook_id="w", secrets=[SimpleNamespace(secret="whsec_x")])

    monkeypatch.setattr(Manager, "create", create)
    environment = {"BULLETINS_XQZ": "1", "BULLETINS_WEBHOOK_ALLOW": "127.0.0.1:9"}
    shown = cli.invoke(app, ["webhooks", "add", "http://127.0.0.1:9/"], env=environment)
    assert (shown.exit_code, shown.stdout) == (0, "whsec_x\n")
    assert shown.stderr.count("BULLETINS_XQZ is no setting") == 1
    assert "127.0.0.1 is allowed by BULLETINS_WEBHOOK_ALLOW here" in shown.stderr
