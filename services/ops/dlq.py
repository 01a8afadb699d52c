"""Dead letters: look at them, and send the messages in them to their topics once more."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from kafka import KafkaConsumer, TopicPartition
from kafka.errors import KafkaError
from kafka.structs import OffsetAndMetadata
from pydantic import ValidationError

from services import deadletter, topics
from services.contracts import DeadLetter
from services.ops import journal
from services.ops.journal import Entry, JournalError
from services.settings import Settings

# The committed offsets of this group tell up to where `replay_new` has been.
REPLAY_GROUP = "bulletins-dlq-replay"


class Letter(NamedTuple):
    """A dead letter and where it lies. `letter` is None where its headers do not tell what failed; `trouble` then says why."""

    entry: Entry
    letter: DeadLetter | None
    trouble: str | None = None

    @property
    def address(self) -> str:
        return f"{self.entry.topic}:{self.entry.partition}:{self.entry.offset}"


def letters(settings: Settings, roles: Iterable[str] = ()) -> Iterator[Letter]:
    """All dead letters, or those of the topics with these roles. Raises JournalError; KeyError for an unknown role."""
    return (parse(entry) for entry in journal.read(settings, _names(roles)))


def find(settings: Settings, address: str) -> Letter:
    """The dead letter at `TOPIC:PARTITION:OFFSET`. Raises JournalError where there is none, ValueError for no such address."""
    name, partition, offset = parse_address(address)
    starts = {TopicPartition(name, partition): offset}
    for entry in journal.read(settings, [name], starts=starts):
        if (entry.partition, entry.offset) == (partition, offset):
            return parse(entry)
    raise JournalError(f"there is no dead letter at {address}; `bulletins dlq list` shows them")


def parse_address(address: str) -> tuple[str, int, int]:
    """Raises ValueError with what is wrong."""
    name, _, rest = address.partition(":")
    partition, _, offset = rest.partition(":")
    if name not in _names(()):
        raise ValueError(f"{address!r}: {name!r} is no dead-letter topic; they are {', '.join(_names(()))}")
    if not (partition.isdigit() and offset.isdigit()):
        raise ValueError(f"{address!r} is no address; it looks like {name}:0:17")
    return name, int(partition), int(offset)


def parse(entry: Entry) -> Letter:
    try:
        return Letter(entry, deadletter.from_record(entry.key, entry.value, entry.headers))
    except ValidationError as error:
        return Letter(entry, None, f"its headers do not tell what failed: {error.error_count()} of them are missing or wrong")


def replay(settings: Settings, chosen: Iterable[Letter]) -> list[str]:
    """Send these messages to their topics once more; gives the addresses of the letters.

    Raises JournalError, before anything is sent, where a letter does not tell its topic.
    """
    listed = list(chosen)
    if broken := [letter.address for letter in listed if letter.letter is None]:
        raise JournalError(f"cannot be sent again, because their headers do not tell the topic: {', '.join(broken)}")
    with journal.Writer(settings) as writer:
        writer.send([deadletter.to_replay(letter.letter) for letter in listed if letter.letter is not None])
    return [letter.address for letter in listed]


def replay_new(settings: Settings, *, dry_run: bool = False) -> list[str]:
    """Send every message once more that no earlier call has sent; gives the addresses of the letters. Raises JournalError.

    A message that fails again becomes a new dead letter with one attempt more. Letters whose topic is not told stay where they are.
    """
    names = _names(())
    client = journal.consumer(settings, group_id=REPLAY_GROUP)
    try:
        assigned = journal.partitions(client, names)
        client.assign(assigned)
        starts = {partition: offset for partition in assigned if (offset := client.committed(partition)) is not None}
        told = (letter for entry in journal.read(settings, names, starts=starts) if (letter := parse(entry)).letter is not None)
        if dry_run:
            return [letter.address for letter in told]
        with journal.Writer(settings) as writer:
            return [_replay_one(client, writer, letter) for letter in told]
    except KafkaError as error:
        raise JournalError(f"Kafka at {settings.kafka_bootstrap}: {error}") from error
    finally:
        client.close(autocommit=False)


def _replay_one(client: KafkaConsumer, writer: journal.Writer, letter: Letter) -> str:
    """One by one: after a crash at most one message is sent twice, and twice is harmless."""
    assert letter.letter is not None
    writer.send([deadletter.to_replay(letter.letter)])
    entry = letter.entry
    client.commit({TopicPartition(entry.topic, entry.partition): OffsetAndMetadata(entry.offset + 1, "", -1)})
    return letter.address


def _names(roles: Iterable[str]) -> list[str]:
    listed = topics.load()
    wanted = list(roles)
    return [listed[role].dead_letter for role in wanted] if wanted else [topic.dead_letter for topic in listed.all()]
