"""The table of divisions, the finder of their names, and the division that a bulletin speaks for."""

from __future__ import annotations

from pathlib import Path

import pytest

from deploy.tools import build_divisions
from services.extractor import region_home
from services.extractor.divisions import table, township_codes
from services.extractor.regions import Division, Gazetteer


@pytest.fixture(scope="module")
def gazetteer() -> Gazetteer:
    return Gazetteer.load()


@pytest.fixture(scope="module")
def shangjie(gazetteer: Gazetteer) -> Division:
    division = gazetteer.by_code("410106")
    assert division is not None
    return division


def found(gazetteer: Gazetteer, text: str) -> list[tuple[str, list[str]]]:
    return [(mention.text, [division.code for division in mention.candidates]) for mention in gazetteer.find(text)]


def code(division: Division | None) -> str | None:
    return division.code if division else None


# The table


@pytest.mark.parametrize(
    ("number", "name", "level", "parents", "short"),
    [
        ("410000", "河南省", "province", (), "河南"),
        ("410100", "郑州市", "prefecture", ("410000",), "郑州"),
        ("410106", "上街区", "county", ("410000", "410100"), "上街"),
        ("110105", "朝阳区", "county", ("110000",), "朝阳"),
        ("419001", "济源市", "county", ("410000",), "济源"),
        ("410181", "巩义市", "county", ("410000", "410100"), "巩义"),
        ("420325", "房县", "county", ("420000", "420300"), "房县"),
        ("621221", "成县", "county", ("620000", "621200"), "成县"),
        ("451228", "都安瑶族自治县", "county", ("450000", "451200"), "都安"),
        ("522600", "黔东南苗族侗族自治州", "prefecture", ("520000",), "黔东南"),
        ("150000", "内蒙古自治区", "province", (), "内蒙古"),
        ("640303", "红寺堡区", "county", ("640000", "640300"), "红寺堡"),
        ("460302", "西沙区", "county", ("460000", "460300"), "西沙"),
        ("710000", "台湾省", "province", (), "台湾"),
    ],
)
def test_a_division_knows_its_level_parents_and_short_name(
    gazetteer: Gazetteer, number: str, name: str, level: str, parents: tuple[str, ...], short: str
) -> None:
    division = gazetteer.by_code(number)
    assert division == Division(number, name, level, parents, short)  # type: ignore[arg-type]


def test_the_table_is_whole_and_every_county_has_a_province() -> None:
    divisions = table().divisions.values()
    assert sum(division.level == "province" for division in divisions) == 34
    assert 330 <= sum(division.level == "prefecture" for division in divisions) <= 340
    assert 2840 <= sum(division.level == "county" for division in divisions) <= 2860
    assert all(division.parents[0] == f"{division.code[:2]}0000" for division in divisions if division.level == "county")


def test_development_zones_and_statistical_lines_are_no_divisions(gazetteer: Gazetteer) -> None:
    assert [gazetteer.by_code(number) for number in ("110100", "419000", "340176", "999999", "")] == [None] * 5


def test_hand_kept_names_point_at_divisions_of_the_table_that_do_not_bear_them_already() -> None:
    from services.extractor.lexicon import load

    aliases = load("division_aliases")
    for section in ("renamed", "colloquial"):
        for number, names in aliases[section].items():
            division = table().divisions[number]
            for name in names:
                assert name != division.name
                assert division in table().names[name]
    years = [year for names in aliases["renamed"].values() for year in names.values()]
    assert min(years) >= 1985
    assert len(years) > 150


def test_townships_lead_to_their_counties() -> None:
    assert township_codes("新安路街道") == ("410106",)
    assert township_codes("红湾寺镇") == ("620721",)
    assert set(township_codes("黄花镇")) == {"360430", "420506", "430121", "441881"}
    assert township_codes("没有镇") == township_codes("") == ()


# Finding names


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("上街区", [("上街区", ["410106"])]),
        ("郑州市上街区防汛应急预案", [("郑州市", ["410100"]), ("上街区", ["410106"])]),
        ("河南省重要的再生资源基地", [("河南省", ["410000"])]),
        ("北京市西城区与巩义市", [("北京市", ["110000"]), ("西城区", ["110102"]), ("巩义市", ["410181"])]),
        ("阿坝藏族羌族自治州茂县", [("阿坝藏族羌族自治州", ["513200"]), ("茂县", ["513223"])]),
        ("吉林省吉林市昌邑区", [("吉林省", ["220000"]), ("吉林市", ["220200"]), ("昌邑区", ["220202"])]),
        ("湖南省津市市", [("湖南省", ["430000"]), ("津市市", ["430781"])]),
        ("准格尔旗", [("准格尔旗", ["150622"])]),
    ],
)
def test_full_names_are_found_the_longest_first(gazetteer: Gazetteer, text: str, expected: list[tuple[str, list[str]]]) -> None:
    assert found(gazetteer, text) == expected


def test_mentions_give_the_place_in_the_text(gazetteer: Gazetteer) -> None:
    text = "近日，长沙縣黃花鎮"
    (mention,) = gazetteer.find(text)
    assert (mention.start, mention.end, mention.text) == (3, 6, "长沙縣")
    assert text[mention.start : mention.end] == mention.text


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("長沙縣", "430121"),
        ("廣東省", "440000"),
        ("鄭州市", "410100"),
        ("滄縣", "130921"),
        ("乾縣", "610424"),
        ("臺江區", "350103"),
    ],
)
def test_traditional_forms_are_found(gazetteer: Gazetteer, text: str, number: str) -> None:
    assert found(gazetteer, text) == [(text, [number])]


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("昌平县", "110114"),
        ("襄樊市", "420600"),
        ("赣县", "360704"),
        ("莱芜市", "370116"),
        ("崇文区", "110101"),
        ("遵义县", "520304"),
        ("思茅地区", "530800"),
        ("庐山区", "360402"),
        ("都安县", "451228"),
        ("黔东南州", "522600"),
        ("前郭县", "220721"),
        ("西海岸新区", "370211"),
    ],
)
def test_former_and_everyday_names_lead_to_the_division_of_today(gazetteer: Gazetteer, text: str, number: str) -> None:
    assert found(gazetteer, f"在{text}") == [(text, [number])]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("石家庄市新华区", ["130105"]),
        ("石家庄新华区", ["130105"]),
        ("沧州市新华区", ["130902"]),
        ("北京市朝阳区", ["110105"]),
        ("长春市朝阳区", ["220104"]),
        ("张家口市桥西区", ["130703"]),
        ("朝阳区", ["110105", "220104"]),
        ("兰州市城关区", ["620102"]),
        ("拉萨市城关区", ["540102"]),
    ],
)
def test_a_name_of_several_divisions_is_told_by_the_one_before_it(gazetteer: Gazetteer, text: str, expected: list[str]) -> None:
    assert found(gazetteer, text)[-1][1] == expected


@pytest.mark.parametrize(
    "text",
    [
        "社区、园区、景区、开发区、城区、辖区、市区、小区、高新区、产业集聚区、街区、库区、功能区、试验区",
        "我区、我县、我市、我省、全区、全县、全市、全省、该县、各县区、六区、县市区、区县市、本旗",
        "示范县、百强县、利用和县、现代县域、振兴县域、管理县区、最佳县、信息县、完成县级任务、传达县委精神",
        "代县长主持会议",
        "沿海城市、新兴城市、适应城市、宜居城市、新增城市、适宜城市",
        "佛山城区、上海城市、云南山区、河南山区、江西山区、山东城区",
        "合作市场、东方市场、中原区域、共同富裕县域、平和县域",
        "老城区改造、新城区建设、城市中区、郊区、矿区、港口区",
        "线上街区、夜间文化和旅游消费集聚区",
        "",
    ],
)
def test_words_that_only_look_like_names_name_nothing(gazetteer: Gazetteer, text: str) -> None:
    assert found(gazetteer, text) == []


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("在房县召开", "420325"),
        ("十堰房县", "420325"),
        ("，房县2021年", "420325"),
        ("同志任房县县委书记", "420325"),
        ("洛阳市老城区改造", "410302"),
        ("攀枝花市东区", "510402"),
        ("甘南州合作市", "623001"),
        ("河南平桥区", "411503"),
    ],
)
def test_names_open_to_doubt_count_where_their_surroundings_bear_them_out(gazetteer: Gazetteer, text: str, expected: str) -> None:
    assert found(gazetteer, text)[-1][1] == [expected]


# Resolving


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("上街区", "410106"),
        ("上街", "410106"),
        ("新安路街道", "410106"),
        ("济源路街道办事处", "410106"),
        ("郑州市", "410100"),
        ("郑州市中原区", "410102"),
        ("我区", "410106"),
        ("全区", "410106"),
        ("我县", "410106"),
        ("区委", "410106"),
        ("全市", "410100"),
        ("我市", "410100"),
        ("全省", "410000"),
        ("深圳市南山区", "440305"),
        ("社区", None),
        ("园区", None),
        ("特色小镇", None),
        ("各镇", None),
        ("", None),
    ],
)
def test_places_are_resolved_from_where_the_bulletin_is(
    gazetteer: Gazetteer, shangjie: Division, name: str, expected: str | None
) -> None:
    assert code(gazetteer.resolve(name, shangjie)) == expected


@pytest.mark.parametrize(
    ("name", "home", "expected"),
    [
        ("全市", "110105", "110000"),  # a municipality's district
        ("全市", "410181", "410181"),  # a city of county level
        ("全市", "410100", "410100"),
        ("全省", "410100", "410000"),
        ("全区", "640521", "640000"),  # a county of an autonomous region
        ("全县", "640521", "640521"),
        ("全旗", "150622", "150622"),
        ("新华区", "130200", None),  # two in Hebei, none in Tangshan
        ("新华区", "130100", "130105"),
        ("朝阳区", None, None),
        ("我区", None, None),
        ("红湾寺镇", None, "620721"),
        ("黄花镇", None, None),
        ("黄花镇", "430121", "430121"),
        ("黄花镇", "430100", "430121"),
    ],
)
def test_the_same_words_mean_other_places_elsewhere(
    gazetteer: Gazetteer, name: str, home: str | None, expected: str | None
) -> None:
    assert code(gazetteer.resolve(name, gazetteer.by_code(home) if home else None)) == expected


# Places of a clause


@pytest.mark.parametrize(
    ("clause", "expected"),
    [
        ("新安路街道棚改项目开工", ("新安路街道", "410106")),
        ("完成朱寨村与新安路街道改造", ("新安路街道", "410106")),
        ("全市固定资产投资增长21%", ("郑州市", "410100")),
        ("全区固定资产投资31.4亿元，位列六区第三、全市第五", ("上街区", "410106")),
        ("固定资产投资在全市排第3", ("上街区", "410106")),
        ("建成郑州市综合性应急物资储备基地", ("上街区", "410106")),
        ("巩义市回郭镇铝精深加工项目", ("回郭镇", "410181")),
        ("巩义市铝精深加工项目", ("巩义市", "410181")),
        ("赴深圳市南山区招商", ("上街区", "410106")),
        ("深圳市某某科技有限公司投资建设", ("上街区", "410106")),
        ("峡窝镇、济源路街道同时开工", ("上街区", "410106")),
        ("推进特色小镇和城镇建设，统筹城乡", ("上街区", "410106")),
        ("项目建成投产", ("上街区", "410106")),
    ],
)
def test_an_event_is_placed_where_its_words_say_else_at_home(
    gazetteer: Gazetteer, shangjie: Division, clause: str, expected: tuple[str, str]
) -> None:
    assert gazetteer.region(clause, shangjie) == expected


def test_without_a_home_only_a_named_place_counts(gazetteer: Gazetteer) -> None:
    assert gazetteer.region("项目建成投产", None) == (None, None)
    assert gazetteer.region("项目在惠民县投产", None) == ("惠民县", "371621")


def test_places_are_the_most_specific_first(gazetteer: Gazetteer, shangjie: Division) -> None:
    clause = "郑州市上街区在济源路街道举行开工仪式"
    places = gazetteer.places(clause, shangjie)
    assert [(place.text, place.level, place.code) for place in places] == [
        ("济源路街道", "township", "410106"),
        ("上街区", "county", "410106"),
        ("郑州市", "prefecture", "410100"),
    ]
    assert all(clause[place.start : place.end] == place.text for place in places)


@pytest.mark.parametrize("words", ["各镇", "乡镇", "城镇", "我镇", "特色小镇", "集镇", "家乡", "各街道", "返乡", "重镇"])
def test_words_that_end_like_townships_are_none(gazetteer: Gazetteer, shangjie: Division, words: str) -> None:
    assert gazetteer.places(f"在{words}", shangjie) == []


# The bulletin's own division


HOMES = [
    # The seeds' heads, and bulletins of other districts.
    (
        "我区加快打造智能家电产业集群。新修订的《郑州市上街区防汛应急预案》开展培训37场。全区固定资产投资31.4亿元，全市第五。",
        "410106",
    ),
    ("铆足劲一起加油干 2024年上街区重点工作准备这样干", "410106"),
    ("上街区先进制造业开发区“零距离”服务\n正观新闻·郑州晚报记者。参观访问广州市、深圳市、东莞市。", "410106"),
    ("2月1日，上街区政府常务会研究通过政策。接待粤港澳大湾区客商。上街区委书记。", "410106"),
    ("军店至窑淮二级路破土。云和酒业(北京)二期扩能项目。房县2021年一季度重大项目全面开工。房县春季活动启幕", "420325"),
    (
        "据王小丽介绍，今年一季度，全市固定资产投资增长21%。轨道交通26号线北京段过半。北京师范大学项目破土，北京工业大学。",
        "110000",
    ),
    ("我区固定资产投资增长14.7%，跑赢吴忠市平均水平1.6个百分点，在吴忠市排第3、全区排第8。湖南能源光伏", "640300"),
    ("年终冲刺！洞口经开区各项目加紧收官\n来源：邵阳新闻在线\n本网讯 洞口经开区各工地抢抓晴好天气", "430525"),
    ("长沙县2023年政府工作报告\n紧扣“强省会”战略，全县上下。长沙县位居百强县第一名。", "430121"),
    ("惠民县2家企业新晋省级制造业单项冠军_惠民资讯网\n我县2家企业。第八批山东省制造业单项冠军", "371621"),
    ("高新区多点发力抓好特色园区建设。中国声谷等10余个特色产业园区。", None),
    ("全县城镇建设工程推进情况。1、云畅河大桥工程。3、红湾寺镇文化中心。4、大河乡便民中心", "620721"),
    ("西海岸新区召开防汛工作会议\n继全省、全市防汛工作视频会议之后，西海岸新区召开全区会议", "370211"),
    ("政策库>>大连（辽宁）>>沙河口区建设科技创新主城区实施方案\n发布单位：大连市沙河口区政府\n我区把", "210204"),
    # One name, several districts.
    ("新华区召开会议。我区传达石家庄市有关精神。", "130105"),
    ("新华区召开会议。沧州日报记者。我区抓项目。", "130902"),
    ("新华区召开会议，我区抓项目。", None),
    ("桥西区召开会议。张家口市委要求我区抓项目。", "130703"),
    ("朝阳区召开会议。长春新区代表参加，我区", "220104"),
    # Fellow places, the city above, other scripts.
    ("赴深圳市南山区考察。南山区、福田区、宝安区经验做法。我县学习南山区做法。霍邱县政府办公室", "341522"),
    ("对标昆山市，学习昆山市经验，赴昆山市考察；昆山市某某有限公司投资。兰考县全县上下", "410225"),
    ("巩义市政府工作报告。全市生产总值。郑州市下达任务。我市工业", "410181"),
    ("郑州市2024年经济运行情况。全市固定资产投资。巩义市、荥阳市、新密市增速居前。我市", "410100"),
    ("閩南僑訊\n惠安石化基地傳捷報\n【本報惠安訊】工程舉行奠基典禮。惠安縣", "350521"),
    # The end of another word.
    ("我县成为国家农产品质量安全示范县", None),
    ("江南县人民政府办公室供稿。", None),
    ("（江南县人民政府）江南县召开会议。", None),
    ("新增城镇就业4731人，县里新增城镇岗位。", None),
    # Of a person's name, of a firm's, of whom a rank is among.
    ("县委书记王通海到经开区现场办公。王通海说，王通海要求。", None),
    ("县委书记王通海到经开区现场办公。通海招商。", "530423"),
    ("记者：潘胜 县长王上街走访。王上街要求。", None),
    ("北京云联农业科技的数智蔬菜工厂开工，争取资金排全市县（市）第一。", None),
    ("上海智造重工签约，江苏恒璟食品投产。", None),
    ("范县召开项目推进会，成为国家农产品质量安全示范县", "410926"),
    ("", None),
]


@pytest.mark.parametrize(("text", "expected"), HOMES)
def test_the_bulletins_own_division(gazetteer: Gazetteer, text: str, expected: str | None) -> None:
    assert code(gazetteer.home(text, None, None)) == expected


def test_title_and_publisher_outweigh_the_places_in_the_text(gazetteer: Gazetteer) -> None:
    text = "昆山市、太仓市、常熟市代表参加活动，昆山市分享了经验。"
    assert code(gazetteer.home(text, "長沙縣召開會議", None)) == "430121"
    assert code(gazetteer.home(text, None, "房县融媒体中心")) == "420325"
    assert code(gazetteer.home("近日召开会议。", "洞口经开区收官", None)) == "430525"


def test_words_for_the_own_place_never_name_one(gazetteer: Gazetteer) -> None:
    assert gazetteer.home("我区、我县、全区上下，区委要求，全县各镇落实。", None, None) is None


def test_only_the_head_of_a_text_is_read(gazetteer: Gazetteer, monkeypatch: pytest.MonkeyPatch) -> None:
    late = "会议召开。" * 10 + "惠民县抓项目，惠民县招商。"
    assert code(gazetteer.home(late, None, None)) == "371621"
    monkeypatch.setattr(region_home, "_READ", 40)
    assert gazetteer.home(late, None, None) is None


def test_only_so_many_townships_are_looked_up(gazetteer: Gazetteer, monkeypatch: pytest.MonkeyPatch) -> None:
    text = "在各镇，在各乡，红湾寺镇文化中心"
    assert code(gazetteer.home(text, None, None)) == "620721"
    monkeypatch.setattr(region_home, "_MOST_TOWNSHIPS", 0)
    assert gazetteer.home(text, None, None) is None


def test_a_mention_in_passing_weighs_less_than_one_of_the_place_itself(
    gazetteer: Gazetteer, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = "我县干部赴兰考县考察，前往兰考县学习，惠民县作交流。"
    assert code(gazetteer.home(text, None, None)) == "371621"
    monkeypatch.setattr(region_home, "_PASSING", 1.0)
    assert code(gazetteer.home(text, None, None)) == "410225"


# The script that makes the table


def test_the_build_refuses_any_other_package(tmp_path: Path) -> None:
    other = tmp_path / "china-division-2.7.0.tgz"
    other.write_bytes(b"something else")
    with pytest.raises(ValueError, match="SHA-256 is .* expected 210ad17e"):
        build_divisions.build(other, other)


@pytest.mark.parametrize(
    ("name", "short"),
    [
        ("上街区", "上街"),
        ("房县", "房县"),
        ("东乡族自治县", "东乡"),
        ("双江拉祜族佤族布朗族傣族自治县", "双江"),
        ("木垒哈萨克自治县", "木垒"),
        ("内蒙古自治区", "内蒙古"),
        ("新疆维吾尔自治区", "新疆"),
        ("管城回族区", "管城"),
        ("万柏林区", "万柏林"),
        ("神农架林区", "神农架"),
        ("浦东新区", "浦东"),
        ("清新区", "清新"),
        ("和田地区", "和田"),
    ],
)
def test_short_names_leave_out_kind_and_peoples(name: str, short: str) -> None:
    assert build_divisions.short_name(name) == short
