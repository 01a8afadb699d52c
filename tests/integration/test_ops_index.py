"""A newer extractor, a repair and a rebuilt index, with the real services at work."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import pytest
from elasticsearch import Elasticsearch

from deploy.local.services import environment
from services import indices, keystore
from services.apikeys import Scope
from services.contracts import Bulletin, json_dict
from services.extractor.extract import extract
from services.settings import PROJECT, Settings
from tests.integration import next_extractor
from tests.integration.api_process import Api
from tests.integration.extractor_process import Worker, bulletins, have_outcomes, send
from tests.integration.indexer_process import Indexer, indexed, own_indices, readings, sent, state, uncommitted
from tests.integration.indexer_process import expected as expected_events
from tests.integration.service_process import feeding, wait_for
from tests.integration.test_ops import run
from tests.readings import Reading, bulletin, event, message, read
from tests.readings import send as send_messages


@pytest.fixture
def client(settings: Settings, empty_topics: None) -> Iterator[Elasticsearch]:
    with own_indices(settings) as client:
        yield client


@contextmanager
def next_worker(settings: Settings) -> Iterator[None]:
    command = [sys.executable, "-m", next_extractor.__name__]
    with subprocess.Popen(command, cwd=PROJECT, env=os.environ | environment(settings), stderr=subprocess.DEVNULL) as process:
        try:
            yield
        finally:
            process.kill()


def events_of(items: list[Bulletin]) -> dict[str, str]:
    """The rule of each event by its id, as the pure function reads it."""
    return {found.event_id: found.rule for item in items for found in extract(item).events}


def rules(client: Elasticsearch, settings: Settings) -> dict[str, str]:
    client.indices.refresh(index=settings.events_index)
    hits = client.search(index=settings.events_index, size=1000)["hits"]["hits"]
    return {hit["_id"]: hit["_source"]["rule"] for hit in hits}


def test_a_newer_extractor_reads_everything_again_and_the_index_says_what_it_says(
    settings: Settings, client: Elasticsearch, tmp_path: Path
) -> None:
    items = bulletins(30, "reread")
    send(settings, items)
    with Indexer(settings, tmp_path):
        with Worker(settings, tmp_path) as worker:
            wait_for(have_outcomes(settings, items), "outcomes")
            wait_for(lambda: rules(client, settings) == events_of(items), "the events of this version")
            assert worker.terminate() == 0
        again = {found.event_id for item in items for found in next_extractor.read_otherwise(item).events}
        assert 0 < len(again) < len(events_of(items))
        with next_worker(settings):
            assert run(settings, "replay", "--all", "--rate", "200").exit_code == 0
            wait_for(lambda: rules(client, settings) == dict.fromkeys(again, "next"), "the events of the next version alone")
        gone = state(client, settings, items[0].bulletin_id).retracted
        assert {(entry.event_type, entry.reason) for entry in gone} == {("accolade", "reread")}
        assert run(settings, "reconcile", "--wait", "60").exit_code == 0


def test_a_repair_sends_what_is_missing_and_takes_out_what_is_not_said(
    settings: Settings, client: Elasticsearch, tmp_path: Path
) -> None:
    items = bulletins(20, "repair")
    send(settings, items)
    with Worker(settings, tmp_path), Indexer(settings, tmp_path):
        wait_for(have_outcomes(settings, items), "outcomes")
        wait_for(lambda: rules(client, settings) == events_of(items), "the events")
        assert run(settings, "reconcile", "--wait", "60").exit_code == 0
    # What a hand can break: events, a bulletin and a state gone, and an event that nobody said.
    for event_id in sorted(events_of(items))[:3]:
        client.delete(index=settings.events_index, id=event_id)
    client.delete(index=settings.bulletins_index, id=items[4].bulletin_id)
    client.delete(index=settings.states_index, id=items[5].bulletin_id)
    stray = event(bulletin(items[6].text), 1).model_copy(update={"extractor": extract(items[6]).events[0].extractor})
    client.index(index=settings.events_index, id=stray.event_id, document=json_dict(stray))
    broken = run(settings, "reconcile")
    kinds = {line.split()[0] for line in broken.stdout.splitlines()}
    assert kinds == {"event_not_indexed", "bulletin_not_indexed", "outcome_not_indexed", "event_not_said"}
    assert broken.exit_code == 1
    with Worker(settings, tmp_path), Indexer(settings, tmp_path):
        mended = run(settings, "reconcile", "--repair")
    assert (mended.exit_code, mended.stdout) == (0, ""), mended.stdout + mended.stderr
    assert "sent again" in mended.stderr
    assert rules(client, settings) == events_of(items)
    assert state(client, settings, items[6].bulletin_id).retracted[-1].event_id == stray.event_id


def test_what_no_sending_mends_is_still_a_difference_after_a_repair(settings: Settings, client: Elasticsearch) -> None:
    reading = read(bulletin("没有人发布过。"), [])
    client.index(
        index=settings.states_index,
        id=reading.bulletin.bulletin_id,
        document={"bulletin_id": reading.bulletin.bulletin_id, "outcome": json_dict(reading.outcome)},
    )
    send_messages(settings.kafka_bootstrap, [message(reading.outcome)])
    shown = run(settings, "reconcile", "--repair")
    assert shown.exit_code == 1
    assert shown.stdout.startswith("unknown_bulletin")


def test_indices_are_built_anew_and_swapped_while_queries_and_the_indexer_go_on(
    settings: Settings, client: Elasticsearch, tmp_path: Path
) -> None:
    before, during, after = readings(150, events=20), readings(30, name="during"), readings(10, name="after")
    send_messages(settings.kafka_bootstrap, sent(before))
    with Indexer(settings, tmp_path) as indexer:
        wait_for(lambda: uncommitted(settings) == 0, "all of it to be indexed")
        client.indices.refresh(index=settings.events_index)
        api = Api(settings)
        try:
            with queries(api, len(expected_events(before))) as seen, one_by_one(settings, during):
                shown = subprocess.run(
                    [sys.executable, "-m", "services.cli", "reindex"],
                    cwd=PROJECT,
                    env=os.environ | environment(settings),
                    capture_output=True,
                    text=True,
                    check=False,
                )
        finally:
            api.stop()
        assert shown.returncode == 0, shown.stdout + shown.stderr
        assert f"{settings.events_index}  {settings.events_index}-v1 -> {settings.events_index}-v2" in shown.stdout
        assert seen.problems == []
        assert seen.asked > 20
        send_messages(settings.kafka_bootstrap, sent(after))
        wait_for(lambda: uncommitted(settings) == 0, "what came later")
        assert indexer.metric("dead_letters_total") == 0
    assert indexed(settings) == expected_events(before) | expected_events(during) | expected_events(after)
    assert list(client.indices.get_alias(name=settings.events_index)) == [f"{settings.events_index}-v2"]
    old = client.indices.get_settings(index=f"{settings.events_index}-v1")
    assert old[f"{settings.events_index}-v1"]["settings"]["index"]["blocks"] == {"write": "true"}
    assert run(settings, "reconcile").exit_code == 0


def test_what_an_indexer_remembers_of_the_old_indices_does_not_mislead_it_in_the_new_ones(
    settings: Settings, client: Elasticsearch, tmp_path: Path
) -> None:
    """Revisions, newer readings, older messages that come again: one indexer, one swap, and keys that are on no topic."""
    key, _ = keystore.create(settings, "kept", [Scope.READ], 100)
    first = [read(bulletin(f"第{number}期", 1, f"file:///swap/{number}"), range(6)) for number in range(30)]
    send_messages(settings.kafka_bootstrap, sent(first))
    with Indexer(settings, tmp_path) as indexer:
        wait_for(lambda: uncommitted(settings) == 0, "all of it to be indexed")
        assert run(settings, "reindex").exit_code == 0
        for alias in (settings.events_index, settings.states_index):
            old, new = writes(client, f"{alias}-v1"), writes(client, f"{alias}-v2")
            assert old
            assert new
            assert old.isdisjoint(new), "what was read from the old index must never name a write to the new one"
        revised = [read(bulletin(f"第{number}期，修订", 2, f"file:///swap/{number}"), range(4)) for number in range(10)]
        newer = [read(reading.bulletin, range(1, 8), "0.2.0") for reading in first[10:20]]
        # The first readings come again behind what replaces them.
        send_messages(settings.kafka_bootstrap, sent([*revised, *newer, *first]))
        wait_for(lambda: uncommitted(settings) == 0, "what came after the swap")
        assert indexed(settings) == expected_events([*revised, *newer, *first[20:]])
        assert state(client, settings, first[0].bulletin.bulletin_id).retracted_count == 6
        assert state(client, settings, first[10].bulletin.bulletin_id).retracted_count == 1
        assert indexer.metric("dead_letters_total") == 0
        assert indexer.terminate() == 0
    assert list(client.indices.get_alias(name=settings.events_index)) == [f"{settings.events_index}-v2"]
    assert keystore.listed(settings) == [key]


def writes(client: Elasticsearch, index: str) -> set[tuple[int, int]]:
    """Sequence number and primary term of all documents."""
    client.indices.refresh(index=index)
    hits = client.search(index=index, size=1000, seq_no_primary_term=True, source=False)["hits"]["hits"]
    return {(hit["_seq_no"], hit["_primary_term"]) for hit in hits}


def test_ten_thousand_events_of_one_bulletin_come_and_go(settings: Settings, client: Elasticsearch, tmp_path: Path) -> None:
    sentences = "\n".join(f"总投资3.5亿元的示例{number}号装备产业园项目正式开工。" for number in range(5000))
    large, small = revision(f"2025年示例区重点工作简报\n{sentences}", 1), revision("总投资3.5亿元的示例产业园项目正式开工。", 2)
    assert len(extract(large).events) == 10_000
    with Worker(settings, tmp_path), Indexer(settings, tmp_path):
        send(settings, [large])
        wait_for(lambda: count(client, settings) == 10_000, "the events")
        send(settings, [small])
        wait_for(lambda: count(client, settings) == len(events_of([small])), "the events of the text that took its place")
        wait_for(lambda: uncommitted(settings) == 0, "all to be acknowledged")
    assert indexed(settings) == events_of([small]).keys()
    gone = state(client, settings, large.bulletin_id)
    assert (gone.retracted_count, len(gone.retracted), gone.sweep_pending) == (10_000, 1000, False)


def count(client: Elasticsearch, settings: Settings) -> int:
    client.indices.refresh(index=settings.events_index)
    return int(client.count(index=settings.events_index)["count"])


def revision(text: str, number: int) -> Bulletin:
    return bulletin(text, number, "file:///one")


class Seen:
    def __init__(self) -> None:
        self.asked = 0
        self.problems: list[str] = []


@contextmanager
def queries(api: Api, least: int) -> Iterator[Seen]:
    """Ask without a pause; an error, or fewer events than there were before, is a problem."""
    seen, done = Seen(), threading.Event()

    def ask() -> None:
        most = least
        while not done.is_set():
            reply = api.get("/v1/events?limit=1")
            total = reply.json["total"] if reply.status == 200 else -1
            if total < most:
                seen.problems.append(f"{reply.status}: {total} of {most} events")
            most = max(most, total)
            seen.asked += 1

    thread = threading.Thread(target=ask)
    thread.start()
    try:
        yield seen
    finally:
        done.set()
        thread.join()


def one_by_one(settings: Settings, given: list[Reading]) -> AbstractContextManager[None]:
    return feeding(lambda reading: send_messages(settings.kafka_bootstrap, sent([reading])), given, 0.3)


def test_a_rebuild_that_was_interrupted_leaves_the_old_indices_at_work(
    settings: Settings, client: Elasticsearch, tmp_path: Path
) -> None:
    """Killed at the worst time: while the writing to the old indices is blocked."""
    given, more = readings(20), readings(5, name="more")
    send_messages(settings.kafka_bootstrap, sent(given))
    with Indexer(settings, tmp_path):
        wait_for(lambda: uncommitted(settings) == 0, "all of it to be indexed")
        names = [index.first_name for index in indices.all_indices(settings)]
        building = f"{settings.events_index}-building"
        client.indices.create(index=f"{settings.events_index}-v2", aliases={building: {}})
        client.indices.put_settings(index=names, settings={"index.blocks.write": True})
        send_messages(settings.kafka_bootstrap, sent(more))
        time.sleep(1)
        shown = run(settings, "reindex", "--delete-old")
        assert shown.exit_code == 0, shown.stdout + shown.stderr
        wait_for(lambda: uncommitted(settings) == 0, "what waited")
        assert indexed(settings) == expected_events(given) | expected_events(more)
    assert not client.indices.exists(index=names)
    assert not client.indices.exists_alias(name=building)
