"""The live stream: real topics, API processes, and subscribers who are cut off."""

from __future__ import annotations

import asyncio
import random
import signal
import threading
import time
import urllib.request
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import orjson
import pytest
from aiokafka import AIOKafkaProducer
from kafka import KafkaAdminClient, KafkaConsumer, TopicPartition

from deploy.local.preflight import free_port
from services import indices, keystore, topics
from services.apikeys import Scope
from services.ops import journal
from services.ops.bootstrap import ensure_topics
from services.settings import Settings
from tests.integration.api_process import Api, made, running
from tests.integration.receiver import wait_until
from tests.integration.sse import Subscriber
from tests.servers import settings_for

pytestmark = pytest.mark.usefixtures("empty_topics")
ROLES = ("investment_report", "project_milestone", "accolade")
CUTS = 20
MANY = 1000


def some(count: int, **fields: Any) -> list[dict[str, Any]]:
    return [made(ROLES[number % 3], **fields) for number in range(count)]


def publish(settings: Settings, events: Sequence[dict[str, Any]]) -> None:
    with journal.Writer(settings) as writer:
        writer.send([record(event) for event in events])


def record(event: dict[str, Any]) -> tuple[str, bytes, bytes, list[tuple[str, bytes]]]:
    # Keys of their own, so that all partitions have some.
    return topics.load()[event["event_type"]].name, event["event_id"].encode(), orjson.dumps(event), []


def ids(told: Sequence[Any]) -> list[str]:
    return [one.data["event_id"] for one in told]


def changed(settings: Settings, **fields: Any) -> Settings:
    return settings.model_copy(update={"api_port": free_port(), **fields})


@pytest.fixture
def api(settings: Settings) -> Iterator[Api]:
    with running(changed(settings, api_stream_heartbeat_seconds=0.3)) as api:
        yield api


def test_what_is_published_is_told_as_it_stands(api: Api, settings: Settings) -> None:
    everything, starts = Subscriber(api.url), Subscriber(api.url, event_type="project_milestone", stage=["started", "signed"])
    assert everything.reply.headers["content-type"].startswith("text/event-stream")
    assert everything.retry == "retry: 2000"
    started, done = made("project_milestone", stage="started"), made("project_milestone", stage="completed")
    publish(settings, [done, *some(3)[::2], started, {"no": "event", "event_type": "accolade", "event_id": "x"}])
    heard = everything.take(4)
    assert starts.take(1)[0].data == started
    assert [one.data for one in heard if one.data == done] == [done]
    assert {one.event for one in heard} == set(ROLES)
    assert everything.hear_comment() == "heartbeat"
    assert "stream_subscribers 2.0" in api.get("/metrics").body.decode()
    assert "stream_unreadable_total 1.0" in api.get("/metrics").body.decode()


def test_the_head_of_a_stream_ends(api: Api) -> None:
    request = urllib.request.Request(f"{api.url}/v1/stream", method="HEAD")
    with urllib.request.urlopen(request, timeout=20) as reply:
        assert (reply.status, reply.headers["content-type"].partition(";")[0]) == (200, "text/event-stream")
        assert reply.read() == b""
    # It was no subscriber, or is none any more.
    wait_until(lambda: b"stream_subscribers 0.0" in api.get("/metrics").body, lambda: api.get("/metrics").body.decode())


def test_a_heartbeat_moves_on_who_hears_nothing(api: Api, settings: Settings) -> None:
    nothing = Subscriber(api.url, stage="topped_out")
    publish(settings, some(30))
    other = Subscriber(api.url, nothing.last_id)
    assert len(other.take(30)) == 30
    for _ in range(1000):  # those of before come first
        nothing.hear_comment()
        if nothing.last_id == other.last_id:
            break
    assert nothing.last_id == other.last_id


def test_twenty_cuts_under_load_cost_and_repeat_nothing(settings: Settings) -> None:
    """Between two API processes, one of which is killed; their logs are so short that some go on by a reader of their own."""
    chance = random.Random(7)
    events = some(6000)
    first, second = (changed(settings, api_stream_messages=240) for _ in range(2))
    with running(first) as one, running(second) as other:
        subscriber = Subscriber(one.url)

        def load() -> None:
            with journal.Writer(settings) as writer:
                for start in range(0, len(events), 50):
                    writer.send([record(event) for event in events[start : start + 50]])
                    time.sleep(0.02)

        writing = threading.Thread(target=load)
        writing.start()
        got: list[str] = []
        apis = [one, other]
        for cut in range(CUTS):
            got += ids(subscriber.take(chance.randrange(1, 2 * len(events) // CUTS - 50)))
            subscriber.cut()
            if cut == CUTS // 2:
                one.stop(signal.SIGKILL)
                apis = [other, Api(changed(first))]
            time.sleep(chance.choice([0, 0.05, 0.3]))
            # One who was too slow was sent away with what it had; it comes again as any other.
            subscriber = Subscriber(chance.choice(apis).url, subscriber.last_id)
            assert subscriber.status == 200, subscriber.problem
        while len(got) < len(events):
            told = next(subscriber.events(), None)
            if told is None:
                subscriber = Subscriber(other.url, subscriber.last_id)
            else:
                got.append(told.data["event_id"])
        writing.join()
        apis[1].stop()
    assert Counter(got) == Counter(event["event_id"] for event in events)


def test_a_thousand_at_once_on_one_process(api: Api, settings: Settings) -> None:
    events = some(30, region_code="410106") + some(30, region_code="330106")

    async def subscribe(number: int, ready: asyncio.Semaphore) -> int:
        """How many events came."""
        reader, writer = await asyncio.open_connection("127.0.0.1", api.settings.api_port)
        here = "?region_code=410106" if number % 2 else ""
        writer.write(f"GET /v1/stream{here} HTTP/1.1\r\nHost: {number}\r\n\r\n".encode())
        await reader.readuntil(b"connected")
        ready.release()
        wanted = len(events) // 2 if number % 2 else len(events)
        count = 0
        while count < wanted:
            count += (await reader.readuntil(b"\n")).startswith(b"data: ")
        writer.close()
        return count

    async def all_of_them() -> list[int]:
        ready = asyncio.Semaphore(0)
        tasks = [asyncio.create_task(subscribe(number, ready)) for number in range(MANY)]
        for _ in range(MANY):
            await ready.acquire()
        await asyncio.to_thread(publish, settings, events)
        return await asyncio.gather(*tasks)

    assert Counter(asyncio.run(all_of_them())) == {60: MANY // 2, 30: MANY // 2}
    assert api.get("/livez").status == 200


def test_an_id_that_is_none_is_a_problem(api: Api) -> None:
    for hostile in ("0", "A" * 7000, "-1", "' OR 1=1", "../../x", "AQMBAAA", "\xff\xfe"):
        refused = Subscriber(api.url, headers={"Last-Event-ID": hostile})
        assert (refused.status, refused.reply.headers["content-type"]) == (400, "application/problem+json")
        assert [error["pointer"] for error in refused.problem["errors"]] == ["#/header/Last-Event-ID"]
        by_parameter = Subscriber(api.url, last_event_id=hostile)
        assert [error["pointer"] for error in by_parameter.problem["errors"]] == ["#/query/last_event_id"]


def test_an_id_whose_messages_are_gone_is_a_problem(settings: Settings) -> None:
    with running(settings) as api:
        early = Subscriber(api.url)
        first_id = early.last_id
        publish(settings, some(300))
        late = early.take(300)[-1].id
    # A log so short that the first of them are not in it.
    with running(changed(settings, api_stream_messages=12)) as api:
        admin = KafkaAdminClient(bootstrap_servers=settings.kafka_bootstrap)
        names = [topic.name for topic in topics.load().events()]
        consumer = KafkaConsumer(bootstrap_servers=settings.kafka_bootstrap)
        ends = consumer.end_offsets([TopicPartition(name, number) for name in names for number in range(4)])
        consumer.close()
        assert Subscriber(api.url, last_event_id=late).status == 200
        admin.delete_records(dict(ends.items()))
        gone = Subscriber(api.url, last_event_id=first_id)
        assert (gone.status, "no longer kept" in gone.problem["detail"]) == (410, True)
        # The topics made anew: fewer messages than the id tells of.
        admin.delete_topics(names)
        while set(names) & set(admin.list_topics()):
            time.sleep(0.05)
        ensure_topics(settings)
        admin.close()
    with running(changed(settings)) as api:
        anew = Subscriber(api.url, late)
        assert (anew.status, "made anew" in anew.problem["detail"]) == (410, True)
        fresh = Subscriber(api.url)
        [event] = some(1)
        publish(settings, [event])
        assert ids(fresh.take(1)) == [event["event_id"]]


def test_only_so_many_are_served_and_the_others_are_told_when_to_come(settings: Settings) -> None:
    with running(changed(settings, api_stream_connections=3)) as api:
        served = [Subscriber(api.url) for _ in range(3)]
        refused = Subscriber(api.url)
        assert (refused.status, refused.reply.headers["retry-after"]) == (503, "5")
        served[0].cut()
        while (again := Subscriber(api.url)).status == 503:
            time.sleep(0.05)
        assert again.status == 200
        code, log = api.stop()
        # It does not wait for streams, which have no end of their own, until it has to break them off.
        assert (code, "exceeded" in log) == (0, False), log
        assert list(again.events()) == []


def test_who_takes_nothing_is_cut_off_and_goes_on_later(settings: Settings) -> None:
    with running(changed(settings, api_stream_messages=120)) as api:
        lazy, eager = Subscriber(api.url), Subscriber(api.url)
        events = some(900, section={"title": "某" * 10_000, "department": None})
        for start in range(0, len(events), 100):
            publish(settings, events[start : start + 100])
            assert len(eager.take(100)) == 100
        got = ids(list(lazy.events()))
        assert 0 < len(got) < len(events)
        assert "stream_cut_total 1.0" in api.get("/metrics").body.decode()
        again = Subscriber(api.url, lazy.last_id)
        got += ids(again.take(len(events) - len(got)))
        assert Counter(got) == Counter(event["event_id"] for event in events)


def test_only_what_was_committed_is_told(api: Api, settings: Settings) -> None:
    subscriber = Subscriber(api.url)
    aborted, committed = some(9), some(9)

    async def transact() -> None:
        async with AIOKafkaProducer(
            bootstrap_servers=settings.kafka_bootstrap, transactional_id=settings.indexer_group
        ) as producer:
            for events, end in ((aborted, producer.abort_transaction), (committed, producer.commit_transaction)):
                await producer.begin_transaction()
                for name, key, value, _ in map(record, events):
                    await producer.send_and_wait(name, value, key=key)
                await end()

    asyncio.run(transact())
    assert Counter(ids(subscriber.take(9))) == Counter(event["event_id"] for event in committed)
    subscriber.cut()
    # The marks of the transactions count in the offsets: a process started anew gets past them, too.
    with running(changed(settings)) as other:
        again = Subscriber(other.url, subscriber.last_id)
        assert again.status == 200
        [event] = some(1)
        publish(settings, [event])
        assert ids(again.take(1)) == [event["event_id"]]


def test_without_a_broker_queries_go_on_and_streams_are_told_when_to_come(settings: Settings, tmp_path: Path) -> None:
    alone = settings_for("127.0.0.1:9", settings.elasticsearch_url, tmp_path)
    with running(alone) as api:
        refused = Subscriber(api.url)
        assert (refused.status, refused.reply.headers["retry-after"]) == (503, "5")
        assert api.get("/livez").status == 200


def test_a_key_that_is_revoked_ends_its_streams(settings: Settings) -> None:
    with indices.connect(settings) as client:
        indices.ensure_indices(client, settings)
        key, written = keystore.create(settings, "subscriber", [Scope.SUBSCRIBE], 600)
        _, reader = keystore.create(settings, "reader", [Scope.READ], 600)
        with running(changed(settings, api_host="0.0.0.0", api_stream_heartbeat_seconds=0.5)) as api:
            assert Subscriber(api.url).status == 401
            assert Subscriber(api.url, headers={"X-API-Key": reader}).status == 403
            subscriber = Subscriber(api.url, headers={"X-API-Key": written})
            assert subscriber.status == 200
            keystore.revoke(settings, key.key_id)
            assert list(subscriber.events()) == []
        client.indices.delete(index=[index.first_name for index in indices.all_indices(settings)])
