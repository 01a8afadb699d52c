"""Texts made from a pattern's own form, which end otherwise than it wants: what makes it try again, if anything does."""

from __future__ import annotations

import random
import re
import re._constants as codes
import re._parser as parser
from collections.abc import Iterator
from typing import Any

# What stands for a character that a pattern excludes or does not care for.
_ANY = "中县市区项目工程的一二三十百万亿元年月日，、。（）“”0123456789投资完成建设ab "
_CATEGORIES = {codes.CATEGORY_DIGIT: "0123", codes.CATEGORY_SPACE: " \n", codes.CATEGORY_WORD: "中a1"}
_REPEATS = (codes.MAX_REPEAT, codes.MIN_REPEAT, codes.POSSESSIVE_REPEAT)
_OTHER = "\u3a00"
_LONGEST = 260


def texts(pattern: str, count: int, chance: random.Random) -> Iterator[str]:
    """`count` texts of the pattern's form with long repeats, each in four variants that it does not match as a whole."""
    tree = parser.parse(pattern)
    for _ in range(count):
        text = _made(tree, chance)
        for variant in (text + _OTHER, text[:-1] + _OTHER, text * 2 + _OTHER, text[: len(text) // 2] * 3 + _OTHER):
            yield variant[:_LONGEST]


def _made(tree: Any, chance: random.Random) -> str:
    made = ""
    for operation, argument in tree:
        if len(made) > _LONGEST:
            break
        made += _piece(operation, argument, chance)
    return made


def _piece(operation: Any, argument: Any, chance: random.Random) -> str:
    if operation is codes.LITERAL:
        return chr(argument)
    if operation is codes.NOT_LITERAL:
        return chance.choice([c for c in _ANY if ord(c) != argument])
    if operation is codes.ANY:
        return chance.choice(_ANY)
    if operation is codes.IN:
        return _one_of(argument, chance)
    if operation is codes.SUBPATTERN:
        return _made(argument[3], chance)
    if operation is codes.ATOMIC_GROUP:
        return _made(argument, chance)
    if operation is codes.BRANCH:
        return _made(chance.choice(argument[1]), chance)
    return _repeated(*argument, chance) if operation in _REPEATS else ""


def _repeated(least: int, most: int, body: Any, chance: random.Random) -> str:
    most = min(most, least + 60)
    times = chance.choice([least, most, most, most, chance.randint(least, most)])
    # The same each time, or something else of the same form.
    same = _made(body, chance) if chance.random() < 0.5 else None
    made = ""
    for _ in range(times):
        if len(made) > _LONGEST:
            break
        made += _made(body, chance) if same is None else same
    return made


def _one_of(parts: Any, chance: random.Random) -> str:
    named = ""
    for operation, argument in parts:
        if operation is codes.LITERAL:
            named += chr(argument)
        elif operation is codes.RANGE:
            named += chr(chance.randint(argument[0], min(argument[1], argument[0] + 2000)))
        elif operation is codes.CATEGORY:
            named += _CATEGORIES.get(argument, "中")
    if parts[0][0] is codes.NEGATE:
        found = re.compile("[^" + re.escape(named) + "]").findall(_ANY)
        return chance.choice(found or ["中"])
    return chance.choice(named)
