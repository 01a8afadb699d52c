"""Topics and indices, made before any service starts: a Faust worker whose topic does not exist yet says that it is ready and
consumes nothing until it is restarted."""

from __future__ import annotations

import logging
import time
from dataclasses import dataclass, field

from elastic_transport import TransportError
from elasticsearch import ApiError, Elasticsearch
from kafka.admin import ConfigResource, ConfigResourceType, KafkaAdminClient
from kafka.errors import KafkaError, TopicAlreadyExistsError, for_code

from services import broker, indices, topics
from services.lifecycle import pauses
from services.settings import Settings

log = logging.getLogger(__name__)

WAIT_SECONDS = 60.0


class BootstrapError(Exception):
    """The message says what is wrong, where, and what to do."""


@dataclass(frozen=True, slots=True)
class TopicSpec:
    """One Kafka topic as it has to be: `configs` are the broker's names and values."""

    name: str
    partitions: int
    configs: dict[str, str]


@dataclass(frozen=True, slots=True)
class Report:
    """What was made and what was found to differ without harm."""

    created: list[str] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)


def bootstrap(settings: Settings, wait_seconds: float = WAIT_SECONDS) -> Report:
    """Make every topic with its dead-letter twin, then the indices; what is there already stays as it is.

    Waits up to `wait_seconds` for each server. Raises BootstrapError where a server does not answer or a topic is unfit.
    """
    report = ensure_topics(settings, wait_seconds)
    client = indices.connect(settings)
    try:
        _await_elasticsearch(client, settings, wait_seconds)
        created = indices.ensure_indices(client, settings)
    except indices.IndexMismatch as error:
        raise BootstrapError(str(error)) from error
    except (ApiError, TransportError) as error:
        raise BootstrapError(f"Elasticsearch at {settings.elasticsearch_url}: {error}") from error
    finally:
        client.close()
    aliases = [index.alias for index in indices.all_indices(settings)]
    log.info("bootstrap: the indices behind %s are there, %d of them new", ", ".join(aliases), len(created))
    return Report([*report.created, *created], report.warnings)


def wanted_topics() -> list[TopicSpec]:
    """Every topic of the topic list and its dead-letter twin."""
    listed = topics.load()
    specs = []
    for topic in listed.all():
        specs.append(TopicSpec(topic.name, topic.partitions, _configs(topic.retention_ms, topic.max_message_bytes)))
        twin = _configs(topic.retention_ms, topic.dead_letter_max_message_bytes)
        specs.append(TopicSpec(topic.dead_letter, listed.dead_letter_partitions, twin))
    return specs


def _configs(retention_ms: int, max_message_bytes: int) -> dict[str, str]:
    return {
        "cleanup.policy": "delete",
        "retention.ms": str(retention_ms),
        "max.message.bytes": str(max_message_bytes),
        # The broker's clock: of a producer whose own is an hour ahead it would take nothing.
        "message.timestamp.type": "LogAppendTime",
    }


def ensure_topics(settings: Settings, wait_seconds: float = WAIT_SECONDS) -> Report:
    """Make the topics that are missing and check those that are there. Raises BootstrapError."""
    admin = _kafka_admin(settings, wait_seconds)
    try:
        wanted = wanted_topics()
        created = _create(admin, wanted, settings)
        problems, warnings = _compare(admin, wanted)
    except KafkaError as error:
        raise BootstrapError(f"Kafka at {settings.kafka_bootstrap}: {error}") from error
    finally:
        admin.close()
    for warning in warnings:
        log.warning("bootstrap: %s", warning)
    if problems:
        raise BootstrapError("\n".join(problems))
    log.info("bootstrap: %d topics are there, %d of them new", len(wanted), len(created))
    return Report(created, warnings)


def _create(admin: KafkaAdminClient, wanted: list[TopicSpec], settings: Settings) -> list[str]:
    """Ask for all of them: the controller knows best which are there, a broker's list may be behind. Gives the new ones."""
    specs = {
        spec.name: {
            "num_partitions": spec.partitions,
            "replication_factor": settings.topic_replication,
            "configs": spec.configs,
        }
        for spec in wanted
    }
    created = []
    for item in admin.create_topics(specs, raise_errors=False)["topics"]:
        error = for_code(item["error_code"])
        if item["error_code"] == 0:
            created.append(item["name"])
        elif error is not TopicAlreadyExistsError:
            raise BootstrapError(f"topic {item['name']} cannot be created: {item['error_message'] or error.__name__}")
    admin.wait_for_topics(list(specs), timeout_ms=30_000)
    return created


def _compare(admin: KafkaAdminClient, wanted: list[TopicSpec]) -> tuple[list[str], list[str]]:
    partitions = {item["name"]: len(item["partitions"]) for item in admin.describe_topics([spec.name for spec in wanted])}
    resources = [ConfigResource(ConfigResourceType.TOPIC, spec.name) for spec in wanted]
    found = admin.describe_configs(resources, config_filter="all")["topic"]
    problems: list[str] = []
    warnings: list[str] = []
    for spec in wanted:
        actual = {name: str(found[spec.name][name]["value"]) for name in spec.configs}
        bad, odd = differences(spec, partitions[spec.name], actual)
        problems += bad
        warnings += odd
    return problems, warnings


def differences(spec: TopicSpec, partitions: int, configs: dict[str, str]) -> tuple[list[str], list[str]]:
    """What makes an existing topic unfit, and what only differs from the topic list (an operator may have meant it).

    `configs` are the broker's present values for the names in `spec.configs`.
    """
    problems: list[str] = []
    warnings: list[str] = []
    if partitions < spec.partitions:
        problems.append(
            f"topic {spec.name} has {partitions} partition(s), schemas/topics.yaml wants {spec.partitions}; "
            f"adding some sends the same key elsewhere, so delete the topic (its messages with it) and run this again, "
            f"or write {partitions} into schemas/topics.yaml"
        )
    elif partitions > spec.partitions:
        warnings.append(f"topic {spec.name} has {partitions} partitions, schemas/topics.yaml says {spec.partitions}")
    for name, value in spec.configs.items():
        actual = configs[name]
        if actual == value:
            continue
        text = f"topic {spec.name} has {name}={actual}, schemas/topics.yaml wants {value}"
        if _unfit(name, actual, value):
            problems.append(f"{text}; set it with kafka-configs.sh --alter --topic {spec.name} --add-config {name}={value}")
        else:
            warnings.append(text)
    return problems, warnings


def _unfit(name: str, actual: str, wanted: str) -> bool:
    """Whether a setting would lose messages: compaction keeps one event of a bulletin, a small limit refuses a large text."""
    if name == "cleanup.policy":
        return "compact" in actual
    return name == "max.message.bytes" and int(actual) < int(wanted)


def _kafka_admin(settings: Settings, wait_seconds: float) -> KafkaAdminClient:
    log.info("bootstrap: waiting for Kafka at %s", settings.kafka_bootstrap)
    try:
        return KafkaAdminClient(
            **broker.connection(settings), bootstrap_timeout_ms=int(wait_seconds * 1000), reconnect_backoff_max_ms=1000
        )
    except KafkaError as error:
        raise BootstrapError(
            f"Kafka does not answer at {settings.kafka_bootstrap} after {wait_seconds:g} s ({error}); "
            "start it, or set BULLETINS_KAFKA_BOOTSTRAP"
        ) from error


def _await_elasticsearch(client: Elasticsearch, settings: Settings, wait_seconds: float) -> None:
    log.info("bootstrap: waiting for Elasticsearch at %s", settings.elasticsearch_url)
    deadline = time.monotonic() + wait_seconds
    for pause in pauses(first=0.2, longest=2.0):
        try:
            # Not client.info(): a server without the optional modules has no GET /.
            if client.cluster.health(wait_for_status="yellow", timeout="1s")["status"] != "red":
                return
            last: object = "its state is red"
        except (ApiError, TransportError) as error:
            last = error
        if time.monotonic() + pause > deadline:
            raise BootstrapError(
                f"Elasticsearch does not answer at {settings.elasticsearch_url} after {wait_seconds:g} s ({last}); "
                "start it, or set BULLETINS_ELASTICSEARCH_URL"
            )
        time.sleep(pause)
