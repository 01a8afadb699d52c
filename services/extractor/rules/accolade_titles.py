"""Is a name one that somebody confers? By its end, its grade, and words that honours have."""

from __future__ import annotations

from services.extractor.expressions import beginning, expression
from services.extractor.rules.accolade_parts import patterns
from services.extractor.rules.accolade_words import words

GRADE = beginning(
    rf"{words('grade_marks')}|[一二三四五][星A]|[1-5]A|[1-5]星|[一二三]级|第[一二三四五六七八九十百\d]+[批届]|20\d\d年"
)
# Titles that are conferred status whatever stands before them.
CONFERRED = beginning(rf"{words('conferred')}|\d{{2,3}}强|卫生[县镇乡村城]|奖(?:[章状杯牌]|提名)?$")


# A status before the noun of who has it: “领跑者”企业, 星级饭店.
_STATUS_OF = expression(
    f"(?:{words('status_adjectives')}|星级?|[1-5]A级?)[一-鿿]{{0,7}}{words('status_holders')}(?:（[县市区旗、]{{1,5}}）)?$|星级$"
)


# Any noun that a grade stands before: 国家级胸痛中心, 全国乡村旅游精品线路, 首批“最美公共文化空间”.
_GRADED = expression(
    rf"^(?:20\d\d年度?|第[一二三四五六七八九十\d]+[批届]|{words('graded_heads')}|国家级?|自治区级?|世界级?|国际级?|[一-鿿]{{2,3}}省){{1,3}}(?:的)?(?:“[^”]{{2,20}}”|[^，。；、]{{1,24}}{words('graded_nouns')})$"
)


# 全省仅有5个县, 一批先进集体: so many have it, nothing that is had; 谁拿了科技奖 asks for it.
_NUMBERED = beginning(
    "仅有|只有|共[\\d一二三四五六七八九十]|仅[一两二三\\d]|共有|个入选|个获评|(?<![第首前后同新])一大?[批波]|一系列|许多|众多|谁|哪[些个家]|什么|多少|[\\d余多][万亿]元|(?:支持|资助|补助|奖补)的"
)


# 2024年“最美逆行者”: a word that honours makes a title of whatever is in quotation marks.
_QUOTED = expression(
    "“(?:[^”]{0,6})(?:最美|最佳|十佳|百佳|优秀|先进|模范|五星|文明)[^”]{1,8}(?<!行动)(?<!工程)(?<!计划)(?<!活动)(?<!项目)(?<!创建)(?<!实践)(?<!评选)(?<!规划)”$"
)


# 省“双创人才”
MERIT = f"“[^”]{{0,14}}{words('merits')}”"
_GRADED_NAME = expression(f"(?:自治区|[省市州县]){MERIT}")
# 晋升“三甲”, 争创5A: what everybody knows by two characters.
_SHORT = expression("(?:国家)?(?:三甲|三乙|二甲|二乙|[345五四三]A)(?:级?(?:旅游)?(?:景区|医院))?")


# 国家胸痛中心（标准版）, 国家外贸转型升级基地（医药）; not 县（市、区）, nor a phase of what is built (储备基地（一期）)
_FIELD = expression("（(?![市县区旗州盟]|[一二三四五六\\d]期)[^（）]{1,16}）$")


def is_title(text: str, start: int, end: int) -> bool:
    """Does text[start:end] end like the name of an honour, and is it one that someone confers?"""
    if field := _FIELD.search(text, start + 1, end):
        end = field.start()
    name = text[start:end].replace("“", "").replace("”", "")
    if _NUMBERED.search(name):
        return False
    if _SHORT.fullmatch(name):
        return True
    if _GRADED_NAME.fullmatch(text, start, end):
        return True
    if len(name) >= 5 and (_GRADED.search(text[start:end]) or "“" in text[start:end] and _GRADED.search(name)):
        return True
    if len(name) < 3 or not (CONFERRED.search(name) or GRADE.search(text[start:end])):
        return False
    return (
        (len(name) >= 4 or name.endswith("奖"))
        and bool(
            patterns().end.search(name)
            or len(name) > 4
            and _STATUS_OF.search(name)
            or text[end - 1] == "”"
            and _QUOTED.search(text, start, end)
        )
        or name.endswith("星级")
    )
