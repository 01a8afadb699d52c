"""Starting and stopping several programs as one: in order, together, and undone as a whole when one fails."""

from __future__ import annotations

import sys
import threading
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from deploy.local import stack as stack_module
from deploy.local.errors import Interrupted, StackError
from deploy.local.preflight import Port, free_port
from deploy.local.processes import Command
from deploy.local.server import Server, http_ok
from deploy.local.services import environment
from deploy.local.stack import Stack, down, exclusive, forget, local_port, status
from services.lifecycle import StopFlag
from services.settings import Settings


class Page(Server):
    """Stands for any program: listens on a port, or fails as told."""

    def __init__(self, folder: Path, *, code: str | None = None, stop: StopFlag | None = None) -> None:
        super().__init__(folder, say=lambda message: None, stop=stop)
        self.port = free_port()
        self._code = code
        self.version = "1"

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def ports(self) -> list[Port]:
        return [Port(self.port, self.name, "BULLETINS_PAGE_PORT")]

    def identity(self) -> Mapping[str, str]:
        return {"version": self.version}

    def prepare(self) -> Command:
        if self._code is not None:
            return Command([sys.executable, "-c", self._code])
        return Command([sys.executable, "-m", "http.server", str(self.port), "--bind", "127.0.0.1"], folder=self.folder)

    def is_ready(self) -> bool:
        return http_ok(self.address)


PAGES = [type(name, (Page,), {"name": name}) for name in ("kafka", "elasticsearch", "indexer", "api")]


class Pages(Stack):
    """Two servers and two services that are pages; `at_bootstrap` is what ran each time topics and indices were made."""

    def __init__(self, folder: Path, *, broken: str | None = None, stop: StopFlag | None = None) -> None:
        self.said: list[str] = []
        super().__init__(Settings(), folder, say=self.said.append, stop=stop)
        self.at_bootstrap: list[list[str]] = []
        self.pages = [
            page(folder, code="raise SystemExit('no room')" if page.name == broken else None, stop=self._stop) for page in PAGES
        ]

    @property
    def servers(self) -> list[Server]:
        return list(self.pages[:2])

    @property
    def services(self) -> list[Server]:
        return list(self.pages[2:])

    def _bootstrap(self) -> None:
        assert all(page.is_ready() for page in self.pages[:2])
        self.at_bootstrap.append(self.running())

    def running(self) -> list[str]:
        return [page.name for page in self.pages if page.process.running()]


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    yield tmp_path
    down(tmp_path, say=lambda message: None)


def test_servers_come_before_topics_and_indices_before_services(folder: Path) -> None:
    pages = Pages(folder)
    assert pages.start() == ["kafka", "elasticsearch", "indexer", "api"]
    assert pages.at_bootstrap == [["kafka", "elasticsearch"]]
    assert [(program.name, program.ready) for program in pages.status()] == [
        ("kafka", True),
        ("elasticsearch", True),
        ("indexer", True),
        ("api", True),
    ]
    pages.stop()
    assert pages.running() == []
    assert [line for line in pages.said if "stopped" in line] == [
        "api: stopped",
        "indexer: stopped",
        "elasticsearch: stopped",
        "kafka: stopped",
    ]


def test_starting_again_starts_only_what_is_missing(folder: Path) -> None:
    pages = Pages(folder)
    pages.start()
    before = [page.process.pid for page in pages.pages]
    pages.pages[2].kill()
    assert pages.start() == ["indexer"]
    after = [page.process.pid for page in pages.pages]
    assert after[2] != before[2]
    assert after[:2] + after[3:] == before[:2] + before[3:]


def test_a_program_with_other_settings_is_started_again(folder: Path) -> None:
    pages = Pages(folder)
    pages.start()
    pages.pages[3].version = "2"
    assert pages.start() == ["api"]
    assert pages.pages[3].process.identity == {"version": "2"}


def test_a_program_that_does_not_answer_is_started_again(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("deploy.local.server.REUSE_SECONDS", 0.5)
    pages = Pages(folder)
    pages.start()
    pages.pages[3].pause()
    assert pages.start() == ["api"]
    assert pages.pages[3].is_ready()


@pytest.mark.parametrize("broken", ["kafka", "api"])
def test_one_that_fails_undoes_the_whole_start_and_names_itself(folder: Path, broken: str) -> None:
    pages = Pages(folder, broken=broken)
    with pytest.raises(StackError, match=rf"(?s){broken} stopped while starting.*no room"):
        pages.start()
    assert pages.running() == []


def test_a_failed_start_leaves_alone_what_ran_before(folder: Path) -> None:
    pages = Pages(folder)
    pages.pages[0].start()
    pages.pages[3]._code = "raise SystemExit('no room')"
    with pytest.raises(StackError, match="api stopped while starting"):
        pages.start()
    assert pages.running() == ["kafka"]


def test_the_stop_flag_undoes_a_start(folder: Path) -> None:
    stop = StopFlag()
    pages = Pages(folder, stop=stop)
    pages.pages[3]._code = "import time; time.sleep(600)"
    timer = threading.Timer(3, stop.set)
    timer.start()
    with pytest.raises(Interrupted):
        pages.start()
    timer.join()
    assert pages.running() == []


def test_a_port_that_is_taken_is_found_before_anything_is_started(folder: Path) -> None:
    pages = Pages(folder)
    pages.pages[0].start()
    pages.pages[3].port = pages.pages[0].port
    with pytest.raises(StackError, match=rf"port {pages.pages[0].port}, needed for api, is in use"):
        pages.start()
    assert pages.running() == ["kafka"]
    assert pages.at_bootstrap == []


def test_a_full_disk_is_found_before_anything_is_started(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(checked: Path) -> None:
        raise StackError(f"the disk that holds {checked} is full")

    monkeypatch.setattr(stack_module, "check_disk", full)
    pages = Pages(folder)
    with pytest.raises(StackError, match="is full"):
        pages.start()
    assert pages.running() == []


def test_everything_is_stopped_even_where_nobody_reads_what_is_said(folder: Path) -> None:
    def closed(message: str) -> None:
        raise BrokenPipeError(message)

    pages = Pages(folder)
    pages.start()
    with pytest.raises(BrokenPipeError):
        down(folder, say=closed)
    assert pages.running() == []


def test_two_commands_do_not_start_or_stop_at_the_same_time(folder: Path) -> None:
    with exclusive(folder), pytest.raises(StackError, match="another command is starting or stopping"):
        down(folder)
    down(folder)


def test_down_where_nothing_runs_is_fine_and_says_nothing(folder: Path) -> None:
    said: list[str] = []
    down(folder, say=said.append)
    down(folder, say=said.append)
    assert said == []


def test_forgetting_removes_what_was_stored_and_keeps_the_downloads(folder: Path) -> None:
    pages = Pages(folder)
    pages.start()
    for name in ("kafka", "elasticsearch", "state", "cache"):
        (folder / name).mkdir()
        (folder / name / "file").touch()
    forget(folder, say=lambda message: None)
    assert pages.running() == []
    assert sorted(path.name for path in folder.iterdir()) == ["cache", "run"]


def test_status_where_nothing_runs(folder: Path) -> None:
    programs = status(folder, Settings())
    assert [program.name for program in programs] == [
        "kafka",
        "elasticsearch",
        "watcher",
        "extractor",
        "indexer",
        "deliverer",
        "api",
    ]
    assert not any(program.pid or program.ready for program in programs)
    assert programs[-1].address == "http://127.0.0.1:8000"


@pytest.mark.parametrize(
    "url", ["http://search.example:9200", "https://127.0.0.1:9200", "http://127.0.0.1", "http://127.0.0.1:port", "//a:1,b:2"]
)
def test_servers_on_other_machines_are_not_ours_to_start(url: str) -> None:
    with pytest.raises(StackError, match="BULLETINS_ELASTICSEARCH_URL is .*runs its servers on this machine only"):
        local_port(url, "BULLETINS_ELASTICSEARCH_URL", "http://127.0.0.1:9200")


def test_the_environment_of_a_service_gives_back_its_settings(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    settings = Settings(
        kafka_bootstrap="127.0.0.1:1234",
        elasticsearch_username="reader",
        elasticsearch_password="secret",
        state_dir=tmp_path,
        rescan_seconds=1.5,
    )
    for name, value in environment(settings).items():
        monkeypatch.setenv(name, value)
    assert Settings() == settings
