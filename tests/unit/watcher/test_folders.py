"""What the folders of BULLETINS_WATCH_FOLDERS are called."""

from __future__ import annotations

import pytest

from services.settings import Settings
from services.watcher.errors import ConfigurationError
from services.watcher.folders import watched_folders


def folders(value: str) -> dict[str, str]:
    return {folder.source_id: folder.root for folder in watched_folders(Settings(watch_folders=value))}


def test_folders_are_called_by_their_last_part_or_as_the_setting_says() -> None:
    assert folders("/srv/bulletins:郑州=/srv/zz:/srv/a=b/c") == {
        "bulletins": "/srv/bulletins",
        "郑州": "/srv/zz",
        "c": "/srv/a=b/c",
    }


@pytest.mark.parametrize(
    ("value", "complaint"),
    [
        ("", "names no folder"),
        ("/a/x:/b/x", "two folders are called 'x'.*other="),
        ("/", "cannot be a name"),
        ("a b=/srv", "cannot be a name"),
    ],
)
def test_folders_that_cannot_be_told_apart_are_an_error(value: str, complaint: str) -> None:
    with pytest.raises(ConfigurationError, match=f"BULLETINS_WATCH_FOLDERS.*{complaint}"):
        folders(value)
