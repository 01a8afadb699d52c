"""A port that something else listens on is found before anything is started."""

from __future__ import annotations

import socket

import pytest

from deploy.local.errors import StackError
from deploy.local.preflight import Port, check_ports, free_port, is_free


def test_a_taken_port_is_named_with_its_purpose_and_setting() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        number = listener.getsockname()[1]
        with pytest.raises(StackError, match=rf"(?s)port {number}, needed for Kafka, is in use.*BULLETINS_KAFKA_BOOTSTRAP"):
            check_ports([Port(number, "Kafka", "BULLETINS_KAFKA_BOOTSTRAP")])


def test_a_listener_on_all_addresses_takes_the_port_too() -> None:
    with socket.create_server(("0.0.0.0", 0)) as listener:
        assert not is_free(listener.getsockname()[1])


def test_a_free_port_passes() -> None:
    check_ports([Port(free_port(), "Kafka", "BULLETINS_KAFKA_BOOTSTRAP")])
