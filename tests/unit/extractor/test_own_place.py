"""Which place a bulletin speaks for, where names of other places, or a county that the table does not know, stand in it."""

from __future__ import annotations

import pytest

from services.extractor.extract import read_document
from services.extractor.own_place import own_place
from tests.unit.extractor.texts import of_text

BODY = "全县完成投资3亿元。云泉的工地一片繁忙，县委书记到场察看。"


def home_and_own(text: str) -> tuple[str | None, str | None]:
    document = read_document(of_text(text))
    span = own_place(document)
    return document.home.name if document.home else None, document.text[slice(*span)] if span else None


@pytest.mark.parametrize(
    "text",
    [
        f"数说2023：云泉县这一年\n{BODY}",
        f"云泉县一周简讯（第8期）\n{BODY}",
        f"云泉县情通报\n中共云泉县委办公室编\n{BODY}",
        f"工地见闻\n云泉县融媒体中心 2023-11-07\n{BODY}",
        f"招商收成不错\n{BODY * 9}\n主办：云泉县人民政府办公室",
        f"招商收成不错\n{BODY * 9}\n（云泉县人民政府办公室供稿）",
        f"招商收成不错\n（甘肃省云泉县人民政府办公室印发）\n{BODY}",
    ],
)
def test_a_county_that_the_table_does_not_know_speaks_for_itself(text: str) -> None:
    assert home_and_own(text)[1] == "云泉县"


@pytest.mark.parametrize(
    "text",
    [
        "产粮大县这样抓项目\n全县完成投资3亿元。产粮多，产粮好。",
        "老城区改造进行时\n全区完成投资3亿元。老城的面貌变了。",
        "工作报告\n——2025年1月8日在县第十七届人民代表大会第四次会议上\n全县完成投资3亿元。",
        "工作动态\n全县完成投资3亿元。\n主办：县人民政府办公室",
        "云泉县来客考察\n长沙县人民政府办公室\n长沙县完成投资3亿元。",
    ],
)
def test_what_only_looks_like_such_a_county_is_none(text: str) -> None:
    assert home_and_own(text)[1] is None


def test_a_county_of_the_table_that_is_named_in_passing_is_not_the_place_of_anothers_bulletin() -> None:
    text = f"行动方案\n（甘肃省云泉县人民政府办公室印发）\n{BODY * 9}祁连县客商签约，祁连县企业落户，祁连县项目开工。"
    assert home_and_own(text) == (None, "云泉县")


def test_a_short_name_behind_no_post_is_a_place() -> None:
    assert home_and_own("通海：项目建设忙\n全县完成投资3亿元。通海的工地上一片繁忙。")[0] == "通海县"
