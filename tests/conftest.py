from __future__ import annotations

import signal

import pytest

from tests.servers import elasticsearch, empty_topics, kafka, server_folder, settings

__all__ = ["elasticsearch", "empty_topics", "kafka", "server_folder", "settings"]


def pytest_configure(config: pytest.Config) -> None:
    # A terminated test run must stop its servers as an interrupted one does; by default it would leave them behind.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
