"""The whole way of a bulletin with encryption, logins and least rights everywhere, on real servers; and what each user cannot do."""

from __future__ import annotations

import json
import os
import secrets
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from elasticsearch import AuthenticationException, AuthorizationException, Elasticsearch
from kafka import KafkaConsumer, KafkaProducer, TopicPartition
from kafka.errors import KafkaError, TopicAuthorizationFailedError
from pydantic import SecretStr

from deploy.local.java import QUICK_START
from deploy.local.preflight import free_port
from deploy.local.services import environment
from services import broker, indices, keystore, topics
from services.apikeys import Scope
from services.ops import credentials
from services.settings import PROJECT, Settings
from tests.integration.receiver import receiving, wait_until
from tests.secured import ADMIN, HOSTS, KAFKA_USERS, ROLES, SecuredElasticsearch, SecuredKafka, grant
from tests.servers import reachable_folder

SERVICES = {"watcher": "watch", "extractor": "worker", "indexer": "index", "deliverer": "deliver", "api": "api"}
PATIENCE_SECONDS = 120
TEXT = "2025年上街区重点工作简报\n总投资3.5亿元的示例智能装备产业园项目正式开工。\n"


@dataclass(frozen=True)
class Stack:
    """Two secured servers, and the settings of each user."""

    common: Settings
    passwords: dict[str, str]
    made: Path

    def of(self, name: str) -> Settings:
        """The settings of a service, with its own logins."""
        user = f"bulletins-{name}"
        login: dict[str, object] = {
            "kafka_security_protocol": "PLAINTEXT",
            "kafka_ca": None,
            "kafka_username": None,
            "kafka_password": None,
        }
        # The analyst uses Elasticsearch alone.
        if user in self.passwords:
            login = {"kafka_username": user, "kafka_password": SecretStr(self.passwords[user])}
        if name in credentials.USERS:
            password = (self.made / name / "password").read_text("utf-8")
            login |= {"elasticsearch_username": name, "elasticsearch_password": SecretStr(password)}
        return self.common.model_copy(update=login)

    def index(self, name: str) -> Elasticsearch:
        return indices.connect(self.of(name))


@pytest.fixture(scope="module")
def stack() -> Iterator[Stack]:
    with ExitStack() as closing_all:
        folder = closing_all.enter_context(reachable_folder())
        made = folder / "credentials"
        assert credentials.make(made, ROLES, HOSTS)
        names = [
            line.split(": ")[1].strip() for line in KAFKA_USERS.read_text("utf-8").splitlines() if "name: bulletins-" in line[:24]
        ]
        passwords = {name: secrets.token_urlsafe(16) for name in [ADMIN, *names]}
        kafka = closing_all.enter_context(SecuredKafka(folder, free_port(), passwords, QUICK_START))
        elasticsearch = closing_all.enter_context(SecuredElasticsearch(folder, free_port(), made, QUICK_START))
        watched = folder / "watched"
        watched.mkdir()
        ports = {name: free_port() for name in Settings.model_fields if name.endswith("_port")}
        common = Settings(
            kafka_bootstrap=kafka.bootstrap,
            kafka_security_protocol="SASL_SSL",
            kafka_username=ADMIN,
            kafka_password=SecretStr(passwords[ADMIN]),
            kafka_ca=kafka.ca,
            elasticsearch_url=elasticsearch.url,
            elasticsearch_ca=elasticsearch.ca,
            watch_folders=str(watched),
            state_dir=folder / "state",
            session_timeout_seconds=6,
            webhook_allow="127.0.0.1",
            **ports,
        )
        grant(common)
        stack = Stack(common, passwords, made)
        made_ready = command(stack.of("operator"), "bootstrap")
        assert made_ready.returncode == 0, made_ready.stderr
        yield stack


def as_files(settings: Settings, folder: Path) -> dict[str, str]:
    """The environment of these settings, with each secret in a file as containers have it."""
    variables = environment(settings)
    for name in [name for name, value in settings if isinstance(value, SecretStr)]:
        variable = f"BULLETINS_{name.upper()}"
        path = folder / f"{settings.kafka_username}-{name}"
        path.write_text(variables.pop(variable) + "\n", "utf-8")
        variables[f"{variable}_FILE"] = str(path)
    return variables


def command(settings: Settings, *arguments: str) -> subprocess.CompletedProcess[str]:
    words = [sys.executable, "-m", "services.cli", *arguments]
    return subprocess.run(words, cwd=PROJECT, env={**os.environ, **environment(settings)}, capture_output=True, text=True)


@contextmanager
def service(stack: Stack, name: str, folder: Path) -> Iterator[Path]:
    """A service with its own user's logins; gives its log."""
    log = folder / f"{name}.log"
    with log.open("wb") as output:
        variables = {**os.environ, **as_files(stack.of(name), folder)}
        words = [sys.executable, "-m", "services.cli", SERVICES[name]]
        process = subprocess.Popen(words, cwd=PROJECT, env=variables, stdout=output, stderr=output)
    try:
        yield log
    finally:
        process.terminate()
        process.wait(PATIENCE_SECONDS)


def events(settings: Settings) -> list[dict[str, object]]:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{settings.api_port}/v1/events", timeout=10) as reply:
            items: list[dict[str, object]] = json.load(reply)["items"]
            return items
    except OSError:
        return []


def test_a_bulletin_passes_the_whole_pipeline_with_least_rights(stack: Stack, tmp_path: Path) -> None:
    with ExitStack() as running:
        receiver = running.enter_context(receiving())
        added = command(stack.of("api"), "webhooks", "add", receiver.url + "/hook", "--from", "beginning")
        assert added.returncode == 0, added.stderr
        logs = [running.enter_context(service(stack, name, tmp_path)) for name in SERVICES]
        (stack.common.folders()[0] / "one.txt").write_text(TEXT, "utf-8")
        end = time.monotonic() + PATIENCE_SECONDS
        while len(found := events(stack.common)) < 2:
            said = {log.name: log.read_text("utf-8")[-1500:] for log in logs}
            assert time.monotonic() < end, said
            time.sleep(0.2)
        # The live stream begins only where the event topics can be read.
        with urllib.request.urlopen(f"http://127.0.0.1:{stack.common.api_port}/v1/stream", timeout=60) as stream:
            assert stream.status == 200
        wait_until(lambda: len(set(receiver.ids())) == 2, lambda: {log.name: log.read_text("utf-8")[-1500:] for log in logs})
    assert {event["event_type"] for event in found} == {"investment_report", "project_milestone"}
    proof = command(stack.of("operator"), "reconcile", "--wait", "60")
    assert (proof.returncode, proof.stdout) == (0, ""), proof.stdout + proof.stderr
    # The settings are logged at the start of each, and no secret of any kind with them.
    told = "".join(log.read_text("utf-8") for log in logs)
    assert "settings: " in told
    known = [*stack.passwords.values(), *((stack.made / name / "password").read_text("utf-8") for name in credentials.USERS)]
    assert [secret for secret in [*known, added.stdout.strip()] if secret in told] == []


class TestElasticsearch:
    def test_the_api_writes_nothing_but_webhooks(self, stack: Stack) -> None:
        own = {stack.common.webhooks_index, stack.common.deliveries_index}
        with closing(stack.index("api")) as client:
            assert client.count(index=stack.common.events_index)["count"] >= 0
            for alias in {index.alias for index in indices.all_indices(stack.common)} - own:
                with pytest.raises(AuthorizationException):
                    client.index(index=alias, id="x", document={})
                with pytest.raises(AuthorizationException):
                    client.delete(index=alias, id="x")
            with pytest.raises(AuthorizationException):
                client.indices.delete(index=f"{stack.common.events_index}-v1")
            with pytest.raises(AuthorizationException):
                client.indices.create(index="bulletin-events-v9")

    def test_the_deliverer_sees_webhooks_alone(self, stack: Stack) -> None:
        own = {stack.common.webhooks_index, stack.common.deliveries_index}
        with closing(stack.index("deliverer")) as client:
            for alias in own:
                assert client.count(index=alias)["count"] >= 0
                with pytest.raises(AuthorizationException):
                    client.indices.delete(index=f"{alias}-v1")
            for alias in {index.alias for index in indices.all_indices(stack.common)} - own:
                with pytest.raises(AuthorizationException):
                    client.search(index=alias)
                with pytest.raises(AuthorizationException):
                    client.index(index=alias, id="x", document={})

    def test_nobody_else_sees_the_secrets_of_webhooks(self, stack: Stack) -> None:
        for name in ("indexer", "analyst"):
            with closing(stack.index(name)) as client, pytest.raises(AuthorizationException):
                client.search(index=stack.common.webhooks_index)

    def test_the_indexer_cannot_read_keys_nor_delete_an_index(self, stack: Stack) -> None:
        keystore.create(stack.of("operator"), "somebody", [Scope.READ], 600)
        with closing(stack.index("indexer")) as client:
            assert client.indices.exists_alias(name=stack.common.events_index)
            with pytest.raises(AuthorizationException):
                client.search(index=stack.common.keys_index)
            with pytest.raises(AuthorizationException):
                client.index(index=stack.common.keys_index, document={})
            with pytest.raises(AuthorizationException):
                client.indices.delete(index=f"{stack.common.events_index}-v1")
            with pytest.raises(AuthorizationException):
                client.cluster.get_settings()
            # A search of everything shows only what it may see.
            assert {hit["_index"] for hit in client.search(index="*", size=100)["hits"]["hits"]} <= {
                index.first_name for index in indices.topic_indices(stack.common)
            }

    def test_the_analyst_sees_neither_states_nor_keys(self, stack: Stack) -> None:
        password = (stack.made / "analyst" / "password").read_text("utf-8")
        login = {"elasticsearch_username": "analyst", "elasticsearch_password": SecretStr(password)}
        with closing(indices.connect(stack.common.model_copy(update=login))) as client:
            assert client.count(index=stack.common.events_index)["count"] >= 0
            for alias in (stack.common.states_index, stack.common.keys_index):
                with pytest.raises(AuthorizationException):
                    client.search(index=alias)

    def test_a_wrong_password_and_none_are_refused(self, stack: Stack) -> None:
        with closing(indices.connect(stack.common)) as client, pytest.raises(AuthenticationException):
            client.search(index=stack.common.events_index)
        wrong = stack.of("api").model_copy(update={"elasticsearch_password": SecretStr("wrong")})
        with closing(indices.connect(wrong)) as client, pytest.raises(AuthenticationException):
            client.search(index=stack.common.events_index)

    def test_kibana_is_known_by_its_token(self, stack: Stack) -> None:
        token = (stack.made / "kibana" / "token").read_text("utf-8")
        client = Elasticsearch(stack.common.elasticsearch_url, ca_certs=str(stack.common.elasticsearch_ca), bearer_auth=token)
        with closing(client):
            assert client.security.authenticate()["username"] == "elastic/kibana"

    def test_the_operator_can_back_up(self, stack: Stack) -> None:
        made = command(stack.of("operator"), "backup", "secured")
        assert made.returncode == 0, made.stderr
        restored = command(stack.of("operator"), "restore", "secured")
        assert restored.returncode == 0, restored.stderr


class TestKafka:
    def writes(self, settings: Settings, topic: str) -> None:
        with closing(KafkaProducer(**broker.connection(settings), acks="all", max_block_ms=10_000)) as producer:
            producer.send(topic, b"x").get(timeout=20)

    @pytest.mark.parametrize("name", ["extractor", "indexer", "api", "deliverer", "subscriber"])
    def test_only_the_watcher_writes_bulletins(self, stack: Stack, name: str) -> None:
        with pytest.raises(TopicAuthorizationFailedError):
            self.writes(stack.of(name), topics.load()["text"].name)

    def test_the_watcher_writes_no_events(self, stack: Stack) -> None:
        with pytest.raises(TopicAuthorizationFailedError):
            self.writes(stack.of("watcher"), topics.load()["accolade"].name)

    def test_a_subscriber_reads_events_and_no_bulletins(self, stack: Stack) -> None:
        text, event = (topics.load()[role].name for role in ("text", "project_milestone"))
        # As the operator: there is something to be read on both.
        everything = stack.of("operator")
        for settings, seen in ((everything, {text, event}), (stack.of("subscriber"), {event})):
            with closing(KafkaConsumer(**broker.connection(settings), auto_offset_reset="earliest")) as consumer:
                assert consumer.topics() & {text, event} == seen
                consumer.assign([TopicPartition(name, number) for name in (text, event) for number in range(4)])
                assert {partition.topic for _ in range(5) for partition in consumer.poll(timeout_ms=2000)} == seen

    def test_a_wrong_password_and_a_broker_that_nobody_vouches_for_are_refused(self, stack: Stack) -> None:
        wrong = stack.of("watcher").model_copy(update={"kafka_password": SecretStr("wrong")})
        stranger = stack.of("watcher").model_copy(update={"kafka_ca": None})
        for settings in (wrong, stranger):
            with pytest.raises(KafkaError):
                KafkaProducer(**broker.connection(settings), bootstrap_timeout_ms=5000, max_block_ms=5000)
