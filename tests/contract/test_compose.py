"""The Compose file: taken by docker-compose, and each container with what keeps it in its bounds."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from typing import Any

import pytest
import yaml

from services.commands import processes
from services.ops import credentials
from services.settings import PREFIX, PROJECT, Settings

FILE = PROJECT / "docker-compose.yml"
SERVICES: dict[str, Any] = yaml.safe_load(FILE.read_text("utf-8"))["services"]
OURS = {name: service for name, service in SERVICES.items() if service["image"].startswith("bulletins:")}
ONCE = {"credentials", "bootstrap"}


def folders(service: dict[str, Any]) -> set[str]:
    """The folders of credentials that a container sees."""
    sources = [volume.split(":")[0] for volume in service.get("volumes", [])]
    return {source.removeprefix("credentials-") for source in sources if source.startswith("credentials-")}


def test_docker_compose_takes_the_file() -> None:
    tool = shutil.which("docker-compose")
    if tool is None:
        if os.environ.get("BULLETINS_NEED_TOOLS"):
            pytest.fail("there is no docker-compose")
        pytest.skip("there is no docker-compose (Debian: apt install docker-compose)")
    for profile in ([], ["--profile", "monitoring"]):
        checked = subprocess.run(
            [tool, "-f", FILE, *profile, "config", "--services"], capture_output=True, text=True, check=False
        )
        assert checked.returncode == 0, checked.stderr
        assert set(SERVICES) - {"prometheus", "grafana"} <= set(checked.stdout.split())


@pytest.mark.parametrize("name", SERVICES)
def test_a_container_is_limited_and_started_again(name: str) -> None:
    service = SERVICES[name]
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert {"mem_limit", "cpus", "pids_limit"} <= set(service)
    assert service["restart"] == ("no" if name in ONCE else "unless-stopped")
    assert name in ONCE or name in OURS or "healthcheck" in service
    assert re.fullmatch(r"[a-z/-]+:(\d+\.\d+\.\d+|v\d+\.\d+\.\d+|\$\{BULLETINS_VERSION:-\d+\.\d+\.\d+\})", service["image"])
    assert all(port.startswith("127.0.0.1:") for port in service.get("ports", []))


@pytest.mark.parametrize("name", OURS)
def test_our_containers_cannot_write_to_their_image_and_have_settings_that_exist(name: str) -> None:
    service = OURS[name]
    assert service["read_only"] is True
    for variable in service["environment"]:
        assert variable.removeprefix(PREFIX).removesuffix("_FILE").lower() in Settings.model_fields
    assert hasattr(processes, service["command"][0]) or name == "credentials"


def test_one_service_builds_the_image_and_comes_before_the_others() -> None:
    assert [name for name, service in SERVICES.items() if "build" in service] == ["credentials"]

    def before(name: str) -> set[str]:
        direct = set(SERVICES[name].get("depends_on") or ())
        return direct.union(*map(before, direct))

    assert {name for name in OURS if "credentials" in before(name)} == set(OURS) - {"credentials"}


def test_only_who_uses_a_password_sees_it_and_none_stands_in_the_file() -> None:
    seen = {name: folders(service) for name, service in SERVICES.items() if name != "credentials" and folders(service)}
    assert seen == {
        "elasticsearch": {"elasticsearch"},
        "kibana": {"ca", "kibana", "analyst"},
        "grafana": {"grafana"},
        "bootstrap": {"ca", "operator"},
        "indexer": {"ca", "indexer"},
        "deliverer": {"ca", "deliverer"},
        "api": {"ca", "api"},
    }
    assert folders(SERVICES["credentials"]) == {"ca", "elasticsearch", "kibana", credentials.GRAFANA, *credentials.USERS}
    for service in SERVICES.values():
        secrets = {name for name in service.get("environment", {}) if re.search("PASSWORD|TOKEN|KEY", name)}
        assert all(name.endswith(("_FILE", "__FILE")) for name in secrets)


def test_the_image_has_the_folders_of_the_credentials_with_our_owner() -> None:
    text = (PROJECT / "deploy" / "Dockerfile").read_text("utf-8")
    made = set(re.findall(r"volumes/credentials/(\w+)", text))
    assert made == folders(SERVICES["credentials"])
