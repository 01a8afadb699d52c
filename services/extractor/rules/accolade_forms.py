"""The forms of the everyday turns in which honours are told, each with what says that a clause may have it."""

from __future__ import annotations

from services.extractor.expressions import beginning, expression
from services.extractor.rules.accolade_words import words

PRAISES = "督查激励|通报表扬|通报表彰|通报嘉奖|通令嘉奖|激励表扬"
_SIGN = "(?:牌子|招牌|牌匾|匾额|匾|称号|荣誉|奖牌|奖杯|名号|桂冠|锦旗|证书)"
# Each with a word without which no clause has it: looking for that is quicker than reading the clause for the whole.
TOLD = [
    # 把X的牌子给了Y
    (
        expression("[把将](?=[^，。；]{3,50}?(?:授予|给))"),
        expression(
            f"(?P<before>[^，。；]{{0,24}}?)[把将](?P<honour>[^，。；]{{3,40}}?)(?:的?{_SIGN})?(?P<verb>授予了?|颁给了?|发给了?|送给了?|授给了?|给了)(?P<who>[^，。；]{{2,24}})"
        ),
    ),
    # 年底前把X拿回来
    (
        expression("[把将](?=[^，。；]{3,60}?(?:[拿捧争带夺抱搬赢揽收领扛取]了?[回到下入]|[挂拿][上起下]))"),
        expression(
            f"(?P<whose>[^，。；]{{0,24}}?)[把将](?P<honour>[^，。；]{{3,40}}?)(?:的?(?:这块|这个)?(?:金字)?{_SIGN})?(?:再次?|重新|早日|尽快)?(?P<verb>(?:拿|捧|争|带|夺|抱|搬|赢|揽|收|领|争取|扛)了?(?:回来|到手|下来|回家|入怀中?|入囊中|回)|挂上|挂起来|拿下)了?(?:家乡?|来|[县市区镇村校]里)?"
        ),
    ),
    # 省林业局命名Y为X
    (
        expression(f"{words('conferring')}(?=[^，。；“”]{{2,42}}为)"),
        expression(
            f"(?P<before>[^，。；]{{0,24}}?)(?P<verb>{words('conferring')})了?(?P<who>(?!为)[^，。；“”]{{2,40}}?)为(?P<honour>[^，。；]{{4,40}})"
        ),
    ),
    # X名单上新添了Y的名字
    (
        expression("榜|名[单录]"),
        expression(
            f"(?:(?P<before>[一-鿿]{{2,16}}?)?{words('announcing')}的?)?(?P<honour>[^，。；]{{4,40}}?(?:名单|榜单|名录|榜))[上里中内](?:又|再|新|首次|赫然){{0,2}}(?P<verb>添|增加?|多|出现|有|见到|看到)[了上着]?(?P<who>[^，。；]{{2,30}}?)(?:的名字|的身影)?"
        ),
    ),
    # X的牌子挂到了Y门口
    (
        expression("[挂送落交]到|挂在"),
        expression(
            f"(?P<honour>[^，。；]{{3,40}}?)(?:的|这块|这个)?{_SIGN}(?P<verb>挂到|挂在|送到|落到|交到)了?(?P<who>[^，。；]{{2,20}}?)(?:门口|门前|手[里中上]|头上|墙上)?"
        ),
    ),
    # “…之乡”牌匾在我县揭牌
    (
        expression("[揭挂授]牌"),
        expression(
            f"(?P<honour>[^，。；]{{4,40}}?)(?:的?{_SIGN})?(?:正式|成功)?[在于](?P<who>[^，。；]{{2,24}}?)(?:正式|成功|隆重|顺利){{0,2}}(?P<verb>揭牌|挂牌|授牌)(?:成立|运行|启用|落地)?"
        ),
    ),
    # 流动红旗由某村获得
    (
        expression(f"[旗奖杯号誉牌匾章”][则也]?[由归](?=[^，。；]{{2,30}}?{words('taken_by')})"),
        expression(f"(?P<honour>[^，。；由归]{{3,40}}?)[则也]?(?P<verb>由|归)(?P<who>[^，。；]{{2,30}}?){words('taken_by')}"),
    ),
    # 实现某某模范县“六连冠”
    (
        expression("连[冠创]"),
        expression(
            "(?P<whose>[^，。；]{0,20}?)(?P<verb>实现|再获|取得|喜获|创造)了?(?P<honour>[^，。；]{4,30}?)的?“?[两二三四五六七八九十]连[冠创]”?"
        ),
    ),
    # 国务院办公厅对我县…工作予以督查激励
    (
        expression(PRAISES),
        expression(
            f"(?P<before>[^，。；]{{0,16}}?)(?:发文)?对(?P<who>[^，。；]{{2,30}}?)(?P<verb>予以|给予|作出|进行)了?(?P<honour>{PRAISES})"
        ),
    ),
    # 被省政府通报表扬
    (
        expression(PRAISES),
        expression(
            f"(?P<whose>[^，。；被]{{0,24}}?)(?:因[^，。；被]{{2,24}}?)?(?P<verb>被|受到?|得到|获得?)(?:(?P<before>[^，。；被]{{2,14}}?)(?:予以|给予|作出))?(?P<honour>[^，。；被]{{0,16}}(?:{PRAISES}))"
        ),
    ),
]
CONFERRED = TOLD[2][1]
_LEAD = f"(?:[^，。；]{{0,16}}?{words('campaigns')})?"
SOUGHT = [
    # 某景区创X的申报材料报到了省文旅厅
    (
        expression(f"创(?=[^，。；]{{2,40}}?{words('papers')})|申报(?=[^，。；]{{2,40}}?{words('papers')})"),
        expression(
            f"(?P<whose>(?!{words('duty_bound')})[^，。；]{{2,20}}?)(?P<verb>创建|争创|申创|申报|创)(?P<honour>[^，。；]{{2,30}}?)的?{words('papers')}(?![^，。；]{{0,8}}?{words('duty_bound')})[^，。；]{{0,12}}?{words('handed_in')}[^，。；]{{0,16}}"
        ),
    ),
    # 向X发起冲刺
    (
        expression("冲[刺击锋]|迈进"),
        expression(
            "(?P<whose>[^，。；向朝]{0,16}?)[正将]?[向朝]着?(?P<honour>[^，。；]{4,40}?)的?(?:目标)?(?:发起|全力|奋力|继续)?(?P<verb>冲刺|冲击|冲锋|迈进)"
        ),
    ),
    # X的牌子我们志在必得
    (
        expression("必得|必拿|一定要拿"),
        expression(
            f"(?P<honour>[^，。；]{{4,40}}?)的?(?:这块)?{_SIGN}[^，。；]{{0,6}}?(?P<verb>志在必得|势在必得|势必拿下|一定要拿下)"
        ),
    ),
    # 某校将迎接X评估
    (
        expression(f"{words('facing')}(?=[^，。；]{{4,46}}{words('examined')})"),
        expression(
            f"(?P<whose>[^，。；]{{0,20}}?)(?P<verb>{words('facing')})了?(?P<honour>[^，。；]{{4,40}}?)的?(?:国家级?|[省市]级|现场|实地|专家组?){{0,2}}{words('examined')}(?:工作|组)?"
        ),
    ),
    # 某公司申报的X正在评审
    (
        expression("[报请创]的(?=[^，。；]{4,60})"),
        expression(
            f"(?P<whose>[^，。；]{{2,24}}?)(?P<verb>申报|申请|申创|争创|创建)的(?P<honour>[^，。；]{{4,40}}?)(?:目前|现|已|还)?(?:{words('under_way')}(?:[国省市]级?|专家)?(?:{words('examined')}|公示|审批|审核|答辩|初审)|(?:已|顺利)?通过(?:初审|初评|初核|资格审查))(?:阶段|环节|程序|期|中|之中)?"
        ),
    ),
    # X创建进入最后一年
    (
        expression("创建|[申争双]创|申[报建]"),
        expression(
            f"{_LEAD}(?P<honour>[^，。；]{{4,40}}?)的?(?P<verb>创建|申报|申创|争创|申建|“?双创”?)(?:工作|步伐|进程|攻坚战?|收官战?|冲刺战|大会战|硬仗|迎检|迎评|验收|行动|材料|资料|号角|冲锋号|战鼓)?(?:(?:已|全面|正式|全力|扎实|稳步|有序|深入|加快|顺利|持续|纵深|同步){{0,3}}(?:(?:启动|进入|步入|迎来|推进|开展)(?!会|大会|座谈|培训)|上报|报送|提交|通过初)[^，。；]{{0,12}})?"
        ),
    ),
]
# 一等奖由Y获得, 女子组冠军被Y收入囊中
TAKEN = expression("[奖牌军名][则也]?[由归被]")
RANKED = expression(
    f"(?:[一-鿿]{{1,10}}[组子项目赛])?(?:的)?(?P<rank>特等奖|[一二三四]等奖|[金银铜]奖|[金银铜]牌|[冠亚季]军|头名|第[一二三四五六七八九十]名)[则也]?(?P<verb>由|归|被)(?P<who>[^，。；]{{2,30}}?){words('taken_by')}?"
)
# 荣誉墙上又添了新牌子：X、Y
SIGNED = expression(
    f"(?P<whose>[^，。；]{{0,20}}?)(?:荣誉[墙榜室]|家门口)?[上里]?[也又再还]?(?P<verb>{words('adding')})了?(?:[一两三四五六七八九十\\d]+[块项个座面张])?(?:新|“?(?:国家级|省级|国字号|省字号|国家队|省字头|国字头)”?|重磅|金字|含金量高|的){{0,3}}(?:{_SIGN}|牌|奖|名片|头衔|奖项)"
)
# 领回一块牌，是X
NAMELY = expression("(?:就)?(?:是|名叫|叫|叫做|叫作|上书|上写着)")
# 国家级荣誉2项：X、Y
SO_MANY = expression(
    "(?P<whose>)(?P<verb>国家级|省级|自治区级|市级|国字号|省字号)(?:荣誉|奖项|称号|招牌)?(?:共)?[一两三四五六七八九十\\d]{1,3}[项个块]"
)
# 营商环境评价全省第一
FIRST_AMONG = expression(
    "(?P<contest>[^，。；：]{3,30}?(?:考核|考评|评价|评议|测评|评比|评估))(?:结果|得分|成绩|排名|综合得分){0,2}(?P<verb>全[国省市县区])(?P<rank>第[一二三四五六七八九十\\d]{1,3}(?:名|位)?)"
)
# 认定A为X，B、C为Y: the verb is not said again
GOES_ON = expression("(?P<who>(?!作|成|认|因|改|以|命|以)[^，。；：“”为]{2,40}?)(?P<verb>为)(?P<honour>[^，。；]{4,40})")
_WORDS = "|".join(hint.pattern for hint, _ in (*TOLD, *SOUGHT))
# A word that one of the turns with a word of their own has; most clauses have none.
HINT = beginning(_WORDS)
# One of these stands in every sentence with a turn.
HINTS = (
    rf"{_WORDS}|{TAKEN.pattern}|全[国省市县区]第|{words('adding')}(?=[^，。；]{{0,30}}(?:{_SIGN}|[牌奖]|名片|头衔))"
    r"|[级号](?:荣誉|奖项|称号|招牌)?共?[一两三四五六七八九十\d]{1,3}[项个块]"
)
