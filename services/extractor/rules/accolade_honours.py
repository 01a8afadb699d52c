"""What honour a stretch of text names."""

from __future__ import annotations

from typing import NamedTuple

from services.extractor.expressions import beginning, ending, expression
from services.extractor.lexicon import last, load
from services.extractor.rules.accolade_parts import parted, patterns
from services.extractor.rules.accolade_titles import CONFERRED, GRADE, MERIT, is_title
from services.extractor.rules.accolade_words import words


class Honour(NamedTuple):
    """[start, end) of the honour's name (empty where only a rank stands there) and its rank's span."""

    start: int
    end: int
    rank: tuple[int, int] | None


_HEAD = expression(
    rf"(?:{words('honour_leads')}|[我本全][国省市县区旗州](?:目前|迄今)?的?(?:唯一|首个|首家|首[位名座支所处])(?:一?[家个处座项位名支所批])?(?:入选|入围|获评|获批|上榜|获得|荣获)?的?|[我全][省市县区](?:首个|第[一二三四五六七八九十\d]{{1,3}}[家个处座张项位])(?:获得|荣获)?|通过[一-鿿]{{0,4}}(?:验收|评审|认定|评估)的|认定为?|颁发的?|颁授的?|一(?:块块|项项|个个|张张|枚枚)|[一二两三四五六七八九十\d]{{1,12}}(?:个|项|块|枚|次|座|张)(?!星)|\d{{1,2}}月(?:\d{{1,2}}[日号])?|：)+"
)
_TAIL = ending(
    rf"(?:(?:之?后|以来)的?(?:又一|再一)次?[项个块张枚]?|的?(?:荣誉|光荣)?称号|{words('honour_tails')}|[一二两三四五六七八九十\d]{{1,3}}块(?=牌)|[一二三四五六七八九十]连冠|“[一二三四五六七八九十\d]{{1,2}}连冠”|(?<=”)[一-鿿]{{1,8}}(?:类别|[类组])|(?<=[奖杯])总?决赛|为(?:目标|契机|抓手|载体|引领|牵引)|前\d{{1,4}}[名位强]?|等?(?:多|数|若干)[项个](?:荣誉|奖项|殊荣|称号)?|“?双料”?|(?:等|(?<=”)[两二三四五六七八九\d]{{1,2}}[项个块张])(?:[国省]字号|国家级|省级)(?:荣誉|称号|招牌|名片)|(?<![甲乙丙])等|（拟认定）|（公示）|(?<=地理标志产品)保护|(?:\d{{1,2}}月)?\d{{1,2}}日|的?(?:这块|这个)?(?:金字招牌|牌子|招牌|牌匾|匾额?|[铜金奖]牌|帽子|头衔|名号)|[一二两三四五六七八九十\d]{{1,6}}[个块枚次家项人名位户件处]|的{words('holders')}|(?<=奖)(?:通报)?表彰){{1,8}}$"
)
# Behind an honour, what tells when and how it was made known.
_NEWS = expression(rf"{words('announcements')}|_|命名大会|表彰大会|颁奖")
# 云河市教学质量, 云岭县科技进步: a place's own, before 一等奖
_OF_PLACE = expression("[一-鿿]{2,3}[省市州盟县区旗](?![县市区级场])[一-鿿“]{2}")
# A name in quotation marks alone, behind a verb of choosing, is an honour whatever it is; not a plan, a list or a works.
_NO_PLAN = "(?<!规划)(?<!计划)(?<!工程)(?<!行动)(?<!清单)(?<!项目)(?<!十四五)(?<!十五五)"
_CHOSEN = expression(f"“[^”]{{3,20}}{_NO_PLAN}”")
_CHOOSING = tuple(load("accolade")["chosen"])


def honours(text: str, start: int, end: int, kind: str) -> list[Honour]:
    """The honours that text[start:end] names, parted at 、; [] where it names none that the kind of verb takes."""
    if kind in _SHOWN and not _SHOWING.search(text, start, end):
        return []
    if medals := _MEDALS.match(text, start, end):
        return [Honour(start, start, medals.span("all"))] if medals.end() == end else []
    found: list[Honour] = []
    if only := _ONLY.match(text, start, end):
        start = only.end()
    for begin, stop in parts(text, start, end):
        honour = _honour(text, begin, stop, kind)
        if (
            honour is None and found and found[-1].rank is None
        ):  # 省级先进镇1个、示范村5个: the second is of the first one's grade
            honour = of_the_same_grade(text, begin, stop)
        if (honour is None or honour.start == honour.end) and found and found[-1].rank:
            honour = _in_another_group(text, begin, stop, found[-1]) or honour
        if honour is None:
            # A list goes on only as long as its parts are honours.
            break
        if honour.start == honour.end and found and found[-1].rank is None:  # 入围民营企业百强、位列第75位
            found[-1] = found[-1]._replace(rank=honour.rank)
        else:
            found.append(honour)
    if not found and text.find("、", start, end) >= 0:  # 国家级A设施、遗址名录
        whole = _honour(text, start, end, kind)
        told = whole and (whole.rank is None or patterns().contest.search(text, whole.start, whole.end))
        plain = whole and told and whole.end > whole.start and not _MANY.search(text, whole.start, whole.end)
        return [whole] if whole and plain else []
    return found


# 优质课大赛物理组特等奖、语文组一等奖
_GROUP = expression(r"[一-鿿\d]{1,10}(?:[组类级]|项目|赛项?)")


def _in_another_group(text: str, start: int, end: int, told: Honour) -> Honour | None:
    """The rank in another group of the contest that was told last."""
    tail = patterns().rank_tail.search(text, start, end)
    contest = last(patterns().contest, text, told.start, told.end)
    if tail is None or contest is None or not _GROUP.fullmatch(text, start, tail.start()):
        return None
    return Honour(told.start, contest.end(), tail.span())


# 国家级荣誉7项、省级荣誉23项 are no names.
_MANY = expression(r"的|[级号](?:荣誉|奖项|称号|招牌)?\d")
# Of these kinds a name counts only where it shows that it is an honour's: by one of these words, or by a rank. Most do not.
_SHOWN = ("inclusion", "seeking", "gained")
_SHOWING = beginning(
    rf"{words('grade_marks', 'conferred', 'graded_heads', 'ranks')}|命名|牌匾|殊荣|名单|目录|[”A星奖第]|[一二三]级|\d强|卫生[县镇乡村城]|20\d\d年"
    r"|前[两二三]名|[金银铜]"
)
# 夺得金牌12枚、银牌9枚、铜牌16枚: one result.
_MEDALS = expression(r"(?:了|共)?(?P<all>(?:[金银铜]牌\d{1,3}[枚块个][、，]?){2,3})")
# 入选全国首批、全省唯一的X
_ONLY = expression(
    "(?:为|了)?全[国省市县区州](?:第[一二三四五六七八九十]{1,3}批|首批|首个|首家|唯一|第一个)、(?:[我全][国省市县区州]|[一-鿿]{2,3}[省市])(?:唯一|首个|首家|首批)(?:一个|一家)?的?"
)
# 通过X国家督导评估
_ASSESSED = expression(f"(?:(?:国家|省|市)级?)?(?:{words('inspections')}|专家组?){{0,2}}(?:考核|评估|检查|核查)$")
_SAME_GRADE = expression(r"[一-鿿“”]{2,14}?(?=[一二两三四五六七八九十\d]{1,3}[个家名处项]$|$)")


def of_the_same_grade(text: str, start: int, end: int) -> Honour | None:
    """The title that goes on a list after one that says its grade."""
    match = _SAME_GRADE.match(text, start, end)
    if match and (patterns().end.search(match[0]) and CONFERRED.search(match[0]) or _OF_MERIT.fullmatch(match[0])):
        return Honour(start, match.end(), None)
    return None


_OF_MERIT = expression(MERIT)


# 获评国家级荣誉6项: of which grade, not which.
_GRADE_ALONE = expression(
    "(?:沉甸甸|金灿灿|亮闪闪|亮晶晶|实打实|响当当)的?(?:各类|各种|大)?(?:奖项?|大奖|奖[牌杯状章]|荣誉|证书|牌匾)|(?:这些|那些|多[项块个枚]|[数几]项|一批|诸多|众多)?“?[国省]字[号头]”?(?:荣誉|奖项|招牌|名片)?|“(?:金字招牌|金名片)”|(?:国家级?|省级?|自治区级?|[部市县区]级|市厅级|省部级)(?:[、和及与](?:国家级?|省级?|自治区级?|[部市县区]级)){0,3}(?:以上)?(?:(?:荣誉称号|荣誉|奖项)(?:的[^，。；]{1,8})?)?"
)


# 争取年底通过验收命名: of what, was told before.
_EXAMINED_ALONE = expression(f"(?:{words('confirmations')}|命名|授牌|评定|公示){{1,4}}")
# 入选国家发展改革委公布的…名单
_ANNOUNCED_BY = expression(
    "[一-鿿]{1,14}?(?:部|委|局|厅|会|办|院)(?:最新|近日|日前|新近)?(?:公布|发布|评选|公示|颁发|颁授|授予|授牌|认定|命名|评定)的(?=[一-鿿“\\d]{4})"
    "|(?:国务院|[国省市县区]政府|[一-鿿]{0,8}(?:部|委|局|厅|办))(?:正式)?(?:批准|批复|同意)(?:筹建|设立|建设|创建|成为|为)?(?=[一-鿿“\\d]{4})"
)
# 三等奖（第七名）
_PLACE_BESIDE = ending("（第[^（）]{1,4}[名位]）$|(?<=[军])(?:奖杯|奖牌)$|(?<=等奖)(?:证书|奖杯|奖牌)$")
# 金奖2个: how many of the prize
_COUNTED = ending(r"(?<=[牌奖])[一二两三四五六七八九十\d]{1,4}[枚块个项]$")
# What says of a name that it is an honour's.
_SAID_TO_BE_ONE = expression(
    "称号|命名|牌匾|殊荣|”(?:证书|奖牌|奖章)|(?:推介|推荐|精品|优秀|优选|品牌|典型)[^，。；、]{0,6}(?:名单|名录|目录)$"
)
_SINCE = expression("“[^”]{2,30}”(?P<since>(?:之|以)?后|以来|之际)")
RANK_LEADS = expression(rf"(?:{words('rank_leads')}|前\d{{1,3}}名|[，、]){{1,8}}$")


# 居全市七个县市第三位: among whom, no list.
_AMONG = (
    "(?:全[国省市县区州旗]|[一-鿿]{2,3}[省市州])?(?:的?[\\d一二三四五六七八九十百两]{1,4}个)?"
    "(?:县市区|县区市|县市|市县|县区|区县|旗县区|旗县|市区|乡镇街道?|乡镇|镇街|街镇|镇办|街道|开发区|园区|市州|地市|省市|省份|城市|县|区|市|镇)(?:中|里|之中)?"
)

# What of a rank's words names no contest: 全市县区组团体总分. Bounded, for a place can be read in several ways (县市|县|市).
_SCOPES = expression(
    rf"(?:团体赛?|个人赛?|{words('rank_scopes')}|全[国省市县区州旗盟镇乡]|{_AMONG}|全[国省市](?:县级)?(?:[一-鿿]{{2,4}}(?:机关|系统)|法院|检察院)|前\d名|[一二三四甲乙]类(?:县区?|区|市)){{1,6}}"
)


def _honour(text: str, start: int, end: int, kind: str) -> Honour | None:
    if head := _HEAD.match(text, start, end):
        start = head.end()
    if announced := _ANNOUNCED_BY.match(text, start, end):
        start = announced.end()
    if news := _NEWS.search(text, start, end):
        end = news.start()
    if text.startswith("“", start, end) and (since := _SINCE.match(text, start, end)):
        end = since.start("since")  # 获评“…重点村”后又一张名片
    bracket = text.find("（", start, end)
    if bracket > start and "，" in text[bracket:end]:
        end = bracket
    rank = None
    if counted := _COUNTED.search(text, start + 1, end):
        end = counted.start()
    if beside := _PLACE_BESIDE.search(text[start:end]):
        end = start + beside.start()
    tail = patterns().rank_tail.search(text, start, end)
    if tail and not is_named_after_rank(text[start:end]):
        rank = tail.span()
        end = rank[0]
        end -= len(text[start:end]) - len(RANK_LEADS.sub("", text[start:end]))
    whole = end
    while True:
        cut = _TAIL.search(text[start:end])
        if not cut or cut.start() < 2 or rank and cut[0] == "工作":
            break
        end = start + cut.start()
    if text.endswith("通过", 0, start) or text.endswith("通过", 0, start - 1):
        end = start + len(_ASSESSED.sub("", text[start:end]))
    end = start + len(text[start:end].rstrip("，、的"))
    if end - start > 60 or _GRADE_ALONE.fullmatch(text, start, end) or _EXAMINED_ALONE.fullmatch(text, start, end):
        return None
    if end <= start or _SCOPES.fullmatch(text, start, end):
        return Honour(start, start, rank) if rank else None
    if patterns().not_honour.match(text[start:end]) or patterns().not_honour_end.search(text[max(start, end - 4) : end]):
        return None
    name = text[start:end]
    if "此殊荣" in name:
        return None
    if rank and text.startswith("桂冠", rank[0]) and is_title(text, start, end) and not patterns().contest.search(name):
        rank = None  # 摘得“国家园林县城”桂冠
    if rank:
        # 六区第一 is a place in a table of figures, not a result in a contest or on a list.
        return (
            Honour(start, end, rank)
            if is_title(text, start, end)
            or patterns().contest.search(name)
            or kind == "inclusion"
            and text[rank[1] - 1] == "奖"
            and len(name) >= 4
            and (GRADE.search(name) or _OF_PLACE.match(name))
            or kind in ("award", "passive")
            and (
                "全" not in name[:1]
                or text[rank[1] - 1] in "奖牌"
                and (len(name) > 6 or len(name) > 3 and text[rank[1] - 2] == "等")
            )
            else None
        )
    if kind == "award" and patterns().sure.search(text[max(0, start - 6) : start]) and 4 <= end - start <= 40:
        return Honour(start, end, None)
    if kind in ("award", "passive"):
        return (
            Honour(start, end, None)
            if end - start >= 3 and (patterns().end.search(name) or GRADE.search(name) or "“" in name)
            else None
        )
    chosen = _CHOSEN.fullmatch(text, start, end) and text.endswith(_CHOOSING, 0, start)
    named = end - start >= 4 and _SAID_TO_BE_ONE.search(text, start, whole)
    return Honour(start, end, None) if chosen or is_title(text, start, end) or named else None


def is_named_after_rank(name: str) -> bool:
    """单项冠军 and the like are titles, not ranks."""
    return bool(expression(r"单项冠军$|隐形冠军$|质量奖提名奖$").search(name))


_RANKED = expression(r"(?:[一二三四]等奖|[金银铜]奖|[金银铜]牌|[冠亚季]军|优胜奖|[第前][一二三四五六七八九十\d]{1,3}名)$")


# What goes on behind a rank and 及: another rank, or a prize by name (最具潜力奖).
PRIZE = ending(rf"{_RANKED.pattern}|[一-鿿]{{2,8}}奖$")


def parts(text: str, start: int, end: int) -> list[tuple[int, int]]:
    """The honours of a list, parted by 、, by nothing or a word between two quoted ones, and by 和, 及, 与 between ranks."""

    def mark(at: int, begin: int, _: int) -> int | None:
        c = text[at]
        if c == "、":
            return 1
        if c == "“" and at > begin and text[at - 1] == "”":  # “A”“B”等称号
            return 0
        if c not in "和及与" or at == begin:
            return None
        ranks = _RANKED.search(text, begin, at) and PRIZE.search(text, at, end)  # 团体一等奖和个人赛前三名
        quoted = text[at - 1] == "”" and text.startswith("“", at + 1, end)  # “红旗乡镇”和“进步乡镇”
        return 1 if ranks or quoted else None

    return parted(text, start, end, mark)
