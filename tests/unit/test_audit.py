"""What `make audit` makes of pip-audit's report."""

from __future__ import annotations

import pytest

from deploy.tools.audit import ADVISORY, SAFE, UNKNOWN, judge

CLEAN = {"name": "attrs", "version": "26.1.0", "vulns": []}
SKIPPED = {"name": "lxml", "skip_reason": "Dependency not found on PyPI and could not be audited: lxml (6.1.3)"}
HIT = {
    "name": "aiohttp",
    "version": "3.9.1",
    "vulns": [{"id": "PYSEC-2024-24", "fix_versions": ["3.9.2"], "aliases": ["CVE-2024-23334"], "description": "…"}],
}


@pytest.mark.parametrize(
    ("dependencies", "code"),
    [
        ([CLEAN], SAFE),
        ([CLEAN, SKIPPED], UNKNOWN),
        ([], UNKNOWN),
        ([CLEAN, HIT], ADVISORY),
        ([SKIPPED, HIT], ADVISORY),
    ],
)
def test_only_what_was_looked_up_is_called_safe(dependencies: list[dict[str, object]], code: int) -> None:
    assert judge(dependencies)[0] == code


def test_an_advisory_is_told_with_its_remedy_and_a_gap_with_its_reason() -> None:
    _, said = judge([HIT, SKIPPED])
    assert "aiohttp 3.9.1: PYSEC-2024-24 CVE-2024-23334; fixed in 3.9.2" in said
    assert any("1 packages could not be looked up" in line and "not found on PyPI" in line for line in said)
