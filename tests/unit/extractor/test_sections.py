"""The years and moods that titles give to what stands below them."""

from __future__ import annotations

import pytest

from services.contracts import Bulletin, bulletin_id, json_dict
from services.extractor.extract import extract
from services.extractor.sections import sections

OWN_YEAR = 2024


@pytest.mark.parametrize(
    ("title", "year", "planned"),
    [
        ("三、2025年工作打算", 2025, True),
        ("三、明年打算", 2025, True),
        ("四、来年重点", 2025, True),
        ("【2025我们这样干】", 2025, True),
        ("2025，我们继续奔跑！", 2025, False),
        ("2023，这些高光时刻属于云岭！", 2023, False),
        ("二、主要成效", None, False),
        ("三、明年6月投产的项目", None, True),
        ("2024家企业入驻产业园", None, False),
    ],
)
def test_what_a_title_says_of_its_section(title: str, year: int | None, planned: bool) -> None:
    found = sections(f"云岭县工作情况\n全县各项工作平稳有序推进。\n{title}\n城北水厂3月动工。\n", OWN_YEAR)[-1]
    assert (found.year, found.planned) == (year, planned)


def told(text: str) -> dict[str, tuple[str, str | None]]:
    """The status of each project of the text and when it is so."""
    bulletin = Bulletin(bulletin_id=bulletin_id(text), text=text, source_id="spec", source_uri="file:spec")
    events = [json_dict(event) for event in extract(bulletin).events if event.event_type == "project_milestone"]
    return {event["project"]: (event["status"], (event["period"] or {}).get("end")) for event in events}


ROWS = "云岭大桥\t900\t已完工\n北沟水厂\t700\t2023年11月投用\n大河学校\t800\t已完工"


@pytest.mark.parametrize("rows", [ROWS, ROWS.replace("\t", "\n"), ROWS.replace("\t", "    ")])
@pytest.mark.parametrize("title", ["重点项目表", "2023年度续建项目情况", "2023年重点项目（单位：万元）"])
def test_what_stands_in_a_table_or_over_it_says_nothing_of_what_follows(rows: str, title: str) -> None:
    mark = "\t" if "\t" in rows else "    " if "    " in rows else "\n"
    heads = mark.join(["项目名称", "总投资", "进展"])
    below = "会议强调，城北医院4月15日前必须开工。"
    assert told(f"云岭县政务信息\n2024年2月21日\n{title}\n{heads}\n{rows}\n{below}\n")["城北医院"] == ("planned", "2024-04-15")


def test_a_chapter_goes_on_below_its_table() -> None:
    text = f"云岭县政务信息\n2024年2月21日\n一、2023年工作回顾\n项目名称\t总投资\t进展\n{ROWS}\n城北医院4月开工。\n"
    assert told(text)["城北医院"] == ("actual", "2023-04-30")


def test_rows_under_heads_that_no_table_has_are_rows_all_the_same() -> None:
    text = (
        "云岭县工作日志\n（2025年4月）\n4月2日　北沟水厂进场施工。\n五月要事预告\n日期\t事项\t牵头单位\n"
        "5月8日\t云岭光伏基地开工\t县能源局\n5月12日\t防灾减灾演练\t县应急局\n5月20日前\t热力管网二期建成\t县住建局\n"
    )
    assert told(text) == {
        "北沟水厂": ("actual", "2025-04-02"),
        "云岭光伏基地": ("planned", "2025-05-08"),
        "热力管网二期": ("planned", "2025-05-20"),
    }


@pytest.mark.parametrize(
    "over",
    [
        "2023年重点项目一览表（截至12月底，单位：万元）\n",
        "2023年重点项目一览表\n（截至12月底，单位：万元）\n",
        "建设任务按期完成，重点调度的三个项目进度如下：\n\n2023年重点项目一览表\n",
    ],
)
def test_a_table_s_title_is_whole_and_what_its_figures_are_in_is_no_part_of_it(over: str) -> None:
    text = f"云岭县政务信息\n2024年2月21日\n各项工作平稳有序推进。\n{over}项目名称\t总投资\t进展\n{ROWS}\n"
    bulletin = Bulletin(bulletin_id=bulletin_id(text), text=text, source_id="spec", source_uri="file:spec")
    events = extract(bulletin).events
    assert {(event.section.title, event.section.department) for event in events if event.section} == {
        ("2023年重点项目一览表", None)
    }
    assert len(events) == (6 if "单位" in over else 3)


@pytest.mark.parametrize(
    "below", ["云岭县区情快报\n（双语版·汉文稿）\n2025年第6期\n", "云岭快报　2024年12月20日　星期五　第二版　要闻\n"]
)
def test_what_stands_over_a_page_is_of_nothing_before_it(below: str) -> None:
    text = f"云岭县工作简报\n示例水厂项目正式开工。\n{below}会议要求抓紧准备。（县委办）\n"
    bulletin = Bulletin(bulletin_id=bulletin_id(text), text=text, source_id="spec", source_uri="file:spec")
    assert [event.section.department for event in extract(bulletin).events if event.section] == [None]
