"""The part of a page that is the article: by the marks that the usual content systems set, else where its sentences are."""

from __future__ import annotations

import re
from typing import Final

from selectolax.lexbor import LexborHTMLParser, LexborNode

from services.watcher.formats.markup_text import children, text_of

# In the order in which they are trusted. The first that holds text is taken; of several, the longest.
_CONTAINERS: Final = (
    # 开普 and 大汉 (UCAP, jcms), 拓尔思 (TRS WCM)
    ("ucapcontent", "#UCAP-CONTENT", ".TRS_Editor", ".trs_editor_view", ".TRS_UEDITOR", ".trs_paper_default", "#zoom", "#Zoom")
    # 博达 (VSB), 苏迪 (WebPlus), 新点 (Epoint), 方正 (newspapers)
    + ("founder-content", "#ozoom", ".v_news_content", "[id^=vsb_content]", ".wp_articlecontent", ".ewb-article-info")
    # names that many share
    + ("#articleContent", "#article-content", ".article-content", ".article_content", ".articleContent", ".articlecontent")
    + (".news_content", ".news-content", ".newsContent", ".pages_content", ".content_article", ".article-con", ".art_con")
    + (
        ".bt_content",
        ".bt-content",
        ".xxgk_content",
        "#newsContent",
        "#js_content",
        ".rich_media_content",
        "[itemprop=articleBody]",
    )
)
_SHORTEST: Final = 20
_SENTENCE: Final = re.compile("[，。；]")
_PARAGRAPHS: Final = frozenset({"p", "span", "font", "b", "strong", "a", "h1", "h2", "h3", "pre"})
_NEARLY_ALL: Final = 0.8
_CHROME_BOXES: Final = (
    "header, footer, nav, aside, [role=navigation], .header, .footer, .nav, .menu, .breadcrumb, .crumbs, .position, .location,"
    " .sidebar, .share, .bdsharebuttonbox, .pagination, .pager, .copyright, .friend-link, #header, #footer, #nav, #menu"
)
_WIDGET: Final = re.compile(
    r"(?:【|\[)?(?:打印(?:本页|此页)?|关闭(?:窗口|本页)?|返回(?:顶部|首页|列表)?|收藏|分享|我要纠错|无障碍.*|繁體?体?|登录|注册|首页|TOP)(?:】|\])?"
    r"|字[体号]\s*[:：].{0,20}|【?字[体号].{0,12}】?|分享(?:到|至).{0,30}|扫一扫.{0,30}|(?:您?的?当前|您(?:现在)?(?:所在)?的?)位置.*"
    r"|[上下]一[篇条页]\s*[:：]?.{0,80}|(?:浏览|阅读|点击|访问)(?:次数|量|数)?\s*[:：]?\s*\d*\s*次?"
    r"|(?:【|\()?(?:责任编辑|责编|编辑|审核|校对|初审|复审|终审)\s*[:：].{0,20}|相关(?:链接|阅读|稿件|文章|新闻|信息)\s*[:：]?"
    r"|(?:大|中|小|默认|A\+|A-)(?:\s+(?:大|中|小|默认|A\+|A-))*|(?:\[|【)\s*(?:大|中|小)(?:\s+(?:大|中|小))*\s*(?:\]|】)"
)
# Words of the frame on one line, as a page prints them: `发布时间：… 来源：… 浏览次数：…`.
_INFO: Final = re.compile(r"(?:发布|更新)?(?:时间|日期)\s*[:：]\s*\d{4}")
_INFO_LINES: Final = 5
_LONGEST_INFO: Final = 160


def find_main(tree: LexborHTMLParser) -> str:
    """The article's lines, or "" where the page has no text. May take the frame out of the tree."""
    for selector in _CONTAINERS:
        found = max((text_of(node) for node in tree.css(selector)), key=len, default="")
        if len(found) >= _SHORTEST:
            return found
    if tree.body is None:
        return ""
    for node in tree.body.css(_CHROME_BOXES):
        node.decompose()
    return text_of(_where_the_prose_is(tree.body))


def _where_the_prose_is(node: LexborNode) -> LexborNode:
    """Down from the body for as long as one child has nearly all the prose; the body where there is none (a page of figures)."""
    all_prose = _prose(node)
    while all_prose:
        inner = next(
            (child for child in children(node) if child.is_element_node and _prose(child) >= _NEARLY_ALL * all_prose), None
        )
        if inner is None or inner.tag in _PARAGRAPHS:
            break
        node = inner
    return node


def _prose(node: LexborNode) -> int:
    """Characters of the lines that are sentences, and no lists of links or labels."""
    return sum(len(line) for line in text_of(node).split("\n") if len(line) >= _SHORTEST and _SENTENCE.search(line))


def without_chrome(text: str) -> str:
    """Without the page's buttons, counters and info line."""
    lines = text.split("\n")
    return "\n".join(
        line
        for number, line in enumerate(lines)
        if not _WIDGET.fullmatch(line)
        and not (number < _INFO_LINES and len(line) <= _LONGEST_INFO and "。" not in line and _INFO.search(line))
    )
