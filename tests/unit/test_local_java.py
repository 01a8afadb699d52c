"""Which JDK the local servers run on."""

from __future__ import annotations

from pathlib import Path

import pytest

from deploy.local import java
from deploy.local.errors import StackError


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
