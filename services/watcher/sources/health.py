"""Which sources need a look: silent, failing, changed in structure, or with texts that lost their length. Told once, and counted always."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Mapping, Sequence
from statistics import median
from typing import Final, NamedTuple

from services.watcher import metrics
from services.watcher.sources.memory import Memory, SourceRecord
from services.watcher.sources.model import Expected
from services.watcher.state import State

log = logging.getLogger(__name__)

SILENT, FEW, FAILING, STRUCTURE, SHORT_TEXTS = ALARMS = ("silent", "few", "failing", "structure", "short_texts")
TELL_SECONDS: Final = 10.0
# Below this share of what is expected it is few; a district's news come in bursts.
_FEW_SHARE: Final = 0.5
_FAILING_VISITS: Final = 3
_BAD_PAGES: Final = 5
_MISSED_PAGES: Final = 3
_RECENT_TEXTS: Final = 5
_USUAL_TEXTS: Final = 50
_FEWEST_USUAL: Final = 10
_SHORT_SHARE: Final = 0.25


class Report(NamedTuple):
    """A source's health now; times are Unix times, None where it never happened. `alarms` by name, with their reason."""

    source_id: str
    last_visit: float | None
    last_success: float | None
    last_new: float | None
    new_in_period: int | None
    expected: int | None
    period_seconds: float | None
    failures: int
    problem: str | None
    failing_pages: int
    alarms: Mapping[str, str]


def report(memory: Memory, source_id: str, expected: Expected | None, now: float) -> Report:
    """Within a transaction."""
    record = memory.source(source_id, now)
    period = expected.every.total_seconds() if expected else None
    new = memory.arrivals_since(source_id, now - period) if period else None
    alarms = {
        **_structure_alarms(record),
        **_length_alarm(memory.last_lengths(source_id, _USUAL_TEXTS)),
        **_count_alarms(record, expected, new, now),
    }
    return Report(
        source_id=source_id,
        last_visit=record.visited,
        last_success=record.succeeded,
        last_new=memory.last_arrival(source_id),
        new_in_period=new,
        expected=expected.new if expected else None,
        period_seconds=period,
        failures=record.failures,
        problem=record.problem,
        failing_pages=len(memory.failing_pages(source_id)),
        alarms=alarms,
    )


def _count_alarms(record: SourceRecord, expected: Expected | None, new: int | None, now: float) -> dict[str, str]:
    """A source is judged once it has been watched for a whole period."""
    if expected is None or new is None or now - record.since < expected.every.total_seconds():
        return {}
    days = expected.every.total_seconds() / 86400
    if new == 0:
        return {SILENT: f"nothing new in {days:g} days, expected are {expected.new}"}
    if new < _FEW_SHARE * expected.new:
        return {FEW: f"{new} new in {days:g} days, expected are {expected.new}"}
    return {}


def _structure_alarms(record: SourceRecord) -> dict[str, str]:
    alarms = {}
    if record.failures >= _FAILING_VISITS:
        alarms[FAILING] = f"{record.failures} visits in a row failed: {record.problem}"
    if record.empty:
        alarms[STRUCTURE] = "its list can be read, but no link is found in it; has the site been redesigned?"
    elif record.missed >= _MISSED_PAGES:
        alarms[STRUCTURE] = (
            f"the selector for the text found nothing in the last {record.missed} pages; has the site been redesigned?"
        )
    elif record.bad_pages >= _BAD_PAGES:
        alarms[STRUCTURE] = f"the last {record.bad_pages} pages were no bulletins; see `bulletins sources --json`"
    return alarms


def _length_alarm(lengths: Sequence[int]) -> dict[str, str]:
    """`lengths` of the last texts, the newest first."""
    recent, usual = lengths[:_RECENT_TEXTS], lengths[_RECENT_TEXTS:]
    if len(usual) < _FEWEST_USUAL or median(recent) >= _SHORT_SHARE * median(usual):
        return {}
    return {SHORT_TEXTS: f"the last texts have {median(recent):.0f} characters, usual are {median(usual):.0f}"}


class Health:
    """Tells the log of alarms that begin and end, and the metrics of all."""

    def __init__(
        self,
        source_ids: Sequence[str],
        expected: Mapping[str, Expected],
        state: State,
        now: Callable[[], float] = time.time,
    ) -> None:
        self._source_ids = source_ids
        self._expected = expected
        self._state = state
        self._memory = Memory(state)
        self._now = now
        self._told: dict[str, Mapping[str, str]] = {}
        self._next = 0.0
        state.transaction(lambda: self._memory.forget_old_arrivals(now()))

    def folder_scanned(self, source_id: str, problem: str | None) -> None:
        """A folder was listed, or could not be."""
        now = self._now()

        def note() -> None:
            record = self._memory.source(source_id, now)._replace(visited=now, problem=problem)
            failures = record.failures + 1 if problem else 0
            succeeded = record.succeeded if problem else now
            self._memory.put_source(record._replace(failures=failures, succeeded=succeeded))

        self._state.transaction(note)

    def tell(self) -> None:
        """Cheap when called again soon."""
        if time.monotonic() < self._next:
            return
        self._next = time.monotonic() + TELL_SECONDS
        for each in self._state.transaction(self._reports):
            self._measure(each)
            told = self._told.get(each.source_id, {})
            for alarm, reason in each.alarms.items():
                if alarm not in told:
                    log.warning("source %s: %s: %s", each.source_id, alarm, reason)
            for alarm in told:
                if alarm not in each.alarms:
                    log.info("source %s: no longer %s", each.source_id, alarm)
            self._told[each.source_id] = each.alarms

    def _reports(self) -> list[Report]:
        return [report(self._memory, source_id, self._expected.get(source_id), self._now()) for source_id in self._source_ids]

    def _measure(self, each: Report) -> None:
        for alarm in ALARMS:
            metrics.SOURCE_ALARM.labels(each.source_id, alarm).set(alarm in each.alarms)
        metrics.SOURCE_SILENT.labels(each.source_id).set(SILENT in each.alarms)
        metrics.SOURCE_LAST_SUCCESS.labels(each.source_id).set(each.last_success or 0)
        metrics.SOURCE_LAST_NEW.labels(each.source_id).set(each.last_new or 0)
        if each.expected is not None and each.new_in_period is not None:
            metrics.SOURCE_EXPECTED.labels(each.source_id).set(each.expected)
            metrics.SOURCE_NEW.labels(each.source_id).set(each.new_in_period)
