"""Makes `deploy/kibana/bulletins.ndjson`, which Kibana imports, from `source.yaml` beside it: `python -m deploy.tools.build_kibana`.

The form is that of Kibana's own exports: attributes that are JSON within JSON, every object that another one uses named in its
`references`, and the version of its type that it was written in (`typeMigrationVersion`), from which a newer Kibana migrates it.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import yaml

FOLDER: Final = Path(__file__).resolve().parents[1] / "kibana"
SOURCE: Final = FOLDER / "source.yaml"
TARGET: Final = FOLDER / "bulletins.ndjson"

CORE_VERSION: Final = "8.8.0"
TYPE_VERSIONS: Final = {"index-pattern": "8.0.0", "search": "10.5.0", "lens": "8.9.0", "dashboard": "10.3.0"}
LAYER: Final = "layer"
TERMS: Final = 12
Object = dict[str, Any]


def objects(source: Object) -> Iterator[Object]:
    """The saved objects, each after those that it refers to."""
    view = source["data_view"]
    attributes = {
        "title": view["index"],
        "name": view["name"],
        # It may be made before the index is.
        "allowNoIndex": True,
        "fields": "[]",
        "sourceFilters": "[]",
        "fieldFormatMap": _json(
            {field: {"id": "number", "params": {"pattern": form}} for field, form in view["formats"].items()}
        ),
    }
    yield _saved("index-pattern", view["id"], attributes, [])
    for search in source["searches"]:
        yield _search(search, view["id"])
    for chart in source["charts"]:
        yield _chart(chart, view["id"])
    yield _dashboard(source["dashboard"], view["id"], {chart["id"]: "lens" for chart in source["charts"]})


def lines(source: Object) -> str:
    return "".join(json.dumps(item, ensure_ascii=False, sort_keys=True) + "\n" for item in objects(source))


def load(path: Path = SOURCE) -> Object:
    loaded: Object = yaml.safe_load(path.read_text("utf-8"))
    return loaded


def main() -> None:
    TARGET.write_text(lines(load()), "utf-8")
    print(f"{TARGET}: {len(TARGET.read_text('utf-8').splitlines())} objects")


def _saved(kind: str, identity: str, attributes: Object, references: list[Object]) -> Object:
    return {
        "type": kind,
        "id": identity,
        "attributes": attributes,
        "references": references,
        "managed": False,
        "coreMigrationVersion": CORE_VERSION,
        "typeMigrationVersion": TYPE_VERSIONS[kind],
    }


def _reference(kind: str, identity: str, name: str) -> Object:
    return {"type": kind, "id": identity, "name": name}


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, sort_keys=True)


def _kuery(query: str) -> Object:
    return {"language": "kuery", "query": query}


def _search(search: Object, view: str) -> Object:
    name = "kibanaSavedObjectMeta.searchSourceJSON.index"
    meta = {"query": _kuery(search.get("query", "")), "filter": [], "indexRefName": name}
    attributes = {
        "title": search["title"],
        "description": search["description"],
        "columns": search["columns"],
        "sort": [list(order) for order in search["sort"].items()],
        "grid": {},
        "hideChart": False,
        "isTextBasedQuery": False,
        "timeRestore": False,
        "kibanaSavedObjectMeta": {"searchSourceJSON": _json(meta)},
    }
    return _saved("search", search["id"], attributes, [_reference("index-pattern", view, name)])


def _chart(chart: Object, view: str) -> Object:
    columns = {"x": _bucket(chart["x"]), "y": _metric(chart["y"])}
    order = ["x", "y"]
    if "split" in chart:
        columns["split"] = _bucket(chart["split"])
        order = ["split", "x", "y"] if "month" in chart["x"] else ["x", "split", "y"]
    layer = {
        "layerId": LAYER,
        "layerType": "data",
        "seriesType": chart["kind"],
        "xAccessor": "x",
        "accessors": ["y"],
        **({"splitAccessor": "split"} if "split" in chart else {}),
    }
    shown = {"x": False, "yLeft": False, "yRight": False}
    state = {
        "adHocDataViews": {},
        "internalReferences": [],
        "datasourceStates": {
            "formBased": {"layers": {LAYER: {"columns": columns, "columnOrder": order, "incompleteColumns": {}, "sampling": 1}}}
        },
        "filters": [],
        "query": _kuery(chart.get("query", "")),
        "visualization": {
            "preferredSeriesType": chart["kind"],
            "layers": [layer],
            "legend": {"isVisible": "split" in chart, "position": "right"},
            "valueLabels": "hide",
            "fittingFunction": "None",
            "axisTitlesVisibilitySettings": shown,
        },
    }
    attributes = {
        "title": chart["title"],
        "description": chart.get("description", ""),
        "visualizationType": "lnsXY",
        "state": state,
    }
    return _saved("lens", chart["id"], attributes, [_reference("index-pattern", view, f"indexpattern-datasource-layer-{LAYER}")])


def _bucket(wanted: Object) -> Object:
    """What the bars, or the colours, stand for."""
    if "month" in wanted:
        field = wanted["month"]
        # Dates that lie far apart, or in the future, must not make a bar a month between them.
        params: Object = {"interval": "M", "includeEmptyRows": False, "dropPartials": False}
        return {**_column(f"{field} by month", "date", "date_histogram", "interval", field), "isBucketed": True, "params": params}
    if "terms" in wanted:
        field = wanted["terms"]
        params = {
            "size": wanted.get("size", TERMS),
            "orderBy": {"type": "column", "columnId": "y"},
            "orderDirection": "desc",
            "otherBucket": True,
            "missingBucket": False,
            "parentFormat": {"id": "terms"},
        }
        return {**_column(field, "string", "terms", "ordinal", field), "isBucketed": True, "params": params}
    filters = [{"label": item["label"], "input": _kuery(item["query"])} for item in wanted["filters"]]
    return {
        "label": "Filters",
        "dataType": "string",
        "operationType": "filters",
        "scale": "ordinal",
        "isBucketed": True,
        "params": {"filters": filters},
    }


def _metric(wanted: Object) -> Object:
    if "sum" in wanted:
        column = _column(wanted["label"], "number", "sum", "ratio", wanted["sum"])
        # Absent is not nothing: a month without a sum has no bar.
        params: Object = {"emptyAsNull": True, "format": {"id": "number", "params": {"decimals": 1, "compact": True}}}
    else:
        column = _column(wanted["count"], "number", "count", "ratio", "___records___")
        params = {"emptyAsNull": True}
    return {**column, "isBucketed": False, "customLabel": True, "params": params}


def _column(label: str, data_type: str, operation: str, scale: str, field: str) -> Object:
    return {"label": label, "dataType": data_type, "operationType": operation, "scale": scale, "sourceField": field}


def _dashboard(wanted: Object, view: str, kinds: dict[str, str]) -> Object:
    panels, references = [], []
    top = 0
    for row in wanted["rows"]:
        left = 0
        for identity, width in row["panels"].items():
            kind = kinds.get(identity, "search")
            panels.append(
                {
                    "type": kind,
                    "panelIndex": identity,
                    "panelRefName": f"panel_{identity}",
                    "gridData": {"x": left, "y": top, "w": width, "h": row["height"], "i": identity},
                    "embeddableConfig": {"enhancements": {}},
                }
            )
            references.append(_reference(kind, identity, f"{identity}:panel_{identity}"))
            left += width
        top += row["height"]
    controls = {}
    for number, control in enumerate(wanted["controls"]):
        identity = f"control-{control['field']}"
        controls[identity] = {
            "type": "optionsListControl",
            "order": number,
            "width": "medium",
            "grow": True,
            "explicitInput": {"id": identity, "fieldName": control["field"], "title": control["title"], "enhancements": {}},
        }
        references.append(_reference("index-pattern", view, f"controlGroup_{identity}:optionsListDataView"))
    ignored = {"ignoreFilters": False, "ignoreQuery": False, "ignoreTimerange": False, "ignoreValidations": False}
    attributes = {
        "title": wanted["title"],
        "description": wanted["description"],
        "panelsJSON": _json(panels),
        "optionsJSON": _json(
            {"useMargins": True, "syncColors": True, "syncCursor": True, "syncTooltips": False, "hidePanelTitles": False}
        ),
        "controlGroupInput": {
            "chainingSystem": "HIERARCHICAL",
            "controlStyle": "oneLine",
            "ignoreParentSettingsJSON": _json(ignored),
            "panelsJSON": _json(controls),
            "showApplySelections": False,
        },
        "kibanaSavedObjectMeta": {"searchSourceJSON": _json({"query": _kuery(""), "filter": []})},
        "timeRestore": False,
        "version": 1,
    }
    return _saved("dashboard", wanted["id"], attributes, references)


if __name__ == "__main__":
    main()
