"""Who an honour was given to, where the clause that tells it names nobody: a clause before it, a label, a heading, the entry for a
contest."""

from __future__ import annotations

from services.extractor.characters import LIST_MARKS
from services.extractor.expressions import expression
from services.extractor.lexicon import last
from services.extractor.reading import Document, Sentence
from services.extractor.rules.accolade_names import names
from services.extractor.rules.accolade_parts import Recipient, patterns, recipients
from services.extractor.rules.accolade_winners import SURNAME
from services.extractor.rules.accolade_words import words

# 青泉县人民医院 is no county.
_INSTITUTION = (
    "(?:(?:第[一二三四五六七八九十]|人民|中心|中医|妇幼|实验|职业|高级|初级|特殊教育|图书|文化|博物|档案){1,3}"
    "(?:医院|卫生院|保健院|中学|小学|学校|幼儿园|院|馆))?"
)
_BODY = expression(
    rf"(?:是|在|由|其中|{words('backed', 'at_present')})?(?P<name>[一-鿿“”A-Za-z\d]{{1,16}}?{words('bodies')}{_INSTITUTION}"
    rf"(?:[一-鿿]{{0,6}}?(?:代表队|[男女][篮排足]|[舞蹈龙舟篮球足排]{{1,2}}队|合唱团|艺术团|社团|党支部|团队|班组))?)(?!城)(?!(?!升)[、一-鿿]?[级域])(?=[^的、和与及内中里上])"
)
# 某村党支部书记王某某光荣出席…，获颁…
_ONE_OF_IT = expression(
    rf"(?:[我本][县区市旗镇乡])?(?P<name>(?:[一-鿿]{{2,20}}?{words('bodies')}[一-鿿]{{0,8}}?|[一-鿿]{{0,6}}?){words('roles')}(?!表示|介绍|强调|指出|要求|坦言|告诉|提出|透露)[一-鿿]{{2,3}}?)(?={words('deeds')}|的(?:项目|作品|团队)|$)"
)
# 某某科技近期喜讯不断: a firm by its short name, before what tells when or how.
_FIRM = expression(
    f"(?P<name>[一-鿿A-Za-z\\d]{{2,10}}?{words('firm_words')})(?=近期|近日|近年|日前|今年|去年|年内|好消息|喜讯|捷报|喜事|双喜|连|又|再|接连|一路)"
)
# 公司每年拿出营收的一成搞研发，…，去年获评…
# “云河A”品牌价值达9.4亿元，位列…
_BRAND = expression("“[^”]{2,12}”(?=品牌|商标|产品|区域公用|系列|价值|远销)")
_SAID_OF_IT = expression(
    "(?:公司|企业|集团|学校|医院|合作社)(?=每年|今年|去年|先后|目前|已|现有|拥有|自|从|坚持|依托|投入|累计|连续|不断|持续|近年|始终|通过)"
)
NOT_NAMED = expression(
    r"^(?:作为)?(?:各[一-鿿]{1,8}|我[区县市旗省镇乡街校院局]|全[区县市旗省]|本[区县市报]|[县区市镇乡村]里|我们|咱们|其|该|它|[他她]们?(?:带队|率队|领队|领衔|参赛)?|(?:接下来|下一步|今后|往后|下阶段|眼下)(?:[还也又]要?)?)?$"
)
# 这也是我市唯一入选企业
NOBODY = expression(
    "(?:这?[也是系为属]{0,2})(?:[我全][国省市县区]|[一-鿿]{2,4}[省市县区])?(?:目前|迄今)?的?(?:唯一|首[家个批]|第[一二三四五六七八九十][家个批])的?(?:一[家个])?"
)
_PRONOUN = expression(f"(?:此后|此前|随后|同时|此外|，)?(?:它|他|她|该{words('pronoun_nouns')})(?:们)?")
# A clause without a verb.
_NOUNS = expression(r"[^，。；：了已正将着过\n]{3,30}")
_VERBAL = expression(f"{words('activities')}|^[要须]|[获在对以为凭]|[来中上后前年月日]$")
# 从教多年的王老师
_PERSON = expression(
    r"[^，。；：\n]{2,40}的(?P<who>[一-鿿·]{2,4}(?:师傅|老师|同志|医生|护士|教练|警官|教授|老人|大爷|大妈|大姐|书记|校长))"
)
_EFFORT = expression(f"{words('efforts')}|以|凭")
# 省级专精特新中小企业再添4家: a class of firms, none of them.
_CLASS = expression("(?:国家|省|自治区|市|县|区)级")
# 9月在某市举行的全省…: when or where, nobody.
_WHERE = expression(r"\d月|在[一-鿿]")
# 某某技艺传承人王某，在…大赛上斩获金奖: a person with what the person is, and nothing else in the clause.
_PERSON_ALONE = expression(f"[一-鿿“”]{{0,16}}{words('roles')}{SURNAME}[一-鿿]{{1,2}}")
# 某某葡萄以95.4的综合得分，在…榜上排名第二: whom the score is of.
_SCORED = expression(
    r"(?P<who>[一-鿿“”A-Za-z]{2,20}?)(?:凭借?|以)[^，。；：]{1,16}(?:得分|成绩|总分|高分|优势|价值|佳绩|票数|实力|表现|产量|\d[分票米秒])"
)
# 区内的某某铸造凭借“少碳炉”，获…: by what they got it
_BY_MEANS = expression(
    r"(?:[^，。；：的]{1,10}的)?(?P<who>(?:(?![我咱])[一-鿿“”A-Za-z]){2,20}?)"
    r"(?:凭(?!祥)借?|(?<=[一-鿿]{3})(?<![可所予给加难得足何借会动赛选审届])以(?![下上及来前后内外至便免致]))[^，。；：]{2,30}"
)
# 县文化馆的“A”展览虽无缘…，却…: who has missed one and got another
_FELL_SHORT = expression("(?P<who>[^，。；：]{2,24}?)(?:虽然?|尽管)(?![有说])[^，。；：]{2,40}")
# 同在某产业园的某材料，今年8月…: where it is, and its name
_PLACED = expression(
    "(?:同样?[在处]|位于|坐落[在于]|地处|来自|扎根|落户|毗邻|身处|隶属于?)[^，。；：的]{2,16}的(?P<who>[一-鿿A-Za-z（）“”·]{3,20})"
)
# 【县卫生健康局】县人民医院通过评审: the mark of an item, no part of what it tells.
_MARK = expression(
    rf"(?:【[^】]{{1,16}}】|[{LIST_MARKS}]|（[一二三四五六七八九十\d]{{1,3}}）|[一二三四五六七八九十]{{1,2}}是|\d{{1,2}}[.、](?!\d)"
    rf"|\d{{1,2}}月(?:\d{{1,2}}日)?|\d{{1,2}}日| ){{1,3}}"
)
# 某景区：晋升国家4A级旅游景区; 甲公司等3家企业——获评省级重点龙头企业
_LABEL = expression(
    rf"[^，。；：的\n\d]{{0,24}}?(?:{words('bodies')}|{words('firm_words')}|{words('label_ends')}|等\d{{1,3}}[家个名户][一-鿿]{{2,6}}|[老医]师|同志|[”》])"
)
_OFFICE = expression(f"{words('grantor_ends')}$|办公室$|[省市县区]政府$")
_ENTERED = expression(
    f"(?:(?:代表(?![队团])|代替)[^，。；]{{1,10}})?(?:在|赴[^，。；]{{2,6}})?{words('entering')}(?:了|的)?(?:日前|近日|在[^，。；]{{2,8}}举[行办]的)?$|[从在赴到]$"
)


def own(document: Document, begin: int, stop: int) -> bool:
    """Is the recipient written as 我县, 全市?"""
    return bool(expression(r"[我全本][区县市旗省镇乡]").search(document.text[begin:stop]))


_TEAM = expression(
    f"(?:[我本][县区市旗镇校])?(?P<who>[一-鿿“”]{{0,14}}(?:代表队|代表团|[一-鿿]队|选手[一-鿿]{{0,4}}|运动员[一-鿿]{{0,4}}|学子|健儿|{words('bodies')}))(?:成功|一举|喜|勇|再|强势|不负众望){{0,2}}"
)


def after_contest(text: str, start: int, stop: int) -> list[Recipient]:
    """Who stands between the contest and the verb: 全市运动会我县代表队勇夺冠军."""
    match = _TEAM.fullmatch(text, start, stop)
    return [Recipient(start, match.end("who"), None)] if match and match["who"] else []


def subject(sentence: Sentence, number: int) -> list[Recipient]:
    """The body that a clause before begins with, back to the last semicolon."""
    for index in range(number - 1, -1, -1):
        clause = sentence.clauses[index]
        if clause.mark == "；":
            break
        if index == number - 1 and clause.mark in _LABELLING and _LABEL.fullmatch(clause.text):
            return recipients(sentence.document.text, clause.start, clause.end)
        if _SPOKEN.search(clause.text) or clause.text[0] == "在" and clause.text[-1] in "中上里下":
            continue
        if _OURS.match(clause.text):
            return []  # 我县以第三名的成绩通过复查，继续保留…称号
        if index == number - 1 and (named := _alone(sentence, index)):
            return named
        mark = _MARK.match(clause.text)
        start = clause.start + (mark.end() if mark else 0)
        told = clause.text[start - clause.start :]
        if mark and told.startswith("在") and mark[0][-1] in "月日":
            continue  # 9月在某市举行的…
        if brand := _BRAND.match(told):
            return [Recipient(start, start + brand.end(), None)]
        if firm := _SAID_OF_IT.match(told):
            at = Recipient(start, start + firm.end(), None)
            return headed(sentence) or firm_before(sentence.document, start) or [at]
        match = _ONE_OF_IT.match(told) or _BODY.match(told) or _FIRM.match(told)
        if (
            match
            and not NOT_NAMED.match(match["name"])
            and not _EFFORT.match(match["name"])
            and not _CLASS.match(match["name"])
            and not _WHERE.search(match["name"])
            and match["name"].count("“") == match["name"].count("”")
            and not patterns().verb.search(match["name"])
        ):
            return [Recipient(start + match.start("name"), start + match.end("name"), None)]
    return []


def _alone(sentence: Sentence, number: int) -> list[Recipient]:
    """Whom clause `number` names with nothing that is told of them but a score."""
    clause, text = sentence.clauses[number], sentence.document.text
    if _PERSON_ALONE.fullmatch(clause.text):
        return [Recipient(clause.start, clause.end, None)]
    if number and sentence.clauses[number - 1].mark == "：" and (spans := names(sentence.document, clause.start, clause.end)):
        return [Recipient(start, end, None) for start, end in spans]
    told = _SCORED.fullmatch(clause.text) or _FELL_SHORT.fullmatch(clause.text) or _PLACED.fullmatch(clause.text)
    if told is None and ("凭" in clause.text or "以" in clause.text):
        told = _BY_MEANS.fullmatch(clause.text)
    return recipients(text, clause.start + told.start("who"), clause.start + told.end("who")) if told else []


# 县文旅局局长表示, 县委主要领导讲话: who says it, not who gets it.
_SPOKEN = expression(
    "(?:表示|表态|介绍|透露|坦言|强调|指出|要求|讲话|讲话时说|动员|部署|发言|致辞|号召|寄语|告诉记者|获悉|了解到|说)$"
)
_OURS = expression("[我本][县市区旗州盟镇乡](?=[以在凭因经被从由通连再成正顺高近自坚持大积])")
_LABELLING = ("：", "——", "—")


def granted_to(sentence: Sentence, number: int, named: list[Recipient], stop: int) -> list[Recipient]:
    """县人民医院——省卫健委授牌“…中心”: whom the label names, where an office alone stands before the verb."""
    text = sentence.document.text
    before = sentence.clauses[number - 1] if number else None
    if before is None or before.mark not in _LABELLING or not _OFFICE.search(text[named[0].start : stop]):
        return []
    return recipients(text, before.start, before.end) if _LABEL.fullmatch(before.text) else []


# What may stand between a comma and the verb, or the contest, without naming anybody.
_WHEN = expression(
    "(?:今年|去年|近日|日前|不久前|前不久|如今|今|又|也|还|再|先后|刚刚|最近|最终|\\d{1,2}月|再次|一举|成功|已){0,3}在?"
)


# 县融媒体中心的短视频《稻香》，在…评比中获二等奖
_WORK = expression("》$|(?:选送|报送|创作|执教|编排|拍摄)的")


def phrase(sentence: Sentence, number: int, begin: int, stop: int) -> list[Recipient]:
    """Who the whole clause before names, where it is no more than that and [begin, stop) names nobody: 某村的王某某，被评为…"""
    if not number or sentence.clauses[number - 1].mark != "，" or not _WHEN.fullmatch(sentence.document.text, begin, stop):
        return []
    clause = sentence.clauses[number - 1]
    if person := _PERSON.fullmatch(clause.text) or _PLACED.fullmatch(clause.text):
        return [Recipient(clause.start + person.start("who"), clause.end, None)]
    if (
        number > 1
        and sentence.clauses[number - 2].mark == "，"
        and (clause.text[0] in "其该" or not _WORK.search(clause.text))
        or "的" not in clause.text
        or not _NOUNS.fullmatch(clause.text)
        or _VERBAL.search(clause.text)
    ):
        return []
    return recipients(sentence.document.text, clause.start, clause.end)[:1]


def meant(document: Document, begin: int, stop: int) -> list[Recipient]:
    """Whom 它 or 该公司 means: the last recipient that was named in the bulletin; 她, the person named in the sentences before."""
    pronoun = _PRONOUN.match(document.text, begin, stop)
    if not pronoun:
        return []
    if person := _PERSONAL.search(pronoun[0]):
        named = _person_before(document, begin)
        return [named or Recipient(pronoun.start() + person.start(), pronoun.start() + person.end(), None)]
    if named_last := document.memo.get("recipients"):
        return list(named_last)
    start = pronoun.start() + pronoun[0].rfind("该")
    noun = document.text[start + 1 : pronoun.end()]
    before = expression(f"(?<![一-鿿])(?P<who>[一-鿿]{{2,8}}?{noun})") if start >= pronoun.start() and noun else None
    found = last(before, document.text, max(0, begin - _REMEMBERED), begin) if before else None
    return [Recipient(found.start("who"), found.end("who"), None)] if found else []


_PERSONAL = expression("[他她](?!们)")
_NAMED_PERSON = expression(
    rf"{words('roles')}(?P<who>[一-鿿·]{{2,3}}?)(?=[，（、。是今从在用带扎已近始一把有年喜笑说正])"
    rf"|(?<![一-鿿])(?P<first>{SURNAME}[一-鿿]{{1,2}})(?:，[男女\d]|是[一-鿿])"
)
# A person is meant so many characters long.
_REMEMBERED = 300


def _person_before(document: Document, before: int) -> Recipient | None:
    found = last(_NAMED_PERSON, document.text, max(0, before - _REMEMBERED), before)
    if found is None:
        return None
    group = "who" if found["who"] else "first"
    return Recipient(found.start(group), found.end(group), None)


def entrants(sentence: Sentence, number: int, contest: int) -> tuple[list[Recipient], int] | None:
    """马某出战全国锦标赛，…获得冠军: who entered the contest that begins at `contest`, and the clause that says so."""
    if not sentence.start < contest < sentence.clauses[number].end:
        return None
    where = sentence.clause_at(contest)
    clause = sentence.clauses[where]
    entered = _ENTERED.search(sentence.document.text[clause.start : contest])
    named = recipients(sentence.document.text, clause.start, clause.start + entered.start()) if entered else []
    if named and named[0].count and (body := _BODY.match(clause.text)):
        # 县代表队共有32名运动员参加…: the team
        named = [Recipient(clause.start + body.start("name"), clause.start + body.end("name"), None)]
    return (named, where) if named and not NOT_NAMED.match(sentence.document.text[named[0].start : named[0].end]) else None


_ECONOMIC = expression(f"{words('economic')}$")


def is_economic(text: str, recipient: Recipient) -> bool:
    """Is it a figure of the economy, whose place in a table is no honour?"""
    return _ECONOMIC.search(text[recipient.start : recipient.end]) is not None


# Whom an article about one firm means by these.
ANY_FIRM = expression("(?:公司|企业|该公司|该企业|集团|医院|学校|全校|全院|园区|景区)")
_HEADING = expression(
    r"\s{0,4}(?:\d{1,2}[.、 ]{0,2}|[一二三四五六七八九十]{1,3}、|（[一二三四五六七八九十\d]{1,3}）|"
    rf"[{LIST_MARKS}【] ?){{0,2}}"
    r"(?:(?:企业|公司|单位|学校|医院|园区)?(?:名称|全称)：)?(?P<name>[一-鿿（）A-Za-z·]{2,30}(?:公司|集团|厂|合作社|医院|卫生院|学校|小学|中学|幼儿园|学院|研究院|研究所|家庭农场|景区))】?：?\s*"
)
_ARTICLE = expression(r"\s{0,4}(?:【|#|[一二三四五六七八九十]{1,3}、)")
# An article about one firm has no more sentences.
_FAR = 12


# 某某电子成立于2011年: the firm that the sentences before are about.
_TOLD_OF = expression(
    rf"(?<![一-鿿])(?P<who>[一-鿿A-Za-z（）]{{2,24}}?(?:公司|集团|合作社|{words('firm_words')}))(?=成立|创[立办建]|始建|位于|坐落|落户|是[一-鿿]|自|专注|主营|主要|深耕|拥有|，[一-鿿])"
)


def firm_before(document: Document, before: int) -> list[Recipient]:
    """The firm that the sentences before tell of, where the next one says 公司."""
    found = last(_TOLD_OF, document.text, max(0, before - _REMEMBERED), before)
    return [Recipient(found.start("who"), found.end("who"), None)] if found else []


def headed(sentence: Sentence) -> list[Recipient]:
    """The firm, school or other body whose name alone is the heading that the sentence stands below."""
    document = sentence.document
    for index in range(sentence.index - 1, max(-1, sentence.index - 1 - _FAR), -1):
        line = document.sentence(index)
        if heading := _HEADING.fullmatch(line.text):
            return [Recipient(line.start + heading.start("name"), line.start + heading.end("name"), None)]
        if _ARTICLE.match(line.text):
            break
    return []
