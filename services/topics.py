"""The topics, read from `schemas/topics.yaml`: nothing else spells a topic's name."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import yaml

TOPICS_FILE = Path(__file__).resolve().parent.parent / "schemas" / "topics.yaml"
# A dead letter is its original plus the headers of services/deadletter.py; a message at its topic's limit must still fit.
DEAD_LETTER_EXTRA_BYTES = 64 * 1024


@dataclass(frozen=True, slots=True)
class Topic:
    """One topic. `model` is the class in services.contracts that its values are."""

    role: str
    name: str
    key: str
    model: str
    producers: tuple[str, ...]
    consumers: tuple[str, ...]
    partitions: int
    retention_ms: int
    max_message_bytes: int
    dead_letter: str

    @property
    def dead_letter_max_message_bytes(self) -> int:
        return self.max_message_bytes + DEAD_LETTER_EXTRA_BYTES


@dataclass(frozen=True, slots=True)
class Topics:
    by_role: dict[str, Topic]
    dead_letter_partitions: int

    def __getitem__(self, role: str) -> Topic:
        """The topic of a role (`text`, an event type, `outcome`). Raises KeyError for an unknown one."""
        return self.by_role[role]

    def all(self) -> list[Topic]:
        return list(self.by_role.values())

    def events(self) -> list[Topic]:
        """The topics of the event types; each one's role is the event type."""
        return [topic for role, topic in self.by_role.items() if role not in ("text", "outcome")]

    def consumed_by(self, service: str) -> list[Topic]:
        return [topic for topic in self.by_role.values() if service in topic.consumers]

    def named(self, name: str) -> Topic:
        """The topic with this name, or the one whose dead letters it holds. Raises KeyError for an unknown one."""
        for topic in self.by_role.values():
            if name in (topic.name, topic.dead_letter):
                return topic
        raise KeyError(name)


@lru_cache(maxsize=1)
def load() -> Topics:
    """Read and check the topic list. Raises ValueError where the file contradicts itself."""
    data = yaml.safe_load(TOPICS_FILE.read_text("utf-8"))
    suffix = data["dead_letter_suffix"]
    topics = [
        Topic(
            role=item["role"],
            name=item["name"],
            key=item["key"],
            model=item["model"],
            producers=tuple(item["producers"]),
            consumers=tuple(item["consumers"]),
            partitions=item["partitions"],
            retention_ms=item["retention_ms"],
            max_message_bytes=item["max_message_bytes"],
            dead_letter=item["name"] + suffix,
        )
        for item in data["topics"]
    ]
    by_role = {topic.role: topic for topic in topics}
    names = {topic.name for topic in topics} | {topic.dead_letter for topic in topics}
    if len(by_role) != len(topics) or len(names) != 2 * len(topics):
        raise ValueError(f"{TOPICS_FILE.name}: a role or a name stands twice")
    return Topics(by_role=by_role, dead_letter_partitions=data["dead_letter_partitions"])
