"""The day of publication, where the text says it."""

from __future__ import annotations

from datetime import date

import pytest

from services.extractor.masthead import published_on


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("年终冲刺！\n发布：2024-11-29 15:04来源：新闻在线【字号：大中小】\n本网讯", date(2024, 11, 29)),
        ("政务信息\n发布时间：2023年2月2日\n正文", date(2023, 2, 2)),
        ("推进情况汇报\n（2009年5月12日）\n各位领导：", date(2009, 5, 12)),
        ("工作总结。\n县发展改革局\n2021年7月3日", date(2021, 7, 3)),
        ("2022年11月12日，首列班列开行。", None),
        ("发布时间：2023年13月40日\n正文", None),
        ("本报7月7日讯 今天上午召开会议。", None),
    ],
)
def test_published_on(text: str, day: date | None) -> None:
    assert published_on(text) == day
