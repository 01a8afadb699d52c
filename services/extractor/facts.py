"""`fact_id`: the same fact told again, in this or another bulletin, has the same one.

A fact is known by where it holds, what it is about and its figure, stage or honour, never by how it is worded:

| fact                            | known by                                                                        |
| ------------------------------- | ------------------------------------------------------------------------------- |
| total investment of a project   | place, project, sum                                                             |
| other money of a project        | place, project, metric, status, sum or change, year                             |
| money of a counted batch        | place, what kind of projects, how many, metric, status unless total, sum, year  |
| money of an area or a sector    | place, sector, metric, status, sum or change with the months it covers, year    |
| milestone of a project          | place, project, stage, status, progress, a plan's year                          |
| milestone of a counted batch    | place, what kind of projects, how many, stage, status, year                     |
| accolade                        | place, recipient or how many, honour, rank, status, year                        |

A telling that leaves out the year, the months, the count or the full name (a headline) takes them from the one other telling in its bulletin
that has them; the year is the bulletin's own where none has.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from decimal import Decimal
from typing import Any, NamedTuple

from services.contracts import Metric, Stage, Status, content_id
from services.extractor import fact_names
from services.extractor.dates import Time
from services.extractor.divisions import Division
from services.extractor.expressions import expression
from services.extractor.reading import Document, Draft

# 甲项目 may be 甲装备制造园, but neither 甲二期 nor 甲1号车间.
_PART = expression(r"[\d#号东西南北]|[一-鿿]?期|厂房|车间|标段|配套|附属")
_LONGEST_SHORT_NAME = 6
_TOWN = expression(r"[一-鿿]{1,5}?(?:街道|镇|乡)(?=.{4})")
_DESIGNATION = expression(r"\d{4}年|季度|[春夏秋冬]季|第.{1,3}[批期]")
_GENERAL_METRICS = frozenset((Metric.FIXED_ASSET_INVESTMENT, Metric.OTHER, Metric.FUNDING))


class _Fact(NamedTuple):
    """What a draft states. `always` is told by every telling; `figure`, `year` and `month` may be left out (None).

    `month`: the last one that a rate of growth covers. `dated`: the year belongs to the fact. `name`: the part of it that a shorter name may stand for.
    """

    kind: str
    place: str | None
    name: str
    always: tuple[Any, ...]
    figure: Any = None
    change: Any = None
    year: int | None = None
    month: int | None = None
    dated: bool = True
    short: bool = False
    # What a milestone without a count is said of: it may be a batch.
    said_of: str | None = None


def fact_ids(drafts: Iterable[Draft], document: Document, anonymous: str) -> list[str]:
    """The id of the fact that each draft of one bulletin states. `anonymous` stands for the place where none is known."""
    facts = [_fact(draft, document) for draft in drafts]
    facts = _filled(_counted(_totals_of(_named_in_full(facts)), document.home))
    year = document.anchor.year
    return [_id(fact, year, anonymous) for fact in facts]


def _id(fact: _Fact, year: int | None, anonymous: str) -> str:
    # A batch of an unknown place is no other bulletin's; a project's proper name is enough by itself.
    place = fact.place or (None if len(fact.name) >= 4 else anonymous)
    figure = fact.figure if fact.figure is not None else (fact.change, fact.month)
    return content_id("fact", fact.kind, place, fact.name, *fact.always, figure, (fact.year or year) if fact.dated else fact.year)


def _fact(draft: Draft, document: Document) -> _Fact:
    return {"investment_report": _money, "project_milestone": _milestone, "accolade": _accolade}[draft.event_type](
        draft, document
    )


def _money(draft: Draft, document: Document) -> _Fact:
    fields: dict[str, Any] = draft.fields
    metric, count, subject = fields["metric"], fields.get("project_count"), fields.get("subject") or ""
    read = fact_names.batch if count else fact_names.money if metric in _GENERAL_METRICS else fact_names.named
    name = read(subject, document.home)
    amount = fields.get("amount")
    total = metric is Metric.TOTAL_INVESTMENT
    dated = not total or bool(count) or not name.key
    return _Fact(
        kind="investment_report",
        place=_place(name, document),
        name=name.key,
        # A total is the same whether it is called 总投资 or 计划总投资.
        always=(metric, count, None if total else draft.status),
        figure=_sum(amount) if amount else None,
        change=(_number(fields.get("change_percent")), _number(fields.get("plan_percent"))),
        year=_year(draft.period) if dated else None,
        month=_month(draft.period),
        dated=dated,
        short=_is_short(name.key, subject),
    )


def _milestone(draft: Draft, document: Document) -> _Fact:
    fields: dict[str, Any] = draft.fields
    count = fields.get("project_count")
    name = (fact_names.batch if count else fact_names.named)(fields["project"], document.home)
    planned = draft.status is Status.PLANNED
    progress = _number(fields.get("progress_percent")) if fields["stage"] is Stage.UNDER_CONSTRUCTION else None
    return _Fact(
        kind="project_milestone",
        place=_place(name, document),
        name=name.key,
        always=(fields["stage"], count, draft.status),
        figure=progress or 0,
        year=_year(draft.period) if planned or count else None,
        dated=bool(count),
        short=_is_short(name.key, fields["project"]),
        said_of=None if count else fields["project"],
    )


def _accolade(draft: Draft, document: Document) -> _Fact:
    fields: dict[str, Any] = draft.fields
    count, recipient = fields.get("recipient_count"), fields.get("recipient") or ""
    name = (fact_names.batch if count else fact_names.named)(recipient, document.home)
    honour, year = fact_names.honour(fields["honor"], document.home)
    return _Fact(
        kind="accolade",
        place=_place(name, document),
        name=name.key,
        always=(honour, fact_names.rank(fields.get("rank")), count, draft.status),
        figure=0,
        year=year or _year(draft.period),
    )


def _place(name: fact_names.Named, document: Document) -> str | None:
    return name.place or (document.home.code if document.home else None)


def _named_in_full(facts: list[_Fact]) -> list[_Fact]:
    """Short names (甲 of 甲项目) as the one fuller name of the bulletin that begins with them; 甲园 as the one 某镇甲园."""
    shorts = {fact.name for fact in facts if fact.short}
    names = {fact.name for fact in facts}
    full: dict[str, str] = {}
    towns = _with_towns(names)
    for short in shorts:
        longer = {name for name in names if name.startswith(short) and name != short and not _PART.match(name, len(short))}
        if len(longer) == 1:
            full[short] = longer.pop()
    if not full and not towns:
        return facts
    return [fact._replace(name=(full if fact.short and fact.name in full else towns).get(fact.name, fact.name)) for fact in facts]


def _with_towns(names: set[str]) -> dict[str, str]:
    """Names as the bulletin's one longer name that puts a town before them."""
    longer: dict[str, set[str]] = defaultdict(set)
    for name in names:
        if match := _TOWN.match(name):
            longer[name[match.end() :]].add(name)
    return {name: full.pop() for name, full in longer.items() if name in names and len(full) == 1}


def _totals_of(facts: list[_Fact]) -> list[_Fact]:
    """A total that says not what of (总投资7亿元！ in a headline), as the one telling of that sum in the bulletin that does."""
    if not any(_is_total(fact) and _says_nothing(fact) for fact in facts):
        return facts
    told: dict[Any, set[_Fact]] = defaultdict(set)
    for fact in facts:
        if _is_total(fact) and not _says_nothing(fact):
            told[fact.figure].add(fact._replace(year=None, month=None, change=None, short=False))
    return [
        _same_as(next(iter(told[fact.figure])), fact)
        if _is_total(fact) and _says_nothing(fact) and len(told[fact.figure]) == 1
        else fact
        for fact in facts
    ]


def _counted(facts: list[_Fact], home: Division | None) -> list[_Fact]:
    """A batch that is not counted (2023年三季度重大项目集中开工 in a headline), as the one of that stage in the bulletin that is."""
    counted: dict[tuple[Any, ...], set[_Fact]] = defaultdict(set)
    for fact in facts:
        if fact.kind == "project_milestone" and fact.dated:
            counted[_stage(fact)].add(fact._replace(year=None, month=None, short=False))
    if not counted:
        return facts
    return [
        _as_counted(fact, fact.said_of, batches, home)
        if fact.said_of is not None and (batches := counted.get(_stage(fact)))
        else fact
        for fact in facts
    ]


def _stage(fact: _Fact) -> tuple[Any, ...]:
    """The same for two milestones that reach one stage at one place."""
    return fact.kind, fact.place, fact.always[0], fact.always[-1], fact.figure


def _as_counted(fact: _Fact, said_of: str, counted: set[_Fact], home: Division | None) -> _Fact:
    called = fact_names.batch(said_of, home).key
    alike = [batch for batch in counted if batch.name == called]
    # Its name says which batch it is (2024年三季度…).
    if not alike and _DESIGNATION.search(said_of):
        alike = [batch for batch in counted if not batch.name]
    return alike[0]._replace(year=fact.year) if len(alike) == 1 else fact


def _is_total(fact: _Fact) -> bool:
    return fact.kind == "investment_report" and fact.always[0] is Metric.TOTAL_INVESTMENT and fact.figure is not None


def _says_nothing(money: _Fact) -> bool:
    """Neither a name nor a count."""
    return not money.name and not money.always[1]


def _same_as(told: _Fact, bare: _Fact) -> _Fact:
    return told._replace(year=bare.year if told.dated else None, month=bare.month, change=bare.change)


class _Told:
    """What the tellings of one thing in a bulletin say."""

    def __init__(self, tellings: list[_Fact]) -> None:
        self.years: dict[Any, set[int]] = defaultdict(set)
        self.months: dict[Any, set[int]] = defaultdict(set)
        self.sums: dict[Any, set[tuple[Any, int | None]]] = defaultdict(set)
        for fact in tellings:
            self._add(fact)

    def _add(self, fact: _Fact) -> None:
        figure = _figure(fact)
        if fact.year is not None:
            self.years[figure].add(fact.year)
        if fact.month is not None:
            self.months[figure].add(fact.month)
        if fact.figure is not None:
            self.sums[fact.change].add((fact.figure, fact.year))


def _filled(facts: list[_Fact]) -> list[_Fact]:
    """What a telling leaves out, from the tellings of the same thing in the bulletin, where they agree about it."""
    alike: dict[tuple[Any, ...], list[_Fact]] = defaultdict(list)
    for fact in facts:
        alike[_about(fact)].append(fact)
    if len(alike) == len(facts):
        return facts
    told = {about: _Told(tellings) for about, tellings in alike.items() if len(tellings) > 1}
    return [_complete(fact, said) if (said := told.get(_about(fact))) else fact for fact in facts]


def _about(fact: _Fact) -> tuple[Any, ...]:
    return fact.kind, fact.place, fact.name, fact.always


def _figure(fact: _Fact) -> tuple[Any, Any]:
    return fact.figure, None if fact.figure is not None else fact.change


def _complete(fact: _Fact, told: _Told) -> _Fact:
    figure = _figure(fact)
    years, months = told.years.get(figure, set()), told.months.get(figure, set())
    if fact.year is None and len(years) == 1:
        fact = fact._replace(year=next(iter(years)))
    if fact.month is None and len(months) == 1:
        fact = fact._replace(month=next(iter(months)))
    # 固定资产投资增长7% in the headline, 完成76亿元，增长7% below.
    sums = told.sums.get(fact.change, set()) if fact.figure is None and fact.change != (None, None) else set()
    if len(sums) == 1:
        value, year = next(iter(sums))
        fact = fact._replace(figure=value, year=fact.year or year)
    return fact


def _is_short(key: str, name: str) -> bool:
    return 2 <= len(key) <= _LONGEST_SHORT_NAME and name.endswith(("项目", "工程", "公司", "項目"))


def _sum(amount: dict[str, Any]) -> tuple[str, str | None, str]:
    return str(amount["value"].normalize()), _number(amount.get("value_max")), str(amount["currency"])


def _number(value: Decimal | int | float | None) -> str | None:
    return None if value is None else str(Decimal(str(value)).normalize())


def _year(period: Time | None) -> int | None:
    day = period and (period.last or period.first)
    return day.year if day else None


def _month(period: Time | None) -> int | None:
    """The last month that a rate of growth covers: 1-6月 and 上半年 are alike, 1-3月 and 1-6月 are not."""
    return period.last.month if period and period.last else None
