"""One character for one: full-width to half-width, traditional to simplified, punctuation to its Chinese form.

Nothing here changes a text's length, so that offsets stay as they are.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from pathlib import Path

from services.extractor.expressions import expression

# A Chinese character, inside of a class.
CJK = "㐀-䶿一-鿿"
# What an item of a list may begin with.
LIST_MARKS = "△▲●■◆◇○◎□★☆▪•·➢✓▶▷►▍▎▌"
# What opens an item, and is no word of it; a list in a list has two.
ITEM_OPENING = (
    r"\s{0,4}(?:(?:\d{1,2}[.、](?!\d)|[一二三四五六七八九十]{1,3}(?:、|是(?=\S))|（[一二三四五六七八九十\d]{1,3}）|[①-⑳]"
    rf"|[{LIST_MARKS}-])\s?){{1,2}}"
)

TRADITIONAL_FILE = Path(__file__).resolve().parents[2] / "seeds" / "lexicon" / "traditional.txt"

_PUNCTUATION = {
    "「": "“", "」": "”", "『": "“", "』": "”", "〝": "“", "〞": "”", "﹁": "“", "﹂": "”",
    "％": "%", "﹪": "%", "．": ".", "，": "，", "﹐": "，", "：": "：", "；": "；", "！": "！", "？": "？", "（": "（", "）": "）",
    "｡": "。", "､": "、", "﹑": "、", "〔": "（", "〕": "）", "〜": "~", "～": "~", "∼": "~", "－": "-", "–": "-", "‐": "-", "−": "-",
    "‑": "-", "㎡": "㎡", "〇": "〇", "　": " ", "\xa0": " ", "\u2002": " ", "\u2003": " ", "\u2009": " ", "\ufeff": " ", "\u200b": " ",
    "\t": "\t", "\x0b": "\n", "\x0c": "\n", "\u2028": "\n", "\u2029": "\n", "\x85": "\n", "\r": "\n", "ˎ": "、",
    "●": "●", "○": "○",
}  # fmt: skip


@lru_cache(maxsize=1)
def table() -> dict[int, str]:
    """The translation table for str.translate."""
    result: dict[int, str] = {}
    for code in range(0xFF01, 0xFF5F):  # full-width ASCII
        result[code] = chr(code - 0xFEE0)
    for start, end in ((0x2F00, 0x2FE0), (0xF900, 0xFB00)):  # radicals and compatibility ideographs, as PDF text layers have them
        for code in range(start, end):
            plain = unicodedata.normalize("NFKC", chr(code))
            if len(plain) == 1 and plain != chr(code):
                result[code] = plain
    _, traditional, simplified = TRADITIONAL_FILE.read_text("utf-8").splitlines()
    result.update(zip(map(ord, traditional), simplified, strict=True))
    result.update({ord(k): v for k, v in _PUNCTUATION.items()})
    # Half a pair of surrogates is no character: nothing that is made of it could be written.
    result.update(dict.fromkeys(_SURROGATES, "\ufffd"))
    return {code: plain for code, plain in result.items() if chr(code) != plain}


def is_plain(text: str) -> bool:
    """Does the text hold nothing that `table` would change?"""
    return not any(ord(character) in table() for character in _touched().findall(text))


@lru_cache(maxsize=1)
def _touched() -> re.Pattern[str]:
    """A character that `unify` may replace. All beyond the basic plane are among them: only a class without single ones of these is
    looked up in a table."""
    single = "".join(chr(code) for code in table() if code not in _SURROGATES and code <= _LAST_OF_PLANE)
    return re.compile(f"[{re.escape(single)}\ud800-\udfff{_EMOJI_CLASS}{_HALF_MARKS}\U00010000-\U0010ffff]")


_LAST_OF_PLANE, _SURROGATES = 0xFFFF, range(0xD800, 0xE000)
_HALF_MARKS = ';!?(),:."'
# Half-width punctuation between Chinese words is the Chinese mark; between digits it belongs to the number or the time of day.
# A number may be broken over two lines, with an empty line between them. Each branch begins with its mark, so that the search
# leaps from mark to mark.
_HALF = expression(
    r"[;!?()]|,(?:(?<!\d,)(?<!\d\n,)(?<!\d\n\n,)|(?!\n{0,2}\d)|(?<=\d{4},)(?=\d))|:(?:(?<!\d:)(?<!\d\n:)|(?!\n?\d))"
    r'|\.(?<=[一-鿿）”)"%]\.)(?![\w.])'
)
# Emoji and dingbats: what public accounts mark items with, and strew among words. Not the stars, ticks, arrows and numbers that are
# marks of items already.
_EMOJI_CLASS = "\u2600-\u2604\u2607-\u2712\u2714-\u2775\u2794-\u27a1\u27a3-\u27bf\u23e9-\u23ff\U0001f000-\U0001faff\ufe0f\u200d"
_EMOJI = expression(f"[{_EMOJI_CLASS}]{{1,12}}")
_FULL = {",": "，", ":": "：", ";": "；", "!": "！", "?": "？", "(": "（", ")": "）", ".": "。"}


def unify(text: str) -> str:
    """The text in simplified characters with half-width digits and letters and Chinese punctuation, emoji as marks of items where
    a line begins with them and as blanks elsewhere; the length stays."""
    touched = set(_touched().findall(text))
    if not touched:
        return text
    text = _unified(text, touched)
    if any(map(_EMOJI.match, touched)):
        text = _EMOJI.sub(_plain_emoji, text)
    return _punctuated(text)


def _plain_emoji(match: re.Match[str]) -> str:
    begins = match.string.rfind("\n", 0, match.start())
    mark = "●" if not match.string[begins + 1 : match.start()].strip() else " "
    return mark + " " * (len(match[0]) - 1)


def _unified(text: str, touched: set[str]) -> str:
    changes = table()
    present = {character: changes[ord(character)] for character in touched if ord(character) in changes}
    # Of 薴 and 苧 one becomes the other, which is not to be replaced again.
    if len(present) > _MANY or not present.keys().isdisjoint(present.values()):
        return text.translate(changes)
    # Most bulletins need a dozen of the table's 4,000 entries: replacing each is five times as fast as translating.
    for character, plain in present.items():
        text = text.replace(character, plain)
    return text


_MANY = 24
# Where a text has no full stop at all, half-width ones end its sentences also before a Chinese character.
_STOP = expression(r'(?<=[一-鿿）)”"%])\.(?=[一-鿿“"\dA-Za-z（(【])')


def _punctuated(text: str) -> str:
    if "." in text and "。" not in text:
        text = _STOP.sub("。", text)
    if '"' in text:
        text = _STRAIGHT.sub(_quoted, text)
    return _HALF.sub(_full, text)


def _full(match: re.Match[str]) -> str:
    return _FULL[match[0]]


# A pair of straight quotation marks within a line or a few; a single one (an inch sign) stays.
_STRAIGHT = expression(r'"([^"\n]{0,60}(?:\n{1,2}[^"\n]{1,60}){0,3})"')


def _quoted(match: re.Match[str]) -> str:
    return f"“{match[1]}”"
