"""正 says that something is going on, unless it begins another word (正式, 正规) or a name (正泰, 正安县)."""

from __future__ import annotations

from services.extractor.lexicon import alternatives, group, load


def _behind(key: str) -> str:
    """What stands behind 正 in the words of a list."""
    return f"(?:{alternatives(word.removeprefix('正') for word in load('status')[key])})"


_ALONE = f"(?={_behind('just_begun')}|(?!{_behind('just_within')}))"
# 正 as a word of its own.
ALONE = f"正{_ALONE}"
# Behind 正: it says that something is going on.
GOING_ON = f"(?!{_behind('just_so')}){_ALONE}"
# Behind what is said to be so: 正 alone, 正式, 正常.
SAID = f"(?:{ALONE}|{group('status', 'just_said')})"
