"""Who of the cells of a line has won: the person beside a work, a school or a post, the body beside its work."""

from __future__ import annotations

from enum import Enum

from services.extractor.expressions import expression
from services.extractor.lexicon import load
from services.extractor.rules.accolade_words import words

Span = tuple[int, int]

# The commonest surnames; with them a name at the head of a sentence is told from any other word.
SURNAME = f"[{load('accolade')['surnames']}]"
# What names a body, an office, a place, a product or a work; people have names of two to four characters.
BODY = f"(?:{words('recipient_ends')}|》)"


class Kind(Enum):
    """What a cell names."""

    PERSON = "person"
    BODY = "body"  # or the post that a person has
    WORK = "work"
    EVENT = "event"  # of a contest, or its group
    NOTE = "note"  # of a person, which tells nobody: 女, 汉族
    OTHER = "other"


_BESIDE = "(?:（[^（）]{1,30}）)?"
_KINDS = (
    (Kind.NOTE, expression(rf"{words('about_persons')}|[一-鿿]{{1,3}}族")),
    (Kind.WORK, expression(r"《[^《》]{1,40}》[一-鿿]{0,4}|“[^“”]{2,30}”")),
    # 男子甲组1500米, 少儿书画类; 篮球协会 is a body
    (
        Kind.EVENT,
        expression(
            rf"[一-鿿A-Za-z\d×.\-]{{0,12}}?(?:{words('event_words')}|\d米|[甲乙丙丁]组)(?:[组类]|项目|赛项?|比赛|[总半]?决赛)?"
        ),
    ),
    (Kind.BODY, expression(rf"[一-鿿A-Za-z\d·“”（）\-]{{2,30}}(?:{BODY}|{words('firm_words')}){_BESIDE}")),
    # 县三小, 镇党建办: by their short names
    (Kind.BODY, expression("[县市区旗州省镇乡][一-鿿]{2,4}")),
    # Of four characters a short name of a firm is likelier than a person's (云河联通).
    (
        Kind.PERSON,
        expression(rf"(?:{SURNAME}[一-鿿]|[一-鿿]{{3}}|[一-鿿]{{1,6}}·[一-鿿]{{1,6}})(?:、[一-鿿]{{2,4}}){{0,9}}{_BESIDE}"),
    ),
    (Kind.BODY, expression(rf"[一-鿿A-Za-z\d（）、“”]{{3,40}}{words('roles')}")),
)
_NOBODY = expression(f"{words('no_winners')}{{1,3}}")
_SURE = expression(f"{SURNAME}[一-鿿]{{1,2}}{_BESIDE}")
_TEAM = expression("[^、]+")


def kind(text: str, start: int, end: int) -> Kind:
    """What [start, end) names."""
    if is_nobody(text, start, end):
        return Kind.OTHER
    return next((each for each, form in _KINDS if form.fullmatch(text, start, end)), Kind.OTHER)


def is_nobody(text: str, start: int, end: int) -> bool:
    """Does [start, end) say that nobody has won, or what is won?"""
    return _NOBODY.fullmatch(text, start, end) is not None


def is_person(text: str, start: int, end: int) -> bool:
    """Is [start, end) beyond doubt the name of a person?"""
    return _SURE.fullmatch(text, start, end) is not None and kind(text, start, end) is Kind.PERSON


def of_one_winner(text: str, cells: list[Span]) -> list[Span] | None:
    """Those of the cells that have won, where others only tell of them: 《某作品》 张某 县一中, 张某 某公司董事长; None where the cells are of
    one kind, or one of them names nobody."""
    kinds = [kind(text, *cell) for cell in cells]
    told = set(kinds) - {Kind.NOTE, Kind.EVENT}
    if Kind.OTHER in told or len(told) < 2 and len(told) == len(set(kinds)):
        return None
    if Kind.PERSON in told:
        return _persons(text, cells, kinds)
    best = Kind.BODY if Kind.BODY in told else Kind.WORK
    return [cell for cell, each in zip(cells, kinds, strict=True) if each is best]


def _persons(text: str, cells: list[Span], kinds: list[Kind]) -> list[Span] | None:
    """The persons of the cells. One before a body belongs to it, so that who stands alone behind the last is the teacher; bodies that
    have no person beside them have won themselves."""
    persons = [cell for cell, each in zip(cells, kinds, strict=True) if each is Kind.PERSON]
    bodies = [cell for cell, each in zip(cells, kinds, strict=True) if each is Kind.BODY]
    if len(bodies) > len(persons):
        return None
    if bodies and persons[0] < bodies[0] and bodies[-1] < persons[-1]:
        persons = [person for person in persons if person < bodies[-1]]
    return [match.span() for person in persons for match in _TEAM.finditer(text, *person)]
