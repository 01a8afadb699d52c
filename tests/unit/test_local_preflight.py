"""What the local stack checks before it starts anything."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from deploy.local import elasticsearch, preflight
from deploy.local.elasticsearch import reachable_folder, stand_in
from deploy.local.errors import StackError
from deploy.local.preflight import Account, check_disk


def test_a_full_disk_is_refused_before_anything_is_written(tmp_path: Path) -> None:
    with pytest.raises(StackError, match=r"GB free; the local stack needs"):
        check_disk(tmp_path / "not" / "there" / "yet", minimum=1 << 60)
    check_disk(tmp_path / "not" / "there" / "yet", minimum=1)
    assert list(tmp_path.iterdir()) == []


def test_an_account_cannot_read_below_a_private_folder(tmp_path: Path) -> None:
    private = tmp_path / "private"
    (private / "inside").mkdir(parents=True)
    private.chmod(0o700)
    stranger = Account("stranger", uid=os.getuid() + 12345, gid=os.getgid() + 12345)
    oneself = Account("oneself", uid=os.getuid(), gid=os.getgid())
    assert not stranger.can_read(private / "inside")
    assert oneself._can_enter(private)
    assert stranger.can_read(Path("/usr"))


def test_only_root_needs_another_account(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(preflight.os, "geteuid", lambda: 1000)
    assert preflight.unprivileged_account() is None
    monkeypatch.setattr(preflight.os, "geteuid", lambda: 0)
    account = preflight.unprivileged_account()
    assert account is not None
    assert account.uid != 0


def test_root_without_an_unprivileged_user_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    def unknown(name: str) -> None:
        raise KeyError(name)

    monkeypatch.setattr(preflight.os, "geteuid", lambda: 0)
    monkeypatch.setattr(preflight.pwd, "getpwnam", unknown)
    with pytest.raises(StackError, match="refuses to run as root"):
        preflight.unprivileged_account()


@pytest.fixture
def stranger(tmp_path: Path) -> Account:
    """A user that cannot enter the test's folder."""
    tmp_path.chmod(0o700)
    return Account("stranger", uid=os.getuid() + 12345, gid=os.getgid() + 12345)


def test_elasticsearch_goes_where_its_user_can_enter(tmp_path: Path, stranger: Account, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "shared").mkdir()
    monkeypatch.setattr(elasticsearch, "SHARED_FOLDER", tmp_path / "shared")
    assert reachable_folder(tmp_path, None) == tmp_path
    elsewhere = reachable_folder(tmp_path, stranger)
    assert elsewhere.parent == tmp_path / "shared"
    assert reachable_folder(tmp_path, stranger) == elsewhere
    assert reachable_folder(tmp_path / "other", stranger) != elsewhere


def test_a_link_that_somebody_left_in_the_shared_folder_is_not_followed(
    tmp_path: Path, stranger: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(elasticsearch, "SHARED_FOLDER", tmp_path)
    (tmp_path / "target").mkdir()
    stand_in(tmp_path).symlink_to(tmp_path / "target")
    with pytest.raises(StackError, match="is not ours"):
        reachable_folder(tmp_path, stranger)
