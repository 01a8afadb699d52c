"""The courtesy and the fetcher that the settings ask for."""

from __future__ import annotations

import ssl
import time
from collections.abc import Callable
from typing import Final

from services.addresses import AddressRule
from services.lifecycle import StopFlag
from services.settings import Settings
from services.watcher.errors import ConfigurationError
from services.watcher.fetch.courtesy import PRODUCT, Courtesy
from services.watcher.fetch.fetcher import Fetcher, authorities
from services.watcher.sources.memory import Memory
from services.watcher.state import State

VERSION: Final = "1.0"


def user_agent(settings: Settings) -> str:
    """Names the project, and whoever runs it where the settings say so: `bulletins/1.0 (+https://example.cn/robots)`."""
    return f"{PRODUCT}/{VERSION}" + (f" (+{settings.fetch_contact})" if settings.fetch_contact else "")


def courtesy(settings: Settings, state: State, stop: StopFlag, clock: Callable[[], float] = time.time) -> Courtesy:
    """With what is remembered of the hosts; `clock` gives Unix times. Raises ConfigurationError."""
    try:
        rule = AddressRule(filter(None, (entry.strip() for entry in settings.fetch_allow.split(","))))
    except ValueError as error:
        raise ConfigurationError(f"BULLETINS_FETCH_ALLOW: {error}") from error
    proxy = settings.fetch_proxy.get_secret_value() if settings.fetch_proxy else None
    try:
        fetcher = Fetcher(
            rule,
            user_agent(settings),
            max_bytes=settings.fetch_max_bytes,
            total_seconds=settings.fetch_total_seconds,
            proxy=proxy,
            authorities=_authorities(settings),
        )
    except ValueError as error:
        raise ConfigurationError(f"BULLETINS_FETCH_PROXY: {error}") from error
    hosts = state.transaction(Memory(state).hosts)
    return Courtesy(fetcher, hosts, stop, host_seconds=settings.fetch_host_seconds, clock=clock)


def _authorities(settings: Settings) -> ssl.SSLContext | None:
    if settings.fetch_ca_file is None:
        return None
    try:
        return authorities(settings.fetch_ca_file)
    except OSError as error:  # also where it holds no certificate
        raise ConfigurationError(f"BULLETINS_FETCH_CA_FILE: {settings.fetch_ca_file}: {error.strerror}") from error
