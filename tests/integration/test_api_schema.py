"""Schemathesis against a running API: in short what `make fuzz-api` does at length."""

from __future__ import annotations

from pathlib import Path

from tests.integration.api_process import Api
from tests.integration.fuzz_api import ask

# One of each shape: the filters of events are those of the list in all their summaries and exports.
CHOSEN = ("listEvents", "getEvent", "getProjectTimeline", "listBulletins", "getBulletin")


def test_chosen_values_are_taken_and_refused_as_the_document_says(sampled: Api, tmp_path: Path) -> None:
    only = [word for name in CHOSEN for word in ("--include-operation-id", name)]
    found = ask(sampled.url, tmp_path / "report.json", "--phases", "examples,coverage", *only)
    assert found["exit_code"] == 0, found["output"]
    assert found["operations"]["tested"] == len(CHOSEN)
    assert found["test_cases"]["generated"] > 500


def test_random_values_and_ways_through_find_nothing_that_the_document_does_not_say(sampled: Api, tmp_path: Path) -> None:
    found = ask(sampled.url, tmp_path / "report.json", "--phases", "fuzzing,stateful", "--max-examples", "15")
    assert found["exit_code"] == 0, found["output"]
    operations = found["operations"]
    assert operations["tested"] == operations["selected"] == operations["total"] - 1 >= 11
    assert found["test_cases"]["generated"] > 200
    assert "Traceback" not in sampled.log.read_text("utf-8")
