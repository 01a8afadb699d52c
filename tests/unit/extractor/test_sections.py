"""The years and moods that titles give to what stands below them."""

from __future__ import annotations

import pytest

from services.extractor.sections import sections

OWN_YEAR = 2024


@pytest.mark.parametrize(
    ("title", "year", "planned"),
    [
        ("三、2025年工作打算", 2025, True),
        ("三、明年打算", 2025, True),
        ("四、来年重点", 2025, True),
        ("【2025我们这样干】", 2025, True),
        ("2025，我们继续奔跑！", 2025, False),
        ("2023，这些高光时刻属于云岭！", 2023, False),
        ("二、主要成效", None, False),
        ("三、明年6月投产的项目", None, True),
        ("2024家企业入驻产业园", None, False),
    ],
)
def test_what_a_title_says_of_its_section(title: str, year: int | None, planned: bool) -> None:
    found = sections(f"云岭县工作情况\n全县各项工作平稳有序推进。\n{title}\n城北水厂3月动工。\n", OWN_YEAR)[-1]
    assert (found.year, found.planned) == (year, planned)
