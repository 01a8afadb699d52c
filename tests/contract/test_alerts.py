"""Alerts, runbook and dashboards: every metric that they name is one that a service has, every alert has its section."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from typing import Any

import pytest
import yaml
from prometheus_client import REGISTRY

from services.settings import PROJECT

ALERTS = PROJECT / "deploy" / "prometheus" / "alerts.yaml"
RULES: list[dict[str, Any]] = [rule for group in yaml.safe_load(ALERTS.read_text("utf-8"))["groups"] for rule in group["rules"]]
DASHBOARD: dict[str, Any] = json.loads((PROJECT / "deploy" / "grafana" / "bulletins.json").read_text("utf-8"))
# Of PromQL itself, and what Prometheus adds to every scrape.
WORDS = {"absent", "and", "by", "or", "unless", "without", "on", "le", "up", "inf"}
FUNCTION = re.compile(r"([a-z_][a-z0-9_]*)\s*\(")
NAME = re.compile(r"[a-zA-Z_:][a-zA-Z0-9_:]*")


def served() -> set[str]:
    """Every name of a time series that a process of ours has: the registry that /metrics is written from."""
    # Their metrics are declared by these modules.
    import services.api.observe
    import services.api.webhooks.courier
    import services.api.webhooks.deliverer
    import services.deadletter
    import services.extractor.monitor
    import services.extractor.pipeline
    import services.indexer.metrics
    import services.telemetry
    import services.watcher.metrics  # noqa: F401

    suffixes = {"counter": ["_total"], "gauge": [""], "histogram": ["_bucket", "_sum", "_count"], "info": ["_info"]}
    return {family.name + suffix for family in REGISTRY.collect() for suffix in suffixes.get(family.type, [])}


def named(expression: str) -> set[str]:
    """The metrics that a query names."""
    plain = re.sub(r'"[^"]*"', "", expression)
    plain = re.sub(r"\{[^}]*\}|\[[^\]]*\]", "", plain)
    plain = re.sub(r"\b(?:by|without|on)\s*\([^)]*\)", "", plain)
    functions = set(FUNCTION.findall(plain))
    return {name for name in NAME.findall(plain) if name not in WORDS | functions and not re.fullmatch(r"e\d+", name)}


def test_every_metric_of_an_alert_is_served() -> None:
    asked = {name for rule in RULES for name in named(rule["expr"])}
    assert len(asked) > 10
    assert asked - served() == set()


def test_every_metric_of_the_dashboard_is_served() -> None:
    queries = [target["expr"] for panel in DASHBOARD["panels"] for target in panel.get("targets", [])]
    assert len(queries) > 10
    assert {name for query in queries for name in named(query.replace("$__rate_interval", "5m"))} - served() == set()


def test_every_alert_has_its_section_in_the_runbook_and_the_other_way_round() -> None:
    sections = re.findall(r"^## (.+)$", (PROJECT / "docs" / "runbook.md").read_text("utf-8"), re.MULTILINE)
    assert sections == [rule["alert"] for rule in RULES]


def test_every_alert_says_how_grave_it_is_and_what_it_saw() -> None:
    assert {rule["labels"]["severity"] for rule in RULES} == {"critical", "warning"}
    assert all(rule["annotations"]["summary"] for rule in RULES)


def test_every_command_of_the_runbook_exists() -> None:
    from typer.main import get_command

    from services.cli import app

    text = (PROJECT / "docs" / "runbook.md").read_text("utf-8")
    words = set(re.findall(r"bulletins ([a-z]+)", re.sub(r"app.kubernetes.io\S+", "", text)))
    known = set(get_command(app).commands)  # type: ignore[attr-defined]
    assert {"status", "dlq", "sources", "bootstrap"} <= words & known
    assert set(re.findall(r"`bulletins ([a-z]+)", text)) <= known


def test_prometheus_takes_the_rules_and_the_configuration() -> None:
    tool = shutil.which("promtool")
    if tool is None:
        if os.environ.get("BULLETINS_NEED_TOOLS"):
            pytest.fail("there is no promtool")
        pytest.skip("there is no promtool (Debian: apt install prometheus)")
    for command in (["check", "rules", str(ALERTS)], ["check", "config", str(ALERTS.with_name("prometheus.yaml"))]):
        checked = subprocess.run([tool, *command], capture_output=True, text=True, check=False)
        assert checked.returncode == 0, checked.stdout + checked.stderr
