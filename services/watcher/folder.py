"""A watched folder: which of its files may be bulletins, what they look like from outside, and how they are read safely."""

from __future__ import annotations

import errno
import logging
import os
import re
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Final, NamedTuple

from services.watcher.errors import AddressTooLong, InvalidMetadata, UnreadableFile, Unsettled
from services.watcher.formats import kinds
from services.watcher.metadata import MAX_METADATA_BYTES, SIDECAR_SUFFIX, check_size

log = logging.getLogger(__name__)

SUFFIXES: Final = tuple(kinds.SUFFIXES)
# Hidden files, and what editors and copy programs name their unfinished ones; their suffixes (.part, .swp, .tmp) are none of ours.
_IGNORED_STARTS: Final = (".", "~", "#")
_MAX_TOLD_SUFFIX: Final = 20  # characters
MAX_URI_CHARACTERS: Final = 4000  # as Bulletin.source_uri allows
# What cannot stand in an IRI (RFC 3987), and the percent sign itself, so that different paths never get the same address.
_ESCAPED: Final = re.compile(r'[\x00-\x20%#?"<>\\^`{|}\x7f-\xa0\ud800-\udfff\ufffe\uffff]')
# Neither a link nor a pipe without a writer, should the file have been replaced by one a moment ago.
_OPEN_FLAGS: Final = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
_MAX_REMEMBERED_WARNINGS: Final = 10_000
_MAX_REMEMBERED_KINDS: Final = 100


class Seen(NamedTuple):
    """A file as it looked at one moment, `size` in bytes. `fingerprint` changes whenever the file or its sidecar may have."""

    folder: Folder
    relative: str
    source_uri: str
    size: int
    fingerprint: str

    @property
    def source_id(self) -> str:
        return self.folder.source_id


class Content(NamedTuple):
    """What was read: no more than such a file may have, and at most MAX_METADATA_BYTES of a sidecar where there is one."""

    raw: bytes
    sidecar: bytes | None


class Folder:
    """A folder by the name that its bulletins carry as `source_id`."""

    def __init__(
        self,
        source_id: str,
        root: Path,
        *,
        publisher: str | None = None,
        region_code: str | None = None,
        encoding: str | None = None,
        every: float | None = None,
        jitter: float = 0.0,
    ) -> None:
        """`publisher`, `region_code` and `encoding` are for files that do not say it themselves. It is scanned every so many seconds
        (None: as often as all), each time longer or shorter by up to the share `jitter`."""
        self.source_id = source_id
        self.root = os.path.abspath(root)
        self.publisher = publisher
        self.region_code = region_code
        self.encoding = encoding
        self.every = every
        self.jitter = jitter
        self._warned: set[str] = set()
        self._left_alone: set[str] = set()

    def source_uri(self, relative: str) -> str:
        """`file:NAME/path/below/the/folder`: the same wherever the folder is kept, and no other file's."""
        return f"file:{self.source_id}/{_ESCAPED.sub(_escape, relative)}"

    def scan(self, below: str = "") -> Iterator[Seen]:
        """Every file that may be a bulletin, folders in the order of their names. A folder that cannot be listed is logged.

        Raises OSError where the watched folder itself cannot be listed.
        """
        waiting = [below]
        while waiting:
            here = waiting.pop()
            try:
                with os.scandir(self._path(here)) as entries:
                    found = sorted(entries, key=lambda entry: entry.name)
            except OSError as error:
                if not here:
                    raise
                self._warn_once(here, f"cannot be listed: {error.strerror}")
                continue
            for entry in found:
                relative = f"{here}/{entry.name}" if here else entry.name
                if entry.is_dir(follow_symlinks=False):
                    if not entry.name.startswith(_IGNORED_STARTS):
                        waiting.append(relative)
                elif seen := self.look(relative):
                    yield seen
                elif not is_candidate(relative):
                    self._tell_left_alone(entry.name, relative)

    def look(self, relative: str) -> Seen | None:
        """The file as it is now; None where it is gone, is not one of ours, or lies outside of the folder."""
        if not is_candidate(relative):
            return None
        try:
            status = self._status(relative)
        except OSError as error:
            self._warn_once(relative, f"cannot be looked at: {error.strerror}")
            return None
        if status is None:
            return None
        fingerprint = f"{_fingerprint(status)}|{self._sidecar_fingerprint(relative)}"
        return Seen(self, relative, self.source_uri(relative), status.st_size, fingerprint)

    def belongs(self, changed: str) -> Iterator[Seen]:
        """The files that a notification about an absolute path is about: itself, a sidecar's text, all below a new folder."""
        relative = os.path.relpath(changed, self.root)
        *parents, name = relative.split("/")
        if any(part.startswith(_IGNORED_STARTS) for part in parents) or self._has_linked_parent(parents):
            return
        if relative.endswith(SIDECAR_SUFFIX):
            stem = relative.removesuffix(SIDECAR_SUFFIX)
            yield from filter(None, (self.look(stem + suffix) for suffix in SUFFIXES))
        elif seen := self.look(relative):
            yield seen
        elif (
            os.path.isdir(changed) and not os.path.islink(changed) and not os.path.basename(relative).startswith(_IGNORED_STARTS)
        ):
            yield from self.scan(relative)

    def read(self, seen: Seen) -> Content:
        """The bytes of the very file that was seen. Raises Unsettled where it changed since, or Rejected."""
        relative, kind = seen.relative, kinds.kind_by_suffix(seen.relative)
        if len(seen.source_uri) > MAX_URI_CHARACTERS:
            raise AddressTooLong(
                f"its address has {len(seen.source_uri)} characters, {MAX_URI_CHARACTERS} are allowed; shorten the path"
            )
        try:
            raw, status = self._read(relative, kinds.most_bytes(kind))
        except OSError as error:
            raise _unreadable(error) from error
        # A sidecar that comes only now changes the fingerprint at the next look.
        sidecar, sidecar_fingerprint = (None, "") if seen.fingerprint.endswith("|") else self._read_sidecar(relative)
        if seen.fingerprint != f"{_fingerprint(status)}|{sidecar_fingerprint}":
            raise Unsettled(relative)
        kinds.check_size(status.st_size, kind)
        return Content(raw, sidecar)

    def _read_sidecar(self, relative: str) -> tuple[bytes, str]:
        try:
            raw, status = self._read(sidecar_of(relative), MAX_METADATA_BYTES)
        except FileNotFoundError as error:
            raise Unsettled(relative) from error
        except OSError as error:
            raise InvalidMetadata(f"{os.path.basename(sidecar_of(relative))} cannot be read: {error.strerror}") from error
        check_size(status.st_size, os.path.basename(sidecar_of(relative)))
        return raw, _fingerprint(status)

    def _read(self, relative: str, limit: int) -> tuple[bytes, os.stat_result]:
        """The bytes, none where there are more than `limit`, and the status when the reading ended. Raises OSError."""
        try:
            descriptor = os.open(self._path(relative), _OPEN_FLAGS)
        except OSError as error:
            if error.errno != errno.ELOOP:
                raise
            target = self._inside(self._path(relative))
            if target is None:
                raise FileNotFoundError(errno.ENOENT, "a link out of the watched folder") from error
            descriptor = os.open(target, _OPEN_FLAGS)
        try:
            status = os.fstat(descriptor)
            if not stat.S_ISREG(status.st_mode):
                raise FileNotFoundError(errno.ENOENT, "not a file")
            raw = _bytes(descriptor, status.st_size) if status.st_size <= limit else b""
            return raw, os.fstat(descriptor)
        finally:
            os.close(descriptor)

    def _sidecar_fingerprint(self, relative: str) -> str:
        try:
            status = self._status(sidecar_of(relative))
        except OSError:
            return ""
        return _fingerprint(status) if status else ""

    def _status(self, relative: str) -> os.stat_result | None:
        """Of the regular file itself or of the one that a link points to; None where that is gone or out of the folder."""
        path = self._path(relative)
        try:
            status = os.lstat(path)
            if stat.S_ISLNK(status.st_mode):
                if self._inside(path) is None:
                    self._warn_once(relative, "is a link out of the watched folder; copy the file instead")
                    return None
                status = os.stat(path)
        except (FileNotFoundError, NotADirectoryError):
            return None
        return status if stat.S_ISREG(status.st_mode) else None

    def _has_linked_parent(self, parents: list[str]) -> bool:
        """Scans do not enter linked folders, but notifications come from there."""
        return any(os.path.islink(self._path("/".join(parents[: depth + 1]))) for depth in range(len(parents)))

    def _path(self, relative: str) -> str:
        return f"{self.root}/{relative}" if relative else self.root

    def _inside(self, path: str) -> str | None:
        """The path without links, None where it is not in the watched folder."""
        real, root = os.path.realpath(path), os.path.realpath(self.root)
        return real if real == root or real.startswith(root.rstrip("/") + "/") else None

    def _tell_left_alone(self, name: str, relative: str) -> None:
        """The first file of a kind that is not read."""
        suffix = os.path.splitext(name)[1].lower()
        told = suffix in self._left_alone or len(self._left_alone) >= _MAX_REMEMBERED_KINDS
        if told or name.startswith(_IGNORED_STARTS) or name.endswith(SIDECAR_SUFFIX):
            return
        self._left_alone.add(suffix)
        # A name may hold anything, line breaks and a terminal's commands too.
        cut = suffix if len(suffix) <= _MAX_TOLD_SUFFIX else suffix[:_MAX_TOLD_SUFFIX] + "…"
        kind = f"no {cut!r} file" if suffix else "no file without a suffix"
        log.info("%s is left alone: %s is read, but %s", self.source_uri(relative), kind, " ".join(SUFFIXES))

    def _warn_once(self, relative: str, message: str) -> None:
        """A rescan every half minute must not say the same thing every half minute."""
        if relative not in self._warned and len(self._warned) < _MAX_REMEMBERED_WARNINGS:
            self._warned.add(relative)
            log.warning("%s %s", self.source_uri(relative), message)


def is_candidate(relative: str) -> bool:
    name = relative.rpartition("/")[2]
    return name.lower().endswith(SUFFIXES) and not name.startswith(_IGNORED_STARTS)


def sidecar_of(relative: str) -> str:
    """`甲/a.meta.yaml` for `甲/a.txt`."""
    return os.path.splitext(relative)[0] + SIDECAR_SUFFIX


def _bytes(descriptor: int, size: int) -> bytes:
    """At most `size` bytes; a file that has grown or shrunk meanwhile is told by its status."""
    pieces = []
    while size > 0 and (piece := os.read(descriptor, size)):
        pieces.append(piece)
        size -= len(piece)
    return b"".join(pieces)


def _fingerprint(status: os.stat_result) -> str:
    # The change time too: a file that is replaced by one of the same size and time (cp -p, rsync -t) has another.
    return f"{status.st_size}:{status.st_mtime_ns}:{status.st_ctime_ns}"


def _unreadable(error: OSError) -> UnreadableFile | Unsettled:
    if isinstance(error, FileNotFoundError | NotADirectoryError):
        return Unsettled(error.strerror)
    return UnreadableFile(
        f"{error.strerror} ({errno.errorcode.get(error.errno or 0, '?')}); check the file's owner and permissions"
    )


def _escape(found: re.Match[str]) -> str:
    # surrogateescape: a file name that is no UTF-8 reaches us as lone surrogates; its address has the bytes.
    return "".join(f"%{byte:02X}" for byte in found[0].encode("utf-8", "surrogateescape"))
