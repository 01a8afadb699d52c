"""The place that a bulletin speaks for where that is no county of the table: the town of its own report, the zone whose office
published it, a county by a name that the table does not know."""

from __future__ import annotations

import re
from collections.abc import Iterable

from services.extractor.expressions import expression
from services.extractor.reading import Document
from services.extractor.regions import Gazetteer

_HEAD = 60
# A masthead, with the lines that a portal sets above it, is no longer.
_MASTHEAD = 200
# And so is the line at its foot that says whose it is: 主办：某县人民政府办公室
_FOOT = 200
# How often a headline's county that the table does not know is named at least, in so much of the text.
_OFTEN, _READ = 2, 8_000
# A headline that tells of a town speaks for the county's paper; only a report, a plan or a sheet is the town's own.
_REPORT = expression("总结|报告|计划|月历|要点|通报|公报|快报|简报|专报|信息|动态|完成情况|进展情况|工作情况|工作安排|打算")
_BEHIND = expression(r"人民政府|党委|党工委|办事处|\s?(?:20|二〇)\d{0,2}|重点|年度|工作")
_FARTHEST = 8
_ZONE = expression(
    r"(?:[一-鿿]{2,4}\|)?(?P<name>[一-鿿]{2,14}?(?:经济技术开发区|经济开发区|高新区|经开区|开发区|示范区|新区|工业园区|产业园区))"
    r"(?:管委会|管理委员会)?(?=：|\s?20\d\d年|[一二三四上]季度|上半年)"
)
# The masthead of a zone's own sheet: 某某经济开发区党政办公室编
_ZONE_OFFICE = expression(
    r"(?<![一-鿿])(?P<name>[一-鿿]{2,14}?(?:经济技术开发区|经济开发区|产业开发区|高新区|经开区|开发区|新区|工业园区|产业园区))"
    r"(?:(?:党工委|管委会|管理委员会|党政|综合)[、 ]?){1,3}(?:办公室|办)?\s?(?:主办|主编|编印|编发|编|印发)"
)
# Behind the name of a county that the table does not know, what shows that the bulletin is that county's.
_UNKNOWN = expression(
    r"(?:(?<![一-鿿])|(?<=[省市州在年月日号])|(?<=中共)|(?<=共产党))(?P<name>(?!全|我|本|各|某|[年月日号]|.?[在于])[一-鿿]{2,3}[县区市旗])"
    r"(?=人民政府|融媒体|政府|委(?:[^，。；\n]{0,6}[办部]|书记|员会)|第[一二三四五六七八九十]{1,3}[届次])"
    r"|(?<=[一-鿿]省|治区)(?P<below>(?![级内里直属会份际外委政厅]|示范|试验|先行|开发|高新|文明|卫生|贫困|重点)[一-鿿]{2,3}[县区旗])"
)
# The headline's own: 云河县这一年. A 区 or 市 may be anything (老城区), a 县 that is praised is none by name (产粮大县).
_HEADED = expression(
    r"(?<![一-鿿])(?P<name>(?!全|我|本|各|某|这|那|该)(?P<stem>[一-鿿]{2})(?<!示范|试点|先进|文明|卫生|贫困|重点|园林|标杆|先行|达标|产粮|百强|自治|部分|多个|省直|市直)[县旗])"
    r"(?![级域城名委长直])"
)
# 云河县2023年政府工作报告, 云河县人民政府工作报告
_COUNTY = expression(
    r"(?P<name>[一-鿿]{2,4}[县区市旗])(?:人民政府|政府工作报告|20\d\d年|(?:推进|重点|重大)?(?:项目|工程)建设|政务信息|党政信息|政府信息|经济运行|招商引资|上半年|前?[一二三四1-4]个?季度)"
)


def own_place(document: Document) -> tuple[int, int] | None:
    """Where the place that the bulletin speaks for is named in its head; None where that is its county."""
    if "own place" not in document.memo:
        document.memo["own place"] = _find(document)
    return document.memo["own place"]  # type: ignore[no-any-return]


def _find(document: Document) -> tuple[int, int] | None:
    head = document.text[:_HEAD]
    start = len(head) - len(head.lstrip())
    zone = _ZONE.match(head, start)
    if zone:
        return zone.span("name")
    office = _ZONE_OFFICE.search(document.text, 0, _MASTHEAD)
    if office:
        return office.span("name")
    unknown = unknown_county(document)
    if unknown:
        return unknown
    if not _REPORT.search(head):
        return None
    county = _COUNTY.match(head, start)
    if county and not Gazetteer.load().find_folded(county["name"]):
        return county.span("name")
    for place in Gazetteer.load().places(head, document.home):
        if place.level == "township" and place.start - start <= _FARTHEST and _BEHIND.match(head, place.end):
            return place.start, place.end
    return None


def unknown_county(document: Document) -> tuple[int, int] | None:
    """The county of the bulletin by a name that the table does not know, unless a county of the table stands in its masthead."""
    home, text = document.home, document.text
    if home is not None and home.level == "county" and (home.name in text[:_MASTHEAD] or home.name[:2] in text[:_HEAD]):
        return None
    found = _not_listed(_UNKNOWN.finditer(text, 0, _MASTHEAD))
    if found or home is not None and home.level == "county":
        return found
    # Of the first article, so that what stands behind it changes nothing.
    end = document.page.first_article()
    foot = _not_listed(_UNKNOWN.finditer(text, max(_MASTHEAD, end - _FOOT), end))
    if foot:
        return foot
    read = min(end, _READ)
    return _not_listed(
        match for match in _HEADED.finditer(text, 0, min(end, _HEAD)) if text.count(match["stem"], 0, read) >= _OFTEN
    )


def _not_listed(found: Iterable[re.Match[str]]) -> tuple[int, int] | None:
    gazetteer = Gazetteer.load()
    for match in found:
        group = "name" if match["name"] else 0
        if not gazetteer.find_folded(match[group]):
            return match.span(group)
    return None
