"""From files to what will be sent: each text once, each change a revision, each file that is no bulletin a dead letter."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from services import deadletter, topics
from services.contracts import MAX_TEXT_BYTES, Bulletin, DeadLetter, bulletin_id
from services.lifecycle import StopFlag
from services.watcher.decode import MAX_FILE_BYTES
from services.watcher.folder import Folder, Seen
from services.watcher.intake import Intake, Taken
from services.watcher.state import State

TEXT_TOPIC = topics.load()["text"]
NOW = 1_700_000_000.0


class Desk:
    """A folder, a state, and what waits to be sent."""

    def __init__(self, tmp_path: Path) -> None:
        self.root = tmp_path / "watched"
        self.root.mkdir()
        self.folder = Folder("n", self.root)
        self.state = State(tmp_path / "state", StopFlag())
        self.intake = Intake(self.state, now=lambda: NOW)
        self._told = 0

    def write(self, name: str, text: str | bytes) -> None:
        (self.root / name).write_bytes(text if isinstance(text, bytes) else text.encode())

    def take(self) -> Taken:
        """All files that changed since they were last taken, as the watcher finds them."""
        changed = [seen for seen in self.folder.scan() if self.state.fingerprint(seen.source_uri) != seen.fingerprint]
        return self.intake.take(changed)

    def put(self, name: str, text: str | bytes) -> list[Bulletin]:
        """What is to be published once a file has been written."""
        self.write(name, text)
        self.take()
        return self.bulletins()

    def bulletins(self) -> list[Bulletin]:
        return [Bulletin.model_validate_json(value) for topic, value in self._new() if topic == TEXT_TOPIC.name]

    def letters(self) -> list[DeadLetter]:
        waiting = self.state.waiting(self._told, 10**9)
        self._told = waiting[-1].seq if waiting else self._told
        records = [each.record for each in waiting if each.record.topic == TEXT_TOPIC.dead_letter]
        return [deadletter.from_record(record.key, record.value, record.headers) for record in records]

    def _new(self) -> Iterator[tuple[str, bytes]]:
        for waiting in self.state.waiting(self._told, 10**9):
            self._told = waiting.seq
            yield waiting.record.topic, waiting.record.value or b""


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    desk = Desk(tmp_path)
    yield desk
    desk.state.close()


def test_a_new_text_is_published_with_what_its_source_says(desk: Desk) -> None:
    desk.write("a.meta.yaml", "title: 标题\npublisher: 某局\npublished_on: 2024-11-29\nregion_code: 410106\n")
    [bulletin] = desk.put("a.txt", "正文\r\n第二行")
    assert bulletin == Bulletin(
        bulletin_id=bulletin_id("正文\n第二行"),
        text="正文\n第二行",
        source_id="n",
        source_uri="file:n/a.txt",
        source_title="标题",
        publisher="某局",
        published_on="2024-11-29",  # type: ignore[arg-type]
        region_code="410106",
        revision=int(NOW * 1000),
        supersedes=None,
    )


def test_key_and_headers_are_those_of_the_envelope(desk: Desk) -> None:
    [bulletin] = desk.put("甲 .txt", "正文")
    [waiting] = desk.state.waiting(0, 1)
    headers = dict(waiting.record.headers)
    assert waiting.record.key == bulletin.bulletin_id.encode()
    assert headers["ce_type"] == b"bulletins.text.v1.0"
    assert headers["ce_source"].decode() == bulletin.source_uri == "file:n/甲%20.txt"
    assert json.loads(waiting.record.value or b"")["published_on"] is None


def test_the_same_file_again_is_nothing(desk: Desk) -> None:
    assert len(desk.put("a.txt", "正文")) == 1
    assert desk.take().actions == {}
    os.utime(desk.root / "a.txt", (1, 1))
    assert desk.take().actions == {"nothing": 1}
    assert desk.put("a.txt", "\ufeff正文\r"[:-1]) == [], "another encoding of the same text is the same text"


def test_a_changed_text_supersedes_and_changing_back_does_too(desk: Desk) -> None:
    versions = [desk.put("a.txt", text)[0] for text in ("甲", "乙", "甲")]
    assert [version.supersedes for version in versions] == [None, versions[0].bulletin_id, versions[1].bulletin_id]
    assert versions[0].bulletin_id == versions[2].bulletin_id
    assert [version.revision for version in versions] == [int(NOW * 1000) + count for count in range(3)]


def test_another_title_for_the_same_text_is_a_revision_that_supersedes_nothing(desk: Desk) -> None:
    [first] = desk.put("a.txt", "正文")
    desk.write("a.meta.yaml", "title: 标题")
    desk.take()
    [second] = desk.bulletins()
    assert (second.bulletin_id, second.source_title, second.supersedes) == (first.bulletin_id, "标题", None)
    assert second.revision > first.revision


def test_the_same_text_at_another_address_is_a_second_source(desk: Desk) -> None:
    desk.write("b.txt", "正文")
    assert [each.source_uri for each in desk.put("a.txt", "正文")] == ["file:n/a.txt"]
    assert desk.put("c.md", "---\ntitle: 标题\n---\n正文") == []
    assert desk.take().actions == {}, "a second source is remembered"


def test_a_file_that_moved_is_not_published_again(desk: Desk) -> None:
    assert len(desk.put("a.txt", "正文")) == 1
    (desk.root / "a.txt").rename(desk.root / "b.txt")
    desk.take()
    assert desk.bulletins() == []


def test_a_deleted_file_revokes_nothing_and_is_known_when_it_returns(desk: Desk) -> None:
    assert len(desk.put("a.txt", "正文")) == 1
    (desk.root / "a.txt").unlink()
    assert desk.take().actions == {}
    assert desk.put("a.txt", "正文") == []


def test_when_the_first_source_says_something_else_the_second_is_published(desk: Desk) -> None:
    desk.put("a.txt", "甲")
    desk.put("b.txt", "甲")
    desk.write("a.txt", "乙")
    assert desk.take().orphans == 1
    [revised] = desk.bulletins()
    assert (revised.source_uri, revised.supersedes) == ("file:n/a.txt", bulletin_id("甲"))
    assert desk.take().actions == {"publish": 1}
    [second] = desk.bulletins()
    assert (second.source_uri, second.text, second.supersedes) == ("file:n/b.txt", "甲", None)


def test_a_text_that_leaves_its_address_for_one_published_elsewhere_is_still_taken_back(desk: Desk) -> None:
    desk.put("a.txt", "甲")
    desk.put("b.txt", "乙")
    [revised] = desk.put("b.txt", "甲")
    assert (revised.source_uri, revised.bulletin_id, revised.supersedes) == ("file:n/b.txt", bulletin_id("甲"), bulletin_id("乙"))


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "EmptyText"),
        (b"%PDF-1.4 \x00", "BinaryContent"),
        (b"abc \xff\xfe\xfd", "UndecodableText"),
        (b"---\ntitle: [\n---\ntext", "InvalidMetadata"),
        (b"a" * (MAX_TEXT_BYTES + 1), "TextTooLarge"),
        # Fits as text; as JSON each line end takes two bytes.
        (b"a" + b"\n" * (MAX_TEXT_BYTES - 1), "TextTooLarge"),
    ],
)
def test_a_file_that_is_no_bulletin_is_a_dead_letter_once_for_each_content(desk: Desk, content: bytes, reason: str) -> None:
    desk.write("bad.txt", content)
    desk.write("good.txt", "正文")
    taken = desk.take()
    assert [(uri, type(error).__name__) for uri, error in taken.rejected] == [("file:n/bad.txt", reason)]
    assert taken.actions == {"publish": 1}
    [letter] = desk.letters()
    assert (letter.topic, letter.partition, letter.service, letter.error_class) == (TEXT_TOPIC.name, None, "watcher", reason)
    assert letter.error_message.startswith("file:n/bad.txt: ")
    assert letter.value == (content or None)
    assert dict(letter.headers)["ce_source"] == b"file:n/bad.txt"

    os.utime(desk.root / "bad.txt", (1, 1))
    assert desk.take().rejected == []
    assert desk.letters() == []
    desk.write("bad.txt", b"\x00")
    desk.take()
    assert len(desk.letters()) == 1


def test_the_same_bad_content_in_two_files_is_two_dead_letters(desk: Desk) -> None:
    desk.write("a.txt", b"")
    desk.write("b.txt", b"")
    desk.take()
    assert [letter.error_message.split(": ")[0] for letter in desk.letters()] == ["file:n/a.txt", "file:n/b.txt"]


def test_a_dead_letter_of_the_largest_file_fits_the_topic(desk: Desk) -> None:
    largest = ("投" * MAX_TEXT_BYTES).encode("utf-16")
    assert len(largest) == MAX_FILE_BYTES
    desk.write("a.txt", largest)
    desk.take()
    record = desk.state.waiting(0, 1)[0].record
    size = len(record.key or b"") + len(record.value or b"") + sum(len(name) + len(value) for name, value in record.headers)
    assert record.value == largest
    assert size + 1024 < TEXT_TOPIC.dead_letter_max_message_bytes


def test_what_stood_at_an_address_goes_on_standing_when_the_file_is_emptied(desk: Desk) -> None:
    [first] = desk.put("a.txt", "甲")
    assert desk.put("a.txt", "") == []
    assert len(desk.put("b.txt", "甲")) == 0, "still published from a.txt"
    [second] = desk.put("a.txt", "乙")
    assert second.supersedes == first.bulletin_id


def test_a_file_that_becomes_good_again_as_it_was_is_nothing_new(desk: Desk) -> None:
    desk.put("a.txt", "甲")
    desk.put("a.txt", "")
    assert desk.put("a.txt", "甲") == []


def test_a_file_that_changes_while_it_is_read_is_left_for_later(desk: Desk) -> None:
    desk.write("a.txt", "甲")
    seen = desk.folder.look("a.txt")
    assert isinstance(seen, Seen)
    desk.write("a.txt", "甲乙")
    assert desk.intake.take([seen]).unsettled == [seen]
    assert desk.state.known("file:n/a.txt") is None


def test_a_batch_that_the_disk_had_no_room_for_is_taken_whole_later(desk: Desk) -> None:
    for number in range(20):
        desk.write(f"{number:02}.txt", f"第{number}期" + "长" * 20_000)
    tries: list[float] = []

    def now() -> float:
        tries.append(NOW)
        if len(tries) > 20:  # the second try
            desk.state._connection.execute("PRAGMA max_page_count = 100000")
        return NOW

    desk.state._connection.execute("PRAGMA max_page_count = 40")
    taken = Intake(desk.state, now).take(desk.folder.scan())
    assert len(tries) > 20
    assert taken.actions == {"publish": 20}
    assert [bulletin.text[:4] for bulletin in desk.bulletins()][:2] == ["第0期长", "第1期长"]
    assert desk.state.waiting_count() == 20


ARTICLE = "<html><head><title>一季度简报</title><meta name=PubDate content=2024-05-06></head><body><p>全区完成投资{}亿元，增长5%。</p></body></html>"


def test_a_page_is_published_with_what_its_tags_say_unless_its_sidecar_says_otherwise(desk: Desk) -> None:
    desk.write("a.meta.yaml", "title: 标题")
    [bulletin] = desk.put("a.html", ARTICLE.format(3))
    assert (bulletin.source_title, str(bulletin.published_on)) == ("标题", "2024-05-06")
    assert bulletin.text == "一季度简报\n全区完成投资3亿元，增长5%。"


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        ("<html><head><title>404 页面不存在</title></head><body>您访问的页面不存在</body></html>", "ErrorPage"),
        ("<html><body><div id=app></div><script>go()</script></body></html>", "EmptyText"),
        ("", "EmptyText"),
        ("%PDF-1.7 cut", "DamagedFile"),
    ],
)
def test_an_error_page_or_an_empty_page_is_no_revision(desk: Desk, content: str, reason: str) -> None:
    [first] = desk.put("a.html", ARTICLE.format(3))
    desk.write("a.html", content)
    taken = desk.take()
    assert [type(error).__name__ for _, error in taken.rejected] == [reason]
    assert desk.bulletins() == []
    assert desk.put("a.html", ARTICLE.format(3)) == [], "what stood there stood all the time"
    [revised] = desk.put("a.html", ARTICLE.format(4))
    assert revised.supersedes == first.bulletin_id


def test_a_dead_letter_of_a_large_document_goes_without_its_bytes(desk: Desk) -> None:
    desk.write("a.pdf", b"%PDF-1.7" + b"\n" * MAX_FILE_BYTES)
    assert [type(error).__name__ for _, error in desk.take().rejected] == ["DamagedFile"]
    [letter] = desk.letters()
    assert letter.value is None


def test_a_batch_that_takes_long_is_stored_in_parts(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in "abc":
        desk.write(f"{name}.txt", name)
    ticks = iter(range(100))
    monkeypatch.setattr("services.watcher.intake.time.monotonic", lambda: next(ticks))
    taken = desk.take()
    assert taken.actions == {"publish": 2}
    assert [seen.relative for seen in taken.later] == ["c.txt"]
    assert desk.intake.take(taken.later).actions == {"publish": 1}
