"""The Kubernetes manifests: by the schemas of Kubernetes and of the operators, and by what they say of each other and of the code.

ECK's schemas are in no package: of its two resources only what the rest relies on is compared.
"""

from __future__ import annotations

import copy
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import kubernetes_validate
import pytest
import yaml
from jsonschema import Draft202012Validator, ValidationError

from deploy.local.artifacts import locked
from services import topics
from services.ops.credentials import USERS
from services.settings import PREFIX, PROJECT, Settings
from tests.contract import crds

FOLDER = PROJECT / "deploy" / "kubernetes"
OTHERS = ("kafka.strimzi.io/", "elasticsearch.k8s.elastic.co/", "kibana.k8s.elastic.co/", "keda.sh/", "monitoring.coreos.com/")
UNPUBLISHED = ("elasticsearch.k8s.elastic.co/", "kibana.k8s.elastic.co/")
OLDEST_SUPPORTED = "1.30"
Resource = dict[str, Any]


def resources() -> Iterator[Resource]:
    for path in sorted(FOLDER.rglob("*.yaml")):
        for item in yaml.safe_load_all(path.read_text("utf-8")):
            if item is not None and item["kind"] != "Kustomization":
                yield item


ALL = list(resources())
CORE = [item for item in ALL if not item["apiVersion"].startswith(OTHERS)]
CUSTOM = [item for item in ALL if item["apiVersion"].startswith(OTHERS) and not item["apiVersion"].startswith(UNPUBLISHED)]
WORKLOADS = {item["metadata"]["name"]: item for item in CORE if item["kind"] in ("Deployment", "StatefulSet", "Job")}
LONG_RUNNING = {name: item for name, item in WORKLOADS.items() if item["kind"] != "Job"}


def of_kind(kind: str) -> dict[str, Resource]:
    return {item["metadata"]["name"]: item for item in ALL if item["kind"] == kind}


def pod(item: Resource) -> Resource:
    spec: Resource = item["spec"]["template"]["spec"]
    return spec


def labels(item: Resource) -> dict[str, str]:
    found: dict[str, str] = item["spec"]["template"]["metadata"]["labels"]
    return found


def secrets(item: Resource) -> set[str]:
    return {volume["secret"]["secretName"] for volume in pod(item)["volumes"] if "secret" in volume}


@pytest.mark.parametrize("item", CORE, ids=lambda item: f"{item['kind']}-{item['metadata']['name']}")
def test_kubernetes_takes_it(item: Resource) -> None:
    for version in (OLDEST_SUPPORTED, kubernetes_validate.latest_version()):
        kubernetes_validate.validate(item, version, strict=True)


@pytest.mark.parametrize("item", WORKLOADS.values(), ids=WORKLOADS)
def test_no_pod_is_told_of_services_by_variables_that_look_like_settings(item: Resource) -> None:
    """A service `bulletins-api` would set BULLETINS_API_PORT to an address."""
    assert pod(item)["enableServiceLinks"] is False


def test_a_mistake_would_be_found() -> None:
    wrong = yaml.safe_load(yaml.safe_dump(WORKLOADS["indexer"]))
    wrong["spec"]["template"]["spec"]["containers"][0]["readynessProbe"] = {}
    with pytest.raises(kubernetes_validate.ValidationError):
        kubernetes_validate.validate(wrong, OLDEST_SUPPORTED, strict=True)


@pytest.fixture(scope="module")
def operators(tmp_path_factory: pytest.TempPathFactory) -> dict[tuple[str, str], Draft202012Validator]:
    return crds.validators(tmp_path_factory.mktemp("strimzi"))


@pytest.mark.parametrize("item", CUSTOM, ids=lambda item: f"{item['kind']}-{item['metadata']['name']}")
def test_its_operator_takes_it(item: Resource, operators: dict[tuple[str, str], Draft202012Validator]) -> None:
    operators[item["apiVersion"], item["kind"]].validate(item)


@pytest.mark.parametrize(
    ("kind", "name", "path", "value"),
    [
        ("Kafka", "bulletins", ("spec", "kafka", "listener"), []),
        ("Kafka", "bulletins", ("spec", "kafka", "listeners", 0, "type"), "outside"),
        ("Kafka", "bulletins", ("spec", "entityOperator", "userOperator", "watch"), "all"),
        ("KafkaNodePool", "dual", ("spec", "replicas"), "three"),
        ("KafkaNodePool", "dual", ("spec", "storage", "volumes", 0, "sizes"), "200Gi"),
        ("KafkaUser", "bulletins-watcher", ("spec", "authorization", "acls", 0, "operations"), ["Peek"]),
        ("KafkaUser", "bulletins-watcher", ("spec", "authorization", "acls", 0, "resources"), {}),
        ("ScaledObject", "indexer", ("spec", "maxReplicas"), 4),
        ("ScaledObject", "indexer", ("spec", "triggers", 0, "type"), None),
        ("ScaledObject", "indexer", ("spec", "advanced", "horizontalPodAutoscalerConfig", "behaviour"), {}),
        ("TriggerAuthentication", "kafka", ("spec", "secretTargetRef", 0, "secret"), "x"),
        ("PodMonitor", "bulletins", ("spec", "podMetricsEndpoints", 0, "relabeling"), []),
        ("PodMonitor", "bulletins", ("spec", "selector"), "all"),
        ("PrometheusRule", "bulletins", ("spec", "groups", 0, "rules", 0, "expression"), "up"),
    ],
)
def test_its_operator_does_not_take_a_mistake(
    kind: str, name: str, path: tuple[str | int, ...], value: object, operators: dict[tuple[str, str], Draft202012Validator]
) -> None:
    wrong = copy.deepcopy(of_kind(kind)[name])
    *parents, last = path
    place: Any = wrong
    for step in parents:
        place = place[step]
    place[last] = value
    with pytest.raises(ValidationError):
        operators[wrong["apiVersion"], kind].validate(wrong)


def test_every_file_is_part_of_a_kustomization_and_every_part_is_there() -> None:
    named = set()
    for path in FOLDER.rglob("kustomization.yaml"):
        told = yaml.safe_load(path.read_text("utf-8"))
        parts = [*told["resources"], *(file for secret in told.get("secretGenerator", []) for file in secret.get("files", []))]
        named |= {path.parent / part for part in parts}
    assert all(path.exists() for path in named)
    files = {path for path in FOLDER.rglob("*.y*ml") if path.name != "kustomization.yaml"}
    assert files == {path for path in named if path.is_file()}


def test_no_secret_stands_in_a_file() -> None:
    assert of_kind("Secret") == {}
    generated = [
        literal
        for path in FOLDER.rglob("kustomization.yaml")
        for secret in yaml.safe_load(path.read_text("utf-8")).get("secretGenerator", [])
        for literal in secret.get("literals", [])
    ]
    assert generated == ["username=bulletins-scaler"]


@pytest.mark.parametrize("name", WORKLOADS)
def test_a_pod_has_no_more_rights_than_it_needs(name: str) -> None:
    spec = pod(WORKLOADS[name])
    [container] = spec["containers"]
    assert spec["securityContext"]["runAsNonRoot"] is True
    assert spec["automountServiceAccountToken"] is False
    assert container["securityContext"] == {
        "allowPrivilegeEscalation": False,
        "readOnlyRootFilesystem": True,
        "capabilities": {"drop": ["ALL"]},
    }
    assert "memory" in container["resources"]["limits"]
    for variable in container["env"]:
        assert variable["name"].removeprefix(PREFIX).removesuffix("_FILE").lower() in Settings.model_fields
    mounted = {mount["name"] for mount in container["volumeMounts"]}
    claimed = {claim["metadata"]["name"] for claim in WORKLOADS[name]["spec"].get("volumeClaimTemplates", [])}
    assert mounted == {volume["name"] for volume in spec["volumes"]} | claimed


@pytest.mark.parametrize("name", LONG_RUNNING)
def test_a_service_is_probed_and_found_by_its_labels(name: str) -> None:
    item = LONG_RUNNING[name]
    [container] = pod(item)["containers"]
    assert container["livenessProbe"]["httpGet"]["path"] == "/livez"
    assert container["readinessProbe"]["httpGet"]["path"] == "/readyz"
    assert item["spec"]["selector"]["matchLabels"].items() <= labels(item).items()


def test_several_of_a_service_have_a_budget_and_those_that_are_one_have_none() -> None:
    budgets = {
        name: item["spec"]["selector"]["matchLabels"]["app.kubernetes.io/name"]
        for name, item in of_kind("PodDisruptionBudget").items()
    }
    assert budgets == {name: name for name in ("extractor", "indexer", "api")}
    assert [LONG_RUNNING[name]["spec"]["replicas"] for name in ("watcher", "deliverer")] == [1, 1]
    # A second one beside the first would send everything twice.
    assert LONG_RUNNING["deliverer"]["spec"]["strategy"] == {"type": "Recreate"}


def test_each_has_its_own_logins_and_no_other() -> None:
    common = {"bulletins-cluster-ca-cert", "bulletins-es-http-certs-public"}
    assert {name: secrets(item) - common for name, item in WORKLOADS.items()} == {
        "watcher": {"bulletins-watcher"},
        "extractor": {"bulletins-extractor"},
        "indexer": {"bulletins-indexer", "bulletins-elasticsearch-indexer"},
        "api": {"bulletins-api", "bulletins-elasticsearch-api", "bulletins-api-cursor-key"},
        "deliverer": {"bulletins-deliverer", "bulletins-elasticsearch-deliverer"},
        "bootstrap": {"bulletins-operator", "bulletins-elasticsearch-operator"},
    }
    # Strimzi writes a secret of each user's name, ECK takes one for each user.
    users = set(of_kind("KafkaUser"))
    assert {
        f"bulletins-{name}" for name in ("watcher", "extractor", "indexer", "api", "deliverer", "operator", "scaler")
    } <= users
    realm = of_kind("Elasticsearch")["bulletins"]["spec"]["auth"]["fileRealm"]
    assert [entry["secretName"] for entry in realm] == [f"bulletins-elasticsearch-{name}" for name in USERS]


def test_kafka_and_elasticsearch_are_reached_where_their_operators_put_them() -> None:
    settings = of_kind("ConfigMap")["bulletins-settings"]["data"]
    kafka, index = of_kind("Kafka")["bulletins"], of_kind("Elasticsearch")["bulletins"]
    [listener] = kafka["spec"]["kafka"]["listeners"]
    assert settings["BULLETINS_KAFKA_BOOTSTRAP"] == f"{kafka['metadata']['name']}-kafka-bootstrap:{listener['port']}"
    assert (listener["tls"], listener["authentication"]["type"]) == (True, "scram-sha-512")
    assert settings["BULLETINS_ELASTICSEARCH_URL"] == f"https://{index['metadata']['name']}-es-http:9200"
    for user in of_kind("KafkaUser").values():
        assert user["metadata"]["labels"] == {"strimzi.io/cluster": kafka["metadata"]["name"]}


def test_workers_are_scaled_by_the_lag_of_their_group_up_to_the_partitions() -> None:
    settings, text = Settings(), topics.load()["text"]
    for name, item in of_kind("ScaledObject").items():
        [trigger] = item["spec"]["triggers"]
        assert item["spec"]["scaleTargetRef"]["name"] == name
        assert "replicas" not in WORKLOADS[name]["spec"]
        assert item["spec"]["maxReplicaCount"] == text.partitions
        assert trigger["metadata"]["consumerGroup"] == getattr(settings, f"{name}_group")
        assert trigger["metadata"].get("topic") in (None, text.name)
        assert trigger["authenticationRef"]["name"] in of_kind("TriggerAuthentication")


def test_every_pod_may_reach_its_servers_and_nothing_is_open_by_default() -> None:
    policies = of_kind("NetworkPolicy")
    assert policies["nothing"]["spec"]["policyTypes"] == ["Ingress", "Egress"]
    assert not {"ingress", "egress"} & set(policies["nothing"]["spec"])

    def chosen(policy: str) -> set[str]:
        [expression] = policies[policy]["spec"]["podSelector"]["matchExpressions"]
        return set(expression["values"])

    apps = {name: labels(item)["app.kubernetes.io/name"] for name, item in WORKLOADS.items()}
    to_index = {apps[name] for name, item in WORKLOADS.items() if any("elasticsearch" in secret for secret in secrets(item))}
    kafka_logins = set(of_kind("KafkaUser"))
    to_kafka = {apps[name] for name, item in WORKLOADS.items() if secrets(item) & kafka_logins}
    assert (chosen("to-kafka"), chosen("to-elasticsearch")) == (to_kafka, to_index)


def test_only_who_is_meant_to_reaches_the_outside_and_nothing_inside_by_that_way() -> None:
    outside = {}
    for name, policy in of_kind("NetworkPolicy").items():
        for rule in policy["spec"].get("egress", []):
            for block in (each["ipBlock"] for each in rule["to"] if "ipBlock" in each):
                outside[name] = set(block["except"])
    private = {"10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "169.254.0.0/16", "100.64.0.0/10"}
    assert outside == {"to-sites": private, "to-receivers": private}
    selectors = of_kind("NetworkPolicy")["to-receivers"]["spec"]["podSelector"]["matchExpressions"]
    assert [set(each["values"]) for each in selectors] == [{"deliverer", "api"}]


def test_the_alerts_are_those_of_prometheus_alone_and_their_jobs_have_the_same_names() -> None:
    alone = yaml.safe_load((PROJECT / "deploy" / "prometheus" / "alerts.yaml").read_text("utf-8"))
    assert of_kind("PrometheusRule")["bulletins"]["spec"] == alone
    [endpoint] = of_kind("PodMonitor")["bulletins"]["spec"]["podMetricsEndpoints"]
    [relabeling] = endpoint["relabelings"]
    given = {relabeling["replacement"].replace("$1", labels(item)["app.kubernetes.io/name"]) for item in LONG_RUNNING.values()}
    asked = {job for rule in alone["groups"][0]["rules"] for job in re.findall(r'up\{job="([^"]+)"\}', rule["expr"])}
    assert (relabeling["targetLabel"], given) == ("job", asked)


def test_the_roles_are_those_that_were_tried() -> None:
    tried = (PROJECT / "deploy" / "elasticsearch" / "roles.yml").read_bytes()
    assert (FOLDER / "elasticsearch" / "roles.yml").read_bytes() == tried


def test_the_servers_have_the_versions_that_the_tests_run() -> None:
    told = {of_kind("Kafka")["bulletins"]["spec"]["kafka"]["version"]}
    assert told == {artifact.coordinates[2] for artifact in locked() if artifact.path.name.startswith("kafka-clients-")}
    told = {of_kind(kind)["bulletins"]["spec"]["version"] for kind in ("Elasticsearch", "Kibana")}
    assert told == {artifact.coordinates[2] for artifact in locked() if artifact.path.suffix == ".zip"}


def test_the_image_has_the_version_of_the_package() -> None:
    told = yaml.safe_load((FOLDER / "base" / "kustomization.yaml").read_text("utf-8"))
    [version] = re.findall(r'^version = "(.+)"$', (PROJECT / "pyproject.toml").read_text("utf-8"), re.MULTILINE)
    assert [image["newTag"] for image in told["images"]] == [version]
    assert Path(PROJECT / "deploy" / "Dockerfile").exists()
