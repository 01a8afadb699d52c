"""One, two and four processes of each service while bulletins come in, and back to one: each partition has one owner, nothing is lost."""

from __future__ import annotations

import json
from contextlib import ExitStack, closing
from pathlib import Path

from services import indices
from services.extractor.extract import extract
from services.settings import Settings
from tests.integration.extractor_process import Worker, bulletins, have_outcomes, send
from tests.integration.indexer_process import Indexer, indexed, uncommitted
from tests.integration.service_process import feeding, wait_for
from tests.integration.test_ops import run

SHARES = {1: [4], 2: [2, 2], 4: [1, 1, 1, 1]}


def shares(workers: list[Worker]) -> list[int]:
    """How many partitions each worker has; empty while one has none, or two have the same."""
    told = []
    for worker in workers:
        status, body = worker.get("/readyz")
        told.append(json.loads(body).get("assigned", []) if status else [])
    every = sorted(partition for assigned in told for partition in assigned)
    return [len(assigned) for assigned in told] if every == [0, 1, 2, 3] else []


def test_workers_and_indexers_become_two_and_four_and_one_again_under_load(
    settings: Settings, empty_topics: None, tmp_path: Path
) -> None:
    items = bulletins(1200, "scale", filler=50)
    with closing(indices.connect(settings)) as client, ExitStack() as running:
        running.callback(lambda: client.indices.delete(index=[index.first_name for index in indices.all_indices(settings)]))
        indices.ensure_indices(client, settings)
        workers: list[Worker] = []
        indexers: list[Indexer] = []
        portions = [items[start : start + 20] for start in range(0, len(items), 20)]
        with feeding(lambda portion: send(settings, portion), portions, 1):
            for number in SHARES:
                while len(workers) < number:
                    workers.append(running.enter_context(Worker(settings, tmp_path)))
                    indexers.append(running.enter_context(Indexer(settings, tmp_path)))
                wait_for(lambda number=number: shares(workers) == SHARES[number], f"{number} workers to share")  # type: ignore[misc]
                wait_for(lambda: all(indexer.is_ready() for indexer in indexers), "the indexers")
                before = sum(indexer.metric("indexer_messages_total") for indexer in indexers)
                wait_for(
                    lambda before=before: sum(indexer.metric("indexer_messages_total") for indexer in indexers) > before,  # type: ignore[misc]
                    "work to go on",
                )
            # Of four: one is asked to stop, one is killed.
            assert workers.pop().terminate() == 0
            workers.pop().kill()
            assert indexers.pop().terminate() == 0
            indexers.pop().kill()
            wait_for(lambda: shares(workers) == SHARES[2], "two workers to share")
            assert workers.pop().terminate() == 0
            assert indexers.pop().terminate() == 0
            wait_for(lambda: shares(workers) == SHARES[1], "one worker to have all")
        wait_for(have_outcomes(settings, items), "outcomes")
        wait_for(lambda: uncommitted(settings) == 0, "all to be indexed")
        assert indexed(settings) == {event.event_id for item in items for event in extract(item).events}
        proof = run(settings, "reconcile", "--wait", "60")
        assert (proof.exit_code, proof.stdout) == (0, ""), proof.stdout + proof.stderr
