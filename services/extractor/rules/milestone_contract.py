"""Which names count as projects or batches by the contract: none that a firm, a status, a kind or a way of speaking goes by."""

from __future__ import annotations

from dataclasses import replace

from services.contracts import Stage
from services.extractor.expressions import expression
from services.extractor.names import Name, is_general, is_project, is_pronoun, is_section
from services.extractor.rules.milestone_clauses import supplied
from services.extractor.rules.milestone_place import Place
from services.extractor.rules.milestone_words import listed

# A firm that goes into production stands for its project; one that signs or settles does not.
FIRM_STAGES = (Stage.OPERATIONAL, Stage.AT_CAPACITY)
_FIRM = expression("(?:公司|集团|企业|厂)$")
DESIGNATED = expression(rf"(?:19|20)\d{{2}}年|{listed('batch_marks')}|第.{{1,3}}[批期]")

# 新增省级绿色工厂4家: a status that was conferred, nothing built.
_CONFERRED = expression(
    "储备|入库|谋划|策划|在谈|意向|前期|[国省市县区家]级|示范|绿色工厂|智能工厂|标杆|试点|[A星甲乙丙]级|龙头|重点实验室"
)


# 累计建成省级以上企业技术中心14家: a status as well.
_PLATFORM = expression(
    "(?:[国省市]家?级|国家|[省市])[^，。；、]{0,12}(?:技术中心|研发中心|研究中心|创新中心|重点实验室|工作站|众创空间|孵化器)$"
)

# 停车设施项目新增泊位940个: places to park are not counted, berths of a port are.
_PARKING = expression("停车|车位|车库")

# 电商中心上线直播课程: it was the course.
_PUT_ONLINE = expression("(?<=上线)[《“一-鿿](?![行营用])[一-鿿]")

# 由县医院申报的重点专科获批: it was no hospital.
_APPLIED = expression("(?:牵头|联合)?(?:申报|申请)的")

# 国家湿地公园通过验收: a status that is conferred.
_RESERVE = expression("(?:湿地|森林|地质|矿山|海洋)公园$|保护区$|示范[区县市]$|试点$|级(?:旅游)?(?:景区|度假区)$")

# 快线开跑: a service begins; 马拉松开跑 is a race.
_LINES = ("线", "路", "车", "公交", "专列")

# 某生产线正满负荷运转: a scene of work in a firm.
_MACHINES = expression("(?:线|车间|设备|机器|机组|装置)$")
_JUST_NOW = expression("(?:正|正在|开足马力|昼夜|日夜|天天|每天)$")


# 维修改造36处: the work, nothing that it is done to.
_WORKS_ALONE = ("改造", "扩建", "改建", "新建", "提升")

# 某某纺织与园区; 和某科技 is one, with its 和.
_TWO = expression("(?<=.{3})(?:与|和)(?=.{2})")


# 2023年三季度全县重大项目集中开工: whose they are stands between the batch and the time that tells it from others.
_WHOSE = expression(
    r"(?:19|20)\d{2}年度?(?:第?[一二三四1-4]季度|[上下]半年|[春夏秋冬]季?)?(?:第.{1,3}[批期]|首批)?的?[全我][省市县区州旗镇]$"
)
_LONGEST_LEAD = 20


def designated(name: Name, place: Place) -> Name:
    """A batch that is called by its kind alone, with the time before it where that makes its designation."""
    if name.count is not None or not name.general or not place.trigger.strong:
        return name
    lead = _WHOSE.search(place.text, max(place.lo, name.start - _LONGEST_LEAD), name.start)
    if lead is None:
        return name
    words = place.sentence.document.page.words(lead.start(), name.end)
    return replace(name, text=words, start=lead.start(), general=False)


def counts(name: Name, place: Place) -> bool:
    """Is it a project or a batch that the contract counts?"""
    if not name.text or name.count is not None and "入驻" in name.plain or name.count is None and name.plain.startswith("各"):
        return False
    if (
        place.trigger.stage is Stage.AT_CAPACITY
        and _MACHINES.search(name.plain)
        and _JUST_NOW.search(place.text, 0, place.trigger.start)
    ):
        return False
    if name.plain in _WORKS_ALONE or supplied(place, name):
        return False
    if place.trigger.stage is Stage.SIGNED and place.text.startswith(("有限公司", "有限责任公司", "股份", "公司"), name.end):
        return False  # 云河冷链有限公司经理说，“我们3月签的约”
    if place.text.startswith("开跑", place.trigger.start) and not name.plain.endswith(_LINES):
        return False
    if place.text.startswith("上线", place.trigger.start) and _PUT_ONLINE.match(place.text, place.trigger.end):
        return False
    if place.text.endswith("验收", 0, place.trigger.end) and _RESERVE.search(name.plain):
        return False
    if place.text.startswith("建成", place.trigger.start) and _PLATFORM.search(name.plain):
        return False
    if name.plain.endswith(("泊位", "车位")) and _PARKING.search(place.text, place.lo, place.hi):
        return False
    if place.text.startswith("获批", place.trigger.start) and (
        _PLATFORM.search(name.plain) or _APPLIED.match(place.text, name.end)
    ):
        return False
    if place.text.startswith("新增", place.trigger.start) and _CONFERRED.search(name.plain):
        return False
    if name.count is None and (name.general or is_general(name.plain) or is_pronoun(name.plain)):
        return bool(DESIGNATED.search(name.plain))
    if place.trigger.stage is Stage.SIGNED and name.plain.startswith(("与", "同", "和")):
        return False
    if name.count is None and not is_project(name.plain) and _TWO.search(name.plain) and not is_section(name.plain):
        return False  # a road's section may begin or end in a place whose name has such a character
    if place.trigger.stage is Stage.APPROVED and expression("实验室$|试点$|示范[区县市]$|称号$|示范基地$").search(name.plain):
        return False
    if _FIRM.search(name.plain) and not is_project(name.plain):
        return place.trigger.stage in FIRM_STAGES and name.count is None and not is_general(name.plain)
    return True


def is_unnamed(name: Name, place: Place) -> bool:
    """`还要新建一所学校`: neither a named project nor a set of them, though what follows may be about it (现已立项)."""
    return name.count == 1 and place.trigger.only_object and place.text.startswith(("一", "了一"), place.trigger.end)
