"""Long-running programs that outlive the command that started them, and can be found again by the next one."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import time
import uuid
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path

import psutil  # type: ignore[import-untyped]

from deploy.local.errors import Interrupted, StackError
from deploy.local.preflight import Account
from services.lifecycle import StopFlag

# A program is known by this variable in its environment: unlike a process id or a start time it can neither be recycled nor
# shift with the system's clock, and its children carry it too.
TOKEN = "BULLETINS_PROCESS_TOKEN"
POLL_SECONDS = 0.1
KILL_SECONDS = 10.0  # the kernel acts at once, but a large process takes a while to go
EXEC_LOOKS = 3
LOG_TAIL_LINES = 20


@dataclass(frozen=True, slots=True)
class Command:
    """What to run; `environment` is added to our own. `account` is whom to run as, None for oneself."""

    arguments: list[str]
    environment: Mapping[str, str] = field(default_factory=dict)
    folder: Path | None = None
    account: Account | None = None


@dataclass(frozen=True, slots=True)
class _Record:
    token: str
    pid: int | None
    identity: Mapping[str, str]


class Process:
    """One program by name, recorded in `<folder>/run/<name>.json`, its output in `<folder>/run/logs/<name>.log`.

    `identity` tells two configurations of a program apart: a caller compares it before it takes a running one for its own.
    """

    def __init__(self, name: str, folder: Path) -> None:
        self.name = name
        self.log = folder / "run" / "logs" / f"{name}.log"
        self._record = folder / "run" / f"{name}.json"
        self._child: subprocess.Popen[bytes] | None = None

    def start(self, command: Command, identity: Mapping[str, str]) -> None:
        """Start it, detached from this terminal. What is left of an earlier start is killed first. Raises StackError."""
        self.kill()
        self.log.parent.mkdir(parents=True, exist_ok=True)
        if self.log.exists():
            self.log.replace(self.log.with_suffix(".log.1"))
        token = uuid.uuid4().hex
        # Written before the process exists: killed in between, the next command still finds it by its token.
        self._write(_Record(token, None, identity))
        account = command.account
        with self.log.open("wb") as output:
            try:
                self._child = subprocess.Popen(
                    command.arguments,
                    env={**os.environ, **command.environment, TOKEN: token},
                    cwd=command.folder,
                    stdin=subprocess.DEVNULL,
                    stdout=output,
                    stderr=subprocess.STDOUT,
                    start_new_session=True,
                    user=account.uid if account else None,
                    group=account.gid if account else None,
                    extra_groups=[] if account else None,
                )
            except OSError as error:
                self._record.unlink()
                raise StackError(f"cannot start {self.name}: {error}") from error
        self._write(_Record(token, self._child.pid, identity))

    @property
    def pid(self) -> int | None:
        """Process id of the program while it runs."""
        record = self._read()
        return record.pid if record and record.pid is not None and self._is_ours(record.pid, record) else None

    @property
    def identity(self) -> dict[str, str]:
        """As given to the last start; empty after a stop."""
        record = self._read()
        return dict(record.identity) if record else {}

    def running(self) -> bool:
        return self.pid is not None

    def wait_until(self, ready: Callable[[], bool], seconds: float, stop: StopFlag) -> None:
        """Return when `ready()`. Raises Interrupted, or StackError with the end of the log if it dies or the time is over."""
        deadline = time.monotonic() + seconds
        while not ready():
            if not self.running():
                code = self._child.poll() if self._child else None
                raise StackError(
                    f"{self.name} stopped while starting{'' if code is None else f' (exit code {code})'}.{self.log_end()}"
                )
            if time.monotonic() > deadline:
                raise StackError(f"{self.name} was not ready after {seconds:.0f} s.{self.log_end()}")
            if stop.wait(POLL_SECONDS):
                raise Interrupted(f"stopped while {self.name} was starting")

    def stop(self, grace: float = 15.0) -> bool:
        """SIGTERM, and SIGKILL to what is still there after `grace` seconds. True if it was running. May be called twice."""
        members = self._signal(signal.SIGTERM)
        # A paused process takes its SIGTERM only when it goes on.
        self._signal(signal.SIGCONT)
        if not self._wait(members, self._gone, grace):
            self.kill()
        self._record.unlink(missing_ok=True)
        return bool(members)

    def kill(self) -> None:
        """SIGKILL, as a crash would do; the record stays. Returns when nothing of it is left."""
        members = self._signal(signal.SIGKILL)
        if not self._wait(members, self._gone, KILL_SECONDS):
            raise StackError(f"{self.name} cannot be killed: processes {[process.pid for process in members]} stay.")

    def pause(self) -> None:
        """SIGSTOP: it keeps its sockets and answers nobody. Returns when all of it has come to rest."""
        self._wait(self._signal(signal.SIGSTOP), self._at_rest, KILL_SECONDS)

    def resume(self) -> None:
        self._signal(signal.SIGCONT)

    def _signal(self, number: signal.Signals) -> list[psutil.Process]:
        members = list(self._members())
        for process in members:
            try:
                process.send_signal(number)  # psutil refuses where the id has gone to another process
            except psutil.NoSuchProcess:
                continue
        return members

    def _wait(self, members: list[psutil.Process], done: Callable[[psutil.Process], bool], seconds: float) -> bool:
        deadline = time.monotonic() + seconds
        while not all(done(process) for process in members):
            if time.monotonic() > deadline:
                return False
            time.sleep(POLL_SECONDS)
        return True

    def _gone(self, process: psutil.Process) -> bool:
        # Not by the token: a dying process loses its environment some time before its sockets.
        if self._child and self._child.pid == process.pid:
            return self._child.poll() is not None
        try:
            if process.is_running() and process.status() != psutil.STATUS_ZOMBIE:
                return False
            # The first thread is a zombie as soon as it ends; while others are still ending, the sockets are open.
            return bool(process.num_threads() <= 1)
        except psutil.NoSuchProcess:
            return True

    def _at_rest(self, process: psutil.Process) -> bool:
        try:
            return self._gone(process) or process.status() == psutil.STATUS_STOPPED
        except psutil.NoSuchProcess:
            return True

    def _members(self) -> Iterator[psutil.Process]:
        """The program and its children, wherever they are now."""
        record = self._read()
        if record:
            for process in psutil.process_iter():
                if self._is_ours(process.pid, record):
                    yield process

    def _is_ours(self, pid: int, record: _Record) -> bool:
        if self._child and self._child.pid == pid == record.pid:
            return self._child.poll() is None
        # While a process loads its program it has no environment for a moment; only ours is worth a second look.
        for _ in range(EXEC_LOOKS if pid == record.pid else 1):
            try:
                environment = psutil.Process(pid).environ()
            except (psutil.Error, OSError):
                return False  # gone, a zombie, or another user's: none of ours
            if environment:
                return bool(environment.get(TOKEN) == record.token)
            time.sleep(POLL_SECONDS)
        return False

    def _read(self) -> _Record | None:
        try:
            return _Record(**json.loads(self._record.read_text("utf-8")))
        except FileNotFoundError:
            return None

    def _write(self, record: _Record) -> None:
        # Replaced as a whole: a reader never sees half a record.
        fresh = self._record.with_suffix(".new")
        fresh.write_text(json.dumps(asdict(record)), "utf-8")
        fresh.replace(self._record)

    def log_end(self) -> str:
        """The last lines of the log, for an error message."""
        lines = self.log.read_text("utf-8", "replace").splitlines()[-LOG_TAIL_LINES:] if self.log.exists() else []
        return f" The end of {self.log}:\n" + "\n".join(f"    {line}" for line in lines)
