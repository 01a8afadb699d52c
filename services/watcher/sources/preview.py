"""`--dry-run` for sites: a real visit with real requests, whose results are told and forgotten."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence

from services.lifecycle import StopFlag
from services.settings import Settings
from services.watcher.intake import Intake, Reading
from services.watcher.sources.catalogue import Site
from services.watcher.sources.courteous import courtesy
from services.watcher.sources.memory import Memory
from services.watcher.sources.model import PageSource
from services.watcher.sources.pages import Outcome
from services.watcher.sources.visit import Listing, Look
from services.watcher.sources.visits import Observer, Visits
from services.watcher.state import State

Tell = Callable[[dict[str, object]], None]
_WHY = {
    "publish": "its text is new",
    "revise": "another text, or the same described otherwise, stood at this address",
    "note": "its text is published from another address: a second source",
    "nothing": "it is published already",
    "unchanged": "the page has not changed since it was last fetched",
}


def preview_sites(
    sites: Sequence[Site], settings: Settings, state: State, intake: Intake, stop: StopFlag, most_pages: int, tell: Tell
) -> bool:
    """Visit each site now, due or not; `state` is a copy to be thrown away. Whether all lists could be read.

    Raises ConfigurationError.
    """
    if not sites:
        return True
    failed: list[str] = []

    def listing(site: Site, found: Listing) -> None:
        if found.problem is not None:
            failed.append(site.id)
        tell({"source_id": site.id, "list": site.source.url, **_told_listing(found)})

    def page(site: Site, look: Look, outcome: Outcome) -> None:
        tell(_told_page(site, look, outcome))

    _make_due(sites, state)
    visits = Visits(
        sites,
        state,
        intake,
        courtesy(settings, state, stop),
        at_once=settings.fetch_threads,
        observer=Observer(listing, page),
        most_pages=most_pages,
    )
    while not visits.is_idle and not stop:
        visits.step(0.1)
    memory, now = Memory(state), time.time()
    left = state.transaction(lambda: {site.id: memory.due_count(site.id, now) for site in sites})
    for site in sites:
        if left[site.id] and not isinstance(site.source, PageSource):
            tell({"source_id": site.id, "action": "stop", "reason": f"{left[site.id]} more pages are due; see --pages"})
    return not failed


def told(reading: Reading) -> dict[str, object]:
    """What a bulletin would say, and why it is published or not."""
    said = reading.description._asdict()
    text = said.pop("text")
    return {
        "reason": _WHY[reading.decision.action],
        "bulletin_id": reading.known.bulletin_id,
        "supersedes": reading.decision.supersedes,
        "near_duplicate_of": reading.near_duplicate_of,
        "characters": len(text),
        **said,
    }


def _told_listing(found: Listing) -> dict[str, object]:
    if found.problem is not None:
        return {"action": "retry", "reason": found.problem}
    if found.unchanged:
        return {"action": "unchanged", "reason": "the list has not changed since it was last fetched"}
    if found.empty:
        return {"action": "alarm", "reason": "no link is found in it", "links": 0}
    return {"action": "read", "links": len(found.links)}


def _told_page(site: Site, look: Look, outcome: Outcome) -> dict[str, object]:
    line: dict[str, object] = {"source_id": site.id, "source_uri": look.page.source_uri, "action": outcome.action}
    if outcome.problem is not None:
        line |= {"reason": type(outcome.problem).__name__, "message": str(outcome.problem)}
    else:
        line["reason"] = _WHY[outcome.action]
    if look.selector_missed:
        line["selector_missed"] = True
    return line | (told(outcome.reading) if outcome.reading else {})


def _make_due(sites: Sequence[Site], state: State) -> None:
    memory = Memory(state)

    def work() -> None:
        for site in sites:
            memory.put_source(memory.source(site.id, 0.0)._replace(due=0.0))

    state.transaction(work)
