"""The whole local stack: Kafka, Elasticsearch, and the services on top of them."""

from __future__ import annotations

import fcntl
import shutil
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from deploy.local.elasticsearch import Elasticsearch, stand_in
from deploy.local.errors import Interrupted, StackError
from deploy.local.kafka import Kafka
from deploy.local.preflight import check_disk, check_ports
from deploy.local.processes import Process
from deploy.local.server import Server
from deploy.local.services import Api, Deliverer, Extractor, Indexer, Watcher
from services.lifecycle import StopFlag
from services.settings import PROJECT, Settings

FOLDER = PROJECT / ".local"
NAMES = tuple(kind.name for kind in (Kafka, Elasticsearch, Watcher, Extractor, Indexer, Deliverer, Api))
LOOPBACK = ("127.0.0.1", "localhost")

Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class ProgramStatus:
    """One program of the stack. `pid` is None where it does not run; `ready` says whether it does its work now."""

    name: str
    pid: int | None
    ready: bool
    address: str
    log: Path


class Stack:
    """Everything that the local stack runs; its files are below `folder`."""

    def __init__(
        self,
        settings: Settings,
        folder: Path = FOLDER,
        *,
        jvm_options: Sequence[str] = (),
        say: Say = print,
        stop: StopFlag | None = None,
    ) -> None:
        """`jvm_options` are for both servers; `stop` ends a start that is under way. Raises StackError where the settings name servers on other machines."""
        self.settings = settings
        self.folder = folder
        self._say = say
        self._stop = StopFlag() if stop is None else stop
        kafka_port = local_port(f"//{settings.kafka_bootstrap}", "BULLETINS_KAFKA_BOOTSTRAP", "127.0.0.1:9092")
        elasticsearch_port = local_port(settings.elasticsearch_url, "BULLETINS_ELASTICSEARCH_URL", "http://127.0.0.1:9200")
        self.kafka = Kafka(folder, kafka_port, jvm_options=jvm_options, say=say, stop=self._stop)
        self.elasticsearch = Elasticsearch(folder, elasticsearch_port, jvm_options=jvm_options, say=say, stop=self._stop)
        self.watcher, self.extractor, self.indexer, self.deliverer, self.api = (
            kind(settings, folder, say=say, stop=self._stop) for kind in (Watcher, Extractor, Indexer, Deliverer, Api)
        )

    @property
    def servers(self) -> list[Server]:
        return [self.kafka, self.elasticsearch]

    @property
    def services(self) -> list[Server]:
        return [self.watcher, self.extractor, self.indexer, self.deliverer, self.api]

    def start(self) -> list[str]:
        """Start what is not running, in order: servers, topics and indices, services. Gives the names of what was started.

        Raises StackError or Interrupted; what this call started is stopped again, what ran before goes on.
        """
        with exclusive(self.folder):
            check_disk(self.folder)
            # Before the first download: a port that is taken must not be found out minutes later.
            idle = [program for program in (*self.servers, *self.services) if not program.process.running()]
            check_ports([port for program in idle for port in program.ports()])
            started: list[Server] = []
            try:
                self._start_together(self.servers, started)
                self._bootstrap()
                self._start_together(self.services, started)
            except BaseException:
                stop_programs([program.name for program in started], self.folder, self._say)
                raise
            return [program.name for program in started]

    def stop(self) -> None:
        """Stop everything, last started first. May be called twice."""
        down(self.folder, say=self._say)

    def stop_programs(self, names: Sequence[str]) -> None:
        """Stop these alone: what one start has started."""
        with exclusive(self.folder):
            stop_programs(names, self.folder, self._say)

    def status(self) -> list[ProgramStatus]:
        return [_status(program) for program in (*self.servers, *self.services)]

    def _start_together(self, programs: Sequence[Server], started: list[Server]) -> None:
        with ThreadPoolExecutor(len(programs), thread_name_prefix="start") as pool:
            futures = {program: pool.submit(self._start_one, program) for program in programs}
        # All have ended here, one way or another.
        started += [program for program, future in futures.items() if future.exception() is None and future.result()]
        errors = [error for future in futures.values() if (error := future.exception())]
        if errors:
            # The first real reason; an interruption may only be its consequence.
            raise next((error for error in errors if not isinstance(error, Interrupted)), errors[0])

    def _start_one(self, program: Server) -> bool:
        try:
            return program.start()
        except BaseException:
            self._stop.set()  # the others need not go on
            raise

    def _bootstrap(self) -> None:
        from services.ops.bootstrap import BootstrapError, bootstrap

        self._say("topics and indices: making what is missing")
        try:
            bootstrap(self.settings)
        except BootstrapError as error:
            raise StackError(str(error)) from error


def local_port(url: str, setting: str, example: str) -> int:
    """The port of a server that the local stack is to run. Raises StackError where it is on another machine."""
    parts = urlsplit(url)
    try:
        port = parts.port
    except ValueError:
        port = None
    if parts.scheme not in ("", "http") or parts.hostname not in LOOPBACK or port is None:
        raise StackError(
            f"{setting} is {url.removeprefix('//')}: the local stack runs its servers on this machine only.\n"
            f"Set it to an address such as {example}, or start the services alone: bulletins watch, worker, index, api."
        )
    return port


@contextmanager
def exclusive(folder: Path) -> Iterator[None]:
    """Only one command at a time starts or stops the stack. Raises StackError if another one does so now."""
    (folder / "run").mkdir(parents=True, exist_ok=True)
    with (folder / "run" / "lock").open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise StackError(
                f"another command is starting or stopping the stack in {folder}: wait for it, or end it with Ctrl-C."
            ) from None
        yield


def forget(folder: Path = FOLDER, *, say: Say = print) -> None:
    """Stop everything and remove all that it has stored; downloads stay. Raises StackError."""
    down(folder, say=say)
    for path in (folder / "kafka", folder / "elasticsearch", folder / "state", stand_in(folder.resolve()) / "elasticsearch"):
        if path.exists():
            shutil.rmtree(path)
            say(f"removed {path}")


def stop_programs(names: Sequence[str], folder: Path, say: Say) -> None:
    """Stop programs by name, last one first. Raises StackError if one cannot be stopped, when the others are."""
    stopped, errors = [], []
    for name in reversed(names):
        try:
            if Process(name, folder).stop():
                stopped.append(name)
        except StackError as error:
            errors.append(error)
    # Told at the end: where nobody reads any more (`make demo | head`), telling fails, and must not keep the rest running.
    for name in stopped:
        say(f"{name}: stopped")
    if errors:
        raise errors[0]


def _status(program: Server) -> ProgramStatus:
    pid = program.process.pid
    return ProgramStatus(program.name, pid, pid is not None and program.is_ready(), program.address, program.process.log)


def up(settings: Settings, folder: Path = FOLDER, *, say: Say = print, stop: StopFlag | None = None) -> None:
    """Start what is not running and return when everything is ready. Raises StackError or Interrupted."""
    Stack(settings, folder, say=say, stop=stop).start()


def down(folder: Path = FOLDER, *, say: Say = print) -> None:
    """Stop everything, last started first, whatever its settings were; fine where nothing runs. Raises StackError."""
    with exclusive(folder):
        stop_programs(NAMES, folder, say)


def status(folder: Path = FOLDER, settings: Settings | None = None) -> list[ProgramStatus]:
    """What runs, where it listens and where its log is. Raises StackError where the settings are of no local stack."""
    return Stack(settings or Settings(), folder).status()
