"""What the local stack checks before it starts anything."""

from __future__ import annotations

import os
import socket
from pathlib import Path

import pytest

from deploy.local import java, preflight
from deploy.local.errors import StackError
from deploy.local.preflight import Account, Port, check_disk, check_ports, free_port, is_free


def fake_jdk(folder: Path, version: str) -> Path:
    (folder / "bin").mkdir(parents=True)
    program = folder / "bin" / "java"
    program.write_text(f"#!/bin/sh\necho 'openjdk version \"{version}\" 2025-09-16' >&2\n", "utf-8")
    program.chmod(0o755)
    return folder


@pytest.fixture
def no_java(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """A machine without Java: an empty PATH but for what `#!/bin/sh` needs, no JAVA_HOME, nothing installed."""
    monkeypatch.delenv("JAVA_HOME", raising=False)
    monkeypatch.setenv("PATH", str(tmp_path / "empty"))
    monkeypatch.setattr(java, "INSTALLED", (str(tmp_path / "jvm" / "*"),))
    return tmp_path


def test_no_java_says_how_to_install_one(no_java: Path) -> None:
    with pytest.raises(StackError, match=r"(?s)Java 21 or newer is needed: none was found.*openjdk-21-jre-headless"):
        java.find()


def test_java_home_comes_first_when_it_is_new_enough(no_java: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fake_jdk(no_java / "jvm" / "jdk-25", "25.0.1")
    monkeypatch.setenv("JAVA_HOME", str(fake_jdk(no_java / "mine", "21.0.2")))
    assert java.find() == java.Java(no_java / "mine", 21)


def test_an_old_java_home_is_passed_over_for_the_newest_installed(no_java: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("JAVA_HOME", str(fake_jdk(no_java / "old", "1.8.0_392")))
    fake_jdk(no_java / "jvm" / "jdk-21", "21.0.2")
    fake_jdk(no_java / "jvm" / "jdk-25", "25-ea")
    assert java.find() == java.Java(no_java / "jvm" / "jdk-25", 25)


def test_java_on_the_path_is_found_through_its_link(no_java: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    home = fake_jdk(no_java / "elsewhere", "23")
    (no_java / "bin").mkdir()
    (no_java / "bin" / "java").symlink_to(home / "bin" / "java")
    monkeypatch.setenv("PATH", str(no_java / "bin"))
    assert java.find() == java.Java(home, 23)


def test_only_old_java_names_what_was_found(no_java: Path) -> None:
    home = fake_jdk(no_java / "jvm" / "jdk-17", "17.0.15")
    with pytest.raises(StackError, match=f"{home} is version 17"):
        java.find()


def test_java_that_the_servers_user_cannot_read_is_refused(no_java: Path) -> None:
    fake_jdk(no_java / "jvm" / "jdk-21", "21.0.2")
    with pytest.raises(StackError, match="cannot be read by the user"):
        java.find(lambda home: False)


def test_a_taken_port_is_named_with_its_purpose_and_setting() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        number = listener.getsockname()[1]
        with pytest.raises(StackError, match=rf"(?s)port {number}, needed for Kafka, is in use.*BULLETINS_KAFKA_BOOTSTRAP"):
            check_ports([Port(number, "Kafka", "BULLETINS_KAFKA_BOOTSTRAP")])


def test_a_listener_on_all_addresses_takes_the_port_too() -> None:
    with socket.create_server(("0.0.0.0", 0)) as listener:
        assert not is_free(listener.getsockname()[1])


def test_a_free_port_passes() -> None:
    check_ports([Port(free_port(), "Kafka", "BULLETINS_KAFKA_BOOTSTRAP")])


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
