"""What reading one document may cost."""

from __future__ import annotations

from typing import NamedTuple


class Limits(NamedTuple):
    """A newspaper of 24 pages takes 2 s and 200 MB."""

    cpu_seconds: int = 10
    wall_seconds: int = 20
    memory_bytes: int = 1024 * 1024 * 1024
