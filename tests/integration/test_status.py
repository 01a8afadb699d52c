"""`bulletins status` with servers that it did not start: what waits, what was given up, what the sources brought."""

from __future__ import annotations

import re
from pathlib import Path

from deploy.local.preflight import free_port
from services.settings import Settings
from tests.integration.extractor_process import Worker, bulletins, have_outcomes, send
from tests.integration.service_process import wait_for
from tests.integration.test_ops import run
from tests.integration.watcher_process import Watcher, write


def test_it_says_what_waits_since_when_and_what_was_given_up(settings: Settings, empty_topics: None, tmp_path: Path) -> None:
    write(settings, "one.txt", "2025年上街区重点工作简报\n总投资3.5亿元的示例产业园项目正式开工。\n")
    with Watcher(settings, tmp_path, "--once") as watcher:
        assert watcher.ended() == 0
    items = bulletins(3, "status")
    send(settings, [*items, b"poison"])
    before = run(settings, "status").stdout
    text = re.escape("bulletins.text.v1")
    assert re.search(rf"{settings.extractor_group} +{text} +5 +\d+ s", before)
    assert re.search(rf"{settings.indexer_group} +{text} +5 +\d+ s", before)
    assert re.search(r"^none$", before, re.MULTILINE)
    assert re.search(r"^watched +20\d\d-\S+ +20\d\d-\S+ +-$", before, re.MULTILINE)
    with Worker(settings, tmp_path):
        wait_for(have_outcomes(settings, items), "outcomes")
        wait_for(
            lambda: re.search(rf"{settings.extractor_group} +{text} +0 +-", run(settings, "status").stdout) is not None, "no lag"
        )
    after = run(settings, "status").stdout
    assert re.search(rf"extractor +{text} +MalformedMessage +1 open", after)
    assert re.search(rf"{settings.indexer_group} +{re.escape('bulletins.outcome.v1')} +4 +\d+ s", after)


def test_without_a_broker_it_says_so_at_once(settings: Settings) -> None:
    away = settings.model_copy(update={"kafka_bootstrap": f"127.0.0.1:{free_port()}"})
    shown = run(away, "status")
    assert shown.exit_code == 1
    assert f"no broker listens at {away.kafka_bootstrap}" in shown.stderr
