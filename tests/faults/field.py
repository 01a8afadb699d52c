"""Servers and services of one run under faults, and the faults done to them."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from contextlib import closing
from pathlib import Path
from types import TracebackType
from typing import NamedTuple

from elastic_transport import TransportError
from elasticsearch import ApiError

from deploy.local.elasticsearch import Elasticsearch
from deploy.local.java import QUICK_START
from deploy.local.kafka import Kafka
from deploy.local.preflight import free_port
from services import indices, topics
from services.ops.bootstrap import bootstrap
from services.settings import Settings
from tests.faults.load import FOLDER
from tests.faults.plan import WORKERS, Fault
from tests.faults.programs import Program
from tests.faults.proxy import Proxy

POLL_SECONDS = 0.1
START_SECONDS = 180.0
# Who has to go on after an outage of a server.
DEPENDENTS = {"broker": ("watcher", "worker-a", "worker-b", "indexer"), "index": ("indexer", "api")}


class Recovery(NamedTuple):
    """A fault that was done. Times are seconds after the beginning: when it began, when what failed was there again, and when work
    went on (None: a further fault came first, or the load ended)."""

    fault: Fault
    began: float
    restored: float
    recovered: float | None

    @property
    def seconds(self) -> float | None:
        return None if self.recovered is None else self.recovered - self.restored


class Field:
    """All of it runs within the block, below `folder`. `settings` are those of the services; they reach the index by the proxy."""

    def __init__(self, folder: Path, say: Callable[[str], None], **changed: object) -> None:
        self.folder = folder
        self.recoveries: list[Recovery] = []
        self.over = threading.Event()
        self.load_ended = threading.Event()
        self._kafka = Kafka(folder, free_port(), jvm_options=QUICK_START, say=say)
        self._elasticsearch = Elasticsearch(folder, free_port(), jvm_options=QUICK_START, say=say)
        self._proxy = Proxy(self._elasticsearch.port)
        self._one_server_at_a_time = threading.Lock()
        self.watched = folder / FOLDER
        self.watched.mkdir()
        shared: dict[str, object] = {
            "kafka_bootstrap": self._kafka.bootstrap,
            "watch_folders": str(self.watched),
            "state_dir": folder / "state",
            "rescan_seconds": 5,
            "retry_max_seconds": 5,
            "api_port": free_port(),
            **changed,
        }
        self.direct = Settings(elasticsearch_url=self._elasticsearch.url, **shared)
        self.settings = Settings(elasticsearch_url=self._proxy.url, **shared)
        self.programs = {name: self._program(name, command) for name, command in _COMMANDS.items()}

    def _program(self, name: str, command: str) -> Program:
        port = self.settings.api_port if command == "api" else free_port()
        ports = {f"{kind}_health_port": port for kind in ("watcher", "extractor", "indexer")}
        return Program(name, command, self.settings.model_copy(update=ports), port, self.folder)

    def __enter__(self) -> Field:
        try:
            starts = [threading.Thread(target=server.start) for server in (self._kafka, self._elasticsearch)]
            for start in starts:
                start.start()
            for start in starts:
                start.join()
            self._proxy.__enter__()
            bootstrap(self.direct)
            for program in self.programs.values():
                program.start()
            self._wait_until_all_are_ready()
        except BaseException:
            self.__exit__(None, None, None)
            raise
        return self

    def _wait_until_all_are_ready(self) -> None:
        """A fault before that would be one of starting alone."""
        deadline = time.monotonic() + START_SECONDS
        while waiting := [name for name, program in self.programs.items() if program.get("/readyz")[0] != 200]:
            if time.monotonic() > deadline:
                raise RuntimeError(f"not ready after {START_SECONDS:.0f} s: {', '.join(waiting)}")
            time.sleep(POLL_SECONDS)

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.over.set()
        self.load_ended.set()
        for program in self.programs.values():
            program.end()
        self._elasticsearch.stop()
        self._kafka.stop()
        self._proxy.__exit__(None, None, None)

    def run(self, faults: Sequence[Fault], begin: float) -> None:
        """Do all faults at their times; returns when each has been recovered from, or another came first."""
        threads = [threading.Thread(target=self._run_one, args=(fault, begin), daemon=True) for fault in faults]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    def _run_one(self, fault: Fault, begin: float) -> None:
        if self.over.wait(max(0.0, begin + fault.at - time.monotonic())):
            return
        if fault.target in self.programs:
            self.recoveries.append(self._kill_program(fault, begin))
            return
        with self._one_server_at_a_time:
            began = time.monotonic()
            self._outage(fault)
        restored = time.monotonic()
        recovered = self._wait_for_progress([self.programs[name] for name in DEPENDENTS[fault.target]])
        self.recoveries.append(Recovery(fault, began - begin, restored - begin, recovered and recovered - begin))

    def _kill_program(self, fault: Fault, begin: float) -> Recovery:
        program = self.programs[fault.target]
        began = time.monotonic()
        start = program.kill()
        while program.starts < start and not self.over.wait(POLL_SECONDS):
            pass
        restored = program.started_at
        taken_over = self._taken_over(fault.target)
        while (
            not (works := program.works() or taken_over()) and program.starts == start and not self.load_ended.wait(POLL_SECONDS)
        ):
            pass
        recovered = time.monotonic() - begin if works and program.starts == start else None
        return Recovery(fault, began - begin, restored - begin, recovered)

    def _taken_over(self, target: str) -> Callable[[], bool]:
        """Whether the other worker has all partitions and has done something since it has them; False for what is no worker."""
        other = next((self.programs[name] for name in WORKERS if target in WORKERS and name != target), None)
        seen: list[tuple[int, float]] = []

        def answer() -> bool:
            if other is None or other.assigned() < topics.load()["text"].partitions:
                return False
            seen.append((other.starts, other.progress()))
            return seen[-1][0] == seen[0][0] and seen[-1][1] > seen[0][1]

        return answer

    def _wait_for_progress(self, programs: Sequence[Program]) -> float | None:
        """When each of them had done something more. One that was started again in between has begun to count anew."""
        before = {program: (program.starts, program.progress()) for program in programs}
        waiting = set(programs)
        while waiting and not self.load_ended.wait(POLL_SECONDS):
            for program in list(waiting):
                starts, progress = before[program]
                same = program.starts == starts and program.command != "api"
                if program.progress() > progress if same else program.works():
                    waiting.discard(program)
        return None if waiting else time.monotonic()

    def _outage(self, fault: Fault) -> None:
        """From the beginning of a server's fault until the server is well again."""
        server = self._kafka if fault.target == "broker" else self._elasticsearch
        match fault.action:
            case "kill":
                server.kill()
                self.over.wait(fault.seconds)
                server.start()
            case "freeze":
                server.pause()
                self.over.wait(fault.seconds)
                server.resume()
            case "read-only":
                self._block(True)
                self.over.wait(fault.seconds)
                self._block(None)
            case status:
                self._proxy.answer = int(status)
                self.over.wait(fault.seconds)
                self._proxy.answer = None

    def _block(self, value: bool | None) -> None:
        names = [index.first_name for index in indices.all_indices(self.direct)]
        with closing(indices.connect(self.direct)) as client:
            while not self.over.is_set():
                try:
                    client.indices.put_settings(index=names, settings={"index.blocks.read_only_allow_delete": value})
                except (ApiError, TransportError):
                    self.over.wait(POLL_SECONDS)
                else:
                    return


_COMMANDS = {"watcher": "watch", "worker-a": "worker", "worker-b": "worker", "indexer": "index", "api": "api"}
