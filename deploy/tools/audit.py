"""`make audit` compares what the image holds with the advisories of PyPI: exit code 1 where a package has one, 3 where none is known but
some package could not be looked up. A mirror has no advisories: pip-audit alone would call that safe.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

PROJECT = Path(__file__).resolve().parents[2]
LOCK = PROJECT / "requirements" / "image.lock"
SAFE, ADVISORY, UNKNOWN = 0, 1, 3
SECONDS = 600


def judge(dependencies: list[dict[str, Any]]) -> tuple[int, list[str]]:
    """The exit code and what to say, from the `dependencies` of pip-audit's report (JSON)."""
    found = [
        f"{each['name']} {each['version']}: {one['id']} {', '.join(one.get('aliases', []))}; fixed in {', '.join(one['fix_versions']) or 'no version'}"
        for each in dependencies
        for one in each.get("vulns", [])
    ]
    skipped = [each for each in dependencies if "skip_reason" in each]
    if found:
        code = ADVISORY
    else:
        code = UNKNOWN if skipped or not dependencies else SAFE
    said = [f"audit: {len(dependencies) - len(skipped)} packages looked up, {len(found)} advisories", *found]
    if skipped:
        said.append(
            f"audit: {len(skipped)} packages could not be looked up, the first for this reason: {skipped[0]['skip_reason']}"
        )
        said.append("audit: run `make audit` where pypi.org itself is reached")
    return code, said


def main() -> int:
    command = [str(Path(sys.executable).with_name("pip-audit")), "--disable-pip", "--require-hashes", "-r", str(LOCK)]
    run = subprocess.run(
        [*command, "--format", "json", "--progress-spinner", "off"], capture_output=True, text=True, timeout=SECONDS, check=False
    )
    try:
        dependencies = json.loads(run.stdout)["dependencies"]
    except (ValueError, KeyError):
        print(f"audit: nothing could be looked up: {run.stderr.strip()[-500:]}")
        return UNKNOWN
    code, said = judge(dependencies)
    print("\n".join(said))
    return code


if __name__ == "__main__":
    sys.exit(main())
