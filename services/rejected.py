"""What comes from others and cannot be taken as it stands."""

from __future__ import annotations


class Rejected(Exception):
    """A file or address that is no good; trying again does not help. The message says what is wrong and what to do.

    The class's name is the reason in dead letters and metrics.
    """
