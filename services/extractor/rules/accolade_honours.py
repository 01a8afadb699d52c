"""What honour a stretch of text names, and the contest that a rank was reached in."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import NamedTuple

from services.extractor.expressions import expression
from services.extractor.lexicon import alternatives, load
from services.extractor.reading import Sentence
from services.extractor.rules.accolade_parts import ORDINAL, patterns


class Honour(NamedTuple):
    """[start, end) of the honour's name (empty where only a rank stands there) and its rank's span."""

    start: int
    end: int
    rank: tuple[int, int] | None


_HEAD = expression(
    r"^(?:了|为|成为|由|到|成|入|建设|设立|成立|全[国省市县区](?:唯一|首个|首家)(?:入选|入围|获评|获批|上榜)?|唯一|首家|首个|我[省市县区]首个|认定为?|评定为|评为|命名为|批准为|确定为|列为|授予|颁发的?|颁授的?"
    r"|[一二三四五六七八九十\d]+(?:个|项|块|枚|次)(?!星)|：)+"
)
_TAIL = expression(
    r"(?:的?(?:荣誉|光荣)?称号|荣誉|授牌|均|分别|双双|也|共同|牌匾|证书|奖牌|行列|之列|之一|公示|公示名单|培育名单|培育库|建设名单|创建名单|拟认定名单|名单|榜单|认定|复核|复审|复评|复查|登记保护|登记|评审|验收|监测|监测合格|年检|"
    r"评定|命名|标准|资格|的有|[一二两三四五六七八九十\d]{1,3}块(?=牌)|[一二三四五六七八九十]连冠|“[一二三四五六七八九十\d]{1,2}连冠”|创建工作|创建|为(?:目标|契机|抓手|载体|引领|牵引)|成功|前\d{1,4}[名位强]?|一年|当年|全年|今年|殊荣|任务|工作|等荣誉|等称号|(?<![甲乙丙])等|（拟认定）|（公示）|的?(?:这块|这个)?(?:金字招牌|牌子|招牌|帽子|头衔|名号)|认证|[一二三四五六七八九十\d]{1,6}[个块枚次家项人名位户件处]|的(?:县级市|地级市|设区市|县区|区县|县|区|市|乡镇|镇|村|街道|企业|单位|高校|学校|医院|园区|地区)){1,8}$"
)
# Behind an honour, what tells when and how it was made known.
_NEWS = expression(r"(?:日前|近日|由|正式|公布|发布|揭晓|出炉|对外|评选|结果|_)[\s\S]*")
_GRADE = expression(
    r"国家|全国|中国|国际|世界|省|自治区|市级|全市|区级|县级|[一二三四五][星A]|[1-5]A|[1-5]星|“|百强|甲|乙|[一二三]级|首批|第[一二三四五六七八九十\d]+批|十佳|部|厅|局|20\d\d年"
)
# Titles that are conferred status whatever stands before them.
CONFERRED = expression(
    r"示范|试点|先进|百强|\d{2,3}强|重点实验室|专精特新|小巨人|高新技术企业|绿色工厂|智能工厂|单项冠军|龙头企业|瞪羚|独角兽|雏鹰|领跑|文明|卫生[县镇乡村城]|"
    r"称号|激励|一等功|二等功|三等功|名录|传统村落|地理标志|最美|众创空间|之乡|之都|幸福感|标杆|模范|星级|奖$|好人|工匠|劳模|科技型中小企业|慈善"
)


# A status before the noun of who has it: “领跑者”企业, 星级饭店.
_STATUS_OF = expression(
    r"(?:者|新|强|型|星级?|[1-5]A级?|示范|先进|绿色|标杆|龙头|优秀|诚信|试点|文明|模范)[一-鿿]{0,7}(?:企业|单位|村|镇|社区|园区|工厂|车间|饭店|酒店|景区|学校|县|市|区|基地|街道|家庭|集体|个人|党支部|检察院|法院|机关|派出所|司法所|团委|妇联|工会|岗|班组|站|所|窗口)(?:（市）)?$|星级$"
)


@lru_cache(maxsize=1)
def _title() -> re.Pattern[str]:
    return expression(rf"(?:{alternatives(load('accolade')['ends'])})[”》’]{{0,3}}(?:（[^（）]{{1,14}}）)?$")


# Any noun that a grade stands before: 国家级胸痛中心, 全国乡村旅游精品线路, 首批“最美公共文化空间”.
_GRADED = expression(
    r"^(?:20\d\d年度?|第[一二三四五六七八九十\d]+[批届]|首批|首届|全国|中国|国家级?|省级|全省|自治区级?|市级|全市|部级|县级|区级|世界级?|国际级?|亚洲|[一-鿿]{2,3}省){1,3}(?:的)?"
    r"(?:“[^”]{2,20}”|[^，。；、]{1,24}(?:幼儿园|村庄|乡村|小区|工作室|中心|线路|路线|案例|案例库|名品|精品|产品|作品|单品|景点|打卡地|空间|街|夜市|图书馆|文化馆|博物馆|馆|站|所|队|社|店|校|班组|团队"
    r"|家庭|支部|岗|组织|机构|协会|商会|工作者|工程|人才|课程|学校|医院|基地|平台|联盟|集市|农场|合作社|强村|村|镇|乡|县|城|区|市|企业))$"
)


# 全省仅有5个县, 这是全市唯一: so many have it, nothing that is had.
_NUMBERED = expression("仅有|只有|仅[一两二三\\d]|共有")


def is_title(text: str, start: int, end: int) -> bool:
    """Does text[start:end] end like the name of an honour, and is it one that someone confers?"""
    name = text[start:end].replace("“", "").replace("”", "")
    if _NUMBERED.search(name):
        return False
    if len(name) >= 5 and (_GRADED.search(text[start:end]) or text[start] == "“" and _GRADED.search(name)):
        return True
    if len(name) < 3 or not (CONFERRED.search(name) or _GRADE.search(text[start:end])):
        return False
    return len(name) >= 4 and bool(_title().search(name) or len(name) > 4 and _STATUS_OF.search(name)) or name.endswith("星级")


def honours(text: str, start: int, end: int, kind: str) -> list[Honour]:
    """The honours that text[start:end] names, parted at 、; [] where it names none that the kind of verb takes."""
    found: list[Honour] = []
    if only := _ONLY.match(text, start, end):
        start = only.end()
    for begin, stop in _parts(text, start, end):
        honour = _honour(text, begin, stop, kind)
        if (
            honour is None and found and found[-1].rank is None
        ):  # 省级先进镇1个、示范村5个: the second is of the first one's grade
            honour = of_the_same_grade(text, begin, stop)
        if honour is None:
            # A list goes on only as long as its parts are honours.
            break
        found.append(honour)
    if not found and text.find("、", start, end) >= 0:  # 国家级抗战纪念设施、遗址名录
        whole = _honour(text, start, end, kind)
        plain = whole and whole.end > whole.start and whole.rank is None and "的" not in text[whole.start : whole.end]
        return [whole] if whole and plain else []
    return found


# 入选全国首批、全省唯一的X
_ONLY = expression(
    "(?:为|了)?全[国省市县区州](?:首批|首个|首家|唯一|第一个)、(?:[我全][国省市县区州]|[一-鿿]{2,3}[省市])(?:唯一|首个|首家|首批)(?:一个|一家)?的?"
)
# 通过X国家督导评估
_ASSESSED = expression("(?:(?:国家|省|市)级?)?(?:督导|实地|现场|专家组?|第三方|综合|中期|终期|年度){0,2}(?:考核|评估|检查|核查)$")
_SAME_GRADE = expression(r"[一-鿿“”]{2,14}?(?=[一二两三四五六七八九十\d]{1,3}[个家名处项]$|$)")


def of_the_same_grade(text: str, start: int, end: int) -> Honour | None:
    """The title that goes on a list after one that says its grade."""
    match = _SAME_GRADE.match(text, start, end)
    return Honour(start, match.end(), None) if match and _title().search(match[0]) and CONFERRED.search(match[0]) else None


# 获评国家级荣誉6项: of which grade, not which.
_GRADE_ALONE = expression(
    "(?:国家级?|省级?|自治区级?|[部市县区]级|市厅级|省部级)(?:[、和及与](?:国家级?|省级?|自治区级?|[部市县区]级)){0,3}(?:以上)?"
)


def _honour(text: str, start: int, end: int, kind: str) -> Honour | None:
    head = _HEAD.match(text[start:end])
    if head:
        start += head.end()
    end = start + len(_NEWS.sub("", text[start:end]))
    bracket = text.find("（", start, end)
    if bracket > start and "，" in text[bracket:end]:
        end = bracket
    rank = None
    counted = expression(r"(?<=[牌奖])[一二两三四五六七八九十\d]{1,4}[枚块个项]$").search(text[start:end])
    if counted:
        end = start + counted.start()
    tail = patterns().rank_tail.search(text[start:end])
    if tail and not _is_named_after_rank(text[start:end]):
        rank = (start + tail.start(), start + tail.end())
        end = rank[0]
        end -= len(text[start:end]) - len(
            expression(
                r"(?:升至|升到|跃升至|前移至|上升到|位列|排名|的|列|居|排|荣获|团体|个人|企业组|创客组|前\d{1,3}名|[，、]){1,8}$"
            ).sub(
                "",
                text[start:end],
            )
        )
    named = bool(expression("称号|命名|牌匾|殊荣").search(text[start:end]))
    while True:
        cut = _TAIL.search(text[start:end])
        if not cut or cut.start() < 2:
            break
        end = start + cut.start()
    if text.endswith("通过", 0, start) or text.endswith("通过", 0, start - 1):
        end = start + len(_ASSESSED.sub("", text[start:end]))
    end = start + len(text[start:end].rstrip("，、"))
    if end - start > 60 or _GRADE_ALONE.fullmatch(text, start, end):
        return None
    if end <= start or expression(
        r"(?:团体赛?|个人赛?|女子|男子|全[国省市县区州旗盟镇乡]|综合|单项|项目|组|总分|总成绩|成绩|的|集体|小组|前\d名|[一二三四甲乙]类(?:县区?|区|市))*"
    ).fullmatch(text[start:end]):
        return Honour(start, start, rank) if rank else None
    if patterns().not_honour.match(text[start:end]) or patterns().not_honour_end.search(text[max(start, end - 4) : end]):
        return None
    name = text[start:end]
    if "此殊荣" in name:
        return None
    if rank:
        # 六区第一 is a place in a table of figures, not a result in a contest or on a list.
        return (
            Honour(start, end, rank)
            if is_title(text, start, end) or patterns().contest.search(name) or kind == "award" and "全" not in name[:1]
            else None
        )
    if kind == "award" and patterns().sure.search(text[max(0, start - 6) : start]) and 4 <= end - start <= 40:
        return Honour(start, end, None)
    if kind in ("award", "passive"):
        return (
            Honour(start, end, None)
            if end - start >= 3 and (_title().search(name) or _GRADE.search(name) or "“" in name)
            else None
        )
    return Honour(start, end, None) if is_title(text, start, end) or (named and end - start >= 4) else None


def _is_named_after_rank(name: str) -> bool:
    """单项冠军 and the like are titles, not ranks."""
    return bool(expression(r"单项冠军$|隐形冠军$|质量奖提名奖$").search(name))


_RANKED = expression(r"(?:[一二三四]等奖|[金银铜]奖|[金银铜]牌|[冠亚季]军|优胜奖|[第前][一二三四五六七八九十\d]{1,3}名)$")


def _parts(text: str, start: int, end: int) -> list[tuple[int, int]]:
    parts: list[tuple[int, int]] = []
    depth, begin = 0, start
    for at in range(start, end):
        c = text[at]
        if c in "（“《":
            depth += 1
        elif c in "）”》":
            depth = max(0, depth - 1)
        elif c == "、" and not depth:
            parts.append((begin, at))
            begin = at + 1
        if c in "和及与" and not depth and at > begin and _RANKED.search(text, begin, at) and _RANKED.search(text, at, end):
            parts.append((begin, at))  # 团体一等奖和个人赛前三名
            begin = at + 1
        if c == "”" and not depth and text.startswith("“", at + 1, end):  # “A”“B”等称号
            parts.append((begin, at + 1))
            begin = at + 1
    parts.append((begin, end))
    return [part for part in parts if part[1] > part[0]]


_CONTEST_LEAD = expression(
    r"闭幕的|落幕的|结束的|揭幕的|收官的|举行的|举办的|日前|近日|在(?!线)|参加|上午|下午|\d日|发布的|发布|夺得|斩获|公布的|揭晓的|传来喜讯：?"
)


# 三中女篮获全县篮球赛冠军: the contest begins behind the verb.
_WON = expression("获得|荣获|喜获|勇夺|夺得|摘得|斩获|捧回|取得|获(?!奖)")


def contest_before(sentence: Sentence, number: int, stop: int) -> tuple[int, int, int] | None:
    """The contest that a rank in clause `number` was reached in: (clause, start, end), from the same clause, an earlier one, or
    the sentence before (then clause 0 is named)."""
    for index in range(number, -1, -1):
        clause = sentence.clauses[index]
        span = _contest(sentence.document.text, clause.start, min(clause.end, stop) if index == number else clause.end)
        if span:
            return index, *span
    for earlier in sentence.document.before(sentence, 2):
        for clause in reversed(earlier.clauses):
            span = _contest(sentence.document.text, clause.start, clause.end)
            if span:
                return 0, *span
    return None


def _contest(text: str, start: int, end: int) -> tuple[int, int] | None:
    last = None
    for match in patterns().contest.finditer(text, start, end):
        last = match
    if last is None or last.end() - start < 4:
        return None
    begin = start
    for lead in _CONTEST_LEAD.finditer(text, start, last.end() - 4):
        # What stands in brackets (12月8日，杭州) is beside the name, not before it.
        if text.count("（", start, lead.start()) == text.count("）", start, lead.start()):
            begin = lead.end()
    for verb in _WON.finditer(text, begin, last.end() - 4):
        begin = verb.end()
    return begin, last.end()


def rank_behind(sentence: Sentence, number: int) -> tuple[int, int] | None:
    """…跻身全国县域经济百强，排名第98位: the place stands in the next clause."""
    if number + 1 >= len(sentence.clauses):
        return None
    clause = sentence.clauses[number + 1]
    match = expression(
        r"(?:排名|位列|位居|列|居|排在?|名列|并?位列)(?:全国|全省|全市)?(第(?:\d{1,4}|[一二三四五六七八九十百]{1,4})(?:名|位)?)$"
    ).match(
        clause.text,
    )
    return (clause.start + match.start(1), clause.start + match.end(1)) if match else None


def ranks_dealt(sentence: Sentence, number: int, honours_told: int) -> list[tuple[int, int]]:
    """…入围A、B，分别排第63名和第59名: the places of all stand in the next clause."""
    clause = sentence.clauses[number + 1] if number + 1 < len(sentence.clauses) else None
    if clause is None or not clause.text.startswith(("分别", "分列")):
        return []
    ranks = [(clause.start + m.start(), clause.start + m.end()) for m in ORDINAL.finditer(clause.text)]
    return ranks if len(ranks) == honours_told else []
