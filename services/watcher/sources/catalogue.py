"""All sources: those of the file BULLETINS_SOURCES, and the folders of BULLETINS_WATCH_FOLDERS."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Final, NamedTuple

import yaml
from pydantic import ValidationError

from services.settings import Settings
from services.watcher.errors import ConfigurationError
from services.watcher.folder import Folder
from services.watcher.folders import watched_folders
from services.watcher.sources.model import Expected, FolderSource, Source, Sources, WebSource
from services.watcher.sources.region import region_code

VARIABLE: Final = "BULLETINS_SOURCES"
MAX_FILE_BYTES: Final = 10 * 1024 * 1024


class Site(NamedTuple):
    """A web source with its division's code."""

    source: WebSource
    region_code: str | None

    @property
    def id(self) -> str:
        return self.source.id


class Catalogue(NamedTuple):
    """The sources that are watched: enabled, and chosen where a choice was made."""

    folders: Sequence[Folder]
    sites: Sequence[Site]
    expected: dict[str, Expected]
    """By source id, where the source says it."""
    is_whole: bool = True
    """No choice was made."""

    @property
    def ids(self) -> list[str]:
        return [*(folder.source_id for folder in self.folders), *(site.id for site in self.sites)]

    @property
    def expectations(self) -> dict[str, Expected | None]:
        return {source_id: self.expected.get(source_id) for source_id in self.ids}


def load(settings: Settings, chosen: Iterable[str] = ()) -> Catalogue:
    """`chosen`: ids of the only sources wanted, which then need not be enabled. Raises ConfigurationError."""
    sources = read(settings.sources) if settings.sources else []
    wanted = list(chosen)
    folders = {folder.source_id: folder for folder in watched_folders(settings)} if settings.watch_folders or not sources else {}
    sites, expected = [], {}
    for source in sources:
        if not (source.id in wanted if wanted else source.enabled):
            continue
        code = _region_code(source, settings.sources)
        if isinstance(source, FolderSource):
            _add_folder(folders, source, code, settings)
        else:
            sites.append(Site(source, code))
        if source.expected:
            expected[source.id] = source.expected
    known = [*folders, *(source.id for source in sources)]
    if unknown := [each for each in wanted if each not in known]:
        raise ConfigurationError(f"there is no source {unknown[0]!r}; there are {', '.join(dict.fromkeys(known)) or 'none'}")
    both = [site.id for site in sites if site.id in folders]
    if both:
        raise ConfigurationError(f"{VARIABLE} and BULLETINS_WATCH_FOLDERS both have a source {both[0]!r}; rename one")
    return Catalogue([folder for name, folder in folders.items() if not wanted or name in wanted], sites, expected, not wanted)


def read(file: Path) -> list[Source]:
    """All sources of a file, enabled or not. Raises ConfigurationError that says what is wrong where."""
    try:
        if file.stat().st_size > MAX_FILE_BYTES:
            raise ConfigurationError(f"{VARIABLE}: {file} has more than {MAX_FILE_BYTES} bytes")
        data = yaml.safe_load(file.read_text("utf-8"))
    except OSError as error:
        raise ConfigurationError(f"{VARIABLE}: {file} cannot be read: {error.strerror}") from error
    except (UnicodeDecodeError, yaml.YAMLError, RecursionError) as error:
        raise ConfigurationError(f"{VARIABLE}: {file} is not YAML in UTF-8: {' '.join(str(error).split())[:300]}") from error
    try:
        return list(Sources.model_validate(data).sources)
    except ValidationError as error:
        told = "; ".join(
            _told(each["loc"], each["msg"], data) for each in error.errors(include_url=False, include_input=False)[:5]
        )
        raise ConfigurationError(f"{VARIABLE}: {file}: {told}") from error


def _told(location: tuple[int | str, ...], message: str, data: object) -> str:
    """With the source's id in place of its number."""
    names = [str(part) for part in location]
    if len(location) > 1 and isinstance(location[1], int) and isinstance(data, dict):
        source = data["sources"][location[1]]
        name = source.get("id") if isinstance(source, dict) else None
        names[:3] = [str(name or f"source {location[1] + 1}")]  # the list, the number, the kind
    return f"{'.'.join(names) or 'file'}: {message}"


def _region_code(source: Source, file: Path | None) -> str | None:
    try:
        return region_code(source.region) if source.region else None
    except ValueError as error:
        raise ConfigurationError(f"{VARIABLE}: {file}: {source.id}: region: {error}") from error


def _add_folder(folders: dict[str, Folder], source: FolderSource, code: str | None, settings: Settings) -> None:
    """The same folder may stand in both settings: then the file tells more about it."""
    base = settings.sources.parent if settings.sources else Path()
    path = os.path.abspath(base / Path(source.path).expanduser())
    known = folders.get(source.id)
    if known is not None and known.root != path:
        default = settings.watch_folders == Settings.model_fields["watch_folders"].default
        raise ConfigurationError(
            f"two folders are called {source.id!r}: {known.root} of BULLETINS_WATCH_FOLDERS"
            f"{', which names it where it is not set: set it to your own folders, or to nothing,' if default else ''}"
            f" and {path} of {settings.sources}; rename one"
        )
    schedule = source.schedule
    folders[source.id] = Folder(
        source.id,
        Path(path),
        publisher=source.publisher,
        region_code=code,
        encoding=source.encoding,
        every=schedule.every.total_seconds() if schedule else None,
        jitter=schedule.jitter if schedule else 0.0,
    )
