"""Pages that a server sends with status 200 and that are no article: not found, in maintenance, log in first."""

from __future__ import annotations

import re
from typing import Final

from selectolax.lexbor import LexborHTMLParser

from services.watcher.errors import ErrorPage
from services.watcher.formats.markup_text import clean
from services.watcher.formats.page_tags import Said

# A page of nothing but an error has a title like it, and few words. A bulletin about maintenance has more of them, or tags of its own.
_FEW_CHARACTERS: Final = 400
_FEW_BESIDE_LOGIN: Final = 200
_ERRORS: Final = re.compile(
    r"(?:^|\D)(?:40[0-9]|41[0-9]|429|50[0-9])(?!\d)[\s\-_:：,，|!！]{0,4}(?:错误|error|not found|forbidden|unavailable|页面|网页|禁止|网关|找不到|bad gateway|-)"
    r"|(?:错误|error|HTTP)\D{0,10}(?:40\d|50\d)(?:\D|$)|^\s*(?:40[34]|50[0234])\s*$"
    r"|(?:页面|网页|文章|信息|内容|资源|文件|栏目|地址)(?:已|可能)?(?:经|被)?(?:不存在|未找到|找不到|无法(?:访问|显示|找到)|走丢|飞走|丢失|删除|下线|过期|失效)"
    r"|(?:找不到|没有找到|未找到|无法(?:访问|找到|显示))(?:您?(?:要|所)?(?:请求|访问|查找|浏览)?的?|该|此|相关)(?:页面|网页|文章|信息|内容|资源|文件)"
    r"|(?:不存在|未找到|找不到).{0,4}(?:页面|网页)|(?:您|你)(?:所|要|请求)?(?:访问|查看|浏览|请求|找)的.{0,12}(?:不存在|已删除|未找到|找不到|出错|拒绝|失效)"
    r"|(?:系统|网站|服务器?|平台)(?:正在|暂时|目前)?(?:处于)?(?:维护|升级|繁忙|关闭|异常|出错|错误|开小差|内部错误)(?:中|期间|维护)?"
    r"|(?:访问|请求)(?:被|已被|过于|太过)?(?:拒绝|禁止|拦截|阻断|频繁|受限|异常)|(?:权限不足|没有权限|无权访问|未授权)"
    r"|page not found|not found|access denied|forbidden|bad gateway|service (?:temporarily )?unavailable|internal server error"
    r"|gateway time-?out|under (?:construction|maintenance)|web application firewall|request (?:blocked|rejected)",
    re.IGNORECASE,
)
_CHECKS: Final = re.compile(
    r"(?:请|正在)(?:完成|进行|输入)?.{0,6}(?:安全验证|人机验证|滑块|验证码)|安全(?:检查|验证)(?:中|页面)|checking your browser|enable javascript"
    r"|请(?:开启|启用|打开).{0,8}javascript|verify you are human|just a moment",
    re.IGNORECASE,
)
_LOGIN: Final = re.compile(
    r"(?:请|需)(?:您)?(?:先|要)?.{0,4}登[录陆]|统一身份认证|用户登[录陆]|账号登[录陆]|登[录陆]后(?:查看|访问|阅读)|log ?in|sign ?in",
    re.IGNORECASE,
)


def check_no_error(tree: LexborHTMLParser, whole: str, said: Said, body: str) -> None:
    """`whole` is the text of the whole page, `body` that of the article found in it. Raises ErrorPage."""
    if said.is_article and len(body) > 0:
        return
    node = tree.css_first("title")
    title = clean(node.text()) if node is not None else ""
    if len(body) <= _FEW_CHARACTERS and len(whole) <= 3 * _FEW_CHARACTERS:
        told = next((found[0] for text in (title, body, whole) if (found := _ERRORS.search(text) or _CHECKS.search(text))), None)
        if told is not None:
            raise ErrorPage(f"the server sent an error page: {title or told!r}; what stood at the address goes on standing")
    asks = tree.css_first("input[type=password]") is not None
    if len(body) <= _FEW_BESIDE_LOGIN and (_LOGIN.search(title) or (asks and _LOGIN.search(whole))):
        raise ErrorPage(f"the server asks to log in: {title!r}; what stood at the address goes on standing")
