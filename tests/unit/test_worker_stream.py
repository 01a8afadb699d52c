"""What Faust is told of the group."""

from __future__ import annotations

import asyncio
from collections.abc import Set

import pytest

from services import topics
from services.extractor import stream
from services.extractor.records import Message
from services.settings import Settings


class Nobody:
    async def take(self, message: Message) -> None: ...
    async def assigned(self, partitions: Set[int]) -> None: ...
    async def revoked(self) -> None: ...
    def fail(self, error: Exception) -> None: ...


@pytest.mark.parametrize("seconds", [6, Settings.model_fields["session_timeout_seconds"].default, 300])
def test_the_session_is_as_long_as_the_setting_says_and_kept_alive_in_time(seconds: float) -> None:
    async def built() -> tuple[float, float, float]:
        conf = stream.build(Settings(session_timeout_seconds=seconds), topics.load()["text"], Nobody()).conf
        return conf.broker_session_timeout, conf.broker_heartbeat_interval, conf.broker_request_timeout

    session, heartbeat, request = asyncio.run(built())
    assert session == seconds
    assert heartbeat <= session / 3, "as Kafka advises"
    assert request >= session, "or Faust refuses to start"
