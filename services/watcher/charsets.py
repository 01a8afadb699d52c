"""What encodings a text may be in that is not UTF-8: what it is said to be, and what it looks like."""

from __future__ import annotations

import codecs
import re
from typing import Final

import charset_normalizer

# GB18030 holds GB2312 and GBK, and pages that say one of these use characters of the larger ones; so with Big5 and Hong Kong's.
_FAMILIES: Final = {"gb2312": "gb18030", "gbk": "gb18030", "big5": "big5hkscs", "cp950": "big5hkscs", "cp936": "gb18030"}
_ALIASES: Final = {
    "x-gbk": "gbk",
    "gb_2312-80": "gb2312",
    "gb-2312": "gb2312",
    "x-x-big5": "big5",
    "cn-big5": "big5",
    "big-5": "big5",
}
# What servers say when nobody told them: no Chinese text is in one of these.
_DEFAULTS: Final = frozenset({"iso8859-1", "ascii", "cp1252", "iso8859-15", "utf-8"})
_HEAD_BYTES: Final = 4096
_DECLARED: Final = re.compile(
    rb"""<(?:meta\s[^>]{0,300}?charset|\?xml\s[^>]{0,100}?encoding)\s*=\s*["']?\s*([\w.:-]{1,40})""", re.IGNORECASE
)
_DETECTED: Final = ["big5hkscs", "big5", "gb18030"]
_SAMPLE_BYTES: Final = 64 * 1024
# Of the characters above ASCII: at least 0.079 in our 80 sample texts, at most 0.0022 in them written as Big5 and read as GB18030.
_COMMON: Final = frozenset("，。、：；“”（）　的一在了是有年月日区區市县縣")
_MIN_COMMON_SHARE: Final = 0.02
_ENOUGH_CHARACTERS: Final = 20
# Content systems cut texts in the middle of a character, once or twice a page.
_MAX_DAMAGED_SHARE: Final = 0.002


def labelled(label: str | None) -> list[str]:
    """The encoding of Python's that is meant by a label; none where it means nothing."""
    if not label:
        return []
    label = label.strip().strip("\"'").lower()
    try:
        found = codecs.lookup(_ALIASES.get(label, label))
    except (LookupError, ValueError):
        return []
    # base64, zip and the like are codecs, too.
    if not found._is_text_encoding or found.name in _DEFAULTS:
        return []
    return [_FAMILIES.get(found.name, found.name)]


def declared(raw: bytes) -> str | None:
    """What a page says of itself: `<meta charset=…>`, `<meta http-equiv=…>`, `<?xml encoding=…?>`."""
    found = _DECLARED.search(raw[:_HEAD_BYTES])
    return found[1].decode("ascii") if found else None


def decoded(raw: bytes, encoding: str, *, lenient: bool = False) -> str | None:
    """None where the bytes are not in this encoding; `lenient` lets single damaged characters be."""
    try:
        return raw.decode(encoding)
    except UnicodeDecodeError:
        if not lenient:
            return None
    text = raw.decode(encoding, "replace")
    return text if text.count("\ufffd") <= max(2, _MAX_DAMAGED_SHARE * len(text)) else None


def detected(raw: bytes) -> str | None:
    """By what charset-normalizer finds the beginning to be, where the whole is valid in it."""
    best = charset_normalizer.from_bytes(raw[:_SAMPLE_BYTES], cp_isolation=_DETECTED).best()
    # The sample may end within a character; the whole must not.
    return decoded(raw, best.encoding) if best is not None else None


def is_chinese(text: str) -> bool:
    """Has it the characters that every Chinese text has? Too short a text is believed."""
    foreign = [character for character in text[:100_000] if character > "\x7f"]
    common = sum(character in _COMMON for character in foreign)
    return len(foreign) < _ENOUGH_CHARACTERS or common >= _MIN_COMMON_SHARE * len(foreign)
