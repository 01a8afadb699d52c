"""What can go wrong with the local stack, in words that say what to do."""

from __future__ import annotations


class StackError(Exception):
    """The local stack cannot do what was asked. The message says what is wrong, where, and what to do about it."""


class Interrupted(Exception):
    """The user or the system asked to stop while the stack was starting."""
