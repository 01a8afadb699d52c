"""Make `seeds/lexicon/traditional.txt` from OpenCC's table (Apache-2.0), as PyPI's package carries it.

    python -m deploy.tools.build_traditional WHEEL

WHEEL is what `pip download --no-deps opencc-python-reimplemented==0.1.7` brings; its SHA-256 is checked. Only pairs of one
character each are kept, and of several simplified characters the first: offsets must not move.
"""

from __future__ import annotations

import hashlib
import sys
import zipfile
from pathlib import Path

WHEEL_SHA256 = "41b3b92943c7bed291f448e9c7fad4b577c8c2eae30fcfe5a74edf8818493aa6"
OUTPUT = Path(__file__).resolve().parents[2] / "seeds" / "lexicon" / "traditional.txt"


def build(wheel: Path) -> int:
    """Write the table; returns the number of pairs. Raises ValueError for another file than the pinned one."""
    digest = hashlib.sha256(wheel.read_bytes()).hexdigest()
    if digest != WHEEL_SHA256:
        raise ValueError(f"{wheel.name}: SHA-256 is {digest}, expected {WHEEL_SHA256}")
    with zipfile.ZipFile(wheel) as archive:
        lines = archive.read("opencc/dictionary/TSCharacters.txt").decode("utf-8").splitlines()
    pairs = [(line.split("\t")[0], line.split("\t")[1].split(" ")[0]) for line in lines if "\t" in line]
    kept = sorted((t, s) for t, s in pairs if len(t) == len(s) == 1 and t != s)
    header = "# Traditional characters and, on the second line, their simplified forms. From OpenCC (Apache-2.0), made by build_traditional.\n"
    OUTPUT.write_text(header + "".join(t for t, _ in kept) + "\n" + "".join(s for _, s in kept) + "\n", "utf-8")
    return len(kept)


if __name__ == "__main__":
    print(build(Path(sys.argv[1])), "pairs")
