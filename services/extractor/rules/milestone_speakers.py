"""Clauses about who says or hopes so, and the project that they speak for: an office's head whose office is no project (养护中心主任李明估计)."""

from __future__ import annotations

from functools import lru_cache

from services.extractor.expressions import expression
from services.extractor.lexicon import load
from services.extractor.namelists import make
from services.extractor.names import Name, words
from services.extractor.reading import Sentence
from services.extractor.rules.milestone_words import listed

# 云河大桥项目负责人介绍 is about the bridge.
_SPEAKER = expression(f"(?<![目程地]){listed('heads_of_offices')}[一-鿿]{{0,4}}?{listed('speaking')}(?:说|道|称)?$")

# 区投促中心说, 县住建局有关负责人表示
_OFFICE_SAYS = expression(
    f"(?:[促务]中心|局|管委会|部门|[办党工农]委|指挥部办公室)(?:的|有关|相关){{0,2}}(?:负责人|负责同志|工作人员|同志)?{listed('speaking')}(?:说|道)?$"
)

# 施工方云河路桥公司表示, 负责施工的云河路桥公司放话: who builds it says so; whatever the firm is called, that is no project.
_BUILDS = "(?:项目|工程)?(?:(?:负责)?(?:建设|施工|承建|代建|总承?包|开发)的|业主(?:方|单位)?|(?:建设|施工|承建|代建|总承?包|开发|投资)(?:方|单位|商))"
_BUILDER_SAYS = expression(
    f"{_BUILDS}[^，。；：、]{{0,24}}?(?:(?:有关|相关|现场|项目)?(?:负责人|经理|指挥长)[一-鿿]{{0,4}}?)?{listed('speaking')}(?:说|道)?"
)


@lru_cache(maxsize=1)
def _says() -> tuple[str, ...]:
    """What such a clause ends with: a look at the end spares most clauses two searches."""
    return ("说", "道", "称", *load("milestone")["speaking"])


def speaks(text: str) -> bool:
    """Is the clause about an office, or the head of one, that says something?"""
    if len(text) > _LONGEST or not text.endswith(_says()):
        return False
    return bool(_SPEAKER.search(text) or _OFFICE_SAYS.search(text) or _BUILDER_SAYS.fullmatch(text))


_LONGEST = 40


def builder_says(text: str) -> bool:
    """Does the clause say no more than that who builds something says what follows?"""
    return len(text) <= _LONGEST and text.endswith(_says()) and _BUILDER_SAYS.fullmatch(text) is not None


# 院长最盼的是明年能开诊
_HOPES = expression("(?:最|都|正)?(?:盼望?|期盼|期待|惦记|惦念|关心|牵挂|希望|想)着?的(?:事情?|就)?是")


def hopes(text: str, start: int, end: int) -> bool:
    """Does [start, end), before a stage word, say that it is hoped for, and nothing of what?"""
    hope = _HOPES.search(text, start, end)
    return hope is not None and not words().heads.search(text, hope.end(), end)


_BYLINE = expression(r"\s{0,4}(?:来源|作者|发布|编辑|责任编辑|供稿|通讯员|记者|审核|填报单位|填报人)[^，。；：]{0,6}[：:]")


def credits_someone(text: str) -> bool:
    """Is it a line about who wrote the page (来源：某县融媒体中心), before which only its headline stands?"""
    return bool(_BYLINE.match(text))


_DATELINE = expression("[^，。；：]{0,24}?讯(?:（[^（）]{1,40}）|：)")


def dateline(text: str) -> int:
    """Where the dateline that the text opens with ends (某县融媒体中心讯（记者 张某）); 0 where there is none."""
    match = _DATELINE.match(text) if "讯" in text else None
    return match.end() if match else 0


# “厂房主体已经完工，8月份可以投产。”云河智造项目负责人周强介绍。
_OF_PROJECT = expression(
    "”(?P<what>[^，。；：、“”的]{3,28}?(?:项目|工程))的?(?:部|建设|施工|现场|技术){0,2}(?:负责人|经理|总工|工程师|指挥长)"
)
_QUOTED = 200


def speaker(sentence: Sentence, at: int) -> Name | None:
    """The project of whoever says the words in quotation marks that `at` is among."""
    text = sentence.document.text
    if text.find("“", sentence.start, at) < 0:
        return None
    closed = text.find("”", at, at + _QUOTED)
    match = _OF_PROJECT.match(text, closed) if closed >= 0 and "“" not in text[at:closed] else None
    return make(sentence, *match.span("what")) if match else None


# 云水酒业负责人在发言中表示
_HEAD_SAYS = expression(
    f"(?P<firm>[一-鿿]{{3,12}}?)(?:公司|集团)?的?(?:有关|相关)?(?:负责人|董事长|总经理|总裁|代表)[^，。；：]{{0,8}}{listed('speaking')}(?:说|道)?"
)


def firm_speaking(sentence: Sentence) -> str | None:
    """The firm for which somebody speaks in the sentence, where its first clause says no more than that."""
    first = sentence.clauses[0].text if sentence.clauses else ""
    if len(first) > _LONGEST or not first.endswith(_says()) or (head := _HEAD_SAYS.fullmatch(first)) is None:
        return None
    return head["firm"]
