"""The indexer's process on real servers: nothing lost, nothing twice, bad input costs only itself."""

from __future__ import annotations

import copy
import json
import socket
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from aiokafka.errors import KafkaError
from elasticsearch import Elasticsearch as Client
from kafka import KafkaAdminClient

from deploy.local.preflight import free_port
from services import indices, topics
from services.indexer.intake import Intake
from services.indexer.letters import Letters
from services.indexer.messages import MalformedMessage
from services.indexer.patience import Patience
from services.lifecycle import StopFlag
from services.ops.bootstrap import ensure_topics, wanted_topics
from services.settings import Settings
from tests.integration.indexer_process import Indexer, expected, indexed, readings, sent, state, uncommitted
from tests.integration.service_process import wait_for
from tests.integration.topic_records import dead_letters
from tests.readings import Sent, bulletin, event, message, messages, read, send
from tests.servers import quick_elasticsearch, quick_kafka, settings_for

MILESTONES = topics.load()["project_milestone"].name
OUTCOMES = topics.load()["outcome"].name
TEXTS = topics.load()["text"].name


@pytest.fixture
def ready(settings: Settings, empty_topics: None) -> Iterator[Settings]:
    yield settings
    with closing(indices.connect(settings)) as client:
        for index in indices.all_indices(settings):
            client.options(ignore_status=404).indices.delete(index=index.first_name)


@pytest.fixture
def client(ready: Settings) -> Iterator[Client]:
    with closing(indices.connect(ready)) as client:
        yield client


def wait_until_done(settings: Settings) -> None:
    wait_for(lambda: uncommitted(settings) == 0, "everything to be acknowledged")


def recreate_topics(settings: Settings) -> None:
    with closing(KafkaAdminClient(bootstrap_servers=settings.kafka_bootstrap)) as admin:
        admin.delete_topics(sorted({spec.name for spec in wanted_topics()} & set(admin.list_topics())))
    ensure_topics(settings)


def block(client: Client, settings: Settings, **blocks: bool | None) -> None:
    names = [index.first_name for index in indices.topic_indices(settings)]
    client.indices.put_settings(index=names, settings={f"index.blocks.{name}": value for name, value in blocks.items()})


def test_what_is_on_the_topics_is_in_the_index_and_acknowledged(ready: Settings, client: Client, tmp_path: Path) -> None:
    given = readings(20)
    send(ready.kafka_bootstrap, sent(given))
    with Indexer(ready, tmp_path) as indexer:
        wait_for(indexer.is_ready, "the indexer to be ready")
        wait_until_done(ready)
        assert indexed(ready) == expected(given)
        assert indexer.metric("indexer_messages_total") == len(sent(given))
        assert indexer.metric("indexer_lag_messages") == 0
        assert indexer.terminate(signals=2) == 0
    client.indices.refresh(index=[ready.bulletins_index, ready.states_index])
    assert client.count(index=ready.bulletins_index)["count"] == 20
    assert state(client, ready, given[0].bulletin.bulletin_id).outcome == given[0].outcome


def test_a_killed_indexer_loses_and_repeats_nothing(ready: Settings, tmp_path: Path) -> None:
    given = readings(300, events=30)
    send(ready.kafka_bootstrap, sent(given))
    for _ in range(3):
        with Indexer(ready, tmp_path, index_batch_documents=200) as indexer:
            wait_for(lambda: indexer.metric("indexer_messages_total") > 0, "the first batches")
            indexer.kill()
    assert len(indexed(ready)) < len(expected(given))
    with Indexer(ready, tmp_path):
        wait_until_done(ready)
    assert indexed(ready) == expected(given)


def test_a_started_indexer_waits_for_topics_that_come_later(settings: Settings, tmp_path: Path) -> None:
    with closing(KafkaAdminClient(bootstrap_servers=settings.kafka_bootstrap)) as admin:
        admin.delete_topics(sorted({spec.name for spec in wanted_topics()} & set(admin.list_topics())))
    with Indexer(settings, tmp_path) as indexer:
        wait_for(lambda: "no topics" in indexer.reason(), "the missing topics to be told")
        ensure_topics(settings)
        given = readings(5)
        send(settings.kafka_bootstrap, sent(given))
        wait_until_done(settings)
        assert indexed(settings) == expected(given)


def test_poison_messages_are_dead_lettered_whole_and_the_others_go_on(ready: Settings, tmp_path: Path) -> None:
    source = bulletin("上街区重点项目开工。")
    refused = message(event(source, 1).model_copy(update={"project_count": 2**31}), revision=1)
    foreign = json.loads(message(event(source, 4)).value or b"")
    poison = [
        refused,
        refused._replace(value=b"\x00\xff not json"),
        refused._replace(value=json.dumps(foreign | {"schema_version": "2.0"}).encode()),
        refused._replace(value=json.dumps(foreign | {"stage": "dreamt_of"}).encode()),
        refused._replace(value=None),
        message(read(source).outcome)._replace(value=b"{}", key=b"another key"),
    ]
    given = readings(5)
    send(ready.kafka_bootstrap, [*poison, message(source)._replace(value=b"nobody can read this"), *sent(given)])
    with Indexer(ready, tmp_path) as indexer:
        wait_until_done(ready)
        assert indexed(ready) == expected(given)
        for topic, counted in (
            (MILESTONES, {"DocumentRejected": 1, "MalformedMessage": 2, "UnknownSchemaVersion": 1, "InvalidMessage": 1}),
            (OUTCOMES, {"InvalidMessage": 1}),
        ):
            for reason, number in counted.items():
                assert indexer.metric("dead_letters_total", topic=topic, reason=reason, service="indexer") == number
        assert indexer.metric("dead_letters_total") == len(poison)
        wait_for(indexer.is_ready, "the indexer to be ready: poison costs only itself")
    letters = [*dead_letters(ready, MILESTONES), *dead_letters(ready, OUTCOMES)]
    assert {(letter.key, letter.value, tuple(letter.headers)) for letter in letters} == {
        (item.key, item.value, tuple(item.headers)) for item in poison
    }
    assert {letter.error_class for letter in letters} == {
        "DocumentRejected",
        "MalformedMessage",
        "UnknownSchemaVersion",
        "InvalidMessage",
    }
    assert {letter.service for letter in letters} == {"indexer"}
    # The extractor reads that topic too, and sends the one dead letter that such a text has.
    assert dead_letters(ready, TEXTS) == []


def test_a_message_with_neither_key_nor_value_does_not_stop_the_dead_letters(ready: Settings) -> None:
    letters = Letters(ready, Patience(StopFlag(), longest=1))
    letters.send([(Sent(MILESTONES, None, None, []), MalformedMessage("the message has no value"))])
    letters.close()
    assert [(letter.key, letter.value, letter.error_class) for letter in dead_letters(ready, MILESTONES)] == [
        (None, b"", "MalformedMessage")
    ]


def test_while_the_index_is_read_only_nothing_is_lost_and_everybody_can_see_why(
    ready: Settings, client: Client, tmp_path: Path
) -> None:
    with Indexer(ready, tmp_path, index_batch_documents=50) as indexer:
        wait_for(indexer.is_ready, "the indexer to be ready")
        block(client, ready, write=True)
        given = readings(30)
        send(ready.kafka_bootstrap, sent(given))
        wait_for(lambda: "blocked" in indexer.reason(), "the block to be told")
        assert indexer.metric("indexer_blocked") == 1
        # Longer than the session: the group would have given its partitions away, had it stopped polling.
        time.sleep(indexer.settings.session_timeout_seconds + 2)
        assert uncommitted(ready) == len(sent(given))
        assert indexer.metric("indexer_lag_messages") > 0
        assert indexed(ready) == set()
        block(client, ready, write=None)
        wait_until_done(ready)
        assert indexed(ready) == expected(given)
        wait_for(indexer.is_ready, "the indexer to be ready again")
        assert indexer.metric("dead_letters_total") == 0
        assert indexer.log.read_text().count("assigned 20 partitions") == 1


def test_of_one_request_only_what_was_refused_for_now_is_sent_again(ready: Settings, client: Client, tmp_path: Path) -> None:
    """A full disk blocks one index with status 429, while the same request's other documents are taken."""
    with Indexer(ready, tmp_path) as indexer:
        wait_for(indexer.is_ready, "the indexer to be ready")
        events = f"{ready.events_index}-v1"
        given = readings(3)

        def block_is_told() -> bool:
            # Elasticsearch lifts this block by itself when it looks at the disk and finds room, every half a minute: it may do so right
            # before the documents come, which are sent again then.
            client.indices.put_settings(index=events, settings={"index.blocks.read_only_allow_delete": True})
            send(ready.kafka_bootstrap, sent(given))
            time.sleep(2)
            return "TOO_MANY_REQUESTS" in indexer.reason()

        wait_for(block_is_told, "the block to be told")
        wait_for(lambda: client.exists(index=ready.states_index, id=given[0].bulletin.bulletin_id).body, "the states")
        client.indices.put_settings(index=events, settings={"index.blocks.read_only_allow_delete": None})
        wait_until_done(ready)
        assert indexed(ready) == expected(given)
        assert indexer.metric("dead_letters_total") == 0


def test_two_indexers_share_the_work_and_one_takes_over(ready: Settings, tmp_path: Path) -> None:
    given = readings(100)
    with Indexer(ready, tmp_path) as first, Indexer(ready, tmp_path) as second:
        wait_for(first.is_ready, "the first to be ready")
        wait_for(second.is_ready, "the second to be ready")
        wait_for(lambda: "assigned 10 partitions" in first.log.read_text(), "the partitions to be shared")
        send(ready.kafka_bootstrap, sent(given[:50]))
        wait_for(lambda: first.metric("indexer_messages_total") > 0, "the first to work")
        wait_for(lambda: second.metric("indexer_messages_total") > 0, "the second to work")
        second.kill()
        send(ready.kafka_bootstrap, sent(given[50:]))
        wait_until_done(ready)
    assert indexed(ready) == expected(given)


def test_a_frozen_indexer_that_wakes_up_later_does_no_harm(ready: Settings, client: Client, tmp_path: Path) -> None:
    """It lost its partitions while it stood still, and what it had in hand was replaced since."""
    old = [read(bulletin(f"旧文本{number}", 1, f"file:///{number}")) for number in range(50)]
    new = [read(bulletin(f"新文本{number}", 2, f"file:///{number}")) for number in range(50)]
    with Indexer(ready, tmp_path) as first:
        wait_for(first.is_ready, "the first to be ready")
        block(client, ready, write=True)
        send(ready.kafka_bootstrap, sent(old))
        wait_for(lambda: "blocked" in first.reason(), "the first to have messages in hand")
        first.freeze()
        block(client, ready, write=None)
        with Indexer(ready, tmp_path) as second:
            send(ready.kafka_bootstrap, sent(new))
            wait_until_done(ready)
            assert indexed(ready) == expected(new)
            first.thaw()
            wait_for(first.is_ready, "the first to be back")
            more = readings(20, name="more")
            send(ready.kafka_bootstrap, sent(more))
            wait_until_done(ready)
            assert indexed(ready) == expected(new) | expected(more)
            assert second.terminate() == 0


@pytest.mark.parametrize("count", [40, 2])
def test_topics_that_are_made_anew_are_read_from_their_beginning(ready: Settings, tmp_path: Path, count: int) -> None:
    """With more messages than were read before, and with fewer."""
    before, after = readings(15, name="before"), readings(count, name="after")
    with Indexer(ready, tmp_path) as indexer:
        send(ready.kafka_bootstrap, sent(before))
        wait_until_done(ready)
        recreate_topics(ready)
        send(ready.kafka_bootstrap, sent(after))
        wait_for(lambda: indexed(ready) == expected(before) | expected(after), "the new topics' events")
        assert indexer.terminate() == 0
    with Indexer(ready, tmp_path):
        wait_until_done(ready)


def test_servers_may_go_and_come_back(server_folder: Path, tmp_path: Path) -> None:
    given = readings(60)
    with (
        quick_kafka(server_folder) as broker,
        quick_elasticsearch(server_folder) as server,
    ):
        settings = settings_for(broker.bootstrap, server.url, tmp_path)
        ensure_topics(settings)
        with Indexer(settings, tmp_path) as indexer:
            wait_for(indexer.is_ready, "the indexer to be ready")
            send(settings.kafka_bootstrap, sent(given[:20]))
            wait_until_done(settings)
            server.kill()
            send(settings.kafka_bootstrap, sent(given[20:40]))
            wait_for(lambda: indexer.reason() != "", "Elasticsearch to be missed")
            server.start()
            wait_until_done(settings)
            assert indexed(settings) == expected(given[:40])
            wait_for(indexer.is_ready, "the indexer to be ready again")
            broker.kill()
            wait_for(lambda: "broker" in indexer.reason(), "the broker to be missed")
            broker.start()
            send(settings.kafka_bootstrap, sent(given[40:]))
            wait_until_done(settings)
            assert indexed(settings) == expected(given)
            wait_for(indexer.is_ready, "the indexer to be ready again")
            # A server that has stopped answering does not keep the indexer from ending.
            server.pause()
            send(settings.kafka_bootstrap, sent(readings(5, name="never stored")))
            wait_for(lambda: indexer.metric("indexer_lag_messages") > 0, "messages in hand")
            assert indexer.terminate() == 0
            server.resume()
        assert uncommitted(settings) > 0


def test_an_indexer_started_before_its_servers_waits_for_them(tmp_path: Path) -> None:
    settings = settings_for(f"127.0.0.1:{free_port()}", f"http://127.0.0.1:{free_port()}", tmp_path)
    with Indexer(settings, tmp_path) as indexer:
        wait_for(lambda: "Elasticsearch" in indexer.reason(), "the missing server to be told")
        assert indexer.get("/livez")[0] == 200
        assert indexer.terminate() == 0


def test_an_index_with_another_mapping_ends_it_with_a_clear_error(ready: Settings, client: Client, tmp_path: Path) -> None:
    mapping = copy.deepcopy(indices.mapping("bulletin-events"))
    mapping["properties"]["event_id"]["type"] = "text"
    client.indices.create(index=f"{ready.events_index}-v1", mappings=mapping, aliases={ready.events_index: {}})
    with Indexer(ready, tmp_path) as indexer:
        assert indexer.process.wait(120) == 1
        log = indexer.log.read_text()
    assert "event_id has type='text', not 'keyword'" in log
    assert "Traceback" not in log


def test_a_taken_health_port_ends_it_with_a_clear_error(ready: Settings, tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with Indexer(ready, tmp_path, indexer_health_port=port) as indexer:
            assert indexer.process.wait(120) == 1
            assert f"cannot listen on 127.0.0.1:{port}" in indexer.log.read_text()


def test_a_client_that_cannot_go_on_is_replaced(ready: Settings, tmp_path: Path) -> None:
    """After an answer to a heartbeat that aiokafka does not know, it raises the same with every call."""

    async def heartbeat() -> bool:
        raise KafkaError("Unexpected exception in heartbeat task")

    intake = Intake.open(ready, Patience(StopFlag(), longest=1))
    patience = Patience(StopFlag(), longest=1)
    try:
        wait_for(lambda: intake.poll(100) == [] and intake.trouble() is None, "the partitions")
        intake._member._consumer._coordinator._do_heartbeat = heartbeat
        send(ready.kafka_bootstrap, messages(read(bulletin("上街区重点项目开工。"))))
        with pytest.raises(KafkaError) as raised:
            wait_for(lambda: intake.keep_membership() is not None, "the client to give up")
        with pytest.raises(KafkaError):
            wait_for(lambda: intake.keep_membership() is not None, "the client to give up again")
        intake.join_anew(raised.value, patience)
        assert "no messages" in (intake.trouble() or "")
        taken: list[object] = []

        def is_back() -> bool:
            taken.extend(intake.poll(100))
            return len(taken) >= 5 and intake.trouble() is None

        wait_for(is_back, "the member to be back")
    finally:
        intake.close()
