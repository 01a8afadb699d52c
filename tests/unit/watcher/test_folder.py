"""Which files of a folder are looked at, under which address, and what reading them may run into."""

from __future__ import annotations

import logging
import os
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from services.contracts import Bulletin
from services.watcher.decode import MAX_FILE_BYTES
from services.watcher.errors import AddressTooLong, InvalidMetadata, TextTooLarge, UnreadableFile, Unsettled
from services.watcher.folder import MAX_URI_CHARACTERS, Folder, Seen

NOBODY = 65534


@pytest.fixture
def root(tmp_path: Path) -> Path:
    root = tmp_path / "watched"
    root.mkdir()
    return root


@pytest.fixture
def folder(root: Path) -> Folder:
    return Folder("公报", root)


def seen(folder: Folder, relative: str) -> Seen:
    found = folder.look(relative)
    assert found is not None
    return found


def write(path: Path, text: str = "正文") -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, "utf-8")
    return path


def test_text_files_are_found_at_any_depth_in_the_order_of_names(root: Path, folder: Folder) -> None:
    deep = "/".join(["层"] * 60)
    for name in ("b.txt", "a.MD", "甲/二.txt", "甲/一.md", f"{deep}/深.txt"):
        write(root / name)
    assert [found.relative for found in folder.scan()] == ["a.MD", "b.txt", "甲/一.md", "甲/二.txt", f"{deep}/深.txt"]


def test_a_deep_tree_is_read_as_far_as_paths_go_and_what_lies_deeper_is_told(
    root: Path, folder: Folder, caplog: pytest.LogCaptureFixture
) -> None:
    levels = os.pathconf(root, "PC_PATH_MAX") // 2  # of two characters each: some below what a path can name
    last = levels - len(str(root)) // 2 - 10
    here = os.open(root, os.O_RDONLY)
    for depth in range(levels):
        if depth in (0, 300, last):
            os.close(os.open("a.txt", os.O_CREAT | os.O_WRONLY, dir_fd=here))
        os.mkdir("d", dir_fd=here)
        below = os.open("d", os.O_RDONLY, dir_fd=here)
        os.close(here)
        here = below
    os.close(here)
    try:
        assert [found.relative.count("/") for found in folder.scan()] == [0, 300, last]
        assert "cannot be listed: File name too long" in caplog.text
    finally:
        subprocess.run(["rm", "-rf", str(root / "d")], check=True)  # rmtree recurses


@pytest.mark.parametrize(
    "name",
    [
        ".hidden.txt",
        "~$word.txt",
        "#emacs.txt",
        "a.txt.part",
        "a.txt.tmp",
        ".a.txt.swp",
        "a.txt~",
        "a.doc",
        "a",
        "a.meta.yaml",
        ".git/a.txt",
    ],
)
def test_what_is_hidden_unfinished_or_something_else_is_left_alone(root: Path, folder: Folder, name: str) -> None:
    write(root / name)
    assert list(folder.scan()) == []
    assert list(folder.belongs(str(root / name))) == []


def test_folders_and_pipes_that_are_called_like_texts_are_none(root: Path, folder: Folder) -> None:
    (root / "folder.txt").mkdir()
    os.mkfifo(root / "pipe.txt")
    assert list(folder.scan()) == []


def test_a_file_name_that_is_no_utf8_is_read(root: Path, folder: Folder) -> None:
    with open(os.fsencode(root) + b"/\xc9\xcf.txt", "wb") as file:
        file.write("正文".encode())
    [found] = folder.scan()
    assert folder.read(found).raw == "正文".encode()
    assert found.source_uri == "file:公报/%C9%CF.txt"


def test_a_link_within_the_folder_is_read_and_one_out_of_it_is_not(
    tmp_path: Path, root: Path, folder: Folder, caplog: pytest.LogCaptureFixture
) -> None:
    write(root / "..data/a.txt", "内")
    (root / "a.txt").symlink_to("..data/a.txt")  # as Kubernetes mounts configuration
    (root / "b.txt").symlink_to(write(tmp_path / "secret.txt"))
    (root / "c.txt").symlink_to("c.txt")
    (root / "d.txt").symlink_to("nowhere.txt")
    with caplog.at_level(logging.WARNING):
        found = list(folder.scan())
        list(folder.scan())
    assert [each.relative for each in found] == ["a.txt"]
    assert folder.read(found[0]).raw == "内".encode()
    assert [record.getMessage() for record in caplog.records if "b.txt" in record.getMessage()] == [
        "file:公报/b.txt is a link out of the watched folder; copy the file instead"
    ]


def test_linked_folders_are_not_entered_neither_by_scan_nor_by_notification(tmp_path: Path, root: Path, folder: Folder) -> None:
    write(tmp_path / "outside/a.txt")
    (root / "linked").symlink_to(tmp_path / "outside")
    (root / "loop").symlink_to(root)
    assert list(folder.scan()) == []
    assert list(folder.belongs(str(root / "linked/a.txt"))) == []
    assert list(folder.belongs(str(root / "linked"))) == []
    assert list(folder.belongs(str(tmp_path / "outside/a.txt"))) == []


def test_the_watched_folder_itself_may_be_a_link(tmp_path: Path) -> None:
    write(tmp_path / "real/a.txt")
    (tmp_path / "linked").symlink_to(tmp_path / "real")
    folder = Folder("n", tmp_path / "linked")
    [found] = folder.scan()
    assert folder.read(found).raw == "正文".encode()
    assert list(folder.belongs(str(tmp_path / "linked/a.txt"))) == [found]


def test_a_file_that_becomes_a_link_or_a_pipe_before_it_is_read_is_not_read(tmp_path: Path, root: Path, folder: Folder) -> None:
    for name in ("a.txt", "b.txt"):
        write(root / name)
    first, second = folder.scan()
    (root / "a.txt").unlink()
    (root / "a.txt").symlink_to(write(tmp_path / "secret.txt"))
    (root / "b.txt").unlink()
    os.mkfifo(root / "b.txt")
    for changed in (first, second):
        with pytest.raises(Unsettled):
            folder.read(changed)


def test_a_file_that_changed_or_went_since_it_was_seen_is_not_settled(root: Path, folder: Folder) -> None:
    path = write(root / "a.txt", "甲")
    found = seen(folder, "a.txt")
    write(path, "乙乙")
    with pytest.raises(Unsettled):
        folder.read(found)
    path.unlink()
    with pytest.raises(Unsettled):
        folder.read(found)
    assert folder.look("a.txt") is None


def test_a_file_replaced_by_one_of_the_same_size_and_time_looks_different(root: Path, folder: Folder) -> None:
    path = write(root / "a.txt", "甲")
    before = seen(folder, "a.txt")
    status = path.stat()
    other = write(root / "a.part", "乙")
    os.utime(other, ns=(status.st_atime_ns, status.st_mtime_ns))
    other.replace(path)
    assert seen(folder, "a.txt").fingerprint != before.fingerprint


def test_a_sidecar_belongs_to_the_text_of_its_name(root: Path, folder: Folder) -> None:
    write(root / "甲/a.txt")
    alone = seen(folder, "甲/a.txt")
    assert folder.read(alone).sidecar is None
    sidecar = write(root / "甲/a.meta.yaml", "title: 标题")
    both = seen(folder, "甲/a.txt")
    assert both.fingerprint != alone.fingerprint
    assert folder.read(both).sidecar == "title: 标题".encode()
    assert list(folder.belongs(str(sidecar))) == [both]
    sidecar.unlink()
    with pytest.raises(Unsettled):
        folder.read(both)


def test_a_sidecar_out_of_the_folder_or_no_file_is_none(tmp_path: Path, root: Path, folder: Folder) -> None:
    for name in ("a", "b"):
        write(root / f"{name}.txt")
    (root / "a.meta.yaml").symlink_to(write(tmp_path / "secret.yaml", "title: 秘"))
    (root / "b.meta.yaml").mkdir()
    assert [folder.read(found).sidecar for found in folder.scan()] == [None, None]


def test_a_sidecar_that_is_too_large_is_an_error(root: Path, folder: Folder) -> None:
    write(root / "a.txt")
    write(root / "a.meta.yaml", "#" * 20_000)
    with pytest.raises(InvalidMetadata, match="a.meta.yaml"):
        folder.read(seen(folder, "a.txt"))


def test_a_file_that_is_too_large_is_not_read(root: Path, folder: Folder) -> None:
    with open(root / "a.txt", "wb") as file:
        file.truncate(100 * 1024**3)  # no such disk is needed: the file is one hole
    with pytest.raises(TextTooLarge, match=str(100 * 1024**3)):
        folder.read(seen(folder, "a.txt"))
    with open(root / "a.txt", "wb") as file:
        file.truncate(MAX_FILE_BYTES)
    assert len(folder.read(seen(folder, "a.txt")).raw) == MAX_FILE_BYTES


def test_an_address_longer_than_the_contract_allows_is_an_error(root: Path, folder: Folder) -> None:
    deep = Path(*["%" * 200] * 8, "a.txt")  # each percent sign takes three characters
    write(root / deep)
    with pytest.raises(AddressTooLong, match="4000"):
        folder.read(seen(folder, str(deep)))
    longest = Bulletin.model_json_schema()["properties"]["source_uri"]["maxLength"]
    assert longest == MAX_URI_CHARACTERS


@pytest.fixture
def unprivileged() -> Iterator[Path]:
    """A folder that everybody may enter, and a user who may not read everything: root may."""
    with tempfile.TemporaryDirectory() as place:
        os.chmod(place, 0o755)
        was = os.geteuid()
        if was == 0:
            os.chown(place, NOBODY, NOBODY)
            os.seteuid(NOBODY)
        try:
            yield Path(place)
        finally:
            os.seteuid(was)


def test_a_file_that_may_not_be_read_is_an_error_and_a_folder_is_logged(
    unprivileged: Path, caplog: pytest.LogCaptureFixture
) -> None:
    write(unprivileged / "a.txt").chmod(0)
    write(unprivileged / "closed/b.txt").parent.chmod(0)
    write(unprivileged / "c.txt")
    folder = Folder("n", unprivileged)
    first, last = folder.scan()
    with pytest.raises(UnreadableFile, match="Permission denied.*EACCES"):
        folder.read(first)
    assert folder.read(last).raw == "正文".encode()
    assert "file:n/closed cannot be listed: Permission denied" in caplog.text
    (unprivileged / "closed").chmod(0o755)


def test_a_folder_that_is_not_there_is_the_callers_to_handle(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        list(Folder("n", tmp_path / "nowhere").scan())


def test_a_notification_about_a_new_folder_is_about_all_files_in_it(root: Path, folder: Folder) -> None:
    write(root / "new/a.txt")
    write(root / "new/deeper/b.txt")
    write(root / "old.txt")
    assert [found.relative for found in folder.belongs(str(root / "new"))] == ["new/a.txt", "new/deeper/b.txt"]


def test_a_kind_of_file_that_is_not_read_is_told_once(root: Path, folder: Folder, caplog: pytest.LogCaptureFixture) -> None:
    for name in ("a.csv", "b.CSV", "甲/c.csv", "README", "a.txt", "a.meta.yaml", ".hidden.csv", "~lock.odt"):
        write(root / name)
    with caplog.at_level(logging.INFO):
        assert [found.relative for found in folder.scan()] == ["a.txt"]
        assert [found.relative for found in folder.scan()] == ["a.txt"]
    assert caplog.messages == [
        "file:公报/README is left alone: no file without a suffix is read, but .txt .md .html .htm .pdf .docx",
        "file:公报/a.csv is left alone: no '.csv' file is read, but .txt .md .html .htm .pdf .docx",
    ]


def test_a_name_that_would_break_the_log_is_told_escaped_and_cut(
    root: Path, folder: Folder, caplog: pytest.LogCaptureFixture
) -> None:
    write(root / "a.x\n\x1b[2Jy")
    write(root / f"b.{'长' * 60}")
    with caplog.at_level(logging.INFO):
        assert list(folder.scan()) == []
    first, second = caplog.messages
    assert first.isprintable()
    assert r"no '.x\n\x1b[2jy' file" in first
    assert f"no '.{'长' * 19}…' file" in second
