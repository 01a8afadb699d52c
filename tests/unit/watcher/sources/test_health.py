"""A source that goes silent, fails, or was redesigned is told: in the log once, in the metrics, by `bulletins sources`."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from prometheus_client import REGISTRY
from typer.testing import CliRunner

from services.cli import app
from services.watcher.sources.health import Health, Report, report
from services.watcher.sources.model import Expected
from tests.site import Site
from tests.unit.watcher.sources.town import BODY, Town, article, listing

EXPECTED = Expected(new=4, every=timedelta(days=7))


@pytest.fixture
def town(tmp_path: Path) -> Iterator[Town]:
    with Site() as site:
        town = Town(tmp_path, site)
        yield town
        town.close()


def alarms(town: Town, expected: Expected | None = EXPECTED) -> list[str]:
    return list(reported(town, expected).alarms)


def reported(town: Town, expected: Expected | None = EXPECTED) -> Report:
    return town.state.transaction(lambda: report(town.memory, "town", expected, town.now))


def put(town: Town, *numbers: int, body: str = BODY) -> None:
    town.site.page("/list.html", listing(*(f"/a/{number}.html" for number in numbers)))
    for number in numbers:
        town.site.page(f"/a/{number}.html", article(number, body))


def test_counts_against_what_is_expected(town: Town) -> None:
    put(town, 1, 2, 3, 4)
    town.visit(town.list())
    assert alarms(town) == [], "a source is not judged before a whole period"
    found = reported(town)
    assert (found.new_in_period, found.expected, found.last_new, found.last_success) == (4, 4, town.now, town.now)
    town.visit(town.list(), days=6.5)
    assert alarms(town) == []
    put(town, 5)
    town.visit(town.list(), days=1)
    assert alarms(town) == ["few"]
    town.visit(town.list(), days=8)
    assert alarms(town) == ["silent"]
    assert alarms(town, None) == [], "nothing is expected"
    put(town, 6, 7, 8)
    town.visit(town.list(), days=1)
    assert alarms(town) == []


def test_a_list_without_links_is_a_change_of_structure_at_once(town: Town) -> None:
    put(town, 1)
    town.visit(town.list())
    town.site.page("/list.html", "<html><body><div class='grid'><a href='/a/2.html'>新版</a></div></body></html>")
    assert town.visit(town.list()) == []
    assert alarms(town) == ["structure"]
    assert town.visit(town.list()) == [], "and again, with nothing new"
    assert alarms(town) == ["structure"]
    put(town, 1, 2)
    assert len(town.visit(town.list())) == 1
    assert alarms(town) == []


def test_a_selector_that_finds_nothing_any_more(town: Town) -> None:
    source = town.list(article={"text": "#zoom"})
    put(town, 1)
    town.visit(source)
    put(town, 1, 2, 3, 4)
    for number in (2, 3, 4):
        town.site.page(f"/a/{number}.html", article(number).replace("id='zoom'", "class='detail'"))
    assert len(town.visit(source)) == 3, "the main text is found without it"
    assert alarms(town) == ["structure"]


def test_pages_that_are_no_bulletins_any_more(town: Town) -> None:
    put(town, 1)
    town.visit(town.list())
    put(town, *range(1, 7))
    for number in range(2, 7):
        town.site.page(f"/a/{number}.html", "<html><body><script>render()</script></body></html>")
    town.visit(town.list())
    assert alarms(town) == ["structure"]
    assert reported(town).failing_pages == 5


def test_a_list_that_cannot_be_read(town: Town) -> None:
    town.site.gone("/list.html", 403)
    for _ in range(3):
        assert alarms(town) == []
        town.visit(town.list())
    assert alarms(town) == ["failing"]
    assert "403" in reported(town).alarms["failing"]


def test_texts_that_lost_their_length(town: Town) -> None:
    put(town, *range(1, 16))
    town.visit(town.list())
    assert alarms(town) == []
    put(town, *range(20, 26), body="摘要：区政府第{number}次常务会议召开。")
    town.visit(town.list())
    assert alarms(town) == ["short_texts"]


def test_an_alarm_is_logged_when_it_begins_and_when_it_ends(town: Town, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    put(town, 1)
    town.visit(town.list())
    health = Health(["town"], {"town": EXPECTED}, town.state, now=lambda: town.now)

    def tell() -> list[str]:
        caplog.clear()
        health._next = 0
        health.tell()
        return [record.getMessage() for record in caplog.records if "source town" in record.getMessage()]

    def metric(name: str, **labels: str) -> float | None:
        return REGISTRY.get_sample_value(name, {"source": "town", **labels})

    assert tell() == []
    assert metric("source_silent") == 0
    town.now += 30 * 86400
    assert tell() == ["source town: silent: nothing new in 7 days, expected are 4"]
    assert (metric("source_silent"), metric("source_alarm", alarm="silent"), metric("source_expected_bulletins")) == (1, 1, 4)
    assert tell() == [], "told once"
    put(town, 2, 3)
    town.visit(town.list())
    assert tell() == ["source town: no longer silent"]
    assert metric("source_silent") == 0


def test_the_command_shows_all_sources_and_fails_where_one_needs_a_look(town: Town, tmp_path: Path) -> None:
    file = tmp_path / "sources.yaml"
    url = f"{town.site.url}/list.html"
    source = {"id": "town", "kind": "list", "url": url, "links": "a", "expected": {"new": 4, "every": "7d"}}
    file.write_text(json.dumps({"sources": [source]}), "utf-8")
    environment = {
        "BULLETINS_SOURCES": str(file),
        "BULLETINS_WATCH_FOLDERS": "",
        "BULLETINS_STATE_DIR": str(town.settings.state_dir),
    }
    cli = CliRunner()
    assert cli.invoke(app, ["sources"], env=environment).exit_code == 0
    put(town, 1)
    town.site.page("/a/1.html", "")
    town.visit(town.list())
    shown = cli.invoke(app, ["sources", "--json"], env=environment)
    line = json.loads(shown.stdout)
    assert shown.exit_code == 1
    assert (line["source_id"], line["new_in_period"], line["expected"]) == ("town", 0, 4)
    assert line["alarms"] == {"silent": "nothing new in 7 days, expected are 4"}
    assert line["pages"] == [{"source_uri": f"{town.site.url}/a/1.html", "problem": "EmptyText: the file has no text"}]
    assert "silent" in cli.invoke(app, ["sources"], env={**environment, "COLUMNS": "200"}).stdout
    assert cli.invoke(app, ["sources"], env={**environment, "BULLETINS_SOURCES": "/nowhere"}).exit_code == 2
