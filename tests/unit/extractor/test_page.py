"""Reading the page: what is joined, what is parted, and the way back to the original."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.extractor.characters import unify
from services.extractor.page import read
from services.extractor.table_lines import CellLines

PROSE = "今年以来，全县坚持项目为王，抢抓机遇，全力推进重点项目建设，固定资产投资稳步增长，发展后劲不断增强，为全年目标打下基础。"


@pytest.mark.parametrize(
    ("text", "clean"),
    [
        ("已完成年度投资 6.5亿\n\n元，引进企业", "已完成年度投资6.5亿元，引进企业"),
        ("计划 2026 年年底前建成", "计划2026年年底前建成"),
        ("资金 76 000 万元, 减少 30. 6%", "资金76000万元，减少30.6%"),
        ("總投資３０億元;新簽約項目5個", "总投资30亿元；新签约项目5个"),
        ("重点项目**72个**、总投资**240.7亿元**", "重点项目72个、总投资240.7亿元"),
        ("部分新建工程已有 9项破土 动工,为计划数的 36%。", "部分新建工程已有9项破土动工，为计划数的36%。"),
        ("9:50\n一级路破土\n9:40\n生产线开建", "9:50\n一级路破土\n9:40\n生产线开建"),
        ("一、总体进度\n全县安排项目30项。", "一、总体进度\n全县安排项目30项。"),
        ("发布时间：2025-07-10\n3家企业入选省级名单。", "发布时间：2025-07-10\n3家企业入选省级名单。"),
        ("甲厂(9月28日通水).\n  被通报的有:乙园.", "甲厂（9月28日通水）。\n被通报的有：乙园。"),
        ("半年总结\n来源：县政府办 日期：2025-07-10\n10个项目开工。", "半年总结\n来源：县政府办日期：2025-07-10\n10个项目开工。"),
        ("2025-07-10 08:30\n1—6月，完成投资3亿元。", "2025-07-10 08:30\n1—6月，完成投资3亿元。"),
        (
            "关于清溪县项目建设的报告\n（2023年11月在清溪县第九届人民代表大会第二次会议上）\n清溪大桥通车。",
            "关于清溪县项目建设的报告\n（2023年11月在清溪县第九届人民代表大会第二次会议上）\n清溪大桥通车。",
        ),
        (
            "项目建设的报告\n——2023年11月28日在县人大常委会第三次会议上\n清溪大桥通车。",
            "项目建设的报告\n——2023年11月28日在县人大常委会第三次会议上\n清溪大桥通车。",
        ),
        ("奥园智造产业城奥园智造产业城\n项目施工现场。", "奥园智造产业城\n项目施工现场。"),
        ("我县加快打造百亿级产业集群 今年以来，坚持龙头带动。", "我县加快打造百亿级产业集群 今年以来，坚持龙头带动。"),
        ("1.河东小学竣工。\n2.12日，大桥通车。\n3. 5日，水厂开工。", "1.河东小学竣工。\n2、12日，大桥通车。\n3、5日，水厂开工。"),
        ("1.河东小学新建项目总投资\n2.5亿元，已经竣工。", "1.河东小学新建项目总投资\n2.5亿元，已经竣工。"),
        (
            "1.1项目建设\n小学竣工。\n1.2园区建设\n大桥通车。\n2.1资金争取",
            "1.1项目建设\n小学竣工。\n1.2园区建设\n大桥通车。\n2.1资金争取",
        ),
    ],
)
def test_clean_text(text: str, clean: str) -> None:
    assert read(text).text == clean


# Two pages of 24 characters a line; the first ends within a sentence.
LINES = [f"{PROSE}力争清溪抽水蓄能电站早日获得核准。{PROSE}"[at : at + 24] for at in range(0, 144, 24)]
ABOVE, BELOW = "\n".join(LINES[:3]), "\n".join(LINES[3:])
WHOLE = "".join(LINES)


@pytest.mark.parametrize(
    "between",
    [
        "—３—",
        "第 3 页",
        "第3页（共12页）",
        "- 3 -\n清溪县第九届人民代表大会第二次会议文件（三）",
        "清溪县十八届人大常委会第三次会议材料之五\n第 2 页 共 4 页",
        "　　　　　　　清溪县人民政府公报 2022年第5期\n·17·",
        "清溪县人民政府公报 2022年第5期　　·17·",
        "17　　清溪县统计月报 第8期",
        "18\n清溪县人民政府公报（2022年第5期）",
        "清溪县人民政府工作报告\n－４－",
        "清溪县第九届人民代表大会第二次会议文件（三）",
        "清溪县重点项目简报              2022 年第 5 期\n— 3 —",
    ],
)
def test_a_sentence_goes_on_over_the_page(between: str) -> None:
    assert read(f"{ABOVE}\n{between}\n{BELOW}").text == WHOLE


def test_a_head_is_known_by_standing_on_page_after_page() -> None:
    page = f"{ABOVE}\n- 3 -\n清溪重点项目巡礼\n{BELOW}"
    assert read(f"{page}\n{page}").text.replace("\n", "") == WHOLE * 2
    assert "清溪重点项目巡礼" in read(page).text


def test_a_head_may_have_blanks_in_it() -> None:
    page = f"{ABOVE}\n- 3 -\n清溪重点项目巡礼            第 9 号\n{BELOW}"
    assert read(f"{page}\n{page}").text.replace("\n", "") == WHOLE * 2


def test_another_article_says_nothing_of_this_one() -> None:
    page = f"{ABOVE}\n- 3 -\n清溪重点项目巡礼\n{BELOW}"
    other = f"- 4 -\n清溪重点项目巡礼\n{PROSE}"
    assert read(f"{page}\n\n\n\n{other}").text.startswith(read(page).text + "\n")


@pytest.mark.parametrize(
    "text",
    [
        # The title of the next paper, a heading, figures of a table, a title that opens the text.
        f"{PROSE}\n- 3 -\n清溪县人民政府工作报告\n{PROSE}",
        f"{ABOVE}\n清溪县产业发展报告\n{PROSE}",
        f"{PROSE}\n开工项目\n3\n12\n竣工项目\n5\n{PROSE}",
        f"清溪县人民政府工作报告\n- 1 -\n{PROSE}",
        f"{PROSE}按照规定，有关情况见\n会议文件和政府工作报告，下同。",
    ],
)
def test_titles_and_figures_are_no_page_breaks(text: str) -> None:
    assert "".join(read(text).text.split()) == "".join(text.replace("- 3 -", "").replace("- 1 -", "").split()).replace(",", "，")


def test_a_table_row_keeps_its_columns() -> None:
    page = read("项目名称 建设单位 总投资 进度\n城北水厂 水务公司 12000 主体施工\n")
    assert page.text.split("\n")[1].split("\t") == ["城北水厂", "水务公司", "12000", "主体施工"]


def test_a_cell_that_the_width_has_cut_is_one_and_a_name_that_is_drawn_out_is_none() -> None:
    page = read(
        "序号  项目名称  业主单位  总投资  年度计划投资  工程形象进度  挂点领导\n"
        "1  年产20万吨陶瓷色釉料项\n目  云河釉料有限公司  52000  20000  主体施工  李小军\n"
        "2  鞋业小镇二期  县国控集团  118000  35000  全部封顶  黄  敏\n"
        "3  肉牛精深加工产业园  云河食品有限公\n司  33000  15000  10月18日竣工  况  丽\n"
    )
    assert [line.split("\t") for line in page.text.rstrip().split("\n")[1:]] == [
        ["1", "年产20万吨陶瓷色釉料项目", "云河釉料有限公司", "52000", "20000", "主体施工", "李小军"],
        ["2", "鞋业小镇二期", "县国控集团", "118000", "35000", "全部封顶", "黄敏"],
        ["3", "肉牛精深加工产业园", "云河食品有限公司", "33000", "15000", "10月18日竣工", "况丽"],
    ]


def test_titles_of_one_length_are_no_lines_that_a_width_has_cut() -> None:
    titles = ["一、2025年工作回顾", "二、“十五五”主要目标", "三、2026年工作安排"]
    text = "\n".join(f"{title}\n2025年是收官之年，全县各项工作平稳有序推进，群众得到了实惠。" for title in titles)
    assert read(text).text == text


def test_a_bar_before_a_title_begins_a_line() -> None:
    text = "他说：“我们对胡椒有兴趣，正在考虑。”\n▍乡亲光荣\n▲云河女篮夺得第三名。"
    assert read(text).text == text


@pytest.mark.parametrize(
    ("cut", "whole"),
    [
        ("完成固定资产投资九亿元，增速位列全市第\n一、全省第七。", "完成固定资产投资九亿元，增速位列全市第一、全省第七。"),
        ("他带队在民俗艺术节上摘得了一枚金奖\n●；徒弟获评青年工匠。", "他带队在民俗艺术节上摘得了一枚金奖●；徒弟获评青年工匠。"),
        ("重点工作如下，逐项抓好落实不得有误\n●招商引资再加力。", "重点工作如下，逐项抓好落实不得有误\n●招商引资再加力。"),
    ],
)
def test_what_looks_like_an_item_where_a_width_has_cut_is_told_from_one(cut: str, whole: str) -> None:
    filled = "全县上下锚定目标，鼓足干劲加油干哦\n"
    assert read(filled * 2 + cut).text.endswith(whole)


def test_what_a_width_has_cut_before_a_figure_or_in_a_word_goes_on() -> None:
    text = "县农商行今年为14家小杂粮加工企业发放贷款 近\n5000万元。\n石桥村入选全省示范\n村。运动员李某在省青少年锦标赛上获1500米冠\n军。\n"
    assert read(text).text.rstrip() == (
        "县农商行今年为14家小杂粮加工企业发放贷款近5000万元。\n石桥村入选全省示范村。运动员李某在省青少年锦标赛上获1500米冠军。"
    )
    assert read("存在问题\n无。\n一。总体\n进展顺利。\n").text.split("\n")[:3] == ["存在问题", "无。", "一。总体"]


# A headline that the page holds twice is blank the second time.
DOUBLED = re.compile(r"(\S{4,})\1")


@pytest.mark.parametrize("width", [18, 22, 30, 41])
@pytest.mark.parametrize("gap", ["\n", "\n\n", " \n "])
def test_wrapped_prose_reads_as_unwrapped(width: int, gap: str) -> None:
    prose = PROSE * 4
    wrapped = gap.join(prose[i : i + width] for i in range(0, len(prose), width))
    assert read(wrapped).text.replace("\n", "") == prose
    # A line end is only ever kept where a sentence ends anyway.
    assert all(line.endswith("。") for line in read(wrapped).text.split("\n"))


@given(st.text(alphabet=st.sampled_from("今年投资6.5亿元,，。 \n\t\u3000*#（）()“”:：ＡＢ１２總項一、●"), max_size=200))
def test_every_kept_character_points_at_its_original(text: str) -> None:
    page = read(text)
    places = [page.place(i) for i in range(len(page.text))]
    assert places == sorted(set(places))
    for character, place in zip(page.text, places, strict=True):
        original = text[place]
        if character in "\n\t ":
            assert original.isspace() or DOUBLED.search(text)
        else:
            assert character in {original, unify(original), unify("中" + original)[-1], *("、" if original == "." else "")}


@given(st.text(max_size=300))
def test_any_text_can_be_read(text: str) -> None:
    page = read(text)
    assert len(page.text) <= len(text)
    if page.text:
        start, end = page.span(0, len(page.text))
        assert 0 <= start < end <= len(text)


def test_gaps_are_the_blanks_of_one_line_that_the_clean_text_leaves_out() -> None:
    page = read("首批名师：张明远 李 红，王小平")
    assert page.text == "首批名师：张明远李红，王小平"
    assert page.gaps(0, len(page.text)) == [8, 9]
    assert page.gaps(8, 9) == []


def test_lines_of_cells_begin_below_the_head_of_the_numbers_and_end_with_a_full_stop() -> None:
    text = "表一\n序号\n名称\n1\n大桥\n说明完毕。\n2\n序号\n1\n学校\n"
    lines = CellLines(text)
    assert [lines.has(at) for at in (0, text.index("名称"), text.index("大桥"), text.index("2"), text.index("学校"))] == [
        False, True, True, False, True,
    ]  # fmt: skip


def test_no_cell_of_a_line_of_its_own_is_joined_to_the_next() -> None:
    cells = [
        "序号",
        "项目名称",
        "内容",
        "总投资",
        "进度",
        "1",
        "北沟牧场",
        "新建牛舍16栋，新建挤奶厅3座",
        "87000",
        "路面铺至K41+300",
        "2",
    ]
    text = "推进情况表\n" + "\n".join(cells) + "\n"
    assert read("推进工作，全面展开，取得成效。\n\n" + text).text.split("\n")[-len(cells) - 1 : -1] == cells[:]


def test_the_last_character_of_a_cell_is_joined_to_it() -> None:
    text = "序号  项目名称  建设单位  总投资  建设进度\n1\n云河材料项\n目\n云河公\n司\n28000\n竣工\n2\n"
    assert read(text).text.split("\n")[1:-1] == ["1", "云河材料项目", "云河公司", "28000", "竣工", "2"]


def test_a_time_of_day_is_no_part_of_the_figure_behind_it() -> None:
    text = "云河融媒2025年11月12日\n15:05 1-10月，全县工业投资同比增长11.7%，完成12 345万元。"
    assert read(text).text.split("\n")[1] == "15:05 1-10月，全县工业投资同比增长11.7%，完成12345万元。"
