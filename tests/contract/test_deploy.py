"""What is deployed says the same as the code: rights by the topic list, roles by the indices, the bill of materials by the lock."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from services import indices, topics
from services.ops.credentials import USERS
from services.settings import PROJECT, Settings

ROLES = yaml.safe_load((PROJECT / "deploy" / "elasticsearch" / "roles.yml").read_text("utf-8"))
KAFKA_USERS: dict[str, list[Any]] = {
    user["metadata"]["name"]: user["spec"]["authorization"]["acls"]
    for user in yaml.safe_load_all((PROJECT / "deploy" / "kubernetes" / "kafka" / "users.yaml").read_text("utf-8"))
}
SERVICES = ("watcher", "extractor", "indexer")


def allowed(service: str, operation: str, kind: str = "topic") -> set[str]:
    """The names that a service's own grants (not those by a prefix) let it do this with."""
    rules = KAFKA_USERS[f"bulletins-{service}"]
    return {
        rule["resource"]["name"]
        for rule in rules
        if rule["resource"]["type"] == kind and rule["resource"]["patternType"] == "literal" and operation in rule["operations"]
    }


@pytest.mark.parametrize("service", SERVICES)
def test_a_service_may_do_on_kafka_what_the_topic_list_says_and_no_more(service: str) -> None:
    listed = topics.load().all()
    assert allowed(service, "Read") == {topic.name for topic in listed if service in topic.consumers}
    letters = {
        topic.dead_letter for topic in listed if service in topic.consumers or (service, topic.role) == ("watcher", "text")
    }
    assert allowed(service, "Write") == {topic.name for topic in listed if service in topic.producers} | letters
    prefixes = [rule for rule in KAFKA_USERS[f"bulletins-{service}"] if rule["resource"]["patternType"] == "prefix"]
    assert [rule["operations"] for rule in prefixes] == [["Describe"]]


def test_the_api_may_read_events_and_write_nothing() -> None:
    assert allowed("api", "Read") == {topic.name for topic in topics.load().events()}
    assert {operation for rule in KAFKA_USERS["bulletins-api"] for operation in rule["operations"]} == {"Read"}


def test_a_service_may_join_its_own_group() -> None:
    settings = Settings()
    assert allowed("extractor", "Read", "group") == {settings.extractor_group}
    assert allowed("indexer", "Read", "group") == {settings.indexer_group}


def test_every_user_of_elasticsearch_has_a_role_and_the_operator_has_every_index() -> None:
    assert set(ROLES) == {f"bulletins_{name}" for name in USERS}
    [everything] = ROLES["bulletins_operator"]["indices"]
    assert set(everything["names"]) == {f"{index.alias}*" for index in indices.all_indices(Settings())}


def locked(name: str) -> set[tuple[str, str]]:
    """The packages of a lock with their versions."""
    text = (PROJECT / "requirements" / f"{name}.lock").read_text("utf-8")
    return set(re.findall(r"^([A-Za-z0-9._-]+)(?:\[.*\])?==(\S+)", text, re.MULTILINE))


@pytest.mark.parametrize("name", ["image", "local", "dev", "bench"])
def test_every_lock_has_what_the_services_need(name: str) -> None:
    assert locked("runtime") - locked(name) == set()


@pytest.mark.parametrize("name", ["image", "local", "bench"])
def test_what_is_run_or_measured_has_the_versions_that_the_tests_ran(name: str) -> None:
    tested = dict(locked("dev"))
    assert {(package, tested[package]) for package, _ in locked(name) if package in tested} <= locked(name)


def test_the_bill_of_materials_has_every_package_of_the_image(tmp_path: Path) -> None:
    lock = PROJECT / "requirements" / "image.lock"
    target = tmp_path / "sbom.json"
    tool = Path(sys.executable).with_name("cyclonedx-py")
    subprocess.run([tool, "requirements", "--of", "JSON", "-o", target, lock], check=True, capture_output=True)
    found = {part["name"]: part for part in json.loads(target.read_text("utf-8"))["components"]}
    assert set(found) == set(re.findall(r"^([A-Za-z0-9._-]+)(?:\[.*\])?==", lock.read_text("utf-8"), re.MULTILINE))
    assert all(part["externalReferences"][0]["hashes"] for part in found.values())
