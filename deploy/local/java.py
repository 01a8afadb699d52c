"""Find a JDK that both servers run on."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from deploy.local.errors import StackError

MINIMUM = 21  # Elasticsearch 9 needs it; Kafka 4 would do with 17
# For servers that live a minute: they need half of the processor's time to come up (Elasticsearch 7 s instead of 14) and are
# slower under load afterwards, so not for measurements.
QUICK_START = ("-XX:TieredStopAtLevel=1",)
INSTALLED = (
    "/usr/lib/jvm/*",  # Debian, Ubuntu, Fedora
    "/opt/java/*",
    "/Library/Java/JavaVirtualMachines/*/Contents/Home",  # macOS
    "/opt/homebrew/opt/openjdk*/libexec/openjdk.jdk/Contents/Home",
)

HOW_TO_INSTALL = f"""\
Install one of version {MINIMUM} or newer and run the command again:
  Debian, Ubuntu   sudo apt install openjdk-{MINIMUM}-jre-headless
  Fedora           sudo dnf install java-{MINIMUM}-openjdk-headless
  macOS            brew install openjdk@{MINIMUM}
or unpack any JDK and set JAVA_HOME to its folder."""


@dataclass(frozen=True, slots=True)
class Java:
    home: Path
    version: int

    @property
    def executable(self) -> str:
        return str(self.home / "bin" / "java")


def find(usable: Callable[[Path], bool] = lambda _: True) -> Java:
    """The JDK of JAVA_HOME, else of the PATH, else the newest installed one: the first with version 21 or newer.

    `usable(home)` may refuse a folder (one that the servers' user cannot read). Raises StackError, with how to install one.
    """
    tried = []
    for home in candidates():
        version = version_of(home)
        if version is None:
            continue
        if version < MINIMUM:
            tried.append(f"{home} is version {version}")
        elif not usable(home):
            tried.append(f"{home} cannot be read by the user that the servers run as")
        else:
            return Java(home, version)
    found = "; ".join(tried) or "none was found in JAVA_HOME, on the PATH or in the usual folders"
    raise StackError(f"Java {MINIMUM} or newer is needed: {found}.\n{HOW_TO_INSTALL}")


def candidates() -> Iterator[Path]:
    """JDK folders in order of preference, each once."""
    seen = set()
    for home in _all_candidates():
        home = home.resolve()
        if home not in seen and (home / "bin" / "java").exists():
            seen.add(home)
            yield home


def _all_candidates() -> Iterator[Path]:
    if java_home := os.environ.get("JAVA_HOME"):
        yield Path(java_home)
    if on_path := shutil.which("java"):
        yield Path(on_path).resolve().parent.parent
    installed = [Path(match) for pattern in INSTALLED for match in Path("/").glob(pattern.lstrip("/"))]
    yield from sorted(installed, key=lambda home: version_of(home) or 0, reverse=True)


def version_of(home: Path) -> int | None:
    """The major version that `bin/java` tells; None where it does not run."""
    try:
        # macOS has a /usr/bin/java that only opens a dialogue: it says so on stderr and fails.
        run = subprocess.run([home / "bin" / "java", "-version"], capture_output=True, text=True, timeout=30, check=True)
    except (OSError, subprocess.SubprocessError):
        return None
    match = re.search(r'version "(\d+)', run.stderr)
    return int(match[1]) if match else None
