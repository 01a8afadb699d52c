"""The watched folders and their names, from the settings."""

from __future__ import annotations

import os
import re
from typing import Final

from services.settings import Settings
from services.watcher.errors import ConfigurationError
from services.watcher.folder import Folder

VARIABLE: Final = "BULLETINS_WATCH_FOLDERS"
_NAME: Final = re.compile(r"[^\W_][\w.-]{0,99}")


def watched_folders(settings: Settings) -> list[Folder]:
    """The folders by the names that stand in their bulletins' addresses. Raises ConfigurationError."""
    folders: dict[str, Folder] = {}
    for name, path in settings.named_folders():
        if not _NAME.fullmatch(name):
            raise ConfigurationError(f"{VARIABLE}: {name!r} cannot be a name (letters, digits, . _ -); write name={path}")
        if name in folders:
            both = f"{folders[name].root} and {path}"
            raise ConfigurationError(f"{VARIABLE}: two folders are called {name!r}: {both}; write another name: other={path}")
        folders[name] = Folder(name, path)
    if not folders:
        raise ConfigurationError(f"{VARIABLE} names no folder; set it to one or more paths separated by {os.pathsep!r}")
    return list(folders.values())
