"""Downloads of the local stack from a Maven repository that answers well, badly, or not at all."""

from __future__ import annotations

import hashlib
import io
import os
import threading
import zipfile
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path, PurePosixPath

import pytest

from deploy.local import artifacts
from deploy.local.artifacts import Artifact, Cache, locked, verify
from deploy.local.errors import Interrupted, StackError
from services.lifecycle import StopFlag

CONTENT = b"a jar" * 10_000


class Repository(ThreadingHTTPServer):
    """Serves `files` by path; `broken` answers that end half-way come first. `asked` are the paths, in order."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.files: dict[str, bytes] = {}
        self.broken = 0
        self.asked: list[str] = []

    def add(self, path: str, content: bytes) -> Artifact:
        self.files["/" + path] = content
        return Artifact(PurePosixPath(path), hashlib.sha256(content).hexdigest())


class _Handler(BaseHTTPRequestHandler):
    server: Repository

    def do_GET(self) -> None:
        content = self.server.files.get(self.path)
        if content is None:
            self.send_error(404)
            return
        self.server.asked.append(self.path)
        self.send_response(200)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        if self.server.broken:
            self.server.broken -= 1
            content = content[: len(content) // 2]
        self.wfile.write(content)

    def log_message(self, format: str, *args: object) -> None:
        """Not on the tests' terminal."""


@pytest.fixture
def repository(monkeypatch: pytest.MonkeyPatch) -> Iterator[Repository]:
    with Repository() as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        monkeypatch.setenv("BULLETINS_MAVEN_REPOSITORY", f"http://127.0.0.1:{server.server_port}/")
        monkeypatch.setenv("NO_PROXY", "127.0.0.1")
        yield server
        server.shutdown()
        thread.join()


@pytest.fixture
def said() -> list[str]:
    return []


@pytest.fixture
def cache(tmp_path: Path, said: list[str]) -> Cache:
    return Cache(tmp_path, say=said.append)


def test_a_file_is_downloaded_once_and_progress_is_told(repository: Repository, cache: Cache, said: list[str]) -> None:
    jar = repository.add("org/example/thing/1.2/thing-1.2.jar", CONTENT)
    [path] = cache.fetch("thing", [jar])
    assert path.read_bytes() == CONTENT
    assert said == ["thing: downloading 1 file", "thing: 0 MB downloaded and verified"]
    assert cache.fetch("thing", [jar]) == [path]
    assert repository.asked == ["/org/example/thing/1.2/thing-1.2.jar"]


def test_a_changed_download_is_refused_and_not_kept(repository: Repository, cache: Cache, tmp_path: Path) -> None:
    jar = repository.add("org/example/thing/1.2/thing-1.2.jar", CONTENT)
    repository.files["/" + str(jar.path)] = CONTENT + b"!"
    with pytest.raises(StackError, match=r"thing-1\.2\.jar is not the pinned file"):
        cache.fetch("thing", [jar])
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []


def test_a_file_that_was_corrupted_in_the_cache_is_removed_and_the_next_run_fetches_it(
    repository: Repository, cache: Cache
) -> None:
    jar = repository.add("org/example/thing/1.2/thing-1.2.jar", CONTENT)
    [path] = cache.fetch("thing", [jar])
    path.write_bytes(CONTENT[:-1])
    with pytest.raises(StackError, match="run the command again"):
        cache.fetch("thing", [jar])
    assert not path.exists()
    assert cache.fetch("thing", [jar]) == [path]
    assert path.read_bytes() == CONTENT


def test_a_download_that_breaks_off_is_tried_again(repository: Repository, cache: Cache, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(artifacts, "pauses", lambda first: iter([0.0] * 10))
    jar = repository.add("org/example/thing/1.2/thing-1.2.jar", CONTENT)
    repository.broken = artifacts.DOWNLOAD_TRIES - 1
    [path] = cache.fetch("thing", [jar])
    assert path.read_bytes() == CONTENT
    assert len(repository.asked) == artifacts.DOWNLOAD_TRIES


def test_a_download_that_always_breaks_off_ends_with_what_to_do(
    repository: Repository, cache: Cache, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(artifacts, "pauses", lambda first: iter([0.0] * 10))
    jar = repository.add("org/example/thing/1.2/thing-1.2.jar", CONTENT)
    repository.broken = artifacts.DOWNLOAD_TRIES
    with pytest.raises(StackError, match=r"(?s)cannot download thing-1\.2\.jar.*HTTPS_PROXY"):
        cache.fetch("thing", [jar])
    assert len(repository.asked) == artifacts.DOWNLOAD_TRIES


def test_a_refused_download_keeps_what_was_fetched(repository: Repository, cache: Cache) -> None:
    there = repository.add("org/example/there/1/there-1.jar", CONTENT)
    missing = Artifact(PurePosixPath("org/example/missing/1/missing-1.jar"), "0" * 64)
    cache.fetch("there", [there])
    with pytest.raises(StackError, match=r"(?s)cannot download missing-1\.jar.*BULLETINS_MAVEN_REPOSITORY"):
        cache.fetch("both", [there, missing])
    assert repository.asked == ["/org/example/there/1/there-1.jar"]


def test_a_repository_that_does_not_listen_is_an_error_with_a_name(
    cache: Cache, monkeypatch: pytest.MonkeyPatch, repository: Repository
) -> None:
    monkeypatch.setattr(artifacts, "pauses", lambda first: iter([0.0] * 10))
    monkeypatch.setenv("BULLETINS_MAVEN_REPOSITORY", "http://127.0.0.1:9/")
    with pytest.raises(StackError, match=r"cannot download thing-1\.2\.jar"):
        cache.fetch("thing", [repository.add("org/example/thing/1.2/thing-1.2.jar", CONTENT)])


def test_the_stop_flag_ends_a_download(repository: Repository, tmp_path: Path) -> None:
    stop = StopFlag()
    stop.set()
    jar = repository.add("org/example/thing/1.2/thing-1.2.jar", CONTENT)
    with pytest.raises(Interrupted):
        Cache(tmp_path, say=lambda message: None, stop=stop).fetch("thing", [jar])
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []


def test_a_program_is_unpacked_once_with_its_permissions(repository: Repository, cache: Cache, tmp_path: Path) -> None:
    archive = repository.add("org/example/program/3/program-3.zip", program_zip())
    folder = cache.unpack("program", archive)
    assert folder == tmp_path / "program-3"
    assert os.access(folder / "bin" / "start", os.X_OK)
    assert not os.access(folder / "lib" / "code.jar", os.X_OK)
    (folder / "mark").touch()
    assert cache.unpack("program", archive) == folder
    assert (folder / "mark").exists()
    assert not list(tmp_path.glob(".unpack-*"))


def test_unpacking_that_is_interrupted_leaves_nothing(repository: Repository, tmp_path: Path) -> None:
    stop = StopFlag()
    cache = Cache(tmp_path, say=lambda message: stop.set() if "unpacking" in message else None, stop=stop)
    with pytest.raises(Interrupted):
        cache.unpack("program", repository.add("org/example/program/3/program-3.zip", program_zip()))
    assert [path.name for path in tmp_path.iterdir()] == ["maven"]


def program_zip() -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as content:
        for name, mode in (("program-3/bin/start", 0o755), ("program-3/lib/code.jar", 0o644)):
            member = zipfile.ZipInfo(name)
            member.external_attr = mode << 16
            content.writestr(member, "x")
    return buffer.getvalue()


def test_every_pinned_file_has_a_hash_and_coordinates() -> None:
    pinned = locked()
    assert {artifact.path.suffix for artifact in pinned} == {".jar", ".zip"}
    assert all(len(artifact.sha256) == 64 for artifact in pinned)
    by_path = {str(artifact.path): artifact.coordinates for artifact in pinned}
    assert by_path["org/apache/kafka/kafka_2.13/4.3.1/kafka_2.13-4.3.1.jar"] == (
        ("org.apache.kafka", "kafka_2.13", "4.3.1", "", "jar")
    )
    classified = Artifact(PurePosixPath("a/b/1/b-1-linux.jar"), "")
    assert classified.coordinates == ("a", "b", "1", "linux", "jar")


def test_verify_passes_the_right_file(tmp_path: Path) -> None:
    path = tmp_path / "thing.jar"
    path.write_bytes(CONTENT)
    verify(path, hashlib.sha256(CONTENT).hexdigest())
    assert path.exists()
