"""The servers' files: fetched from Maven Central by jgo, verified against `artifacts.sha256`, kept for the next run."""

from __future__ import annotations

import hashlib
import os
import shutil
import ssl
import stat
import tempfile
import threading
import time
import zipfile
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

import requests
from jgo.maven import MavenContext, PythonResolver

from deploy.local.errors import Interrupted, StackError
from services.lifecycle import StopFlag, pauses

LOCK_FILE = Path(__file__).with_name("artifacts.sha256")
PROJECT = Path(__file__).resolve().parents[2]
# Downloads are bound by latency, not by the processor: 46 small files take 3 s on eight threads and 6 s on one.
DOWNLOAD_THREADS = 8
DOWNLOAD_TIMEOUT_SECONDS = 15  # without a byte
DOWNLOAD_TRIES = 3
PROGRESS_SECONDS = 2.0
# Where Debian and Red Hat keep them, for Pythons whose OpenSSL looks elsewhere.
SYSTEM_CERTIFICATES = ("/etc/ssl/certs/ca-certificates.crt", "/etc/pki/tls/certs/ca-bundle.crt")

Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Artifact:
    """One pinned file of a Maven repository."""

    path: PurePosixPath  # group/as/folders/artifact/version/artifact-version.packaging
    sha256: str

    @property
    def coordinates(self) -> tuple[str, str, str, str, str]:
        """Group, artifact, version, classifier (may be empty), packaging."""
        *group, artifact, version, filename = self.path.parts
        packaging = self.path.suffix.removeprefix(".")
        classifier = filename.removeprefix(f"{artifact}-{version}").removesuffix(f".{packaging}").removeprefix("-")
        return ".".join(group), artifact, version, classifier, packaging


def locked(lock_file: Path = LOCK_FILE) -> list[Artifact]:
    """The pinned files, from lines in the form of sha256sum: hash, two spaces, path in a Maven repository."""
    artifacts = []
    for line in lock_file.read_text("utf-8").splitlines():
        if line and not line.startswith("#"):
            digest, path = line.split("  ", 1)
            artifacts.append(Artifact(PurePosixPath(path), digest))
    return artifacts


def cache_folder() -> Path:
    """Where downloads are kept: `BULLETINS_CACHE_DIR`, else `.local/cache` of the project."""
    return Path(os.environ.get("BULLETINS_CACHE_DIR") or PROJECT / ".local" / "cache").expanduser().resolve()


class Cache:
    """Downloads kept in `<folder>/maven` and programs unpacked beside them. Several processes may share a folder."""

    def __init__(self, folder: Path | None = None, *, say: Say = print, stop: StopFlag | None = None) -> None:
        self.folder = folder or cache_folder()
        self._say = say
        self._stop = StopFlag() if stop is None else stop

    def fetch(self, name: str, artifacts: list[Artifact]) -> list[Path]:
        """Paths of the artifacts, each verified now; what is missing is downloaded first.

        Raises StackError for a refused download or a file that is not the pinned one (it is removed), Interrupted.
        """
        missing = [artifact for artifact in artifacts if not self._path(artifact).exists()]
        if missing:
            self._download(name, missing)
        for artifact in artifacts:
            verify(self._path(artifact), artifact.sha256)
        return [self._path(artifact) for artifact in artifacts]

    def unpack(self, name: str, archive: Artifact, into: Path | None = None) -> Path:
        """The folder that the zip `archive` holds, unpacked once into `into` (default: the cache's own folder)."""
        base = into or self.folder
        target = base / archive.path.stem
        if target.exists():
            return target
        [path] = self.fetch(name, [archive])
        self._say(f"{name}: unpacking")
        base.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=base, prefix=".unpack-") as scratch:
            with zipfile.ZipFile(path) as content:
                _extract(content, Path(scratch), self._stop)
            _move_into_place(Path(scratch) / archive.path.stem, target)
        return target

    def _path(self, artifact: Artifact) -> Path:
        return self.folder / "maven" / artifact.path

    def _download(self, name: str, artifacts: list[Artifact]) -> None:
        # Into a folder of its own first: jgo writes in place, and a half-written file must never look like a whole one.
        self.folder.mkdir(parents=True, exist_ok=True)
        progress = _Progress(name, len(artifacts), self._say, self._stop)
        with tempfile.TemporaryDirectory(dir=self.folder, prefix=".download-") as scratch:
            context = _maven(Path(scratch), progress)
            with ThreadPoolExecutor(DOWNLOAD_THREADS, thread_name_prefix="download") as pool:
                futures = {pool.submit(_fetch_one, context, artifact, self._stop): artifact for artifact in artifacts}
                try:
                    for future in as_completed(futures):
                        artifact = futures[future]
                        verify(future.result(), artifact.sha256)
                        self._path(artifact).parent.mkdir(parents=True, exist_ok=True)
                        os.replace(future.result(), self._path(artifact))
                except BaseException:
                    progress.cancel()
                    pool.shutdown(wait=False, cancel_futures=True)
                    raise
        progress.done()


def verify(path: Path, sha256: str) -> None:
    """Raise StackError and remove the file if its SHA-256 is another one."""
    with path.open("rb") as file:
        actual = hashlib.file_digest(file, "sha256").hexdigest()
    if actual != sha256:
        path.unlink()
        raise StackError(
            f"{path.name} is not the pinned file: its SHA-256 is {actual}, {LOCK_FILE.name} says {sha256}.\n"
            "It was removed; run the command again to fetch it anew. If it happens again, what lies between you and "
            "Maven Central changes files: try another network or set BULLETINS_MAVEN_REPOSITORY to a mirror you trust."
        )


def _trust_the_system() -> None:
    """Let requests believe the certificates that this machine believes; of itself it knows only the list that it brings, and a
    network whose proxy has a certificate of its own would be refused although pip gets through."""
    for bundle in (ssl.get_default_verify_paths().cafile, *SYSTEM_CERTIFICATES):
        if bundle and Path(bundle).is_file():
            os.environ.setdefault("REQUESTS_CA_BUNDLE", bundle)
            return


def _maven(folder: Path, progress: _Progress) -> MavenContext:
    _trust_the_system()
    mirror = os.environ.get("BULLETINS_MAVEN_REPOSITORY")
    return MavenContext(
        resolver=PythonResolver(progress_callback=progress.of_file),
        repo_cache=folder,
        remote_repos={"mirror": mirror.rstrip("/")} if mirror else None,
        timeout=DOWNLOAD_TIMEOUT_SECONDS,
    )


def _fetch_one(context: MavenContext, artifact: Artifact, stop: StopFlag) -> Path:
    group, name, version, classifier, packaging = artifact.coordinates
    remote = context.project(group, name).at_version(version).artifact(classifier, packaging)
    for left, pause in zip(reversed(range(DOWNLOAD_TRIES)), pauses(first=1.0), strict=False):
        try:
            return Path(remote.resolve())
        except (requests.RequestException, RuntimeError) as error:
            # jgo says RuntimeError for every answer but 200; asking again will not change that.
            if left == 0 or isinstance(error, RuntimeError) or stop.wait(pause):
                raise StackError(
                    f"cannot download {artifact.path.name}: {error}\n"
                    "Maven Central must be reachable the first time. Behind a proxy set HTTPS_PROXY (and REQUESTS_CA_BUNDLE for "
                    "its certificate); BULLETINS_MAVEN_REPOSITORY names a mirror. What was fetched so far is kept."
                ) from error
            # A half-written file would be taken for a whole one.
            (context.repo_cache / artifact.path).unlink(missing_ok=True)
    raise AssertionError("unreachable: the last try returns or raises")


class _Progress:
    """Counts bytes of all files of one download; says how far it is every two seconds; ends it on the stop flag."""

    def __init__(self, name: str, files: int, say: Say, stop: StopFlag) -> None:
        self._name, self._files, self._say, self._stop = name, files, say, stop
        self._lock = threading.Lock()
        self._cancelled = False
        self._expected = self._received = self._complete = 0
        self._next = time.monotonic() + PROGRESS_SECONDS
        say(f"{name}: downloading {files} file{'s' if files > 1 else ''}")

    @contextmanager
    def of_file(self, _filename: str, size: int) -> Iterator[Callable[[int], None]]:
        """jgo's hook: called with each file's name and size in bytes, gives what to call with each chunk's length."""
        with self._lock:
            self._expected += size
        yield self._advance
        with self._lock:
            self._complete += 1

    def _advance(self, count: int) -> None:
        if self._stop or self._cancelled:
            raise Interrupted("stopped while downloading")
        with self._lock:
            self._received += count
            due = time.monotonic() >= self._next
            if due:
                self._next = time.monotonic() + PROGRESS_SECONDS
        if due:
            files = "" if self._files == 1 else f"{self._complete} of {self._files} files, "
            self._say(f"{self._name}: {files}{self._received / 1e6:.0f} of {self._expected / 1e6:.0f} MB")

    def cancel(self) -> None:
        self._cancelled = True

    def done(self) -> None:
        self._say(f"{self._name}: {self._received / 1e6:.0f} MB downloaded and verified")


def _extract(content: zipfile.ZipFile, target: Path, stop: StopFlag) -> None:
    # zipfile drops permissions; the servers' start scripts need theirs, and another user may have to read everything.
    for member in content.infolist():
        if stop:
            raise Interrupted("stopped while unpacking")
        path = Path(content.extract(member, target))
        executable = member.is_dir() or (member.external_attr >> 16) & stat.S_IXUSR
        path.chmod(0o755 if executable else 0o644)


def _move_into_place(source: Path, target: Path) -> None:
    try:
        source.rename(target)
    except OSError:
        # Another process was first: its copy is as good, both came from the verified archive.
        if not target.exists():
            raise
        shutil.rmtree(source, ignore_errors=True)
