"""Pages that put the time of each item on a line of its own, newest first or last."""

from __future__ import annotations

from datetime import date

from services.contracts import Bulletin, bulletin_id
from services.extractor.extract import extract

LIVE = """石桥区重点项目一周快讯
{first}
南湖大桥最后一段钢箱梁吊装到位。交通局负责人说，大桥力争明年6月通车。
{second}
石桥产业园二期集中签约，签约总金额47.3亿元。
{third}
省文旅厅公布名单，朝阳村入选第三批省级旅游名村。
"""


def read(text: str) -> list[tuple[str, str, str | None]]:
    bulletin = Bulletin(
        bulletin_id=bulletin_id(text), text=text, source_id="test", source_uri="test:1", published_on=date(2025, 10, 19)
    )
    return [
        (event.event_type, event.status.value, event.period and str(event.period.end))  # type: ignore[misc]
        for event in extract(bulletin).events
    ]


def test_the_line_of_its_time_dates_an_item_and_parts_it_from_the_one_before() -> None:
    for form in ("{} 17:20", "【{}】", "● {}", "2025年{} 星期六 9：05"):
        days = [form.format(day) for day in ("10月19日", "10月18日", "10月17日")]
        found = read(LIVE.format(first=days[0], second=days[1], third=days[2]))
        assert found == [
            ("project_milestone", "actual", "2025-10-19"),
            ("project_milestone", "planned", "2026-06-30"),
            ("project_milestone", "actual", "2025-10-18"),
            ("investment_report", "actual", "2025-10-18"),
            ("accolade", "actual", "2025-10-17"),
        ], form


def test_a_time_of_day_alone_is_of_the_day_above() -> None:
    found = read(LIVE.format(first="10月18日 08:30", second="10:15", third="17:20"))
    assert {end for _, status, end in found if status == "actual"} == {"2025-10-18"}


def test_a_page_without_such_lines_gives_no_day() -> None:
    text = "石桥区重点项目快讯\n10月18日\n石桥产业园二期集中签约。\n朝阳村入选第三批省级旅游名村。\n"
    assert [end for _, _, end in read(text)] == [None, None]
