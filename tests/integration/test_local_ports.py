"""A port that something else listens on is found before anything is started."""

from __future__ import annotations

import socket
import subprocess
import sys

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


def test_free_ports_are_not_those_that_the_system_hands_out() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        lowest = min(listener.getsockname()[1], 32_768)  # Linux; macOS begins at 49152
    assert all(1024 < free_port() < lowest for _ in range(300))


def test_processes_that_ask_at_once_are_given_other_ports() -> None:
    ask = "from deploy.local.preflight import free_port; print(*(free_port() for _ in range(300)), flush=True); input()"
    asking = [
        subprocess.Popen([sys.executable, "-c", ask], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) for _ in range(3)
    ]
    try:
        given = [set(process.stdout.readline().split()) for process in asking if process.stdout]
    finally:
        for process in asking:
            process.communicate("\n", timeout=60)
    given.append({str(free_port()) for _ in range(300)})
    assert min(len(ports) for ports in given) > 100
    assert len(set().union(*given)) == sum(len(ports) for ports in given)


def test_a_port_that_is_taken_is_not_given() -> None:
    with socket.create_server(("127.0.0.1", free_port())) as listener:
        assert listener.getsockname()[1] not in {free_port() for _ in range(300)}
