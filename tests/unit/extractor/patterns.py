"""Every regular expression of the extractor: of modules, behind cached functions, and written where it is used."""

from __future__ import annotations

import ast
import dataclasses
import functools
import importlib
import inspect
import pkgutil
import re
from collections.abc import Iterator
from types import ModuleType
from typing import Any

import services.extractor
from services.extractor.expressions import Expression

_MAKERS = frozenset(("expression", "leaping", "beginning", "ending"))
_FUNCTIONS = frozenset(("compile", "search", "match", "fullmatch", "finditer", "findall", "split", "sub"))


def modules() -> Iterator[ModuleType]:
    for found in pkgutil.walk_packages(services.extractor.__path__, "services.extractor."):
        # What talks to Kafka reads no bulletin.
        if found.name.rsplit(".", 1)[-1] not in ("worker", "stream", "pipeline", "publisher", "monitor", "commits", "records"):
            yield importlib.import_module(found.name)


def patterns() -> dict[str, str]:
    """Each pattern's text by where it was found first."""
    found: dict[str, str] = {}
    for module in modules():
        short = module.__name__.removeprefix("services.extractor.")
        for name, value in vars(module).items():
            if isinstance(value, functools._lru_cache_wrapper):
                # Where it is defined, not where it is imported.
                own = value.__module__ == module.__name__ and not inspect.signature(value).parameters
                value = value() if own else None
            for pattern in _within(value):
                found.setdefault(f"{short}.{name} {pattern[:30]}", pattern)
        for line, text in _inline(inspect.getsource(module)):
            found.setdefault(f"{short}:{line} {text[:30]}", text)
    return {where: pattern for pattern, where in {pattern: where for where, pattern in reversed(found.items())}.items()}


def _within(value: Any, depth: int = 0) -> Iterator[str]:
    if isinstance(value, re.Pattern | Expression):
        yield value.pattern
        return
    inner: list[Any] = []
    if isinstance(value, dict):
        inner = list(value.values())
    elif isinstance(value, tuple | list):
        inner = list(value)
    elif dataclasses.is_dataclass(value) and not isinstance(value, type):
        inner = [getattr(value, field.name) for field in dataclasses.fields(value)]
    elif type(value).__module__.startswith("services.extractor.") and not isinstance(value, type):
        inner = list(getattr(value, "__dict__", {}).values())
    for item in inner if depth < 3 else ():
        yield from _within(item, depth + 1)


def _inline(source: str) -> Iterator[tuple[int, str]]:
    """Patterns that are written out where they are made: in functions, these would not be seen otherwise."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Call) and node.args:
            made = isinstance(node.func, ast.Name) and node.func.id in _MAKERS
            of_re = (
                isinstance(node.func, ast.Attribute)
                and node.func.attr in _FUNCTIONS
                and isinstance(node.func.value, ast.Name)
                and node.func.value.id == "re"
            )
            first = node.args[0]
            if (made or of_re) and isinstance(first, ast.Constant) and isinstance(first.value, str):
                yield node.lineno, first.value
