"""The extractor worker on a real broker: nothing lost, nothing committed too early, bad input costs only itself."""

from __future__ import annotations

import json
import socket
from collections import Counter
from contextlib import closing
from pathlib import Path

import psutil
import pytest
from kafka import KafkaAdminClient, KafkaProducer, TopicPartition
from kafka.admin import ConfigResource, ConfigResourceType

from deploy.local.kafka import Kafka
from deploy.local.preflight import free_port
from services import topics
from services.contracts import MAX_TEXT_BYTES, Bulletin, bulletin_id, to_json
from services.extractor.extract import extract
from services.extractor.pipeline import WINDOW_MESSAGES
from services.ops.bootstrap import ensure_topics, wanted_topics
from services.settings import Settings
from tests.integration import next_extractor
from tests.integration.extractor_process import (
    Worker,
    assert_nothing_unfinished_is_committed,
    assert_outcomes_imply_their_events,
    bulletins,
    committed,
    event_ids,
    have_outcomes,
    outcomes,
    send,
)
from tests.integration.service_process import PATIENCE_SECONDS, wait_for
from tests.integration.topic_records import dead_letters, records
from tests.servers import quick_kafka, settings_for

TEXT = topics.load()["text"]
NO_ELASTICSEARCH = "http://127.0.0.1:9"


def remove_topics(settings: Settings) -> None:
    with closing(KafkaAdminClient(bootstrap_servers=settings.kafka_bootstrap)) as admin:
        admin.delete_topics(sorted({spec.name for spec in wanted_topics()} & set(admin.list_topics())))


@pytest.fixture
def bare(kafka: Kafka, tmp_path: Path) -> Settings:
    """Settings for a broker without our topics."""
    settings = settings_for(kafka.bootstrap, NO_ELASTICSEARCH, tmp_path)
    remove_topics(settings)
    return settings


@pytest.fixture
def ready(bare: Settings) -> Settings:
    """Settings for a broker with our topics, empty."""
    ensure_topics(bare)
    return bare


def expected_events(items: list[Bulletin]) -> set[str]:
    """What the pure function reads, straight from the texts."""
    return {event.event_id for item in items for event in extract(item).events}


def assert_all_done(settings: Settings, items: list[Bulletin], workers_lost: int = 0) -> None:
    """Every bulletin has its outcome and events, none lost, repeated at most as far as the window of each lost worker."""
    told = outcomes(settings)
    assert {outcome.bulletin_id for outcome in told} == {item.bulletin_id for item in items}
    assert len(told) - len(items) <= workers_lost * WINDOW_MESSAGES
    expected = expected_events(items)
    assert len(expected) >= len(items)
    assert event_ids(settings).keys() == expected
    assert_outcomes_imply_their_events(settings)
    assert_nothing_unfinished_is_committed(settings)


def test_a_worker_started_before_its_topics_reads_everything_that_comes_afterwards(bare: Settings, tmp_path: Path) -> None:
    items = bulletins(40, "cold start")
    with Worker(bare, tmp_path) as worker:
        wait_for(lambda: "no topics" in worker.reason(), "the worker to say that topics are missing")
        assert worker.get("/livez")[0] == 200
        ensure_topics(bare)
        send(bare, items)
        wait_for(have_outcomes(bare, items), "outcomes")
        wait_for(worker.is_ready, "readiness")
        wait_for(lambda: sum(committed(bare).values()) == len(items), "the last commit")
        assert worker.terminate() == 0
    assert_all_done(bare, items)


def test_a_worker_killed_in_the_middle_loses_nothing_and_commits_nothing_too_early(ready: Settings, tmp_path: Path) -> None:
    items = bulletins(600, "killed", filler=200)
    send(ready, items)
    with Worker(ready, tmp_path) as first:
        wait_for(lambda: outcomes(ready) != [], "the first outcome")
        first.kill()
    assert len({outcome.bulletin_id for outcome in outcomes(ready)}) < len(items), "killed too late to show anything"
    assert_outcomes_imply_their_events(ready)
    assert_nothing_unfinished_is_committed(ready)
    with Worker(ready, tmp_path) as second:
        wait_for(have_outcomes(ready, items), "outcomes")
        assert second.terminate() == 0
    assert_all_done(ready, items, workers_lost=1)


def test_poison_becomes_dead_letters_and_the_good_ones_go_on(ready: Settings, tmp_path: Path) -> None:
    good = bulletins(20, "good")
    wrong = json.loads(to_json(good[0]))
    too_long = "长" * (MAX_TEXT_BYTES // 3 + 1)
    poison: dict[bytes | None, str] = {
        None: "MalformedMessage",
        b"\x00\xff not even text": "MalformedMessage",
        b'{"bulletin_id": "x"': "MalformedMessage",
        json.dumps(wrong | {"schema_version": "9.0"}).encode(): "UnknownSchemaVersion",
        json.dumps(wrong | {"text": "changed on the way"}).encode(): "WrongBulletinId",
        json.dumps(wrong | {"text": too_long, "bulletin_id": bulletin_id(too_long)}, ensure_ascii=False).encode(): "TextTooLong",
        json.dumps(wrong | {"source_id": ""}).encode(): "InvalidBulletin",
    }
    send(ready, [*good[:10], *poison, *good[10:]])
    with Worker(ready, tmp_path) as worker:
        wait_for(have_outcomes(ready, good), "outcomes")
        wait_for(lambda: len(dead_letters(ready)) == len(poison), "dead letters")
        wait_for(worker.is_ready, "readiness")
        for reason, number in Counter(poison.values()).items():
            assert worker.metric("dead_letters_total", reason=reason, service="extractor", topic=TEXT.name) == number
        assert worker.metric("bulletins_extracted_total") == len(good)
        assert worker.terminate() == 0
    letters = dead_letters(ready)
    assert {letter.value: letter.error_class for letter in letters} == poison
    originals = {(item.partition, item.offset): item for item in records(ready, TEXT.name)}
    for letter in letters:
        original = originals[letter.partition or 0, letter.offset or 0]
        assert (letter.key, letter.value, letter.headers) == (original.key, original.value, list(original.headers))
        assert (letter.topic, letter.service, letter.attempts) == (TEXT.name, "extractor", 1)
    assert sum(committed(ready).values()) == len(good) + len(poison)


def test_a_message_at_the_broker_s_limit_still_fits_into_the_dead_letters(ready: Settings, tmp_path: Path) -> None:
    value = b"x" * (TEXT.max_message_bytes - 200)
    send(ready, [value])
    with Worker(ready, tmp_path) as worker:
        wait_for(lambda: [letter.value for letter in dead_letters(ready)] == [value], "the dead letter")
        assert worker.terminate() == 0


def test_a_dead_letter_that_cannot_be_kept_ends_the_worker_without_a_commit(ready: Settings, tmp_path: Path) -> None:
    with closing(KafkaAdminClient(bootstrap_servers=ready.kafka_bootstrap)) as admin:
        admin.delete_topics([TEXT.dead_letter])
        spec = {"num_partitions": 1, "replication_factor": 1, "configs": {"max.message.bytes": "100"}}
        admin.create_topics({TEXT.dead_letter: spec})
    send(ready, [b"poison"])
    with Worker(ready, tmp_path) as worker:
        assert worker.process.wait(PATIENCE_SECONDS) == 1
        assert "dead letter" in worker.log.read_text("utf-8")
    assert committed(ready) == {}


def test_a_defect_and_a_result_that_no_topic_takes_cost_only_their_bulletins(ready: Settings, tmp_path: Path) -> None:
    """The extractor breaks its word on one text, and the events of another are too large for the broker."""
    [broken] = bulletins(1, next_extractor.BREAKS)
    [large] = bulletins(1, "示例" * 600)
    good = bulletins(5, "good")
    name = topics.load()["project_milestone"].name
    change = ConfigResource(ConfigResourceType.TOPIC, name, configs={"max.message.bytes": "3000"})
    with closing(KafkaAdminClient(bootstrap_servers=ready.kafka_bootstrap)) as admin:
        admin.alter_configs([change])
    send(ready, [broken, large, *good])
    with Worker(ready, tmp_path, module=next_extractor.__name__) as worker:
        wait_for(have_outcomes(ready, good), "outcomes")
        wait_for(lambda: len(dead_letters(ready)) == 2, "dead letters")
        wait_for(worker.is_ready, "readiness")
        for reason in ("ExtractionFailed", "ResultTooLarge"):
            assert worker.metric("dead_letters_total", reason=reason, service="extractor") == 1
        assert worker.terminate() == 0
    assert {letter.key: letter.error_class for letter in dead_letters(ready)} == {
        broken.bulletin_id.encode(): "ExtractionFailed",
        large.bulletin_id.encode(): "ResultTooLarge",
    }
    assert {outcome.bulletin_id for outcome in outcomes(ready)} == {item.bulletin_id for item in good}


@pytest.mark.parametrize("seconds_ahead", [2 * 86400, -2 * 86400])
def test_a_worker_with_a_wrong_clock_does_its_work(ready: Settings, tmp_path: Path, seconds_ahead: int) -> None:
    """By its own time its messages would be from the future: a broker takes none that are an hour ahead of it."""
    items = bulletins(10, "clock")
    send(ready, [*items, b"poison"])
    with Worker(ready, tmp_path, seconds_ahead) as worker:
        wait_for(have_outcomes(ready, items), "outcomes")
        wait_for(lambda: sum(committed(ready).values()) == len(items) + 1, "the last commit")
        assert worker.terminate() == 0
    assert [letter.error_class for letter in dead_letters(ready)] == ["MalformedMessage"]
    assert_all_done(ready, items)


def test_the_longest_text_is_read(ready: Settings, tmp_path: Path) -> None:
    sentence = "示例制造有限公司入选2025年省级智能工厂。" + "天气晴朗。" * 500
    text = (sentence * (MAX_TEXT_BYTES // len(sentence.encode()) + 1)).encode()[:MAX_TEXT_BYTES].decode("utf-8", "ignore")
    item = Bulletin(bulletin_id=bulletin_id(text), text=text, source_id="test", source_uri="file:///long")
    send(ready, [item])
    with Worker(ready, tmp_path) as worker:
        wait_for(have_outcomes(ready, [item]), "the outcome")
        assert worker.terminate() == 0
    assert_all_done(ready, [item])


def test_of_two_workers_one_is_killed_and_the_other_does_its_work(ready: Settings, tmp_path: Path) -> None:
    items = bulletins(600, "two workers", filler=200)
    with Worker(ready, tmp_path) as first, Worker(ready, tmp_path) as second:
        for worker in (first, second):
            wait_for(lambda worker=worker: '"workers": 2' in worker.get("/readyz")[1], "both workers")  # type: ignore[misc]
        for worker in (first, second):
            wait_for(lambda worker=worker: len(json.loads(worker.get("/readyz")[1])["assigned"]) == 2, "half each")  # type: ignore[misc]
        send(ready, items)
        wait_for(lambda: outcomes(ready) != [], "the first outcome")
        first.kill()
        wait_for(have_outcomes(ready, items), "outcomes")
        assert second.terminate() == 0
    assert_all_done(ready, items, workers_lost=1)


def test_a_worker_frozen_past_its_session_does_no_harm_when_it_wakes(ready: Settings, tmp_path: Path) -> None:
    items = bulletins(600, "frozen", filler=200)
    send(ready, items)
    with Worker(ready, tmp_path) as first, Worker(ready, tmp_path) as second:
        wait_for(lambda: outcomes(ready) != [], "the first outcome")
        first.freeze()
        wait_for(lambda: '"workers": 1' in second.get("/readyz")[1], "the group to give it up")
        wait_for(have_outcomes(ready, items), "outcomes")
        before = committed(ready)
        first.thaw()
        wait_for(lambda: '"workers": 2' in second.get("/readyz")[1], "the group to have it back")
        more = bulletins(100, "afterwards")
        send(ready, more)
        wait_for(have_outcomes(ready, more), "outcomes")
        assert all(committed(ready)[partition] >= offset for partition, offset in before.items())
        assert [worker.terminate() for worker in (first, second)] == [0, 0]
    assert_all_done(ready, items + more, workers_lost=1)


def test_workers_that_come_and_go_under_load_lose_nothing_and_repeat_nothing(ready: Settings, tmp_path: Path) -> None:
    items = bulletins(900, "rebalances", filler=200)
    send(ready, items[:300])
    # Nobody is killed: a worker that a busy machine holds up for some seconds is not to be taken for lost.
    calm = {"session_timeout_seconds": 30}
    with Worker(ready, tmp_path, **calm) as first:
        wait_for(lambda: outcomes(ready) != [], "the first outcome")
        with Worker(ready, tmp_path, **calm) as second, Worker(ready, tmp_path, **calm) as third:
            send(ready, items[300:600])
            wait_for(lambda: '"workers": 3' in first.get("/readyz")[1], "three workers")
            send(ready, items[600:])
            assert second.terminate() == 0
            assert first.terminate() == 0
            wait_for(have_outcomes(ready, items), "outcomes")
            assert third.terminate() == 0
    assert_all_done(ready, items)
    assert len(outcomes(ready)) == len(items)


def test_a_stop_finishes_what_is_in_hand_and_repeats_nothing(ready: Settings, tmp_path: Path) -> None:
    items = bulletins(600, "stopped", filler=200)
    send(ready, items)
    with Worker(ready, tmp_path) as first:
        wait_for(lambda: outcomes(ready) != [], "the first outcome")
        assert first.terminate(signals=2) == 0
        done = len(outcomes(ready))
        assert done < len(items), "stopped too late to show anything"
        assert sum(committed(ready).values()) == done
    with Worker(ready, tmp_path) as second:
        wait_for(have_outcomes(ready, items), "outcomes")
        assert second.terminate() == 0
    assert_all_done(ready, items)
    assert len(outcomes(ready)) == len(items)


def test_a_stop_while_waiting_for_topics_or_a_broker_is_a_stop(bare: Settings, tmp_path: Path) -> None:
    for settings in (bare, bare.model_copy(update={"kafka_bootstrap": f"127.0.0.1:{free_port()}"})):
        with Worker(settings, tmp_path) as worker:
            wait_for(lambda worker=worker: worker.get("/readyz")[0] == 503, "the health port")  # type: ignore[misc]
            assert worker.terminate() == 0


def test_a_taken_health_port_is_said_and_ends_with_an_error(bare: Settings, tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with Worker(bare, tmp_path, extractor_health_port=port) as worker:
            assert worker.process.wait(PATIENCE_SECONDS) == 1
            assert f"cannot listen on 127.0.0.1:{port}" in worker.log.read_text("utf-8")


def test_only_the_health_port_listens(ready: Settings, tmp_path: Path) -> None:
    with Worker(ready, tmp_path) as worker:
        wait_for(worker.is_ready, "readiness")
        listening = [item.laddr for item in psutil.Process(worker.process.pid).net_connections() if item.status == "LISTEN"]
        assert listening == [("127.0.0.1", worker.settings.extractor_health_port)]
        assert worker.terminate() == 0


def test_the_broker_goes_away_and_the_same_worker_goes_on(server_folder: Path, tmp_path: Path) -> None:
    with quick_kafka(server_folder) as broker:
        settings = settings_for(broker.bootstrap, NO_ELASTICSEARCH, tmp_path)
        ensure_topics(settings)
        items = bulletins(600, "broker away", filler=200)
        send(settings, items[:500])
        with Worker(settings, tmp_path) as worker:
            wait_for(lambda: outcomes(settings) != [], "the first outcome")
            broker.kill()
            wait_for(lambda: "broker" in worker.reason(), "the worker to say that the broker is away")
            broker.start()
            send(settings, items[500:])
            wait_for(have_outcomes(settings, items), "outcomes")
            wait_for(worker.is_ready, "readiness")
            assert worker.terminate() == 0
        assert_all_done(settings, items, workers_lost=1)


def test_a_stop_while_the_broker_is_away_is_a_stop(server_folder: Path, tmp_path: Path) -> None:
    with quick_kafka(server_folder) as broker:
        settings = settings_for(broker.bootstrap, NO_ELASTICSEARCH, tmp_path)
        ensure_topics(settings)
        items = bulletins(500, "stopped without a broker", filler=200)
        send(settings, items)
        with Worker(settings, tmp_path) as worker:
            wait_for(lambda: outcomes(settings) != [], "the first outcome")
            broker.kill()
            wait_for(lambda: worker.get("/readyz")[0] == 503, "the worker to see that the broker is away")
            assert worker.terminate() == 0
        broker.start()
        with Worker(settings, tmp_path) as worker:
            wait_for(have_outcomes(settings, items), "outcomes")
            assert worker.terminate() == 0
        assert_all_done(settings, items, workers_lost=1)


def test_a_worker_that_stands_still_ends_with_an_error_and_the_next_one_goes_on(ready: Settings, tmp_path: Path) -> None:
    """Faust drops the messages of a topic that is made anew under it: their offsets are lower than those it has seen."""
    before, after = bulletins(60, "before"), bulletins(10, "after")
    send(ready, before)
    with Worker(ready, tmp_path, watchdog_seconds=15) as worker:
        wait_for(lambda: sum(committed(ready).values()) == len(before), "commits")
        remove_topics(ready)
        ensure_topics(ready)
        send(ready, after)
        code = worker.process.wait(PATIENCE_SECONDS)
        assert code == 1
        assert "watchdog" in worker.log.read_text("utf-8")
    with Worker(ready, tmp_path) as second:
        wait_for(have_outcomes(ready, after), "outcomes")
        assert second.terminate() == 0
    assert_all_done(ready, after)


def test_offsets_without_messages_are_passed(ready: Settings, tmp_path: Path) -> None:
    """Deleted records at the beginning, and the marks of transactions in between and at the end."""
    gone, items = bulletins(20, "gone"), bulletins(30, "there")
    send(ready, gone)
    with closing(KafkaAdminClient(bootstrap_servers=ready.kafka_bootstrap)) as admin:
        ends = {TopicPartition(TEXT.name, partition): -1 for partition in range(TEXT.partitions)}
        admin.delete_records(ends)
    transactional = KafkaProducer(bootstrap_servers=ready.kafka_bootstrap, acks="all", transactional_id="test")
    transactional.init_transactions()
    with closing(transactional):
        for item in items:
            transactional.begin_transaction()
            transactional.send(TEXT.name, key=item.bulletin_id.encode(), value=to_json(item))
            transactional.commit_transaction()
    with Worker(ready, tmp_path, watchdog_seconds=10) as worker:
        wait_for(have_outcomes(ready, items), "outcomes")
        # The last offsets are transactions' marks, which nobody can commit past; that must not look like a standstill.
        wait_for(lambda: '"lag": 0' in worker.get("/readyz")[1] or worker.process.poll() is not None, "the worker to see it")
        wait_for(worker.is_ready, "readiness")
        assert worker.terminate() == 0
    assert_all_done(ready, items)
