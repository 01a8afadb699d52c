"""As many events as one likes, made of those that the sample bulletins tell: names, places, days and amounts change, words stay."""

from __future__ import annotations

import random
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from itertools import islice
from typing import Any

import orjson
from elasticsearch import Elasticsearch

from services import indices
from services.contracts import json_dict
from services.extractor.extract import extract
from services.places import above, names
from services.settings import Settings
from tests.browser.data import bulletins

EVENTS_A_BULLETIN = 30
BATCH = 2000
CONNECTIONS = 2
FIRST_DAY = date(2015, 1, 1)
DAYS = 3650
# Of a hundred events so many are told again under another.
TOLD_AGAIN = 20
SEED = 7
Event = dict[str, Any]


def uuid(kind: int, number: int) -> str:
    """An id of the contract's form."""
    return f"{number:08x}-{kind:04x}-5000-8000-{number:012x}"


def places() -> list[tuple[str, str]]:
    """Counties and districts, with their names."""
    return [(code, name) for code, name in sorted(names().items()) if not code.endswith("00") and above(code)]


def generated(count: int) -> Iterator[Event]:
    """The same ones each time. Each bulletin tells thirty, of one place and day."""
    dice = random.Random(SEED)
    templates = [json_dict(event) for bulletin in bulletins() for event in extract(bulletin).events]
    divisions = places()
    for number in range(count):
        if number % EVENTS_A_BULLETIN == 0:
            code, place = dice.choice(divisions)
            day = FIRST_DAY + timedelta(days=dice.randrange(DAYS))
        told = templates[number % len(templates)]
        event = {
            **told,
            "event_id": uuid(1, number),
            "bulletin_id": uuid(2, number // EVENTS_A_BULLETIN),
            "fact_id": uuid(3, dice.randrange(number + 1) if dice.randrange(100) < TOLD_AGAIN else number),
            "source_uri": f"file:bulletins/{number // EVENTS_A_BULLETIN}.txt",
            "publisher": f"{place}人民政府",
            "published_on": day.isoformat(),
            "region": place,
            "region_code": code,
        }
        if period := told["period"]:
            end = day + timedelta(days=dice.randrange(-300, 300))
            event["period"] = {**period, "start": (end - timedelta(days=180)).isoformat(), "end": end.isoformat()}
        if amount := told.get("amount"):
            event["amount"] = {**amount, "value": round(amount["value"] * dice.lognormvariate(0, 1.5)), "value_max": None}
        if project := told.get("project"):
            event["project"] = f"{place}{project}"
        if told.get("recipient"):
            event["recipient"] = f"{place}{told['recipient']}"
        yield event


def fill(client: Elasticsearch, settings: Settings, count: int) -> None:
    """The event index with `count` of them, ready to be searched."""
    events = generated(count)

    def lines() -> Iterator[list[bytes]]:
        while part := list(islice(events, BATCH)):
            yield [orjson.dumps(one) for event in part for one in ({"create": {"_id": event["event_id"]}}, event)]

    # Refused whole where the server has too much in hand: nothing of it was done, so it is sent again.
    patient = client.options(retry_on_status=(429, 503), max_retries=20)

    def send(operations: list[bytes]) -> None:
        answer = patient.bulk(index=settings.events_index, operations=operations)
        if answer["errors"]:
            raise RuntimeError(next(item for item in answer["items"] if "error" in item["create"]))

    indices.ensure_indices(client, settings)
    # What was asked before must not be answered from memory: each query is asked of both sides.
    client.indices.put_settings(index=settings.events_index, settings={"refresh_interval": -1, "requests.cache.enable": False})
    pieces = lines()
    with ThreadPoolExecutor(CONNECTIONS) as pool:
        while work := [pool.submit(send, piece) for piece in islice(pieces, CONNECTIONS * 4)]:
            for one in work:
                one.result()
    client.indices.put_settings(index=settings.events_index, settings={"refresh_interval": None})
    client.indices.refresh(index=settings.events_index)
