"""Certificates and passwords of a stack on one host."""

from __future__ import annotations

import ssl
from pathlib import Path

from services.ops import credentials
from services.settings import PROJECT

ROLES = PROJECT / "deploy" / "elasticsearch" / "roles.yml"


def content(folder: Path) -> dict[str, str]:
    return {str(path.relative_to(folder)): path.read_text("utf-8") for path in sorted(folder.rglob("*")) if path.is_file()}


def test_made_once_and_then_left_alone(tmp_path: Path) -> None:
    assert credentials.make(tmp_path, ROLES, ["elasticsearch"])
    first = content(tmp_path)
    assert not credentials.make(tmp_path, ROLES, ["elasticsearch"])
    assert content(tmp_path) == first


def test_what_an_interrupted_start_left_is_made_anew(tmp_path: Path) -> None:
    credentials.make(tmp_path, ROLES, ["elasticsearch"])
    first = content(tmp_path)
    (tmp_path / "api" / "password").unlink()
    assert credentials.make(tmp_path, ROLES, ["elasticsearch"])
    second = content(tmp_path)
    assert second.keys() == first.keys()
    assert all(second[f"{name}/password"] != first[f"{name}/password"] for name in credentials.USERS)


def test_no_folder_but_its_own_holds_a_password_nor_is_a_key_of_the_authority_left(tmp_path: Path) -> None:
    credentials.make(tmp_path, ROLES, ["elasticsearch", "127.0.0.1"])
    files = content(tmp_path)
    for name in (*credentials.USERS, credentials.GRAFANA):
        password = files[f"{name}/password"]
        assert len(password) >= 32
        assert [path for path, text in files.items() if password in text] == [f"{name}/password"]
    assert [path for path, text in files.items() if "PRIVATE KEY" in text] == ["elasticsearch/node.key"]
    context = ssl.create_default_context(cafile=str(tmp_path / "ca" / "ca.crt"))
    ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).load_cert_chain(
        tmp_path / "elasticsearch" / "node.crt", tmp_path / "elasticsearch" / "node.key"
    )
    [authority] = context.get_ca_certs()
    assert authority["subject"] == ((("commonName", "bulletins"),),)
