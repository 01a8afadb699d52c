"""Front matter and sidecar: what they say counts, what they may not say is an error."""

from __future__ import annotations

from datetime import date

import pytest

from services.watcher.describe import describe
from services.watcher.errors import EmptyText, InvalidMetadata
from services.watcher.metadata import MAX_METADATA_BYTES, Metadata, read_sidecar, split_front_matter

FRONT_MATTER = """---
title: 上街区重点项目快报
publisher: 上街区融媒体中心
published_on: 2024-11-29
region_code: 410106
layout: post
---
正文第一行
"""


def test_a_front_matter_is_metadata_and_not_text() -> None:
    said = describe(FRONT_MATTER.encode())
    assert said.text == "正文第一行\n"
    assert said.source_title == "上街区重点项目快报"
    assert said.publisher == "上街区融媒体中心"
    assert said.published_on == date(2024, 11, 29)
    assert said.region_code == "410106"


@pytest.mark.parametrize("end", ["...", "---  "])
def test_a_front_matter_ends_with_dashes_or_dots(end: str) -> None:
    metadata, text = split_front_matter(f"---\ntitle: 标题\n{end}\n正文")
    assert metadata is not None
    assert (metadata.title, text) == ("标题", "正文")


@pytest.mark.parametrize(
    "text",
    [
        "---\n上街动态：第5期\n---\n正文",  # a full-width colon makes no mapping
        "---\n正文，没有结束的横线。\n",
        "----\ntitle: a\n----\n",
        "正文\n---\ntitle: a\n---\n",
        "---\n- 一\n- 二\n---\n",
    ],
)
def test_rules_of_dashes_are_text(text: str) -> None:
    assert split_front_matter(text) == (None, text)


def test_what_follows_far_behind_is_no_front_matter() -> None:
    text = "---\ntitle: a\n" + "#\n" * MAX_METADATA_BYTES + "---\n正文"
    assert split_front_matter(text) == (None, text)


def test_a_front_matter_without_a_text_is_empty() -> None:
    with pytest.raises(EmptyText, match="front matter"):
        describe("---\ntitle: 标题\n---\n  \n".encode())


def test_a_sidecar_wins_over_the_front_matter_and_that_over_the_text() -> None:
    text = "---\ntitle: 二\npublisher: 乙\n---\n三三三三三三\n来源：丙丙日报　发布时间：2024-01-02\n\n正文。\n"
    said = describe(text.encode(), "title: 一".encode())
    assert (said.source_title, said.publisher, said.published_on) == ("一", "乙", date(2024, 1, 2))


@pytest.mark.parametrize(
    ("written", "day"),
    [
        ("2024-11-29", date(2024, 11, 29)),
        ("2024-11-29 08:30:00", date(2024, 11, 29)),
        ("2024-11-29T08:30:00+08:00", date(2024, 11, 29)),
        ('"2024/1/2"', date(2024, 1, 2)),
        ("2023年2月2日", date(2023, 2, 2)),
        ("二〇一八年五月二十五日", date(2018, 5, 25)),
        ("null", None),
        ("~", None),
        ("", None),
    ],
)
def test_dates_as_people_write_them(written: str, day: date | None) -> None:
    assert read_sidecar(f"published_on: {written}".encode(), "a.meta.yaml").published_on == day
    assert read_sidecar(f"date: {written}".encode(), "a.meta.yaml").published_on == day


@pytest.mark.parametrize(
    ("sidecar", "complaint"),
    [
        ("publised_on: 2024-01-01", "publised_on"),
        ("published_on: 2024-13-01", "2024-11-29"),
        ("published_on: 本月", "2024-11-29"),
        ("region_code: 4101", "region_code"),
        ("region_code: 999999", "region_code: .*no division has the code 999999"),
        ("title: [一, 二]", "title"),
        ("title: " + "长" * 1001, "title"),
        ("- 一", "dictionary"),
        ("title: 'a", "not YAML"),
        ("[" * 5000, "not YAML"),
        ("a" * (MAX_METADATA_BYTES + 1), "bytes"),
    ],
)
def test_a_sidecar_that_is_wrong_is_an_error_that_names_file_and_field(sidecar: str, complaint: str) -> None:
    with pytest.raises(InvalidMetadata, match=complaint) as error:
        describe("正文".encode(), sidecar.encode(), "名.meta.yaml")
    assert "名.meta.yaml" in str(error.value)


def test_a_sidecar_that_is_no_utf8_is_an_error() -> None:
    with pytest.raises(InvalidMetadata, match="UTF-8"):
        read_sidecar("title: 标题".encode("gb18030"), "a.meta.yaml")


def test_a_front_matter_with_a_code_that_no_division_has_is_an_error() -> None:
    with pytest.raises(InvalidMetadata, match="front matter: region_code: .*no division has the code 999999"):
        describe("---\nregion_code: 999999\n---\n正文".encode())
    assert describe("---\nregion_code: 810000\n---\n正文".encode()).region_code == "810000"


def test_yaml_makes_no_objects_and_expands_nothing() -> None:
    with pytest.raises(InvalidMetadata, match="title"):
        read_sidecar(b"title: !!python/object/apply:os.getcwd []", "a.meta.yaml")
    bomb = "a: &a [x, x, x, x, x, x, x, x, x]\n" + "".join(
        f"{n}: &{n} [{', '.join(f'*{p}' for _ in range(9))}]\n" for p, n in zip("abcdefgh", "bcdefghi", strict=True)
    )
    with pytest.raises(InvalidMetadata):
        read_sidecar(f"{bomb}title: *i\n".encode(), "a.meta.yaml")


def test_an_empty_sidecar_says_nothing() -> None:
    assert read_sidecar(b"", "a.meta.yaml") == Metadata() == read_sidecar(b"# later\n", "a.meta.yaml")


def test_a_broken_front_matter_is_an_error_and_not_a_text() -> None:
    with pytest.raises(InvalidMetadata, match="front matter"):
        describe("---\ntitle: [标题\n---\n正文".encode())
