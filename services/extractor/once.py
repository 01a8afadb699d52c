"""What is found out about an object when it is first asked for, and kept."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Generic, TypeVar

_Value = TypeVar("_Value")


class once(Generic[_Value]):
    """`functools.cached_property` without its lock: a bulletin is read by one thread, and Python 3.11's lock takes longer than half of
    what is kept so. For objects with a `__dict__`."""

    def __init__(self, find: Callable[[Any], _Value]) -> None:
        self._find = find
        self.__doc__ = find.__doc__

    def __set_name__(self, owner: type, name: str) -> None:
        self._name = name

    def __get__(self, instance: Any, owner: type) -> _Value:
        # Called only where `instance` holds no value of that name yet.
        value = instance.__dict__[self._name] = self._find(instance)
        return value
