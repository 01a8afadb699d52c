"""The project's own services as processes of the local stack."""

from __future__ import annotations

import hashlib
import sys
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import ClassVar

from pydantic import SecretStr

from deploy.local.artifacts import Cache
from deploy.local.charts import chart_library
from deploy.local.preflight import Port
from deploy.local.processes import Command
from deploy.local.server import Server, http_ok
from services.lifecycle import StopFlag
from services.settings import PROJECT, Settings

# What a running service has read once, and would have to be started again for.
CODE = (PROJECT / "services", PROJECT / "schemas", PROJECT / "seeds" / "lexicon")


class Service(Server):
    """One service, ready when its /readyz says so."""

    start_seconds: ClassVar[float] = 60.0
    command: ClassVar[str]  # of services.cli
    port_setting: ClassVar[str]
    host_setting: ClassVar[str] = "health_host"

    def __init__(
        self, settings: Settings, folder: Path, *, say: Callable[[str], None] = print, stop: StopFlag | None = None
    ) -> None:
        super().__init__(folder, say=say, stop=stop)
        self._settings = settings
        self._host: str = getattr(settings, self.host_setting)
        self._port: int = getattr(settings, self.port_setting)

    @property
    def url(self) -> str:
        # A service that listens everywhere is asked here.
        host = "127.0.0.1" if self._host in ("0.0.0.0", "::") else self._host
        return f"http://{host}:{self._port}"

    @property
    def address(self) -> str:
        return self.url

    def ports(self) -> list[Port]:
        return [Port(self._port, f"the {self.name}", f"BULLETINS_{self.port_setting.upper()}")]

    def identity(self) -> Mapping[str, str]:
        """Its settings without secrets, and the newest file of its code and data: after a change of either it has to be started again."""
        shown = {name: str(value) for name, value in self._settings.shown().items()}
        return {**shown, "code": str(_newest_change())}

    def prepare(self) -> Command:
        return Command([sys.executable, "-m", "services.cli", self.command], environment(self._settings), PROJECT)

    def is_ready(self) -> bool:
        return http_ok(f"{self.url}/readyz")


class Watcher(Service):
    name = "watcher"
    command = "watch"
    port_setting = "watcher_health_port"

    def identity(self) -> Mapping[str, str]:
        """The content of the file of sources, too, which is read once."""
        return {**super().identity(), "sources_digest": _digest(self._settings.sources)}

    def start(self) -> bool:
        """As any other; says which sources are watched no longer, for a variable that is missing this time would drop them silently."""
        from services.watcher.sources.overview import left_out

        if gone := left_out(self._settings):
            self._say(
                f"{self.name}: no longer watches {', '.join(gone)}: to keep what was added, start with the same "
                "BULLETINS_WATCH_FOLDERS and BULLETINS_SOURCES again"
            )
        return super().start()


class Extractor(Service):
    name = "extractor"
    command = "worker"
    port_setting = "extractor_health_port"


class Indexer(Service):
    name = "indexer"
    command = "index"
    port_setting = "indexer_health_port"


class Deliverer(Service):
    name = "deliverer"
    command = "deliver"
    port_setting = "deliverer_health_port"


class Api(Service):
    name = "api"
    command = "api"
    port_setting = "api_port"
    host_setting = "api_host"

    def prepare(self) -> Command:
        command = super().prepare()
        if self._settings.chart_library is not None:
            return command
        library = chart_library(Cache(say=self._say, stop=self._stop))
        return replace(command, environment={**command.environment, "BULLETINS_CHART_LIBRARY": str(library)})


def environment(settings: Settings) -> dict[str, str]:
    """The environment variables that give a process these settings."""
    variables = {}
    for name, value in settings:
        if value is not None:
            plain = value.get_secret_value() if isinstance(value, SecretStr) else value
            variables[f"BULLETINS_{name.upper()}"] = str(plain)
    return variables


def _digest(file: Path | None) -> str:
    """Empty where there is no such file: what is wrong with it the service itself says."""
    try:
        return hashlib.sha256((PROJECT / file).read_bytes()).hexdigest() if file else ""
    except OSError:
        return ""


def _newest_change() -> int:
    files = (path for folder in CODE for path in folder.rglob("*") if path.is_file() and "__pycache__" not in path.parts)
    return max(path.stat().st_mtime_ns for path in files)
