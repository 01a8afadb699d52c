"""Kafka with TLS, SCRAM and an authorizer, Elasticsearch with TLS, users and roles: the real servers, with certificates of our own."""

from __future__ import annotations

import socket
import ssl
from pathlib import Path

import yaml
from kafka import KafkaAdminClient
from kafka.admin import ACL, ACLOperation, ACLPermissionType, ACLResourcePatternType, ResourcePattern, ResourceType

from deploy.local.elasticsearch import Elasticsearch
from deploy.local.kafka import Kafka
from services import broker
from services.ops import credentials
from services.settings import PROJECT, Settings

HOSTS = ("localhost", "127.0.0.1")
ADMIN = "admin"
ROLES = PROJECT / "deploy" / "elasticsearch" / "roles.yml"
KAFKA_USERS = PROJECT / "deploy" / "kubernetes" / "kafka" / "users.yaml"
SCRAM = "listener.name.{name}.scram-sha-512.sasl.jaas.config=org.apache.kafka.common.security.scram.ScramLoginModule required {login};\n"

SECURED = """
listeners=SECURED://127.0.0.1:{port},CONTROLLER://127.0.0.1:{controller}
advertised.listeners=SECURED://127.0.0.1:{port}
listener.security.protocol.map=SECURED:SASL_SSL,CONTROLLER:PLAINTEXT
inter.broker.listener.name=SECURED
sasl.enabled.mechanisms=SCRAM-SHA-512
sasl.mechanism.inter.broker.protocol=SCRAM-SHA-512
ssl.keystore.type=PEM
ssl.keystore.location={home}/broker.pem
ssl.truststore.type=PEM
ssl.truststore.location={home}/ca.crt
authorizer.class.name=org.apache.kafka.metadata.authorizer.StandardAuthorizer
# The controller's port has no login; nobody but the broker itself reaches it.
super.users=User:admin;User:ANONYMOUS
"""


class SecuredKafka(Kafka):
    """A broker that takes SASL_SSL with SCRAM alone, and lets nobody but `admin` do anything until it is told."""

    def __init__(self, folder: Path, port: int, passwords: dict[str, str], jvm_options: tuple[str, ...]) -> None:
        super().__init__(folder, port, jvm_options=jvm_options)
        self._authority = credentials.Authority()
        self._passwords = passwords
        self.ca = self._home / "ca.crt"

    def properties(self) -> str:
        certificate, key = self._authority.issue(HOSTS)
        self.ca.write_text(self._authority.certificate, "utf-8")
        (self._home / "broker.pem").write_text(key + certificate, "utf-8")
        plain = dict(line.split("=", 1) for line in super().properties().splitlines() if line and not line.startswith("#"))
        controller = plain["controller.quorum.voters"].rpartition(":")[2]
        text = SECURED.format(port=self.port, controller=controller, home=self._home)
        text += SCRAM.format(name="secured", login=f'username="{ADMIN}" password="{self._passwords[ADMIN]}"')
        ours = {line.split("=", 1)[0] for line in text.splitlines() if line and not line.startswith("#")}
        return "".join(f"{name}={value}\n" for name, value in plain.items() if name not in ours) + text

    def format_options(self) -> list[str]:
        users = [f"SCRAM-SHA-512=[name={name},password={password}]" for name, password in self._passwords.items()]
        return [part for user in users for part in ("--add-scram", user)]

    def is_ready(self) -> bool:
        context = ssl.create_default_context(cafile=str(self.ca))
        try:
            with socket.create_connection(("127.0.0.1", self.port), timeout=2) as plain:
                context.wrap_socket(plain, server_hostname="127.0.0.1").close()
        except OSError:
            return False
        return True


class SecuredElasticsearch(Elasticsearch):
    """A node that takes https alone, with the users and roles of `credentials.make`."""

    def __init__(self, folder: Path, port: int, made: Path, jvm_options: tuple[str, ...]) -> None:
        """`made`: the folder that `credentials.make` filled."""
        super().__init__(folder, port, jvm_options=jvm_options)
        self._made = made
        self.ca = made / "ca" / "ca.crt"

    @property
    def url(self) -> str:
        return f"https://127.0.0.1:{self.port}"

    def configure(self, home: Path) -> str:
        for path in (self._made / "elasticsearch").iterdir():
            (home / "config" / path.name).unlink(missing_ok=True)
            (home / "config" / path.name).write_bytes(path.read_bytes())
        secured = (PROJECT / "deploy" / "elasticsearch" / "security.yml").read_text("utf-8")
        return super().configure(home).replace("xpack.security.enabled: false\n", secured)

    def is_ready(self) -> bool:
        """Whether it asks for a password, which it does only when it is up."""
        context = ssl.create_default_context(cafile=str(self.ca))
        try:
            with (
                socket.create_connection(("127.0.0.1", self.port), timeout=2) as plain,
                context.wrap_socket(plain, server_hostname="127.0.0.1") as connection,
            ):
                connection.sendall(b"GET /_cluster/health HTTP/1.0\r\n\r\n")
                return b" 401 " in connection.recv(100)
        except OSError:
            return False


def grant(admin: Settings) -> None:
    """Give every user what deploy/kubernetes/kafka/users.yaml says, and no more."""
    acls = []
    for user in yaml.safe_load_all(KAFKA_USERS.read_text("utf-8")):
        for rule in user["spec"]["authorization"]["acls"]:
            resource = rule["resource"]
            kind = ResourceType[resource["type"].upper()]
            name = resource.get("name", "kafka-cluster")
            form = {"literal": "LITERAL", "prefix": "PREFIXED"}[resource.get("patternType", "literal")]
            pattern = ResourcePattern(kind, name, ACLResourcePatternType[form])
            for operation in rule["operations"]:
                told = ACLOperation[operation.upper()]
                acls.append(ACL(f"User:{user['metadata']['name']}", "*", told, ACLPermissionType.ALLOW, pattern))
    client = KafkaAdminClient(**broker.connection(admin))
    try:
        client.create_acls(acls)
    finally:
        client.close()
