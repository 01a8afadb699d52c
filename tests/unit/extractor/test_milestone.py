"""Project milestones: cases as data in specs/milestone*.yaml, one group a rule of the contract or a kind of construction."""

from __future__ import annotations

import sys
from datetime import date
from pathlib import Path
from types import FrameType
from typing import Any

import pytest
import yaml

from services.contracts import Bulletin, Note, bulletin_id, json_dict
from services.extractor.extract import extract, read_document
from services.extractor.lexicon import load
from services.extractor.rules import milestone, milestone_stages

SPECS = sorted((Path(__file__).parent / "specs").glob("milestone*.yaml"))
GROUPS: list[dict[str, list[list[Any]]]] = [group for path in SPECS for group in yaml.safe_load(path.read_text("utf-8")).values()]
CASES = [(text, events) for group in GROUPS for text, events in group.items()]


def read(text: str) -> tuple[list[dict[str, Any]], list[Note]]:
    bulletin = Bulletin(
        bulletin_id=bulletin_id(text), text=text, source_id="test", source_uri="test:1", published_on=date(2024, 5, 20)
    )
    extraction = extract(bulletin)
    return [json_dict(event) for event in extraction.events if event.event_type == "project_milestone"], extraction.notes


@pytest.mark.parametrize(("text", "events"), CASES, ids=[text for text, _ in CASES])
def test_milestones(text: str, events: list[list[Any]]) -> None:
    found, _ = read(text)
    assert [[event["status"], event["stage"], event["project"]] for event in found] == [event[:3] for event in events]
    for got, (_, _, _, *further) in zip(found, events, strict=True):
        for field, value in (further[0] if further else {}).items():
            assert got[field] == value, field


def names_a_stage(words: str) -> bool:
    """Is there a word or a share that a stage can hang on?"""
    document = read_document(Bulletin(bulletin_id=bulletin_id(words), text=words, source_id="test", source_uri="test:1"))
    sentences = [document.sentence(index) for index in range(document.sentence_count())]
    kinds = [kind for sentence in sentences for kind, _, _ in milestone_stages.matches(sentence)]
    return any(kind != "skip" for kind in kinds) or "进度到了" in words


@pytest.mark.parametrize("text", [text for text, events in CASES if events])
def test_the_evidence_is_the_text_and_holds_the_project_or_stage(text: str) -> None:
    found = read(text)[0]
    assert found
    for event in found:
        evidence = event["evidence"]
        assert text[evidence["start"] : evidence["end"]] == evidence["quote"]
        project = event["project"]
        assert project and project in "".join(evidence["quote"].split()) or names_a_stage(evidence["quote"])


@pytest.mark.parametrize(
    ("holiday", "published_on", "status"),
    [
        ("春节", date(2025, 1, 10), "planned"),
        ("春节", date(2025, 2, 3), "actual"),  # it was on 29 January
        ("春节", date(2023, 1, 30), "actual"),  # on 22 January
        ("春节", date(2024, 2, 7), "planned"),  # on 10 February
        ("中秋", date(2025, 9, 25), "planned"),  # on 6 October
        ("中秋", date(2024, 9, 18), "actual"),  # on 17 September
        ("端午节", date(2024, 6, 8), "planned"),
        ("端午节", date(2025, 6, 3), "actual"),  # on 31 May
        ("国庆", date(2025, 9, 25), "planned"),
        ("春节", date(2045, 1, 10), "planned"),  # no year of the table
    ],
)
def test_holidays_that_move_are_known_by_year(holiday: str, published_on: date, status: str) -> None:
    text = f"恒远新材料项目{holiday}前建成投产。"
    bulletin = Bulletin(
        bulletin_id=bulletin_id(text), text=text, source_id="test", source_uri="test:1", published_on=published_on
    )
    assert [json_dict(event)["status"] for event in extract(bulletin).events] == [status]


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("云集果业产业园项目尚未开工。", "negated"),
        ("“三个一批”活动中，“开工”是关键。", "slogan"),
        ("对新引进的工业项目，竣工投产后给予一次性奖励。", "policy"),
        ("项目投产后，预计年产值50亿元。", "hypothesis"),
        ("一批重大项目相继开工。", "no_project"),
        ("会议研究了开工计划。", "description"),
    ],
)
def test_what_is_turned_down_says_why(text: str, kind: str) -> None:
    events, notes = read(text)
    assert not events
    assert kind in [note.kind for note in notes]


@pytest.mark.parametrize("word", load("milestone")["list_stages"])
def test_each_label_of_a_list_says_its_stage(word: str) -> None:
    found, notes = read(f"{word}项目：石桥产业园、南湖水厂。")
    stage = load("milestone")["list_stages"][word]
    assert [(event["stage"], event["project"]) for event in found] == [(stage, "石桥产业园"), (stage, "南湖水厂")], notes


def test_the_subject_of_an_earlier_sentence_of_the_item() -> None:
    found, _ = read("● 云城绿氢二期进展顺利。该项目由云塔新能源有限公司建设，2月取得立项批复，4月12日正式动工。")
    assert [(e["stage"], e["project"], e["organization"]) for e in found] == [
        ("approved", "云城绿氢二期", "云塔新能源有限公司"),
        ("started", "云城绿氢二期", "云塔新能源有限公司"),
    ]


def test_a_short_name_is_told_by_its_fuller_one() -> None:
    found, _ = read("云乐家电制造基地项目进展顺利。至目前，云乐项目计划2026年年底前建成投产。")
    assert [event["project"] for event in found] == ["云乐家电制造基地项目"]
    # What else begins so need be no project.
    found, _ = read("云乐家电制造基地项目全面复工。云乐项目计划2026年年底前建成投产。抢抓云乐产业链扩容机遇。")
    assert {event["project"] for event in found} == {"云乐家电制造基地项目"}


def test_rows_of_a_table() -> None:
    text = (
        "序号 项目名称 建设单位 总投资 累计完成投资 形象进度\n1 北山风电场 山海新能源有限公司 86000 11460 桩基施工完成40%\n"
        "2 县人民医院医技楼 县卫生健康局 21500 8100 已于5月2日竣工验收\n"
    )
    found, _ = read(text)
    assert [(e["stage"], e["project"], e["organization"], e["progress_percent"]) for e in found] == [
        ("under_construction", "北山风电场", "山海新能源有限公司", 40),
        ("completed", "县人民医院医技楼", "县卫生健康局", None),
    ]


@pytest.mark.parametrize("layout", ["blanks", "tabs", "markdown", "a cell a line"])
def test_a_column_of_days_says_when_each_row_reaches_its_stage(layout: str) -> None:
    rows = [
        ["序号", "项目名称", "业主单位", "总投资（万元）", "开工时间", "计划竣工时间"],
        ["1", "云湖康养社区", "云湖文旅发展有限公司", "86000", "2023年3月", "2025年12月"],
        ["2", "县疾控中心迁建工程", "县卫生健康委", "9800", "2024年8月", "待定"],
    ]
    layouts = {
        "blanks": "\n".join("  ".join(row) for row in rows),
        "tabs": "\n".join("\t".join(row) for row in rows),
        "markdown": "\n".join("| " + " | ".join(row) + " |" for row in [rows[0], ["---"] * 6, *rows[1:]]),
        "a cell a line": "\n".join(cell for row in rows for cell in row),
    }
    found, _ = read(layouts[layout] + "\n")
    assert [(e["status"], e["stage"], e["project"], e["organization"], e["period"]["end"]) for e in found] == [
        ("actual", "started", "云湖康养社区", "云湖文旅发展有限公司", "2023-03-31"),
        ("planned", "completed", "云湖康养社区", "云湖文旅发展有限公司", "2025-12-31"),
        ("planned", "started", "县疾控中心迁建工程", "县卫生健康委", "2024-08-31"),
    ]


@pytest.mark.parametrize("head", ["主要建设内容", "建设规模", "项目概况", "存在问题"])
def test_what_a_project_consists_of_is_nothing_reached(head: str) -> None:
    rows = [
        ["序号", "项目名称", head, "形象进度"],
        ["1", "县一中扩建", "新建教学楼2栋、宿舍1栋", "已竣工"],
        ["2", "乡镇卫生院提升工程", "改造卫生院8所", "未开工，征拆扫尾"],
    ]
    for text in ("\n".join("\t".join(row) for row in rows), "\n".join(cell for row in rows for cell in row)):
        found, _ = read(text)
        assert [(e["stage"], e["project"]) for e in found] == [("completed", "县一中扩建")]


def test_firms_of_a_sector_are_named_where_its_projects_are_not() -> None:
    found, _ = read("东湖光电、北山国恒等家电产业链企业已经落地投产。纺织、乳制品等产业链项目已经开工。")
    assert [(e["stage"], e["project"]) for e in found] == [("operational", "东湖光电"), ("operational", "北山国恒")]


def test_traditional_characters_stay_in_the_name() -> None:
    found, _ = read("雲東快速通道二期工程日前全面竣工。")
    assert [(event["stage"], event["project"]) for event in found] == [("completed", "雲東快速通道二期工程")]


@pytest.mark.parametrize(
    "unit",
    [
        "项目开工",
        "已开工、",
        "中的中的",
        "省级重点",
        "一期",
        "“建成”",
        "（在建",
        "等3个项目",
        "的项目的",
        "5月",
        "正在安装",
        "完成",
        "和平路与",
        "、5座",
    ],
)
def test_work_grows_no_faster_than_the_text(unit: str) -> None:
    """Four times the text in one sentence makes about four times the calls; anything quadratic would make sixteen."""

    def calls(repeats: int) -> int:
        count = 0
        text = unit * repeats + "开工"
        document = read_document(Bulletin(bulletin_id=bulletin_id(text), text=text, source_id="test", source_uri="test:1"))

        def counting(frame: FrameType, event: str, argument: object) -> None:
            nonlocal count
            count += event in ("call", "c_call")

        sys.setprofile(counting)
        try:
            for index in range(document.sentence_count()):
                list(milestone.find(document.sentence(index)))
        finally:
            sys.setprofile(None)
        return count

    calls(100)
    assert calls(2000) < 6 * calls(500)


@pytest.mark.parametrize(
    ("text", "period"),
    [
        ("5月3日，云河热电机组并网；龙湾污水厂二期同日通过验收。", ("2024-05-03", "2024-05-03")),
        ("5月16日上午，集中签约仪式举行。当天共签下项目8个。", ("2024-05-16", "2024-05-16")),
        ("龙湾小学由云建集团承建，主体结构3月份封顶。", ("2024-03-01", "2024-03-31")),
        ("截至5月6日，全县今年累计新签约项目37个。", ("2024-01-01", "2024-05-06")),
        # A year in which something began, or that is told within another line, does not govern what is told of today.
        ("云河新材公司2022年落户以来稳步发展，二期车间眼下完成基础浇筑，预计9月投产。", ("2024-09-01", "2024-09-30")),
        ("这座加工园是两地协作的结晶。2023年，园区厂房建成。\n云河电厂计划三季度投用。", ("2024-07-01", "2024-09-30")),
        ("过去的2023年，云桥通车。再看怎么干。云河一中新校区9月开学。", ("2024-09-01", "2024-09-30")),
    ],
)
def test_the_time_of_a_stage(text: str, period: tuple[str, str]) -> None:
    found, _ = read(text)
    assert (found[-1]["period"]["start"], found[-1]["period"]["end"]) == period


def test_a_yearbook_is_about_its_own_year() -> None:
    text = "云河区2023年国民经济和社会发展统计公报\n\n2024年4月6日\n\n龙湾路东延线10月21日建成通车。"
    found, _ = read(text)
    assert [(e["status"], e["period"]["start"]) for e in found] == [("actual", "2023-10-21")]


def test_what_a_preview_announces_is_planned_in_the_year_of_the_bulletin() -> None:
    text = (
        "云河手机报（2024年3月11日—3月17日）\n\n◆光荣榜\n★县供电公司获评2023年度全省巾帼文明岗\n\n"
        "◆下周预告\n3月27日，云河至上海旅游专列首发；3月28日，城北幼儿园东园区交付使用。\n\n◆要闻\n3月22日，云河三桥通车。\n"
    )
    bulletin = Bulletin(bulletin_id=bulletin_id(text), text=text, source_id="test", source_uri="test:1")
    found = [json_dict(event) for event in extract(bulletin).events if event.event_type == "project_milestone"]
    assert [(e["status"], e["period"]["start"], e["project"]) for e in found] == [
        ("planned", "2024-03-27", "云河至上海旅游专列"),
        ("planned", "2024-03-28", "城北幼儿园东园区"),
        ("actual", "2024-03-22", "云河三桥"),
    ]
