"""What the system is fed under faults, and what has to come of it: bulletins, poison, and the oracle, which is extract() itself."""

from __future__ import annotations

import json
import random
import re
from collections.abc import Iterable
from functools import lru_cache
from pathlib import Path
from typing import Any, NamedTuple

from services import topics
from services.contracts import Bulletin, bulletin_id, json_dict
from services.extractor.extract import extract
from services.settings import PROJECT
from services.watcher.describe import describe
from tests.readings import Sent, bulletin, event, message, read

FOLDER = "watched"
# A file is written once more, with another text, in one of so many cases.
REVISED = 20
_AMOUNT = re.compile(r"\d+(?:\.\d+)?(?=亿元)")


class Write(NamedTuple):
    """A file of the watched folder."""

    name: str
    content: bytes


class Poison(NamedTuple):
    """What has to end as a dead letter. A message of the topic that it tells, or a file with its address in `ce_source`."""

    dead_letter_topic: str
    mark: bytes
    file: Write | None = None
    message: Sent | None = None


def varied(number: int) -> str:
    """One of the annotated bulletins with other amounts and of another issue, so that it is a bulletin of its own."""
    originals = _originals()
    dice = random.Random(number)
    text = _AMOUNT.sub(lambda found: f"{dice.randrange(1, 90)}.{dice.randrange(1, 10)}", originals[number % len(originals)])
    return f"重点工作简报第{number}期\n{text}"


def writes(count: int, seed: int) -> list[Write]:
    """Files in the order in which they are written: `count` bulletins, and revisions of some of them a while later."""
    dice = random.Random(seed)
    timed: list[tuple[float, Write]] = []
    for number in range(count):
        name = f"{number % 7}/{number:05}.txt"
        timed.append((number, Write(name, varied(number).encode())))
        if number % REVISED == 0:
            later = number + dice.uniform(1, count / 4)
            timed.append((later, Write(name, varied(number + 1_000_000).encode())))
    return [write for _, write in sorted(timed, key=lambda item: item[0])]


def standing(written: Iterable[Write]) -> dict[str, bytes]:
    """What each file says at the end."""
    return {write.name: write.content for write in written}


def oracle(written: Iterable[Write]) -> dict[str, dict[str, Any]]:
    """The events that the index has to hold at the end, by id: what the pure function reads in the texts that stand then."""
    events: dict[str, dict[str, Any]] = {}
    for name, content in standing(written).items():
        said = describe(content)
        source = Bulletin(
            bulletin_id=bulletin_id(said.text), source_id=FOLDER, source_uri=f"file:{FOLDER}/{name}", **said._asdict()
        )
        events |= {found.event_id: json_dict(found) for found in extract(source).events}
    return events


def poison(rounds: int) -> list[Poison]:
    """All kinds, `rounds` times: files that are no bulletins, messages that are none, events that no index can hold."""
    return [item for number in range(rounds) for item in (*_files(number), *_texts(number), *_events(number))]


def _files(number: int) -> list[Poison]:
    contents = {"empty": b"  \n", "scan": b"%%PDF-1.7\n\x00%d" % number, "odd": b"abc %d \xff\xfe\xfd" % number}
    dead_letters = topics.load()["text"].dead_letter
    made = []
    for kind, content in contents.items():
        name = f"poison/{kind}-{number}.txt"
        made.append(Poison(dead_letters, f"file:{FOLDER}/{name}".encode(), file=Write(name, content)))
    return made


def _texts(number: int) -> list[Poison]:
    right = json_dict(bulletin(f"无毒的第{number}期"))
    values = [
        b"\x00 no JSON %d" % number,
        json.dumps(right | {"schema_version": "9.0"}).encode(),
        json.dumps(right | {"text": "changed on the way"}).encode(),
        json.dumps(right | {"source_id": ""}).encode(),
    ]
    return _messages("text", number, values)


def _events(number: int) -> list[Poison]:
    source = bulletin(f"没有发布的第{number}期")
    too_many = event(source, 1).model_copy(update={"project_count": 2**31})
    milestones = [b"no JSON %d" % number, message(too_many).value or b""]
    return _messages("project_milestone", number, milestones) + _messages(
        "outcome", number, [json.dumps(json_dict(read(source).outcome) | {"schema_version": "2.0"}).encode()]
    )


def _messages(role: str, number: int, values: list[bytes]) -> list[Poison]:
    topic = topics.load()[role]
    made = []
    for place, value in enumerate(values):
        mark = f"poison-{role}-{number}-{place}".encode()
        made.append(Poison(topic.dead_letter, mark, message=Sent(topic.name, mark, value, [])))
    return made


@lru_cache(maxsize=1)
def _originals() -> list[str]:
    files = [*Path(PROJECT, "tests", "gold").glob("*/*.txt"), *Path(PROJECT, "seeds", "bulletins").glob("*.txt")]
    return [path.read_text("utf-8") for path in sorted(files)]
