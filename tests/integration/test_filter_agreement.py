"""A filter means the same to a subscriber as to a query: the events of real bulletins, and odd ones, through both."""

from __future__ import annotations

import random
from collections.abc import Iterator
from typing import Any

import orjson
import pytest

from deploy.local.elasticsearch import Elasticsearch
from services import indices
from services.api.filters import EXACT, WORDS, event_filters
from services.api.matching import matcher, words
from services.api.params import EventFilter
from services.contracts import json_dict
from services.extractor.extract import extract
from services.settings import Settings
from tests.browser.data import bulletins
from tests.integration.api_process import made
from tests.servers import settings_for

# What tokenizers differ in: Latin words and numbers among Chinese, marks between letters and digits, other scripts, full-width
# forms, long words, characters beyond the basic plane.
ODD = [
    "投资6.5亿元，同比增长16.5%，达1,200万千瓦",
    "A股上市公司·B2B平台e-commerce_v2.0 can't O’Neill",
    "５Ｇ基站ＡＢＣ建设１２个，第①批，№3，100㎡，50℃",
    "カタカナ・ひらがな 한국어 Ελληνικά ΑΣ İstanbul straße",
    "𠮷野家𡃁仔🏭😀👨‍👩‍👧项目",
    "々〇〆 一期（二期）“三个一批”：签约/开工—投产",
    "x" * 300 + " y" * 3,
    "C++ C# .NET node.js 3.14.15 1:2 a:b 10,000,000 3,a v1.2-rc",
    "ไทยภาษา ລາວ हिन्दी العربية שלום צה״ל",
    "a\u200bb a\u00adb e\u0301té ﬁn",
]
ANY: dict[str, list[Any]] = {
    "event_type": ["investment_report", "project_milestone", "accolade"],
    "stage": ["started", "signed", "operational"],
    "metric": ["total_investment", "funding"],
    "level": ["national", "provincial"],
    "status": ["actual", "planned"],
}


def samples() -> list[dict[str, Any]]:
    found = [json_dict(event) for bulletin in bulletins() for event in extract(bulletin).events]
    for text in ODD:
        evidence = {"quote": text, "start": 0, "end": len(text)}
        found.append(made("project_milestone", project=text, organization=text[::-1], evidence=evidence, region=None))
        found.append(made("accolade", honor=text, recipient=None, evidence=evidence, published_on=None))
    money = {"currency": "CNY", "text": "某", "bound": "exact"}
    for value, most, currency in (
        (5e8, None, "CNY"),
        (1e8, 3e8, "CNY"),
        (5e8, None, "USD"),
        (0, None, "CNY"),
        (0.01, None, "CNY"),
    ):
        found.append(made("investment_report", amount={**money, "value": value, "value_max": most, "currency": currency}))
    for start, end in (("2023-01-01", None), (None, "2023-06-30"), ("2023-03-01", "2023-03-01"), (None, None)):
        found.append(made("accolade", period={"start": start, "end": end, "text": None}))
    for code in ("410000", "410100", "410106", None):
        found.append(made("accolade", region_code=code, period=None))
    return found


def filters(events: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """One of each field by itself, then many at random."""
    chance = random.Random(11)
    for text in ODD:
        for length in (1, 2, 3, 5, 400):
            at = chance.randrange(len(text))
            yield {"q": text[at : at + length] or text}
            yield {"project": text[at : at + length].upper() or text}
    for field in (*WORDS, *(f"{field}_exact" for field in EXACT), "q", *ANY, "region_code", "bulletin_id", "fact_id"):
        for _ in range(8):
            yield one(chance, events, field)
    for least, most in ((0, 0), (1e8, None), (None, 1e8), (2e8, 2.5e8), (0.005, 0.02), (5e8, 5e8)):
        yield {"amount_min": least, "amount_max": most}
        yield {"amount_min": least, "amount_max": most, "currency": "USD"}
    for first, last in (("2023-03-01", None), (None, "2023-02-28"), ("2023-03-01", "2023-03-01"), ("2099-01-01", None)):
        yield {"period_from": first, "period_to": last}
        yield {"published_from": first, "published_to": last}
    for _ in range(150):
        together: dict[str, Any] = {}
        for field in chance.sample([*ANY, "region_code", "q", "project", "region"], 2):
            together |= one(chance, events, field)
        yield together


def one(chance: random.Random, events: list[dict[str, Any]], field: str) -> dict[str, Any]:
    if field in ANY:
        return {field: chance.sample(ANY[field], chance.randrange(1, 3))}
    if field == "region_code":
        return {field: chance.choice([["410000"], ["410100"], ["410106", "330000"], ["110000"]])}
    name = field.removesuffix("_exact")
    values = [event["evidence"]["quote"] if name == "q" else event.get(name) for event in events]
    value = str(chance.choice([value for value in values if value]))
    if field.endswith("_exact") or field in ("bulletin_id", "fact_id"):
        return {field: [value]}
    at = chance.randrange(len(value))
    return {field: value[at : at + chance.randrange(1, 12)]}


@pytest.fixture(scope="module")
def settings(elasticsearch: Elasticsearch, tmp_path_factory: pytest.TempPathFactory) -> Settings:
    return settings_for("127.0.0.1:9", elasticsearch.url, tmp_path_factory.mktemp("agreement"))


def test_a_filter_lets_the_same_events_through_in_both(settings: Settings) -> None:
    events = samples()
    values = {event["event_id"]: orjson.dumps(event) for event in events}
    kept, found_some = [], 0
    for given in filters(events):
        try:
            kept.append((given, EventFilter.model_validate({key: value for key, value in given.items() if value is not None})))
        except ValueError:
            continue  # a piece of a text that is only space
    with indices.connect(settings) as client:
        indices.ensure_indices(client, settings)
        lines: list[Any] = []
        for event in events:
            lines += [{"index": {"_id": event["event_id"]}}, event]
        assert not client.bulk(index=settings.events_index, operations=lines, refresh=True)["errors"]
        asked: list[Any] = []
        for _, query in kept:
            asked += [{}, {"query": {"bool": {"filter": event_filters(query)}}, "size": 10_000, "_source": False}]
        answers = client.msearch(index=settings.events_index, searches=asked)["responses"]
        for (given, query), answer in zip(kept, answers, strict=True):
            by_index = {hit["_id"] for hit in answer["hits"]["hits"]}
            passes = matcher(query)
            by_hand = {event_id for event_id, value in values.items() if passes(value)}
            assert by_hand == by_index, given
            found_some += bool(by_index)
        client.indices.delete(index=[index.first_name for index in indices.all_indices(settings)])
    assert len(kept) > 300
    assert found_some > 150


def test_texts_are_cut_into_the_same_words(settings: Settings) -> None:
    texts = [*ODD, *(bulletin.text[:20_000] for bulletin in bulletins())]
    with indices.connect(settings) as client:
        for text in texts:
            for start in range(0, len(text), 5000):
                part = text[start : start + 5000]
                answer = client.indices.analyze(analyzer="standard", text=part)
                assert list(words(part)) == [token["token"] for token in answer["tokens"]]
