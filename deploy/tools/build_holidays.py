"""Make the table `moving` of `seeds/lexicon/holidays.yaml`: the days of 春节, 清明, 端午 and 中秋.

    pip install borax==4.1.3   # in an environment of its own
    python deploy/tools/build_holidays.py

borax (MIT) reckons the lunar calendar and the solar terms; lunardate 0.3.0 gives the same three lunar days for all these years.
"""

from __future__ import annotations

from importlib import import_module
from pathlib import Path

OUTPUT = Path(__file__).resolve().parents[2] / "seeds" / "lexicon" / "holidays.yaml"
FIRST, LAST = 2005, 2035
MARK = "# moving: "
LUNAR = {"春节": (1, 1), "端午": (5, 5), "中秋": (8, 15)}


def build() -> str:
    """The lines of the table."""
    calendar = import_module("borax.calendars.lunardate")
    lines = [f"{MARK}{FIRST} to {LAST}, made by deploy/tools/build_holidays.py.", "moving:"]
    for year in range(FIRST, LAST + 1):
        days = {name: calendar.LunarDate(year, *day).to_solar_date() for name, day in LUNAR.items()}
        days["清明"] = calendar.TermUtils.day_start_from_term(year, "清明")
        told = ", ".join(f"{name}: {day:%m-%d}" for name, day in sorted(days.items(), key=lambda item: item[1]))
        lines.append(f"  {year}: {{{told}}}")
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    kept = OUTPUT.read_text("utf-8").partition(MARK)[0]
    OUTPUT.write_text(kept + build(), "utf-8")
