"""Where the cells of a table end, and what of the page is no table."""

from __future__ import annotations

import pytest

from services.extractor.page import read

HEADS = "项目名称      总投资   年度计划投资   形象进度"


@pytest.mark.parametrize(
    ("text", "clean"),
    [
        # An empty cell has its place, at a row's beginning, in its midst and at its end.
        (
            "级别\t获得单位\t称号\n国家级\t\t示范村\n\t县法院\t示范岗\n省级\t县医院\t\n",
            "级别\t获得单位\t称号\n国家级\t\t示范村\n\t县法院\t示范岗\n省级\t县医院\t\n",
        ),
        ("级别      获得单位\u3000称\u3000\u3000号\n", "级别获得单位称号\n"),
        (
            "| 级别 | 获得单位 | 称号 |\n|---|---|---|\n| 国家级 | 北沟村 | 示范村 |\n| | 县法院 | |",
            "级别\t获得单位\t称号\n国家级\t北沟村\t示范村\n\t县法院\t",
        ),
        # Tabs that only set cells under each other.
        ("项目名称\t总投资\t\t形象进度\n云岭大桥\t300\t\t未动工\n", "项目名称\t总投资\t形象进度\n云岭大桥\t300\t未动工\n"),
        (
            "项目名称\t2025年度计划投资\t进度\n云岭大桥\t300\t\t未动工\n",
            "项目名称\t2025年度计划投资\t进度\n云岭大桥\t300\t未动工\n",
        ),
        # What stands under no head may stand anywhere.
        (f"{HEADS}\n云岭大桥        300   9000          已完工\n北沟学校        200          未动工\n", None),
        # Without its number a row is the end of the one above.
        ("序号  项目名称  总投资\n1     云岭大桥  300\n      甲标段    200\n", None),
    ],
)
def test_an_empty_cell_keeps_its_place(text: str, clean: str | None) -> None:
    found = read(text).text
    assert found == clean if clean is not None else "\t\t" not in found and "\n\t" not in found


PROSE = "会议要求各单位压实责任、加快进度，确保年度任务按期完成，并按月报送进展情况。"


def lines(text: str, width: int) -> str:
    return "\n".join(text[at : at + width] for at in range(0, len(text), width))


@pytest.mark.parametrize("width", [16, 19, 22, 25, 31])
@pytest.mark.parametrize("gap", ["    ", "  ", "\u3000\u3000"])
def test_rows_that_a_width_has_cut_are_whole(width: int, gap: str) -> None:
    rows = [["项目名称", "总投资（万元）", "1-9月完成投资", "进度"], ["云岭大桥及两岸连接线改造工程", "23400", "9180", "未动工"]]
    text = "\n".join(lines(line, width) for line in [PROSE, *map(gap.join, rows), PROSE])
    assert read(text).text == "\n".join([PROSE, *map("\t".join, rows), PROSE])


def test_lines_of_one_length_are_not_cut_where_each_is_a_whole_row() -> None:
    rows = [
        ["项目名称", "总投资", "进度"],
        ["云岭大桥", "300", "未动工"],
        ["北沟学校", "200", "未动工"],
        ["县医院楼", "700", "未动工"],
    ]
    text = "\n".join("  ".join(cell.ljust(8) for cell in row) for row in rows)
    assert read(text).text.split("\n") == ["\t".join(row) for row in rows]


def test_no_mark_of_an_edge_is_left() -> None:
    text = "\n".join(
        lines(line, 16) for line in [PROSE, "序号  项目名称  总投资  进度", "1  云岭大桥及两岸连接线改造  300  未动工", PROSE]
    )
    assert not {"\x1e", "\x1f"} & set(read(text).text)


def test_an_article_s_longest_lines_say_nothing_of_how_another_is_cut() -> None:
    cut = (
        "项目名称  总投资  工程进度  投产时\n间\n云岭光伏基地  3亿元  85%  20\n23年12月\n大河水厂二期  2亿元  60%  20\n24年10月\n"
    )
    other = "大会号召全县上下鼓足干劲加油干，确保完成全年目标任务，让群众得到更多实惠，为建设美丽家园作出新的更大的贡献。\n"
    alone = read(cut).text
    assert "2023年12月" in alone
    assert read(f"{cut}\n\n\n\n{other * 3}").text.startswith(alone.rstrip("\n"))
