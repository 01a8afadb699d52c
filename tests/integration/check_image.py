"""`make image-test` builds the service image twice and runs it without rights and without a network. Needs a Docker daemon.

The second build has the same files in another folder, with other dates and modes, and no cache: its layers must be the same. What the image
reads in the sample bulletins must be what the code beside it reads. PIP_INDEX_URL, BULLETINS_MAVEN_REPOSITORY and PYTHON_IMAGE of the
environment are handed to the builds. Takes minutes; ends with 1 and the reason where something differs.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from services.settings import PROJECT

IMAGE = "bulletins-image-test"
PASSED_ON = ("PIP_INDEX_URL", "BULLETINS_MAVEN_REPOSITORY", "PYTHON_IMAGE")
# As in docker-compose.yml.
CONFINED = ("--rm", "--read-only", "--tmpfs=/tmp", "--cap-drop=ALL", "--security-opt=no-new-privileges", "--network=none")
BULLETINS = [f"seeds/bulletins/{path.name}" for path in sorted((PROJECT / "seeds" / "bulletins").glob("*.txt"))]
STATE = "import os; open('/volumes/state/x', 'w'); print(os.getuid(), os.getgid(), os.access('/app', os.W_OK))"


def docker(*arguments: str) -> str:
    """What docker printed. Raises SystemExit, with what it said, where it ends with an error."""
    done = subprocess.run(["docker", *arguments], capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise SystemExit(f"docker {' '.join(arguments)}: {done.stderr[-4000:]}")
    return done.stdout


def build(folder: Path, tag: str, *options: str) -> dict[str, Any]:
    """What docker knows of the image that was built from `folder`."""
    given = [f"--build-arg={name}" for name in PASSED_ON if os.environ.get(name)]
    print(f"building {tag}", flush=True)
    docker("build", *options, *given, "--file", str(folder / "deploy" / "Dockerfile"), "--tag", f"{IMAGE}:{tag}", str(folder))
    [known] = json.loads(docker("image", "inspect", f"{IMAGE}:{tag}"))
    found: dict[str, Any] = known
    return found


def copy_into(folder: Path) -> None:
    """The project's files, with new dates and only their owner's rights."""
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=PROJECT, capture_output=True, text=True, check=True)
    for name in filter(None, listed.stdout.split("\0")):
        target = folder / name
        target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        shutil.copyfile(PROJECT / name, target)
        target.chmod(0o600)


def expect(what: str, seen: object, wanted: object) -> None:
    """Say that it is so. Raises SystemExit where it is not."""
    if seen != wanted:
        raise SystemExit(f"{what}: {str(seen)[:1000]} is not {str(wanted)[:1000]}")
    print(f"{what}: as it should be")


def main() -> None:
    if shutil.which("docker") is None or subprocess.run(["docker", "info"], capture_output=True, check=False).returncode != 0:
        raise SystemExit("no Docker daemon answers: nothing was tried")
    first = build(PROJECT, "first")
    run = ("run", *CONFINED)
    expect("user", docker(*run, "--entrypoint=python", f"{IMAGE}:first", "-c", STATE).split(), ["10001", "10001", "False"])
    here = subprocess.run(
        [sys.executable, "-m", "services.cli", "extract", *BULLETINS], cwd=PROJECT, capture_output=True, text=True, check=True
    )
    expect("events of the sample bulletins", docker(*run, f"{IMAGE}:first", "extract", *BULLETINS), here.stdout)
    docker(*run, f"{IMAGE}:first", "credentials", "/tmp/credentials", "--roles", "/app/roles.yml")
    with tempfile.TemporaryDirectory() as folder:
        copy_into(Path(folder))
        second = build(Path(folder), "second", "--no-cache")
    expect("layers of two builds", second["RootFS"]["Layers"], first["RootFS"]["Layers"])
    print(f"{len(first['RootFS']['Layers'])} layers, {first['Size'] / 1e6:.0f} MB")


if __name__ == "__main__":
    main()
