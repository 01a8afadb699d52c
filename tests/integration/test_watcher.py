"""The watcher as a process on a real broker: each text once, nothing lost, bad input costs only itself."""

from __future__ import annotations

import json
import os
import random
import shutil
import socket
import threading
import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from kafka import KafkaAdminClient
from kafka.admin import ConfigResource, ConfigResourceType
from kafka.errors import KafkaError

from deploy.local.kafka import Kafka
from deploy.local.preflight import free_port
from services.contracts import Bulletin, bulletin_id
from services.envelope import header
from services.ops.bootstrap import ensure_topics, wanted_topics
from services.settings import Settings
from services.watcher.delivery import connect
from services.watcher.describe import describe
from services.watcher.errors import Rejected
from services.watcher.folder import Folder, Seen
from services.watcher.main import BAD_CONFIGURATION, DONE, FAILED
from tests import hostile as hostile_files
from tests.integration import fuzz_watcher
from tests.integration.service_process import wait_for
from tests.integration.topic_records import count, dead_letters, records
from tests.integration.watcher_process import TEXT, Watcher, outbox_size, published, says, wait_until_published, watched, write
from tests.servers import quick_kafka, settings_for

NO_ELASTICSEARCH = "http://127.0.0.1:9"
SEEDS = Path("seeds/bulletins")


@pytest.fixture
def bare(kafka: Kafka, tmp_path: Path) -> Settings:
    """Settings for a broker without our topics."""
    settings = settings_for(kafka.bootstrap, NO_ELASTICSEARCH, tmp_path)
    with closing(KafkaAdminClient(bootstrap_servers=settings.kafka_bootstrap)) as admin:
        admin.delete_topics(sorted({spec.name for spec in wanted_topics()} & set(admin.list_topics())))
    return settings


@pytest.fixture
def ready(bare: Settings) -> Settings:
    """Settings for a broker with our topics, empty."""
    ensure_topics(bare)
    return bare


def test_each_text_is_published_once_and_nothing_after_a_restart(ready: Settings, tmp_path: Path) -> None:
    for path in sorted(SEEDS.glob("*.txt")):
        shutil.copy(path, watched(ready))
    texts = {path.read_text("utf-8") for path in SEEDS.glob("*.txt")}
    with Watcher(ready, tmp_path) as watcher:
        wait_for(watcher.is_ready, "readiness")
        assert {bulletin.text for bulletin in published(ready)} == texts
        assert count(ready, TEXT.name) == len(texts), "ready means that all is confirmed"
        assert watcher.metric("bulletins_published_total") == len(texts) == watcher.metric("files_seen")
        assert watcher.terminate() == DONE
    with Watcher(ready, tmp_path) as watcher:
        wait_for(watcher.is_ready, "readiness")
        assert watcher.metric("files_seen") == len(texts)
        assert watcher.terminate(signals=2) == DONE
    assert count(ready, TEXT.name) == len(texts)
    for record in records(ready, TEXT.name):
        assert record.key.decode() == Bulletin.model_validate_json(record.value).bulletin_id
        assert header(record.headers, "ce_type") == "bulletins.text.v1.0"


def test_what_comes_while_it_watches(ready: Settings, tmp_path: Path) -> None:
    with Watcher(ready, tmp_path) as watcher:
        wait_for(watcher.is_ready, "readiness")
        write(ready, "甲/深/a.txt", "甲")
        [first] = wait_until_published(ready, 1)
        assert (first.source_uri, first.text, first.supersedes) == ("file:watched/甲/深/a.txt", "甲", None)

        write(ready, "甲/深/a.txt", "乙")
        revised = wait_until_published(ready, 2)[-1]
        assert (revised.text, revised.supersedes) == ("乙", first.bulletin_id)

        write(ready, "甲/深/a.meta.yaml", "title: 标题")
        titled = wait_until_published(ready, 3)[-1]
        assert (titled.bulletin_id, titled.source_title, titled.supersedes) == (revised.bulletin_id, "标题", first.bulletin_id)

        write(ready, "b.txt.part", "丙").rename(watched(ready) / "b.txt")
        assert wait_until_published(ready, 4)[-1].source_uri == "file:watched/b.txt"

        folder = tmp_path / "elsewhere"
        folder.mkdir()
        (folder / "c.md").write_text("丁", "utf-8")
        folder.rename(watched(ready) / "moved")
        assert wait_until_published(ready, 5)[-1].source_uri == "file:watched/moved/c.md"

        write(ready, "second.txt", "丁")
        (watched(ready) / "b.txt").unlink()
        wait_for(lambda: watcher.metric("bulletin_second_sources_total") == 1, "the second source")
        assert watcher.terminate() == DONE
    assert count(ready, TEXT.name) == 5


@pytest.mark.parametrize("by", ["setting", "schedule"])
def test_a_change_that_no_notification_tells_of_is_found_by_a_rescan(ready: Settings, tmp_path: Path, by: str) -> None:
    inside = write(ready, "a.txt", "甲")
    # A write through a hard link elsewhere is not told to those who watch this folder; on network file systems none is.
    os.link(inside, tmp_path / "outside.txt")
    source = {"id": "watched", "kind": "folder", "path": str(watched(ready)), "schedule": {"every": "1s"}}
    (tmp_path / "sources.yaml").write_text(json.dumps({"sources": [source]}), "utf-8")
    often: dict[str, object] = {"rescan_seconds": 0.5} if by == "setting" else {"sources": tmp_path / "sources.yaml"}
    with Watcher(ready, tmp_path, **often):
        wait_until_published(ready, 1)
        (tmp_path / "outside.txt").write_text("乙", "utf-8")
        assert [bulletin.text for bulletin in wait_until_published(ready, 2)] == ["甲", "乙"]


def test_a_folder_that_comes_late_and_goes_and_comes_again(ready: Settings, tmp_path: Path) -> None:
    folder = watched(ready)
    folder.rmdir()
    with Watcher(ready, tmp_path, rescan_seconds=0.3) as watcher:
        wait_for(lambda: watcher.is_held_up_by("folders"), "the missing folder to be told")
        assert watcher.get("/livez")[0] == 200
        write(ready, "a.txt", "甲")
        wait_until_published(ready, 1)
        wait_for(watcher.is_ready, "readiness")
        shutil.rmtree(folder)
        wait_for(lambda: watcher.is_held_up_by("folders"), "the folder to be missed")
        write(ready, "a.txt", "甲")
        write(ready, "b.txt", "乙")
        wait_until_published(ready, 2)
        wait_for(watcher.is_ready, "readiness")
    assert [bulletin.text for bulletin in published(ready)] == ["甲", "乙"]


def test_a_file_that_is_being_written_is_published_when_it_is_whole(ready: Settings, tmp_path: Path) -> None:
    with Watcher(ready, tmp_path, settle_seconds=5) as watcher:
        wait_for(watcher.is_ready, "readiness")
        with (watched(ready) / "a.txt").open("w", encoding="utf-8") as file:
            for number in range(10):
                file.write(f"第{number}行\n")
                file.flush()
                time.sleep(0.1)
        write(ready, "other.txt", "别的")
        both = wait_until_published(ready, 2)
    assert {bulletin.text for bulletin in both} == {"".join(f"第{number}行\n" for number in range(10)), "别的"}


def test_bad_files_become_dead_letters_once_and_cost_only_themselves(ready: Settings, tmp_path: Path) -> None:
    bad = {
        "empty.txt": b"",
        "scan.txt": b"%PDF-1.7\n\x00",
        "odd.md": b"abc \xff\xfe\xfd",
        "huge.txt": b"a" * (2 * 1024 * 1024 + 1),
    }
    for name, content in bad.items():
        write(ready, name, content)
    write(ready, "wrong.txt", "正文")
    write(ready, "wrong.meta.yaml", "publised_on: 2024-01-01")
    write(ready, "good.txt", "好")
    for _ in range(2):
        with Watcher(ready, tmp_path) as watcher:
            wait_for(watcher.is_ready, "readiness")
            assert watcher.terminate() == DONE
    letters = {header(letter.headers, "ce_source"): letter for letter in dead_letters(ready)}
    assert {(letter.error_class, letter.value) for letter in letters.values()} == {
        ("EmptyText", None),
        ("BinaryContent", bad["scan.txt"]),
        ("UndecodableText", bad["odd.md"]),
        ("TextTooLarge", bad["huge.txt"]),
        ("InvalidMetadata", "正文".encode()),
    }
    assert count(ready, TEXT.dead_letter) == 5
    assert "publised_on" in letters["file:watched/wrong.txt"].error_message
    assert [bulletin.text for bulletin in published(ready)] == ["好"]

    write(ready, "wrong.meta.yaml", "published_on: 2024-01-01")
    with Watcher(ready, tmp_path, "--once") as watcher:
        assert watcher.ended() == DONE
    assert [bulletin.text for bulletin in published(ready)] == ["好", "正文"]


def test_hostile_files_end_as_a_bulletin_or_a_dead_letter(ready: Settings, tmp_path: Path) -> None:
    """The short form of `make fuzz-watcher`."""
    names = hostile_files.write(watched(ready), 200, costly=1)
    found = fuzz_watcher.ends(ready, names, tmp_path, patience_seconds=300)
    assert {"published", "UndecodableText", "DamagedFile", "BinaryContent", "EmptyText", "ReadingTooCostly"} <= set(found), found


def test_killed_again_and_again_while_it_publishes_it_loses_nothing_and_repeats_only_the_same_bytes(
    ready: Settings, tmp_path: Path
) -> None:
    # 40 MB, several times what may be in flight, so that a kill finds some confirmed, some sent and some not yet read.
    texts = {f"{number:03}.txt": f"第{number}期\n" + f"全区完成投资{number}亿元。\n" * 3500 for number in range(300)}
    for name, text in texts.items():
        write(ready, name, text)
    dice = random.Random(11)
    in_the_middle = 0
    for _ in range(6):
        before = count(ready, TEXT.name)
        with Watcher(ready, tmp_path) as watcher:
            goal = before + dice.randrange(1, 40)
            wait_for(lambda goal=goal: count(ready, TEXT.name) >= goal or watcher.is_ready(), "some messages")  # type: ignore[misc]
            watcher.kill()
        in_the_middle += outbox_size(ready) > 0
    assert in_the_middle > 0, "no kill found a message that was stored and not confirmed"
    with Watcher(ready, tmp_path) as watcher:
        wait_for(watcher.is_ready, "readiness")
        assert watcher.terminate() == DONE
    assert outbox_size(ready) == 0

    copies = defaultdict(set)
    for record in records(ready, TEXT.name):
        copies[record.key.decode()].add((record.value, tuple(record.headers)))
    assert set(copies) == {bulletin_id(text) for text in texts.values()}
    assert {len(same) for same in copies.values()} == {1}, "a message that was sent twice is the same, headers and all"
    assert {bulletin.source_uri: bulletin.text for bulletin in published(ready)} == {
        f"file:watched/{name}": text for name, text in texts.items()
    }


def test_a_full_disk_pauses_it_and_loses_nothing(ready: Settings, tmp_path: Path) -> None:
    texts = [f"第{number}期\n" + "全区完成投资。\n" * 1000 for number in range(300)]
    for number, text in enumerate(texts):
        write(ready, f"{number:03}.txt", text)
    with Watcher(ready, tmp_path, file_limit=1_000_000) as watcher:
        wait_for(lambda: watcher.is_held_up_by("state"), "the full disk to be told")
        assert count(ready, TEXT.name) < len(texts)
        watcher.lift_file_limit()
        wait_for(watcher.is_ready, "readiness")
        assert watcher.terminate() == DONE
    assert sorted(bulletin.text for bulletin in published(ready)) == sorted(texts)


def test_a_stop_while_the_disk_is_full_or_the_broker_is_away_is_a_stop(ready: Settings, tmp_path: Path) -> None:
    write(ready, "a.txt", "正文" * 300_000)
    with Watcher(ready, tmp_path, file_limit=500_000) as watcher:
        wait_for(lambda: watcher.is_held_up_by("state"), "the full disk to be told")
        assert watcher.terminate() == DONE
    with Watcher(ready, tmp_path, kafka_bootstrap=f"127.0.0.1:{free_port()}") as watcher:
        wait_for(lambda: watcher.is_held_up_by("broker"), "the missing broker to be told")
        assert watcher.terminate(signals=2) == DONE
    with Watcher(ready, tmp_path) as watcher:
        wait_for(watcher.is_ready, "readiness")
    assert [len(bulletin.text) for bulletin in published(ready)] == [600_000]


def test_the_broker_goes_and_comes_back_while_files_arrive(server_folder: Path, tmp_path: Path) -> None:
    with quick_kafka(server_folder) as broker:
        settings = settings_for(broker.bootstrap, NO_ELASTICSEARCH, tmp_path)
        ensure_topics(settings)
        with Watcher(settings, tmp_path) as watcher:
            wait_for(watcher.is_ready, "readiness")
            for number in range(90):
                write(settings, f"{number:02}.txt", f"第{number}期")
                if number == 30:
                    broker.kill()
                if number == 60:
                    wait_for(lambda: watcher.is_held_up_by("broker"), "the broker to be missed")
                    assert watcher.metric("messages_pending") > 0
                    broker.start()
            wait_for(watcher.is_ready, "readiness")
            broker.restart()
            write(settings, "last.txt", "末期")
            wait_for(lambda: "末期" in {bulletin.text for bulletin in published(settings)}, "the last bulletin")
            assert watcher.terminate() == DONE
        assert {bulletin.text for bulletin in published(settings)} == {f"第{number}期" for number in range(90)} | {"末期"}
        assert len({bulletin.revision for bulletin in published(settings) if bulletin.text == "第45期"}) == 1


def test_topics_that_come_after_it_has_started(bare: Settings, tmp_path: Path) -> None:
    write(bare, "a.txt", "甲")
    with Watcher(bare, tmp_path) as watcher:
        wait_for(
            lambda: "broker" in watcher.readiness() and watcher.readiness()["broker"] != "not connected yet",
            "the missing topic to be told",
        )
        ensure_topics(bare)
        wait_for(watcher.is_ready, "readiness")
    assert [bulletin.text for bulletin in published(bare)] == ["甲"]


def test_a_message_that_the_broker_finds_too_large_is_a_dead_letter(ready: Settings, tmp_path: Path) -> None:
    set_limit(ready, 50_000)
    write(ready, "a.txt", "小")
    write(ready, "b.txt", "大" * 50_000)
    write(ready, "c.txt", "也小")
    with Watcher(ready, tmp_path, "--once") as watcher:
        assert watcher.ended() == DONE
    assert {bulletin.text for bulletin in published(ready)} == {"小", "也小"}
    [letter] = dead_letters(ready)
    assert letter.error_class in ("MessageSizeTooLargeError", "RecordListTooLargeError")
    assert letter.key == bulletin_id("大" * 50_000).encode()
    assert header(letter.headers, "ce_source") == "file:watched/b.txt"


def set_limit(settings: Settings, size: int) -> None:
    change = ConfigResource(ConfigResourceType.TOPIC, TEXT.name, configs={"max.message.bytes": str(size)})
    with closing(KafkaAdminClient(bootstrap_servers=settings.kafka_bootstrap)) as admin:
        admin.alter_configs([change])


def test_once_ends_when_all_is_confirmed_and_says_what_was_not_watched(ready: Settings, tmp_path: Path) -> None:
    write(ready, "a.txt", "甲")
    with Watcher(ready, tmp_path, "--once") as watcher:
        assert watcher.ended() == DONE
    assert [bulletin.text for bulletin in published(ready)] == ["甲"]
    with Watcher(ready, tmp_path, "--once", watch_folders=f"{watched(ready)}:{tmp_path / 'nowhere'}") as watcher:
        assert watcher.ended() == FAILED
        assert says(watcher, "nowhere was not watched: No such file or directory")()


def test_two_watchers_on_one_state_and_a_taken_port_are_errors(ready: Settings, tmp_path: Path) -> None:
    with Watcher(ready, tmp_path) as first:
        wait_for(first.is_ready, "readiness")
        with Watcher(ready, tmp_path, watcher_health_port=free_port()) as second:
            assert second.ended() == FAILED
            assert says(second, "another watcher uses")()
        with Watcher(ready, tmp_path, state_dir=tmp_path / "other") as third:
            assert third.ended() == BAD_CONFIGURATION
            assert says(third, "BULLETINS_WATCHER_HEALTH_PORT")()


@pytest.fixture
def silent_server() -> Iterator[str]:
    """An address where connections are taken and nothing is ever said, as by a paused broker."""
    with socket.create_server(("127.0.0.1", 0), backlog=50) as server:
        yield f"127.0.0.1:{server.getsockname()[1]}"


def test_a_broker_that_does_not_answer_leaves_no_threads_behind(silent_server: str) -> None:
    before = set(threading.enumerate())  # other tests' clients may still be ending
    for _ in range(2):
        with pytest.raises(KafkaError):
            connect({"bootstrap_servers": [silent_server]})
    wait_for(lambda: not [t for t in threading.enumerate() if t not in before and "kafka" in t.name.lower()], "threads to end")


def test_two_thousand_hostile_files_each_end_as_a_bulletin_or_a_dead_letter(ready: Settings, tmp_path: Path) -> None:
    dice = random.Random(5)
    originals = [path.read_bytes() for path in sorted(SEEDS.glob("*.txt"))]
    for number in range(2_000):
        write(ready, f"{number % 97}/{number}{dice.choice(('.txt', '.md', '.TXT'))}", hostile(dice, originals, number))
        if dice.random() < 0.1:
            write(
                ready,
                f"{number % 97}/{number}.meta.yaml",
                dice.choice((b"title: t", b"[" * 3000, b"\xff", b"title: [", b"{}", b"date: x")),
            )
    with Watcher(ready, tmp_path, "--once") as watcher:
        assert watcher.ended() == DONE
        assert "Traceback" not in watcher.log.read_text("utf-8")

    ids = {record.key.decode() for record in records(ready, TEXT.name)}
    dead = {header(letter.headers, "ce_source"): letter for letter in dead_letters(ready)}
    folder = Folder("watched", watched(ready))
    expected = {seen.source_uri: expectation(folder, seen) for seen in folder.scan()}
    rejected = {uri: reason for uri, (_, reason) in expected.items() if reason is not None}
    assert len(expected) == 2_000
    assert 200 < len(rejected) < 1800, "both are tried"
    assert {uri: letter.error_class for uri, letter in dead.items()} == rejected
    assert {identity for identity, _ in expected.values() if identity is not None} == ids


def expectation(folder: Folder, seen: Seen) -> tuple[str | None, str | None]:
    """The bulletin's id, or the reason why it is none."""
    content = folder.read(seen)
    try:
        return bulletin_id(describe(content.raw, content.sidecar).text), None
    except Rejected as error:
        return None, type(error).__name__


def hostile(dice: random.Random, originals: list[bytes], number: int) -> bytes:
    """A damaged, mislabelled or made-up file, its own by its number."""
    raw = f"第{number}期\n".encode() + dice.choice(originals)[: dice.randrange(1, 3000)]
    match dice.randrange(8):
        case 0:
            return dice.randbytes(dice.randrange(2000))
        case 1:
            return raw.decode("utf-8", "ignore").encode(dice.choice(("gb18030", "utf-16", "utf-32", "utf-16-be")), "ignore")
        case 2:
            return raw.decode("utf-8", "ignore").encode("big5", "ignore")
        case 3:
            return bytes(dice.randrange(256) if dice.random() < 0.02 else byte for byte in raw)
        case 4:
            return (
                b"---\n"
                + dice.choice((b"title: [", b"title: t", b"date: 2024-99-99", b"a: *b", b"!!x: y", b"{"))
                + b"\n---\n"
                + raw
            )
        case 5:
            return dice.choice((b"%PDF-1.4", b"PK\x03\x04", b"\xef\xbb\xbf", b"\xff\xfe", b"\x00")) + raw
        case 6:
            return raw.replace(b"\n", dice.choice((b"\r", b"\r\n", b"\x0c", b"\x07", b"\xe2\x80\xa8")))
        case _:
            return raw.decode("utf-8", "ignore").encode()
