"""`python -m services.commands.examples`: write schemas/examples anew, from the sample bulletins as the services read them."""

from __future__ import annotations

import json
import shutil
import sys
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from pydantic import BaseModel

from services import contracts, deadletter, topics
from services.contracts import Bulletin, DeadLetter, Outcome, json_dict
from services.extractor import records
from services.settings import PROJECT
from services.watcher import intake
from services.watcher.describe import describe
from services.watcher.errors import Rejected

SEEDS = PROJECT / "seeds" / "bulletins"
EXAMPLES = PROJECT / "schemas" / "examples"
SOURCE_ID = "seeds"
# Enough to have each enumerated value and optional field that the samples hold, if it can be had at all.
MOST_EVENTS = 12
# Running the command again must not change a file for the time of day alone.
FAILED_AT = datetime(2025, 1, 1, tzinfo=UTC)


def write(folder: Path = EXAMPLES) -> list[Path]:
    """Replace everything below `folder`; gives the files."""
    shutil.rmtree(folder, ignore_errors=True)
    bulletins = [bulletin_of(path) for path in sorted(SEEDS.glob("*.txt"))]
    written = [_write(folder / "text" / f"{Path(bulletin.source_uri).stem}.json", bulletin) for bulletin in bulletins]
    events: list[BaseModel] = []
    for bulletin in bulletins:
        found, outcome = read(bulletin)
        events += found
        written.append(_write(folder / "outcome" / f"{Path(bulletin.source_uri).stem}.json", outcome))
    for event in chosen(json_dict(event) for event in events):
        name = f"{Path(event['source_uri']).stem}-{event['evidence']['start']:05}-{event['event_id'][:8]}.json"
        written.append(_write(folder / event["event_type"] / name, contracts.EVENT_ADAPTER.validate_python(event)))
    for letter in dead_letters():
        written.append(_write(folder / "dead_letter" / f"{letter.error_class}.json", letter))
    return written


def bulletin_of(path: Path) -> Bulletin:
    """A sample as the watcher publishes it."""
    said = describe(path.read_bytes())._asdict()
    identity = contracts.bulletin_id(said["text"])
    return Bulletin(bulletin_id=identity, source_id=SOURCE_ID, source_uri=f"file:{SOURCE_ID}/{path.name}", **said)


def read(bulletin: Bulletin) -> tuple[list[BaseModel], Outcome]:
    """Its events and outcome as the extractor publishes them."""
    reading = records.read(_message(contracts.to_json(bulletin)))
    events: list[BaseModel] = [contracts.EVENT_ADAPTER.validate_json(record.value or b"") for record in reading.events]
    return events, Outcome.model_validate_json(reading.end.value or b"")


def chosen(events: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """Few events that together show most: each next one has the most values and fields that none before it had."""
    left: dict[str, list[dict[str, Any]]] = {}
    for event in events:
        left.setdefault(event["event_type"], []).append(event)
    picked: list[dict[str, Any]] = []
    for candidates in left.values():
        seen: set[str] = set()
        for _ in range(min(MOST_EVENTS, len(candidates))):
            best = max(candidates, key=lambda event: len(_features(event) - seen))
            if not _features(best) - seen:
                break
            seen |= _features(best)
            candidates.remove(best)
            picked.append(best)
    return picked


def _features(event: dict[str, Any]) -> set[str]:
    """The fields that are filled in, and the values of those that have few."""
    few = {"status", "metric", "stage", "level", "rule"}
    features = {f"{name}={value}" if name in few else name for name, value in event.items() if value not in (None, [])}
    period, amount = event.get("period") or {}, event.get("amount") or {}
    features |= {f"period.{name}" for name, value in period.items() if value is None}
    return features | {f"amount.{name}={amount[name]}" for name in ("bound", "currency") if amount}


def dead_letters() -> list[DeadLetter]:
    """What the extractor makes of a broken message and the watcher of a file that is no text, as their topic's headers tell it."""
    extractor = records.read(_message(b'{"bulletin_id": "not one", "text"')).letter
    assert extractor is not None
    try:
        describe(b"%PDF-1.7\n")
    except Rejected as error:
        topic = topics.load()["text"].name
        watcher = deadletter.dead_letter(
            service=intake.SERVICE, error=error, topic=topic, key=f"file:{SOURCE_ID}/plan.txt".encode(), value=b"%PDF-1.7\n"
        )
    sent = [deadletter.to_record(letter.model_copy(update={"failed_at": FAILED_AT})) for letter in (extractor, watcher)]
    return [deadletter.from_record(record.key, record.value, record.headers) for record in sent]


def _message(value: bytes) -> records.Message:
    return records.Message(topics.load()["text"].name, 0, 17, None, value, [])


def _write(path: Path, message: BaseModel) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(json_dict(message), ensure_ascii=False, indent=2) + "\n", "utf-8")
    return path


if __name__ == "__main__":
    print(f"wrote {len(write())} examples", file=sys.stderr)
