"""Bulletins from files, read and described exactly as the watcher does it."""

from __future__ import annotations

import os
import sys
from typing import BinaryIO
from urllib.parse import quote

from services.contracts import Bulletin, bulletin_id
from services.watcher.describe import describe
from services.watcher.errors import Rejected
from services.watcher.folder import sidecar_of
from services.watcher.formats import kinds
from services.watcher.metadata import MAX_METADATA_BYTES

STANDARD_INPUT = "-"
SOURCE_ID = "files"


class UnusableFile(Exception):
    """The file is no bulletin as it stands; the message says why and what to do, without the file's name."""


def bulletin_of(name: str) -> Bulletin:
    """The bulletin in a file, or on standard input for `-`. A sidecar `NAME.meta.yaml` counts. Raises UnusableFile."""
    try:
        raw = _read(name)
        sidecar = None if name == STANDARD_INPUT else _sidecar(name)
        said = describe(raw, sidecar, os.path.basename(sidecar_of(name)), name=name)
    except Rejected as error:
        raise UnusableFile(str(error)) from error
    except OSError as error:
        raise UnusableFile(error.strerror or str(error)) from error
    return Bulletin(
        bulletin_id=bulletin_id(said.text),
        text=said.text,
        source_id=SOURCE_ID,
        source_uri=f"file:{quote(os.fsencode(name))[:3900]}",
        source_title=said.source_title,
        publisher=said.publisher,
        published_on=said.published_on,
        region_code=said.region_code,
    )


def _read(name: str) -> bytes:
    """All of it, as far as any document may be long: what kind it is, and whether it is too long for that, its bytes tell later."""
    if name == STANDARD_INPUT:
        return _bounded(sys.stdin.buffer, name)
    with open(name, "rb") as file:
        return _bounded(file, name)


def _bounded(file: BinaryIO, name: str) -> bytes:
    """Not by its size first: a pipe has none. Raises TextTooLarge or FileTooLarge."""
    raw = file.read(kinds.MAX_DOCUMENT_BYTES + 1)
    if len(raw) > kinds.MAX_DOCUMENT_BYTES:
        kinds.check_size(max(os.fstat(file.fileno()).st_size, len(raw)), kinds.kind_by_suffix(name))
    return raw


def _sidecar(name: str) -> bytes | None:
    try:
        with open(sidecar_of(name), "rb") as file:
            return file.read(MAX_METADATA_BYTES + 1)
    except FileNotFoundError:
        return None
