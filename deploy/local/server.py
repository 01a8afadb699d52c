"""What all programs of the local stack have in common."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from pathlib import Path
from types import TracebackType
from typing import ClassVar, Self

import requests

from deploy.local.errors import StackError
from deploy.local.preflight import Port, check_ports
from deploy.local.processes import Command, Process
from services.lifecycle import StopFlag

# How long a program that is already running may take to answer before it is started again.
REUSE_SECONDS = 10.0
PROBE_SECONDS = 2.0


class Server(ABC):
    """A program that listens: started, waited for, stopped; and killed or paused by tests.

    As a context manager it runs for the length of the block.
    """

    name: ClassVar[str]
    start_seconds: ClassVar[float] = 90.0

    def __init__(self, folder: Path, *, say: Callable[[str], None] = print, stop: StopFlag | None = None) -> None:
        """Everything that it writes goes below `folder`. `stop` ends a start that is under way."""
        self.folder = folder.resolve()
        self.process = Process(self.name, self.folder)
        self._say = say
        self._stop = StopFlag() if stop is None else stop

    @property
    @abstractmethod
    def address(self) -> str:
        """Where clients find it."""

    @abstractmethod
    def ports(self) -> list[Port]:
        """What must be free before it starts."""

    @abstractmethod
    def identity(self) -> Mapping[str, str]:
        """What a running program must have been started with to be the one that is meant."""

    @abstractmethod
    def prepare(self) -> Command:
        """Get and write what it needs, and tell how to run it."""

    @abstractmethod
    def is_ready(self) -> bool:
        """Whether it does its work now. Answers within a few seconds."""

    def start(self) -> bool:
        """Return when it is ready; True if it was started now, False if a healthy one was running already.

        Raises StackError or Interrupted, and leaves nothing running that it started.
        """
        if self.process.running():
            if self.process.identity != self.identity():
                self._say(f"{self.name}: its settings or its code have changed, stopping it")
            elif self._answers_soon():
                self._say(f"{self.name}: already running")
                return False
            else:
                self._say(f"{self.name}: runs but does not answer, stopping it")
            self.stop()
        check_ports(self.ports())
        command = self.prepare()
        self._say(f"{self.name}: starting")
        try:
            self.process.start(command, self.identity())
            self.process.wait_until(self.is_ready, self.start_seconds, self._stop)
        except BaseException:
            self.stop()
            raise
        self._say(f"{self.name}: ready")
        return True

    def _answers_soon(self) -> bool:
        try:
            self.process.wait_until(self.is_ready, REUSE_SECONDS, self._stop)
        except StackError:
            return False
        return True

    def stop(self) -> bool:
        """True if it was running."""
        return self.process.stop()

    def kill(self) -> None:
        """SIGKILL, as a crash."""
        self.process.kill()

    def pause(self) -> None:
        """SIGSTOP: connections stay open, nothing answers."""
        self.process.pause()

    def resume(self) -> None:
        self.process.resume()

    def restart(self) -> None:
        """Stop (if it still runs) and start again on the same port with the same data."""
        self.stop()
        self.start()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.stop()


def http_ok(url: str) -> bool:
    """Whether a GET is answered with 200 within two seconds."""
    with requests.Session() as session:
        session.trust_env = False  # a proxy from the environment cannot reach our loopback
        try:
            return session.get(url, timeout=PROBE_SECONDS).status_code == 200
        except requests.RequestException:
            return False
