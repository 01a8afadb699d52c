"""Apache Kafka, one node in KRaft mode, from the jars on Maven Central."""

from __future__ import annotations

import base64
import os
import socket
import subprocess
import uuid
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from kafka.errors import KafkaProtocolError
from kafka.protocol.metadata import MetadataRequest
from kafka.protocol.parser import KafkaProtocol

from deploy.local import java
from deploy.local.artifacts import Cache, locked
from deploy.local.errors import StackError
from deploy.local.preflight import Port, free_port
from deploy.local.processes import Command
from deploy.local.server import PROBE_SECONDS, Server
from services.lifecycle import StopFlag

FORMAT_SECONDS = 60
METADATA_VERSION = 9  # known to every broker since 2.4

SERVER_PROPERTIES = """\
process.roles=broker,controller
node.id=1
controller.quorum.voters=1@127.0.0.1:{controller_port}
listeners=PLAINTEXT://127.0.0.1:{port},CONTROLLER://127.0.0.1:{controller_port}
advertised.listeners=PLAINTEXT://127.0.0.1:{port}
listener.security.protocol.map=PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT
controller.listener.names=CONTROLLER
inter.broker.listener.name=PLAINTEXT
log.dirs={data}
# A misspelt topic is an error, not a new topic.
auto.create.topics.enable=false
# One node: every internal topic has one replica, and few partitions so that it is up soon.
offsets.topic.replication.factor=1
offsets.topic.num.partitions=4
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
transaction.state.log.num.partitions=4
share.coordinator.state.topic.replication.factor=1
share.coordinator.state.topic.min.isr=1
# After a crash the broker may register again when its old session is over: 9 s by default.
broker.session.timeout.ms=3000
broker.heartbeat.interval.ms=1000
# The first worker of a group need not wait for others.
group.initial.rebalance.delay.ms=0
"""

LOG4J_PROPERTIES = """\
status = error
appender.console.type = Console
appender.console.name = console
appender.console.layout.type = PatternLayout
appender.console.layout.pattern = %d %p %c{1} - %m%n
rootLogger.level = warn
rootLogger.appenderRef.console.ref = console
logger.kafka.name = kafka.server
logger.kafka.level = info
"""


class Kafka(Server):
    """A broker on 127.0.0.1 with its data in `<folder>/kafka`."""

    name = "kafka"

    def __init__(
        self,
        folder: Path,
        port: int = 9092,
        *,
        heap: str = "384m",
        jvm_options: Sequence[str] = (),
        cache: Cache | None = None,
        say: Callable[[str], None] = print,
        stop: StopFlag | None = None,
    ) -> None:
        super().__init__(folder, say=say, stop=stop)
        self.port = port
        self._jvm_options = [f"-Xms{heap}", f"-Xmx{heap}", *jvm_options]
        self._home = self.folder / "kafka"
        self._cache = cache or Cache(say=say, stop=self._stop)

    @property
    def bootstrap(self) -> str:
        return f"127.0.0.1:{self.port}"

    @property
    def address(self) -> str:
        return self.bootstrap

    def ports(self) -> list[Port]:
        return [Port(self.port, "Kafka", "BULLETINS_KAFKA_BOOTSTRAP")]

    def identity(self) -> Mapping[str, str]:
        return {"port": str(self.port), "jvm_options": " ".join(self._jvm_options)}

    def prepare(self) -> Command:
        jdk = java.find()
        jars = self._cache.fetch("kafka", [artifact for artifact in locked() if artifact.path.suffix == ".jar"])
        self._write_configuration()
        class_path = os.pathsep.join(map(str, jars))
        logging = f"-Dlog4j2.configurationFile={self._home}/log4j2.properties"
        run = [jdk.executable, *self._jvm_options, logging]
        environment = {"CLASSPATH": class_path}
        if not (self._home / "data" / "meta.properties").exists():
            self._format([*run, "kafka.tools.StorageTool"], environment)
        return Command([*run, "kafka.Kafka", str(self._home / "server.properties")], environment, self._home)

    def is_ready(self) -> bool:
        """Whether a request for metadata is answered."""
        return answers_metadata("127.0.0.1", self.port)

    def _write_configuration(self) -> None:
        self._home.mkdir(parents=True, exist_ok=True)
        (self._home / "server.properties").write_text(self.properties(), "utf-8")
        (self._home / "log4j2.properties").write_text(LOG4J_PROPERTIES, "utf-8")

    def properties(self) -> str:
        """The content of server.properties."""
        # Nobody but the broker itself talks to the controller's port: any free one will do.
        return SERVER_PROPERTIES.format(port=self.port, controller_port=free_port(), data=self._home / "data")

    def format_options(self) -> list[str]:
        """Further arguments of the tool that prepares the data folder."""
        return []

    def _format(self, tool: list[str], environment: Mapping[str, str]) -> None:
        cluster_id = base64.urlsafe_b64encode(uuid.uuid4().bytes).decode().rstrip("=")
        # One argument: an id may begin with a hyphen.
        arguments = [*tool, "format", f"--cluster-id={cluster_id}", "--config", str(self._home / "server.properties")]
        # A format that was cut short leaves files without meta.properties; they hold nothing yet.
        arguments += ["--ignore-formatted", *self.format_options()]
        run = subprocess.run(
            arguments, env={**os.environ, **environment}, capture_output=True, text=True, timeout=FORMAT_SECONDS, check=False
        )
        if run.returncode != 0:
            raise StackError(f"Kafka's data folder {self._home / 'data'} cannot be formatted:\n{run.stdout}{run.stderr}")


def answers_metadata(host: str, port: int, seconds: float = PROBE_SECONDS) -> bool:
    """Whether a broker at this address names itself in its metadata."""
    # Not by KafkaAdminClient: where the broker does not answer, kafka-python 3.0.12 leaves a thread behind for every try.
    protocol = KafkaProtocol(client_id="local-stack")
    protocol.send_request(MetadataRequest(topics=[], version=METADATA_VERSION))
    try:
        with socket.create_connection((host, port), timeout=seconds) as connection:
            connection.sendall(protocol.send_bytes())
            while received := connection.recv(65536):
                for _, response in protocol.receive_bytes(received):
                    return bool(response.brokers)
    except (OSError, KafkaProtocolError):
        return False
    return False
