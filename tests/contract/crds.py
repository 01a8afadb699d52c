"""Schemas of the custom resources: Strimzi's as its own generator writes them, KEDA's and the Prometheus Operator's from models of theirs.

ECK publishes its schemas in no package; docs/kubernetes.md says what was done instead.
"""

from __future__ import annotations

import json
import re
import subprocess
from pathlib import Path
from typing import Any

from cloudcoil.models.keda import v1alpha1 as keda
from cloudcoil.models.prometheus_operator import v1 as prometheus
from jsonschema import Draft202012Validator
from pydantic import BaseModel

from deploy.local import java
from deploy.local.artifacts import Cache, locked
from deploy.local.lock import STRIMZI_LOCK

STRIMZI_CLASSES = {"Kafka": "kafka.Kafka", "KafkaNodePool": "nodepool.KafkaNodePool", "KafkaUser": "user.KafkaUser"}
MODELS: dict[tuple[str, str], type[BaseModel]] = {
    ("keda.sh/v1alpha1", "ScaledObject"): keda.ScaledObject,
    ("keda.sh/v1alpha1", "TriggerAuthentication"): keda.TriggerAuthentication,
    ("monitoring.coreos.com/v1", "PodMonitor"): prometheus.PodMonitor,
    ("monitoring.coreos.com/v1", "PrometheusRule"): prometheus.PrometheusRule,
}
Schema = dict[str, Any]
# Where a schema holds further schemas: one, by name, or in a list.
_ONE, _NAMED, _LISTED = ("items", "additionalProperties"), ("properties", "$defs"), ("anyOf", "oneOf", "allOf")


def validators(folder: Path) -> dict[tuple[str, str], Draft202012Validator]:
    """By apiVersion and kind; they refuse fields that the schema does not name. `folder` takes Strimzi's files."""
    found = {key: model.model_json_schema(by_alias=True) for key, model in MODELS.items()} | strimzi(folder)
    return {key: Draft202012Validator(closed(schema)) for key, schema in found.items()}


def strimzi(folder: Path) -> dict[tuple[str, str], Schema]:
    """From the definitions that Strimzi's generator makes of its classes. Raises StackError, CalledProcessError."""
    jars = Cache(say=lambda line: None).fetch("strimzi", locked(STRIMZI_LOCK))
    outputs = {kind: folder / f"{kind}.json" for kind in STRIMZI_CLASSES}
    wanted = [f"io.strimzi.api.kafka.model.{STRIMZI_CLASSES[kind]}={path}" for kind, path in outputs.items()]
    command = [java.find().executable, *java.QUICK_START, "-cp", ":".join(map(str, jars)), "io.strimzi.crdgenerator.CrdGenerator"]
    subprocess.run([*command, "--target-kube", "1.30+", *wanted], check=True, capture_output=True, timeout=120)
    found = {}
    for kind, path in outputs.items():
        spec = json.loads(path.read_text("utf-8"))["spec"]
        for version in spec["versions"]:
            schema = version["schema"]["openAPIV3Schema"]
            schema["properties"] |= {"apiVersion": {"type": "string"}, "kind": {"const": kind}, "metadata": {"type": "object"}}
            found[f"{spec['group']}/{version['name']}", kind] = schema
    return found


def closed(schema: Schema) -> Schema:
    """The same, but objects refuse what is not among their properties, as the API server does when asked to be strict.

    Schemas of custom resources leave that to the server, models take what a newer operator may bring.
    """
    result = dict(schema)
    for key in _ONE:
        if isinstance(result.get(key), dict):
            result[key] = closed(result[key])
    for key in _NAMED:
        if key in result:
            result[key] = {name: closed(part) for name, part in result[key].items()}
    for key in _LISTED:
        if key in result:
            result[key] = [closed(part) for part in result[key]]
    if "pattern" in result:
        # Go takes the flag anywhere, Python at the beginning.
        result["pattern"] = re.sub(r"^\^(\(\?i\))", r"\1^", result["pattern"])
    if "properties" in result and not result.get("x-kubernetes-preserve-unknown-fields"):
        result["additionalProperties"] = False
    return result
