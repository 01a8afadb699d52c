"""What the indexer waits out is told by /readyz and the metrics for as long as it lasts; what it cannot wait out ends it."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest
from aiokafka.errors import KafkaError
from elasticsearch import Elasticsearch as Client
from kafka import KafkaAdminClient

from deploy.local.elasticsearch import Elasticsearch
from services import indices, topics
from services.indexer import letters
from services.indexer.intake import Intake
from services.indexer.letters import Letters
from services.indexer.messages import MalformedMessage
from services.indexer.patience import Patience, Stopped
from services.lifecycle import StopFlag
from services.ops.bootstrap import ensure_topics
from services.settings import Settings
from tests.faults.proxy import Proxy
from tests.integration.indexer_process import Indexer, expected, indexed, readings, sent, uncommitted
from tests.integration.service_process import wait_for
from tests.integration.topic_records import dead_letters
from tests.readings import Reading, Sent, send
from tests.servers import quick_kafka, settings_for

MILESTONES = topics.load()["project_milestone"].name


@pytest.fixture
def client(settings: Settings, empty_topics: None) -> Iterator[Client]:
    """The indices of these settings are there, and removed afterwards."""
    with closing(indices.connect(settings)) as client:
        indices.ensure_indices(client, settings)
        yield client
        client.indices.delete(index=[index.first_name for index in indices.all_indices(settings)])


def test_each_trouble_with_the_index_is_told_waited_out_and_over_with_its_end(
    settings: Settings, client: Client, elasticsearch: Elasticsearch, tmp_path: Path
) -> None:
    """Too many requests, errors of the server, no permission, a closed index, a missing alias."""
    events = f"{settings.events_index}-v1"
    alias = {"index": events, "alias": settings.events_index}

    def answering(proxy: Proxy, status: int | None) -> Callable[[], None]:
        return lambda: setattr(proxy, "answer", status)

    def aliased(action: str) -> Callable[[], object]:
        return lambda: client.indices.update_aliases(actions=[{action: alias}])

    with Proxy(elasticsearch.port) as proxy:
        troubles: dict[str, tuple[Callable[[], object], Callable[[], object]]] = {
            status: (answering(proxy, int(status)), answering(proxy, None)) for status in ("429", "503", "500", "403")
        }
        troubles["index_closed"] = (lambda: client.indices.close(index=events)), (lambda: client.indices.open(index=events))
        troubles["alias"] = aliased("remove"), aliased("add")
        behind_it = settings.model_copy(update={"elasticsearch_url": proxy.url})
        given: list[Reading] = []
        with Indexer(behind_it, tmp_path) as indexer:
            for words, (begin, end) in troubles.items():
                wait_for(indexer.is_ready, f"the indexer to be ready before {words}")
                begin()
                given += readings(2, name=words)
                send(settings.kafka_bootstrap, sent(given[-2:]))
                wait_for(lambda words=words: words in indexer.reason(), f"{words} to be told")  # type: ignore[misc]
                wait_for(lambda: indexer.metric("indexer_blocked") == 1, "the metric to say that work waits")
                end()
                wanted = expected(given)
                wait_for(lambda wanted=wanted: indexed(settings) == wanted, f"what waited for the end of {words}")  # type: ignore[misc]
            wait_for(indexer.is_ready, "the indexer to be ready at last")
            assert indexer.metric("indexer_blocked") == 0
            assert indexer.metric("indexer_waits_total") >= len(troubles)
            assert indexer.metric("dead_letters_total") == 0
            wait_for(lambda: uncommitted(settings) == 0, "everything to be acknowledged")


def test_a_dead_letter_that_is_not_confirmed_is_waited_for_and_told(
    settings: Settings, empty_topics: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(letters, "CONFIRM_SECONDS", 4.0)
    dead_letter_topic = topics.load().named(MILESTONES).dead_letter
    with closing(KafkaAdminClient(bootstrap_servers=settings.kafka_bootstrap)) as admin:
        admin.delete_topics([dead_letter_topic])
        wait_for(lambda: dead_letter_topic not in admin.list_topics(), "the broker to have forgotten it")
    patience = Patience(StopFlag(), longest=0.2)
    sending = Letters(settings, patience)
    record = Sent(MILESTONES, b"k", b"no JSON", [])
    thread = threading.Thread(target=sending.send, args=([(record, MalformedMessage("no JSON"))],), daemon=True)
    thread.start()
    wait_for(lambda: "dead letters are not confirmed" in (patience.reason or ""), "the trouble to be told")
    ensure_topics(settings)
    thread.join(60)
    assert (thread.is_alive(), patience.reason) == (False, None)
    sending.close()
    assert {letter.value for letter in dead_letters(settings, MILESTONES)} == {b"no JSON"}


def test_a_broker_that_is_frozen_or_gone_is_told_until_it_is_back(server_folder: Path, tmp_path: Path) -> None:
    """Also where nothing is to be read or committed."""
    with quick_kafka(server_folder) as broker:
        settings = settings_for(broker.bootstrap, "http://127.0.0.1:9", tmp_path)
        ensure_topics(settings)
        intake = Intake.open(settings.model_copy(update={"session_timeout_seconds": 6}), Patience(StopFlag(), longest=1))

        def troubled() -> bool:
            intake.poll(100)
            return intake.trouble() is not None

        try:
            wait_for(lambda: not troubled(), "the partitions")
            broker.pause()
            wait_for(troubled, "the frozen broker to be missed")
            broker.resume()
            wait_for(lambda: not troubled(), "the broker to be heard again")
            broker.kill()
            wait_for(troubled, "the broker to be missed")
            assert "no broker at" in (intake.trouble() or "")
            broker.start()
            wait_for(lambda: not troubled(), "the broker to be back")
            # Asked to end while it waits to join anew, it has left the group already.
            broker.kill()
            stop = StopFlag()
            stop.set()
            with pytest.raises(Stopped):
                intake.join_anew(KafkaError("no use any more"), Patience(stop, longest=1))
            assert "no use any more" in (intake.trouble() or "")
        finally:
            intake.close()


def test_a_broker_that_is_gone_does_not_keep_it_from_ending(
    settings: Settings, client: Client, server_folder: Path, tmp_path: Path
) -> None:
    with quick_kafka(server_folder) as broker:
        own = settings.model_copy(update={"kafka_bootstrap": broker.bootstrap})
        ensure_topics(own)
        with Indexer(own, tmp_path) as indexer:
            wait_for(indexer.is_ready, "the indexer to be ready")
            broker.kill()
            wait_for(lambda: "no broker at" in indexer.reason(), "the broker to be missed")
            assert indexer.terminate() == 0


def test_what_nobody_foresaw_ends_it_without_a_commit_and_the_next_one_goes_on(
    settings: Settings, client: Client, tmp_path: Path
) -> None:
    states = f"{settings.states_index}-v1"
    client.indices.put_settings(index=states, settings={"index.default_pipeline": "there-is-none"})
    given = readings(3)
    send(settings.kafka_bootstrap, sent(given))
    with Indexer(settings, tmp_path) as indexer:
        assert indexer.process.wait(120) == 1
        assert "was refused" in indexer.log.read_text()
    assert uncommitted(settings) == len(sent(given))
    client.indices.put_settings(index=states, settings={"index.default_pipeline": None})
    with Indexer(settings, tmp_path) as indexer:
        wait_for(lambda: uncommitted(settings) == 0, "everything to be acknowledged")
        assert indexer.terminate() == 0
    assert indexed(settings) == expected(given)
