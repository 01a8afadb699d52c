"""How every Kafka client reaches the broker: addresses, encryption and login, by the settings."""

from __future__ import annotations

import socket
import ssl
from collections.abc import Iterable
from typing import Any

from services.settings import Settings


def connection(settings: Settings) -> dict[str, Any]:
    """The arguments that every client of kafka-python and of aiokafka takes. Raises OSError for a certificate that cannot be read."""
    arguments: dict[str, Any] = {"bootstrap_servers": settings.kafka_bootstrap.split(",")}
    if settings.kafka_security_protocol != "PLAINTEXT":
        arguments["security_protocol"] = settings.kafka_security_protocol
    if settings.kafka_security_protocol.endswith("SSL"):
        arguments["ssl_context"] = tls_context(settings)
    if settings.kafka_password is not None:
        arguments |= {
            "sasl_mechanism": settings.kafka_sasl_mechanism,
            "sasl_plain_username": settings.kafka_username,
            "sasl_plain_password": settings.kafka_password.get_secret_value(),
        }
    return arguments


def tls_context(settings: Settings) -> ssl.SSLContext:
    """TLS 1.2 or newer that checks the broker's certificate and name. Raises OSError for a file that cannot be read."""
    context = ssl.create_default_context(cafile=settings.kafka_ca)
    if settings.kafka_certificate is not None:
        context.load_cert_chain(settings.kafka_certificate, settings.kafka_key)
    return context


def probe(servers: Iterable[str], seconds: float) -> None:
    """Raises OSError where none of these addresses takes a connection within this time.

    For a look before a client is made: kafka-python 3.0.12 leaves a thread behind for every try where nobody listens.
    """
    failed: OSError | None = None
    for server in servers:
        host, _, port = server.strip().rpartition(":")
        try:
            socket.create_connection((host.strip("[]"), int(port)), timeout=seconds).close()
        except OSError as error:
            failed = error
        else:
            return
    raise failed or OSError("no servers named")
