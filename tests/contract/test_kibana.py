"""What Kibana imports: made of its source, about fields that the index has, and whole by Kibana's rules.

Kibana itself is not among the servers that the tests start; what stands here is what its import checks and what its charts ask for.
"""

from __future__ import annotations

import json
import re
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from deploy.tools.build_kibana import FOLDER, SOURCE, TARGET, lines, load
from services.settings import PROJECT

Object = dict[str, Any]
OBJECTS: list[Object] = [json.loads(line) for line in TARGET.read_text("utf-8").splitlines()]
MAPPING: Object = json.loads((PROJECT / "schemas" / "index" / "bulletin-events.json").read_text("utf-8"))
# A word before a colon or a comparison is a field; what is quoted is a value.
KQL_FIELD = re.compile(r"([a-z][a-z_.]*)\s*(?::|>=|<=|>|<)")


def of_type(kind: str) -> list[Object]:
    return [item for item in OBJECTS if item["type"] == kind]


def ids(items: list[Object]) -> list[str]:
    return [item["id"] for item in items]


def index_fields(properties: Object, path: str = "") -> Iterator[tuple[str, str]]:
    for name, field in properties.items():
        if "properties" in field:
            yield from index_fields(field["properties"], f"{path}{name}.")
        else:
            yield path + name, field["type"]
            yield from index_fields(field.get("fields", {}), f"{path}{name}.")


FIELDS = dict(index_fields(MAPPING["properties"]))
NUMBERS = {"double", "integer"}


def kuery_fields(query: Object) -> set[str]:
    assert query["language"] == "kuery"
    return set(KQL_FIELD.findall(re.sub(r'"[^"]*"', "", query["query"])))


def test_the_file_is_what_its_source_makes() -> None:
    assert TARGET.read_text("utf-8") == lines(load(SOURCE)), "run `python -m deploy.tools.build_kibana`"


def test_every_object_has_what_an_import_needs() -> None:
    assert {kind: len(of_type(kind)) for kind in ("index-pattern", "search", "lens", "dashboard")} == {
        "index-pattern": 1,
        "search": 4,
        "lens": 6,
        "dashboard": 1,
    }
    for item in OBJECTS:
        assert set(item) == {
            "type", "id", "attributes", "references", "managed", "coreMigrationVersion", "typeMigrationVersion",
        }  # fmt: skip
        # A version newer than the Kibana of docker-compose.yml would be refused; those of 8.x are migrated by every 9.x.
        assert item["coreMigrationVersion"] == "8.8.0"
        assert re.fullmatch(r"(8|10)\.\d+\.\d+", item["typeMigrationVersion"])
        assert item["attributes"]["title"]
    assert len({(item["type"], item["id"]) for item in OBJECTS}) == len(OBJECTS)


def test_every_reference_leads_to_an_object_before_it() -> None:
    known: set[tuple[str, str]] = set()
    for item in OBJECTS:
        names = [reference["name"] for reference in item["references"]]
        assert len(set(names)) == len(names)
        for reference in item["references"]:
            assert (reference["type"], reference["id"]) in known, reference
        known.add((item["type"], item["id"]))


def test_the_data_view_is_the_index_that_the_services_write() -> None:
    [view] = of_type("index-pattern")
    settings_default = "bulletin-events"
    assert view["attributes"]["title"] == settings_default
    assert "timeFieldName" not in view["attributes"]
    assert all(FIELDS[field] in NUMBERS for field in json.loads(view["attributes"]["fieldFormatMap"]))


@pytest.mark.parametrize("search", of_type("search"), ids=ids(of_type("search")))
def test_saved_searches_name_fields_that_the_index_has(search: Object) -> None:
    attributes = search["attributes"]
    source = json.loads(attributes["kibanaSavedObjectMeta"]["searchSourceJSON"])
    [reference] = search["references"]
    assert source["indexRefName"] == reference["name"] == "kibanaSavedObjectMeta.searchSourceJSON.index"
    assert set(attributes["columns"]) <= set(FIELDS)
    assert kuery_fields(source["query"]) <= set(FIELDS)
    for field, direction in attributes["sort"]:
        # Text cannot be sorted by.
        assert FIELDS[field] != "text"
        assert direction in ("asc", "desc")


@pytest.mark.parametrize("chart", of_type("lens"), ids=ids(of_type("lens")))
def test_charts_aggregate_fields_of_the_right_type(chart: Object) -> None:
    state = chart["attributes"]["state"]
    [(name, layer)] = state["datasourceStates"]["formBased"]["layers"].items()
    assert [reference["name"] for reference in chart["references"]] == [f"indexpattern-datasource-layer-{name}"]
    [shown] = state["visualization"]["layers"]
    assert shown["layerId"] == name
    used = {shown["xAccessor"], *shown["accessors"], *filter(None, [shown.get("splitAccessor")])}
    assert used == set(layer["columns"]) == set(layer["columnOrder"])
    # Buckets before metrics, or Lens refuses the order.
    assert [layer["columns"][column]["isBucketed"] for column in layer["columnOrder"]] == [True] * (len(used) - 1) + [False]
    assert kuery_fields(state["query"]) <= set(FIELDS)
    for column in layer["columns"].values():
        operation = column["operationType"]
        if operation == "filters":
            for item in column["params"]["filters"]:
                assert kuery_fields(item["input"]) <= set(FIELDS)
        elif operation == "count":
            assert column["sourceField"] == "___records___"
        else:
            wanted = {"date_histogram": {"date"}, "terms": {"keyword"}, "sum": NUMBERS}[operation]
            assert FIELDS[column["sourceField"]] in wanted
        if operation == "terms":
            assert column["params"]["orderBy"]["columnId"] in layer["columns"]


def test_values_that_queries_name_are_the_contracts_own() -> None:
    schema = json.dumps(json.loads((PROJECT / "schemas" / "jsonschema" / "event.json").read_text("utf-8")))
    text = TARGET.read_text("utf-8")
    named = set(re.findall(r"(?:stage|level|status|event_type|metric): ([a-z_]+)", text))
    assert len(named) >= 15
    assert all(f'"{value}"' in schema for value in named)


def test_the_dashboard_has_its_panels_side_by_side() -> None:
    [dashboard] = of_type("dashboard")
    panels = json.loads(dashboard["attributes"]["panelsJSON"])
    references = {reference["name"]: reference for reference in dashboard["references"]}
    cells: set[tuple[int, int]] = set()
    for panel in panels:
        grid = panel["gridData"]
        assert panel["panelIndex"] == grid["i"]
        reference = references.pop(f"{panel['panelIndex']}:{panel['panelRefName']}")
        assert reference["type"] == panel["type"]
        assert grid["x"] + grid["w"] <= 48
        own = {(x, y) for x in range(grid["x"], grid["x"] + grid["w"]) for y in range(grid["y"], grid["y"] + grid["h"])}
        assert not own & cells
        cells |= own
    assert {panel["panelIndex"] for panel in panels} >= set(ids(of_type("lens")))
    controls = json.loads(dashboard["attributes"]["controlGroupInput"]["panelsJSON"])
    for name, control in controls.items():
        assert references.pop(f"controlGroup_{name}:optionsListDataView")["type"] == "index-pattern"
        assert FIELDS[control["explicitInput"]["fieldName"]] == "keyword"
    assert not references


@contextmanager
def answering(reply: str) -> Iterator[tuple[str, list[tuple[str, Any, bytes]]]]:
    """Something that answers an import with `reply`; its address, and what was sent."""
    sent: list[tuple[str, Any, bytes]] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self._answer("{}")

        def do_POST(self) -> None:
            sent.append((self.path, self.headers, self.rfile.read(int(self.headers["Content-Length"]))))
            self._answer(reply)

        def _answer(self, text: str) -> None:
            self.send_response(200)
            self.send_header("Content-Length", str(len(text)))
            self.end_headers()
            self.wfile.write(text.encode())

        def log_message(self, format: str, *args: object) -> None:
            """Not on the tests' terminal."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}", sent
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


@pytest.mark.parametrize(
    ("reply", "code"),
    [
        ('{"successCount":12,"success":true}', 0),
        ('{"successCount":0,"success":false,"errors":[{"id":"a","error":{"type":"conflict"}}]}', 0),
        ('{"successCount":1,"success":false,"errors":[{"id":"a","error":{"type":"missing_references"}}]}', 1),
        ('{"statusCode":400,"error":"Bad Request","message":"no"}', 1),
    ],
    ids=["all taken", "there already", "refused in part", "refused"],
)
def test_loading_sends_the_file_and_tells_what_was_refused(reply: str, code: int) -> None:
    with answering(reply) as (address, sent):
        done = subprocess.run(["bash", str(FOLDER / "load.sh"), address], capture_output=True, text=True, timeout=60)
    assert done.returncode == code, done.stderr
    [(path, headers, body)] = sent
    assert path == "/api/saved_objects/_import?overwrite=false"
    assert headers["kbn-xsrf"]
    assert headers["content-type"].startswith("multipart/form-data")
    assert TARGET.read_bytes() in body
    assert b'filename="bulletins.ndjson"' in body
