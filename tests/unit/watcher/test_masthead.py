"""Title, publisher and date as the heads and signatures of real bulletins say them, and as they do not."""

from __future__ import annotations

from datetime import date

import pytest

from services.settings import PROJECT
from services.watcher.describe import describe

# head of the text, title, publisher, date
HEADS = [
    (
        "政务快报\n\n第47期\n\n射洪市人民政府办公室　　　　2023年9月18日\n\n△ 9月12日，锂电产业园三期举行开工仪式。",
        "政务快报",
        "射洪市人民政府办公室",
        date(2023, 9, 18),
    ),
    (
        "晋江新闻网 > 晋江 > 经济\n26个项目集中签约“牵手”晋江 总投资超三百亿元\n"
        "2024-06-19 08:15:07　来源：晋江经济报　作者：柯国笠 施珊妹　编辑：蔡燕青　　0评论\n\n本报6月18日讯　今日，活动举行。",
        "26个项目集中签约“牵手”晋江 总投资超三百亿元",
        "晋江经济报",
        date(2024, 6, 19),
    ),
    (
        "市委书记调研盐湖产业和城市建设工作\n格尔木市融媒体中心　2024-07-23 21:05:33\n\n7月22日至23日，市委书记先后深入基地。",
        "市委书记调研盐湖产业和城市建设工作",
        "格尔木市融媒体中心",
        date(2024, 7, 23),
    ),
    (
        "全县城镇建设工程推进情\n况的简要汇报\n县城 乡建设 局\n(2009年 5月12日)\n各位领导 :\n按照专项检查安排，汇报如下。",
        "全县城镇建设工程推进情况的简要汇报",
        None,
        date(2009, 5, 12),
    ),
    (
        "首页 > 便民服务 > 通知公告\n关于国庆假期办事时间安排的通告\n\n发布时间：2024-09-26　　来源：奉贤区行政服务中心　　浏览次数：50\n\n通告如下：",
        "关于国庆假期办事时间安排的通告",
        "奉贤区行政服务中心",
        date(2024, 9, 26),
    ),
    (
        "澄迈县举行２０２３年重点项目集中开工活动\n来源：澄迈县融媒体中心　时间：２０２３年０９月２８日　点击量：３４５\n\n９月２７日上午，举行。",
        "澄迈县举行２０２３年重点项目集中开工活动",
        "澄迈县融媒体中心",
        date(2023, 9, 28),
    ),
    (
        "库 车 动 态\n2024 年第 16 期（总第 388 期）\n中共库车市委员会办公室编 2024 年 9 月 5 日\n\n● 首趟铝材班列\n开行。8 月 30 日出发。",
        "库车动态",
        "中共库车市委员会办公室",
        date(2024, 9, 5),
    ),
    (
        "閩南僑訊　第1126期　二〇一八年五月二十五日　星期五\n\n惠安石化基地傳捷報 百萬噸乙烯擴建奠基\n【本報惠安訊】五月廿二日，舉行典禮。",
        "惠安石化基地傳捷報 百萬噸乙烯擴建奠基",
        None,
        date(2018, 5, 25),
    ),
    (
        "【東山島】一週島事\n東山縣融媒體中心 東山縣臺港澳辦 聯合編發\n發佈時間：2025年6月8日\n\n❶ 產業園動工\n6月5日上午，產業園奠基。",
        "【東山島】一週島事",
        None,
        date(2025, 6, 8),
    ),
    (
        "年终冲刺!洞口经开区各项目加紧收官\n\n发布:2024-11-29 15:04 来源:邵阳新闻在线 【字号:大 中 小】 分享到:\n\n本网讯 年关渐近。",
        "年终冲刺!洞口经开区各项目加紧收官",
        "邵阳新闻在线",
        date(2024, 11, 29),
    ),
    (
        "孝义市召开推进会\n\n时间：2023-08-04　　作者：孝义市融媒体中心　　编辑：武晓燕\n\n8月3日下午，会议召开。",
        "孝义市召开推进会",
        "孝义市融媒体中心",
        date(2023, 8, 4),
    ),
    (
        "【枝江发布·图文直播】2022年12月2日\n枝江市四季度重大项目集中开工\n\n10:42\n直播到此结束",
        "枝江市四季度重大项目集中开工",
        None,
        date(2022, 12, 2),
    ),
    ("# 上街区先进制造业开发区\n\n# “零距离”服务 赋能产业提质\n\n今年以来，开发区。", "“零距离”服务 赋能产业提质", None, None),
    ("惠民县2家企业新晋单项冠军_惠民资讯网\n我县2家企业新晋单项冠军\n日前公示。", "惠民县2家企业新晋单项冠军", None, None),
    # The headline runs into the text.
    (
        " 我区加快打造智能家电百亿级产业集群 今年以来，以\n\n项目全面复工为契机，坚持龙头带动、\n",
        "我区加快打造智能家电百亿级产业集群",
        None,
        None,
    ),
    # No year: no date. A wrapped sentence, a ticker and a list have no title.
    ("严阵以待 筑牢防线\n□本报记者 报道\n本报7月7日讯 今天上午，召开会议。", "严阵以待 筑牢防线", None, None),
    ("2月 1日，上街区政府常务会研究通过《支持\n“专精特新”企业若干政策》。", None, None, None),
    ("9:50\n军店至窑淮一级路破土\n9:40\n生产线开建\n", None, None, None),
    ("1.【调研】5月22日，省委副书记调研。\n园区工作快讯\n", None, None, None),
    (
        "索引号：000/2024\n发布机构：北沟县招商服务中心\n生成日期：2024-07-09\n北沟县1-6月招商引资完成情况表\n单位：个\n",
        "北沟县1-6月招商引资完成情况表",
        "北沟县招商服务中心",
        date(2024, 7, 9),
    ),
    # Dates of what is told, not of the telling.
    ("如皋市政府工作报告\n\n——2024年1月9日在如皋市第十八届人民代表大会上\n\n各位代表：\n", "如皋市政府工作报告", None, None),
    (
        "重点工程一览表（截至2020年9月30日）\n填报单位：县重点工程办公室\n\n序号",
        "重点工程一览表（截至2020年9月30日）",
        "县重点工程办公室",
        None,
    ),
    ("若干措施\n（2021年3月1日起施行）\n\n第一条　支持。", "若干措施", None, None),
    ("公开招聘公告\n报名时间：2023年8月4日\n\n请报名。", "公开招聘公告", None, None),
    ("关于收看招商视频直播的通知\n时间：2027年8月4日\n地点：会议中心\n\n请收看。", "关于收看招商视频直播的通知", None, None),
    ("座谈会发言文字稿征集通知\n时间：2027年8月4日\n地点：会议中心\n\n请报送。", "座谈会发言文字稿征集通知", None, None),
    ("招商推介会通知\n时间：2023年8月4日\n地点：会议中心\n\n请参加。", "招商推介会通知", None, None),
    (
        "新闻发布会图文实录\n时间：2023年8月4日（周五）10:00 地点：会议中心\n\n大家好。",
        "新闻发布会图文实录",
        None,
        date(2023, 8, 4),
    ),
    ("年度重点项目公告\n发布时间：2023-13-45\n\n正文。", "年度重点项目公告", None, None),
    # Whoever pays is not whoever publishes; nor is a person or 本站.
    ("项目资金公示办法\n\n资金来源：省财政厅\n来源：本站\n供稿：王小明\n\n正文。", "项目资金公示办法", None, None),
    ("两家单位联合发布\n县发展和改革委员会    县招商服务中心\n\n正文。", "两家单位联合发布", None, None),
]


@pytest.mark.parametrize(("text", "title", "publisher", "day"), HEADS, ids=[head[0].split("\n")[0][:20] for head in HEADS])
def test_head(text: str, title: str | None, publisher: str | None, day: date | None) -> None:
    said = describe((text + "\n").encode())
    assert (said.source_title, said.publisher, said.published_on) == (title, publisher, day)


BODY = "今年以来，全区重点项目加快推进，完成投资稳步增长。\n" * 30


@pytest.mark.parametrize(
    ("signature", "publisher", "day"),
    [
        ("特此通告。\n\n奉贤区行政服务中心\n2024年9月26日\n", "奉贤区行政服务中心", date(2024, 9, 26)),
        (
            "咨询电话：0713-7012×××\n\n英山县人力资源和社会保障局　　2023年2月28日\n",
            "英山县人力资源和社会保障局",
            date(2023, 2, 28),
        ),
        ("抄送各单位。\n\n2024年10月14日\n（此件公开发布）\n", None, date(2024, 10, 14)),
        ("供稿：区政府办公室信息科\n（内部资料）\n", None, None),
        ("供稿：区融媒体中心\n", "区融媒体中心", None),
        ("项目将于2026年12月31日建成。\n", None, None),
    ],
)
def test_signature(signature: str, publisher: str | None, day: date | None) -> None:
    said = describe(f"关于上半年项目情况的通报\n\n{BODY}\n{signature}".encode())
    assert (said.source_title, said.publisher, said.published_on) == ("关于上半年项目情况的通报", publisher, day)


def test_the_samples() -> None:
    titles = [describe(path.read_bytes()).source_title for path in sorted((PROJECT / "seeds" / "bulletins").glob("*.txt"))]
    assert titles == [
        "我区加快打造智能家电百亿级产业集群",
        "铆足劲一起加油干 夯 2024年上街区重点工作准备这样干",
        "“零距离”服务 赋能产业发展提质增效",
        "汇聚高质量强大合力 推动工作全面提速提质提效",
        None,
    ]


@pytest.mark.parametrize(
    "piece",
    [
        "2024年",
        "(",
        "来源：",
        "某局",
        "【",
        "第1期 ",
        "一",
        "2024-01-01 ",
        "局 局",
        "20 ",
        "、",
        "# ",
        "\n",
        "：",
        "总第",
        "－／．",
    ],
)
def test_reading_a_hostile_head_ends(piece: str) -> None:
    """A pattern that backtracks would take hours over a megabyte of almost what it looks for."""
    said = describe(("甲" + piece * (1_000_000 // len(piece.encode()))).encode())
    assert said.source_title is None or len(said.source_title) <= 100


def test_a_title_is_never_longer_than_the_contract_allows() -> None:
    said = describe(f"# {'长' * 3000}\n\n正文\n".encode())
    assert said.source_title is None or len(said.source_title) <= 1000
