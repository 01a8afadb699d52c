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
    (tmp_path / credentials.DONE).unlink()
    assert credentials.make(tmp_path, ROLES, ["elasticsearch"])
    second = content(tmp_path)
    assert second.keys() == first.keys()
    assert all(second[f"{name}/password"] != first[f"{name}/password"] for name in credentials.USERS)


def test_a_folder_of_a_release_before_a_user_gets_that_user_and_keeps_all_else(tmp_path: Path) -> None:
    credentials.make(tmp_path, ROLES, ["elasticsearch"])
    now = content(tmp_path)
    (tmp_path / "deliverer" / "password").unlink()
    (tmp_path / "deliverer").rmdir()
    for name, without in (
        ("users", "deliverer:"),
        ("users_roles", "bulletins_deliverer:"),
        ("roles.yml", "bulletins_deliverer:"),
    ):
        path = tmp_path / "elasticsearch" / name
        lines = [line for line in now[f"elasticsearch/{name}"].splitlines(keepends=True) if not line.startswith(without)]
        path.chmod(0o644)
        path.write_text("".join(lines), "utf-8")
    before = content(tmp_path)

    assert credentials.make(tmp_path, ROLES, ["elsewhere"])
    after = content(tmp_path)
    assert after.keys() == now.keys()
    assert {name for name in after if after[name] != before.get(name)} == {
        "deliverer/password",
        "elasticsearch/users",
        "elasticsearch/users_roles",
        "elasticsearch/roles.yml",
    }
    assert after["elasticsearch/roles.yml"] == now["elasticsearch/roles.yml"]
    assert after["elasticsearch/users_roles"] == before["elasticsearch/users_roles"] + "bulletins_deliverer:deliverer\n"
    *others, added = after["elasticsearch/users"].splitlines(keepends=True)
    assert "".join(others) == before["elasticsearch/users"]
    assert added.startswith("deliverer:{PBKDF2}")
    assert after["deliverer/password"] != now["deliverer/password"]
    assert not credentials.make(tmp_path, ROLES, ["elsewhere"])


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
