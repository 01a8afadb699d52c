"""Under which addresses the files of a folder are known."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from services.watcher.folder import Folder

FOLDER = Folder("公报", Path("/srv"))


def test_an_address_does_not_depend_on_where_the_folder_is_kept(tmp_path: Path) -> None:
    for place in ("here", "there"):
        (tmp_path / place / "甲").mkdir(parents=True)
        (tmp_path / place / "甲/a.txt").write_text("正文", "utf-8")
    assert {found.source_uri for place in ("here", "there") for found in Folder("n", tmp_path / place).scan()} == {
        "file:n/甲/a.txt"
    }


@pytest.mark.parametrize(
    ("relative", "address"),
    [
        ("上街 动态.txt", "file:公报/上街%20动态.txt"),
        ("100%.txt", "file:公报/100%25.txt"),
        ("a#b?c.txt", "file:公报/a%23b%3Fc.txt"),
        ("line\nbreak.txt", "file:公报/line%0Abreak.txt"),
        (os.fsdecode(b"\xc9\xcf.txt"), "file:公报/%C9%CF.txt"),
    ],
)
def test_an_address_can_be_written_in_a_header_and_tells_files_apart(relative: str, address: str) -> None:
    assert FOLDER.source_uri(relative) == address


def test_a_file_named_like_another_ones_address_has_its_own() -> None:
    assert FOLDER.source_uri("a%20b.txt") != FOLDER.source_uri("a b.txt")
