"""Certificates and passwords for a stack on one host, made at its first start and kept in folders that only their users see.

    ca/             ca.crt, made                                     whom clients trust; its key is thrown away. When all was made
    elasticsearch/  node.crt, node.key, ca.crt, users, users_roles, roles.yml, service_tokens: what its config folder needs
    kibana/         token (of the service account elastic/kibana), encryption_key
    NAME/           password                                         for each user of USERS, and Grafana's

Elasticsearch gets hashes alone. A stack of several hosts has its own authority and secrets: docs/security.md.
"""

from __future__ import annotations

import base64
import hashlib
import ipaddress
import os
import secrets
import shutil
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

# Each with a role of the same name, `bulletins_NAME`, in deploy/elasticsearch/roles.yml.
USERS = ("indexer", "api", "deliverer", "operator", "analyst")
KIBANA_TOKEN = "elastic/kibana/bulletins"
GRAFANA = "grafana"
# Each folder may be a volume of its own, so it stands in one of them.
DONE = "ca/made"
LIFE = timedelta(days=825)
ITERATIONS = 10_000


def make(folder: Path, roles: Path, hosts: Sequence[str]) -> bool:
    """Fill `folder`; False where all is there already. `hosts`: names and addresses that Elasticsearch is reached by.

    What an older release made is kept; what it did not know of is added. A start that was interrupted is begun anew: nobody has used what
    it left. Raises OSError.
    """
    if (folder / DONE).exists() and (folder / "elasticsearch" / "users").exists():
        return _complete(folder, roles.read_text("utf-8"))
    authority = Authority()
    elasticsearch = _empty(folder / "elasticsearch")
    certificate, key = authority.issue(hosts)
    _write(elasticsearch / "node.crt", certificate)
    _write(elasticsearch / "node.key", key)
    passwords = {name: secrets.token_urlsafe(32) for name in USERS}
    token = secrets.token_urlsafe(32)
    _write(elasticsearch / "users", "".join(f"{name}:{hashed(password)}\n" for name, password in passwords.items()))
    _write(elasticsearch / "users_roles", "".join(f"bulletins_{name}:{name}\n" for name in USERS))
    _write(elasticsearch / "service_tokens", f"{KIBANA_TOKEN}:{hashed(token)}\n")
    _write(elasticsearch / "roles.yml", roles.read_text("utf-8"))
    authorities = _empty(folder / "ca")
    for place in (elasticsearch, authorities):
        _write(place / "ca.crt", authority.certificate)
    kibana = _empty(folder / "kibana")
    _write(kibana / "token", service_token(KIBANA_TOKEN, token))
    _write(kibana / "encryption_key", secrets.token_urlsafe(32))
    passwords[GRAFANA] = secrets.token_urlsafe(32)
    for name, password in passwords.items():
        _write(_empty(folder / name) / "password", password)
    _write(folder / DONE, f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}\n")
    return True


def _complete(folder: Path, roles: str) -> bool:
    """Add the users that are missing and put the roles of this release in place; True where that changed anything."""
    elasticsearch = folder / "elasticsearch"
    missing = [name for name in (*USERS, GRAFANA) if not (folder / name / "password").exists()]
    stale = (elasticsearch / "roles.yml").read_text("utf-8") != roles
    if stale:
        _write(elasticsearch / "roles.yml", roles)
    for name in missing:
        password = secrets.token_urlsafe(32)
        if name in USERS:
            _put_line(elasticsearch / "users", f"{name}:", hashed(password))
            _put_line(elasticsearch / "users_roles", f"bulletins_{name}:", name)
        # Last: where this is interrupted, the next start does it again.
        (folder / name).mkdir(exist_ok=True)
        _write(folder / name / "password", password)
    return stale or bool(missing)


def _put_line(path: Path, start: str, rest: str) -> None:
    """Replace the line that begins so, or append it; the others stay."""
    others = [line for line in path.read_text("utf-8").splitlines() if not line.startswith(start)]
    _write(path, "".join(f"{line}\n" for line in [*others, start + rest]))


class Authority:
    """A certificate authority that lives as long as this object."""

    def __init__(self) -> None:
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "bulletins")])
        usage = x509.KeyUsage(False, False, False, False, False, True, True, False, False)
        self._certificate = (
            _certificate(self._name, self._name, self._key)
            .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
            .add_extension(usage, critical=True)
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(self._key.public_key()), critical=False)
            .sign(self._key, hashes.SHA256())
        )

    @property
    def certificate(self) -> str:
        """As PEM."""
        return _pem(self._certificate)

    def issue(self, hosts: Sequence[str]) -> tuple[str, str]:
        """A server's certificate and its key (PKCS 8), as PEM."""
        key = ec.generate_private_key(ec.SECP256R1())
        name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, hosts[0])])
        identifier = x509.AuthorityKeyIdentifier.from_issuer_public_key(self._key.public_key())
        issued = (
            _certificate(name, self._name, key)
            .add_extension(x509.SubjectAlternativeName([_host(host) for host in hosts]), critical=False)
            .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
            .add_extension(identifier, critical=False)
            .sign(self._key, hashes.SHA256())
        )
        written = key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        ).decode()
        return _pem(issued), written


def hashed(password: str) -> str:
    """As Elasticsearch keeps passwords in files: PBKDF2 with HMAC-SHA512."""
    salt = secrets.token_bytes(32)
    digest = hashlib.pbkdf2_hmac("sha512", password.encode(), salt, ITERATIONS, 32)
    return f"{{PBKDF2}}{ITERATIONS}${base64.b64encode(salt).decode()}${base64.b64encode(digest).decode()}"


def service_token(name: str, secret: str) -> str:
    """What a client sends as its bearer token for a service account."""
    return base64.b64encode(b"\x00\x01\x00\x01" + f"{name}:{secret}".encode()).decode()


def _certificate(subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePrivateKey) -> x509.CertificateBuilder:
    now = datetime.now(UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        # Clocks differ.
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + LIFE)
    )


def _host(name: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(name))
    except ValueError:
        return x509.DNSName(name)


def _pem(certificate: x509.Certificate) -> str:
    return certificate.public_bytes(serialization.Encoding.PEM).decode()


def _empty(folder: Path) -> Path:
    """The folder itself stays: it may be where a volume is mounted."""
    folder.mkdir(parents=True, exist_ok=True)
    for path in folder.iterdir():
        shutil.rmtree(path) if path.is_dir() else path.unlink()
    return folder


def _write(path: Path, content: str) -> None:
    # Readable by all: each container has a user of its own, and sees no folder but the one that is mounted into it.
    # By a new file: the one that is there is read-only, and nobody may see half of one.
    new = path.with_name(f"{path.name}.new")
    new.unlink(missing_ok=True)
    new.write_text(content, "utf-8")
    os.chmod(new, 0o444)
    os.replace(new, path)
