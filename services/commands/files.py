"""Bulletins from files, read and described exactly as the watcher does it."""

from __future__ import annotations

import os
import sys
from typing import BinaryIO
from urllib.parse import quote

from services.contracts import Bulletin, bulletin_id
from services.watcher.decode import MAX_FILE_BYTES, too_large
from services.watcher.describe import describe
from services.watcher.errors import Rejected
from services.watcher.folder import sidecar_of
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
        said = describe(raw, sidecar, os.path.basename(sidecar_of(name)))
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
    if name == STANDARD_INPUT:
        return _bounded(sys.stdin.buffer)
    with open(name, "rb") as file:
        return _bounded(file)


def _bounded(file: BinaryIO) -> bytes:
    """All of it. Not by its size first: a pipe has none. Raises TextTooLarge."""
    raw = file.read(MAX_FILE_BYTES + 1)
    if len(raw) > MAX_FILE_BYTES:
        raise too_large(max(os.fstat(file.fileno()).st_size, len(raw)))
    return raw


def _sidecar(name: str) -> bytes | None:
    try:
        with open(sidecar_of(name), "rb") as file:
            return file.read(MAX_METADATA_BYTES + 1)
    except FileNotFoundError:
        return None
