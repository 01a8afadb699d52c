"""Logins in the settings: from files, whole, and never shown."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from pydantic import ValidationError
from pydantic_settings import SettingsError
from typer.testing import CliRunner

from services import broker, indices
from services.cli import app
from services.settings import Settings, misspelt


def test_a_secret_may_be_the_content_of_a_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "password"
    file.write_text("hidden with spaces \n", "utf-8")
    monkeypatch.setenv("BULLETINS_ELASTICSEARCH_USERNAME", "api")
    monkeypatch.setenv("BULLETINS_ELASTICSEARCH_PASSWORD_FILE", str(file))
    settings = Settings()
    assert settings.elasticsearch_password is not None
    assert settings.elasticsearch_password.get_secret_value() == "hidden with spaces "
    assert "hidden" not in f"{settings.shown()} {settings!r}"


def test_only_secrets_are_read_from_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "bootstrap"
    file.write_text("elsewhere:9092", "utf-8")
    monkeypatch.setenv("BULLETINS_KAFKA_BOOTSTRAP_FILE", str(file))
    assert Settings().kafka_bootstrap == "127.0.0.1:9092"


def test_a_file_that_is_not_there_and_a_secret_told_twice_are_errors(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BULLETINS_KAFKA_PASSWORD_FILE", str(tmp_path / "nothing"))
    with pytest.raises(SettingsError, match="BULLETINS_KAFKA_PASSWORD_FILE=.*nothing cannot be read"):
        Settings()
    monkeypatch.setenv("BULLETINS_KAFKA_PASSWORD", "x")
    with pytest.raises(SettingsError, match="both set"):
        Settings()


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"kafka_security_protocol": "SASL_SSL"}, "needs KAFKA_USERNAME and KAFKA_PASSWORD"),
        ({"kafka_username": "x", "kafka_password": "x"}, "needs KAFKA_SECURITY_PROTOCOL"),
        ({"kafka_ca": "ca.crt"}, "need KAFKA_SECURITY_PROTOCOL"),
        ({"kafka_security_protocol": "SSL", "kafka_certificate": "x"}, "belong together"),
        ({"elasticsearch_username": "x"}, "belong together"),
        ({"elasticsearch_username": "x", "elasticsearch_password": "x", "elasticsearch_api_key": "x"}, "not both"),
        ({"elasticsearch_ca": "ca.crt"}, "https"),
    ],
)
def test_half_a_login_is_an_error(given: dict[str, str], said: str) -> None:
    with pytest.raises(ValidationError, match=said):
        Settings(**given)  # type: ignore[arg-type]


def test_a_command_says_what_is_wrong_in_one_line() -> None:
    shown = CliRunner().invoke(app, ["search"], env={"BULLETINS_KAFKA_SECURITY_PROTOCOL": "SASL_SSL"})
    assert shown.exit_code == 2
    assert shown.stderr == "bulletins: BULLETINS_KAFKA_SECURITY_PROTOCOL=SASL_SSL needs KAFKA_USERNAME and KAFKA_PASSWORD\n"


def test_without_settings_nothing_is_added_to_a_client() -> None:
    assert broker.connection(Settings()) == {"bootstrap_servers": ["127.0.0.1:9092"]}
    assert set(indices.client_options(Settings())) == {"max_retries", "serializer"}


def test_an_api_key_takes_the_place_of_a_password() -> None:
    assert indices.client_options(Settings(elasticsearch_api_key="abc"))["api_key"] == "abc"  # type: ignore[arg-type]


def test_a_variable_that_looks_like_a_setting_and_is_none_is_told_with_the_one_that_may_be_meant() -> None:
    assert misspelt(["BULLETINS_WATCHFOLDERS", "BULLETINS_XQZ", "PATH"]) == [
        "BULLETINS_WATCHFOLDERS is no setting and is left alone; is BULLETINS_WATCH_FOLDERS meant?",
        "BULLETINS_XQZ is no setting and is left alone",
    ]
    assert misspelt(["BULLETINS_API_PORT", "bulletins_api_port", "BULLETINS_KAFKA_PASSWORD_FILE", "BULLETINS_CACHE_DIR"]) == []
    shown = CliRunner().invoke(app, ["status"], env={"BULLETINS_SOURCE": "/x"})
    assert "bulletins: BULLETINS_SOURCE is no setting and is left alone; is BULLETINS_SOURCES meant?\n" in shown.stderr


def test_a_service_tells_it_in_the_form_of_its_log() -> None:
    command = [sys.executable, "-m", "services.cli", "watch", "--dry-run", "nowhere"]
    environment = {**os.environ, "BULLETINS_SOURCE": "/x", "BULLETINS_LOG_FORMAT": "json"}
    shown = subprocess.run(command, env=environment, capture_output=True, text=True, check=False, timeout=60)
    entry = json.loads(shown.stderr.splitlines()[0])
    assert (entry["level"], entry["message"]) == (
        "WARNING",
        "BULLETINS_SOURCE is no setting and is left alone; is BULLETINS_SOURCES meant?",
    )


@pytest.mark.parametrize("service", ["BULLETINS_KAFKA_BOOTSTRAP", "BULLETINS_API", "BULLETINS", "BULLETINS_PORT"])
def test_what_kubernetes_tells_a_pod_of_services_is_no_misspelt_setting(service: str) -> None:
    told = ["SERVICE_HOST", "SERVICE_PORT", "SERVICE_PORT_TCP_CLIENTS", "PORT", "PORT_9093_TCP", "PORT_9093_TCP_PROTO"]
    links = [f"{service}_{end}" for end in (*told, "PORT_9093_TCP_PORT", "PORT_9093_TCP_ADDR")]
    assert misspelt(links) == []
    assert misspelt([*links, "BULLETINS_WATCHER_PORT"]) == [
        "BULLETINS_WATCHER_PORT is no setting and is left alone; is BULLETINS_WATCHER_HEALTH_PORT meant?"
    ]
