"""Accolades: cases as data in specs/accolade*.yaml."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from services.contracts import Bulletin, bulletin_id, json_dict
from services.extractor.extract import extract

CASES: dict[str, list[dict[str, Any]]] = {
    text: case
    for name in (
        "accolade.yaml",
        "accolade_styles.yaml",
        "accolade_everyday.yaml",
        "accolade_recipients.yaml",
        "accolade_turns.yaml",
        "accolade_neighbours.yaml",
        "accolade_platforms.yaml",
        "accolade_lists.yaml",
        "accolade_contests.yaml",
        "accolade_winners.yaml",
    )
    for text, case in yaml.safe_load((Path(__file__).parent / "specs" / name).read_text("utf-8")).items()
}


def read(text: str) -> list[dict[str, Any]]:
    bulletin = Bulletin(bulletin_id=bulletin_id(text), text=text, source_id="test", source_uri="test:1")
    return [json_dict(event) for event in extract(bulletin).events if event.event_type == "accolade"]


@pytest.mark.parametrize("text", CASES)
def test_accolades(text: str) -> None:
    found = read(text)
    assert [{key: event[key] for key in case} for case, event in zip(CASES[text], found, strict=False)] == CASES[text]
    assert len(found) == len(CASES[text]), [event["honor"] for event in found]


def test_a_recipient_of_the_sentence_before_is_carried() -> None:
    found = read("盛达公司产品畅销海内外，被评为省级绿色工厂。")
    assert [(event["honor"], event["recipient"]) for event in found] == [("省级绿色工厂", "盛达公司")]


def test_rows_below_the_heads_of_columns() -> None:
    found = read(
        "荣誉名称 获得单位 授予单位\n国家级专精特新“小巨人”企业 恒远管业 工业和信息化部\n某市文明校园 县实验小学 市文明办\n"
    )
    assert [(event["honor"], event["recipient"]) for event in found] == [
        ("国家级专精特新“小巨人”企业", "恒远管业"),
        ("某市文明校园", "县实验小学"),
    ]


def test_a_cell_that_is_an_honour_is_given_to_what_its_row_is_about() -> None:
    head = "序号\n项目名称\n建设单位\n总投资（万元）\n形象进度\n备注\n"
    rows = "1\n展旦镇万头奶牛牧场\n牧昀乳业有限公司\n42000\n已竣工\n2024年度自治区级乳业示范牧场（已公布）\n"
    rows += "2\n白云山景区提升\n白云文旅公司\n15800\n9月1日投入使用\n国家4A级旅游景区\n"
    rows += "3\n县第十二小学\n县教育局\n13600\n未开工\n示范项目推进会已召开\n"
    found = read(head + rows)
    assert [(event["honor"], event["recipient"]) for event in found] == [
        ("2024年度自治区级乳业示范牧场", "展旦镇万头奶牛牧场"),
        ("国家4A级旅游景区", "白云山景区提升"),
    ]


@pytest.mark.parametrize(
    "foot",
    [
        "（江南县人民政府办公室供稿）",
        "责任编辑：李娜\n主办：江南县人民政府办公室　网站标识码：4100000000",
        "来源：江南县融媒体中心",
    ],
)
def test_a_county_that_the_table_does_not_know_is_named_at_the_foot(foot: str) -> None:
    body = "今年，河北省食品工业协会来县考察。" * 20
    found = read(f"数说这一年\n获评河北省营商环境示范县。\n{body}\n{foot}")
    assert [(event["honor"], event["recipient"]) for event in found] == [("河北省营商环境示范县", "江南县")]


def test_a_districts_own_decision_gives_the_level_of_what_it_confers() -> None:
    found = read("关于表彰2023年度全县高质量发展先进集体的决定\n经研究，决定授予城关镇“招商引资先进单位”称号。")
    assert [(event["recipient"], event["level"]) for event in found] == [("城关镇", "district")]
    found = read("关于表彰自治区招商引资先进集体的决定\n经研究，决定授予城关镇“招商引资先进单位”称号。")
    assert [(event["recipient"], event["level"]) for event in found] == [("城关镇", None)]
    # In a county-level city 全市 is the county, in a prefecture it is not.
    said = "关于表扬2025年度全市高质量发展突出贡献集体的通报\n经研究，决定授予城关镇“招商引资先进单位”称号。"
    assert [event["level"] for event in read(f"凤城市人民政府办公室\n{said}")] == ["district"]
    assert [event["level"] for event in read(f"丹东市人民政府办公室\n{said}")] == [None]


def test_a_county_that_the_table_does_not_know_receives_by_its_name() -> None:
    found = read("青梁县2024年政府工作报告\n全力争创省级文明城市。")
    assert [(event["honor"], event["recipient"]) for event in found] == [("省级文明城市", "青梁县")]


@pytest.mark.parametrize(
    ("head", "place"),
    [
        ("政府工作报告\n——2026年1月12日在青梁县第十七届人民代表大会第五次会议上\n江苏省南通市的兄弟县来电祝贺。\n", "青梁县"),
        ("青梁县人民政府门户网站\n荣誉榜\n来源：县委宣传部\n河南省的专家到场。\n", "青梁县"),
        ("过去的一年，福建省青梁区98万人民写下答卷。\n", "青梁区"),
        ("园区快报\n山东青梁经济开发区党政办公室编 2025年8月15日\n", "山东青梁经济开发区"),
        ("要情通报\n青梁高新区管委会办公室主办\n", "青梁高新区"),
    ],
)
def test_the_place_that_a_masthead_names_receives_what_names_nobody(head: str, place: str) -> None:
    assert [event["recipient"] for event in read(f"{head}下一步，冲刺国家级绿色工业园区。")] == [place]


def test_a_masthead_that_names_a_kind_of_place_names_no_place() -> None:
    found = read("浙江省示范区建设推进会召开。\n下一步，冲刺国家级绿色工业园区。")
    assert [event["recipient"] for event in found] == ["浙江省"]


def test_the_bulletins_own_place_receives_what_names_nobody() -> None:
    found = read("长沙县举行新闻发布会。荣获“全国文明城市”称号。")
    assert [(event["honor"], event["recipient"]) for event in found] == [("“全国文明城市”", "长沙县")]


@pytest.mark.parametrize("verb", ["荣膺", "喜获", "获颁", "荣登", "获评"])
def test_headlines_in_columns_are_read_one_by_one(verb: str) -> None:
    found = read(f"| 要闻速览 | 县一中{verb}全省文明校园称号 |\n| 简讯 | 县医院举行义诊活动 |\n")
    assert [(event["honor"], event["recipient"]) for event in found] == [("全省文明校园", "县一中")]


def test_an_honour_beside_who_has_got_it_is_no_headline() -> None:
    found = read("| 荣誉 | 单位 |\n| 省级文明单位 | 县税务局 |\n| 省级卫生单位 | 县统计局 |\n")
    assert [(event["honor"], event["recipient"]) for event in found] == [
        ("省级文明单位", "县税务局"),
        ("省级卫生单位", "县统计局"),
    ]
