"""Which web addresses may be fetched or sent to: by their writing, and by the network address that they lead to.

Pages and webhooks are written by strangers: they must not make us read or write inside the operator's network. An address is judged
twice. First as written, where everything that two programs could read differently is refused. Then every network address that its name
has at the moment of connecting; connected is only to one that was judged (connections.py), so that a name that changes meanwhile gains
nothing.
"""

from __future__ import annotations

import ipaddress
import re
import socket
from collections.abc import Iterable
from typing import Final, NamedTuple
from urllib.parse import urlsplit

import httpx2

from services.rejected import Rejected

IPAddress = ipaddress.IPv4Address | ipaddress.IPv6Address

MAX_URL_CHARACTERS: Final = 2000
_PORTS: Final = {"http": 80, "https": 443}
# White space and control characters are dropped, and backslashes turned, by some programs and not by others.
_AMBIGUOUS: Final = re.compile(r"[\x00-\x20\x7f-\xa0\\\u2028\u2029\ufeff\ud800-\udfff]")
_NAME: Final = re.compile(
    r"(?=.{1,253}\Z)[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?(?:\.[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?)*\.?"
)
# What a C library reads as a number: `2130706433`, `0x7f.1`, `0177.0.0.1`, `127.1`.
_NUMBER: Final = re.compile(r"(?:0x[0-9a-f]*|\d+)", re.IGNORECASE)
# Beside what `is_global` refuses: IPv4 addresses in disguise (mapped, compatible, NAT64, 6to4, Teredo), which routers may unwrap,
# the relays for them, addresses for documentation and tests that some Python versions do not know, and Azure's machine metadata.
_REFUSED: Final = tuple(
    ipaddress.ip_network(network)
    for network in (
        *("0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "168.63.129.16/32", "169.254.0.0/16", "172.16.0.0/12"),
        *("192.0.0.0/24", "192.0.2.0/24", "192.88.99.0/24", "192.168.0.0/16", "198.18.0.0/15", "198.51.100.0/24"),
        *("203.0.113.0/24", "224.0.0.0/3"),
        *(
            "::/96",
            "::ffff:0:0/96",
            "::ffff:0:0:0/96",
            "64:ff9b::/96",
            "64:ff9b:1::/48",
            "100::/64",
            "2001::/23",
            "2001:db8::/32",
        ),
        *("2002::/16", "3fff::/20", "5f00::/16", "fc00::/7", "fe80::/10", "fec0::/10", "ff00::/8"),
    )
)
_GLOBAL_V6: Final = ipaddress.ip_network("2000::/3")
# The interface part of ISATAP, which carries an IPv4 address, too.
_ISATAP: Final = (0x00005EFE, 0x02005EFE)


class FetchRefused(Rejected):
    """Nothing is asked of there as things stand; trying again does not help. The class's name is the reason that is told."""


class UnsafeAddress(FetchRefused):
    """Not http or https, written to deceive, or inside of a network."""


class Unreachable(Exception):
    """No whole answer for now: no connection, no name, cut off, too slow, or nothing that is HTTP."""


class Target(NamedTuple):
    """A web address that may be fetched as far as its writing goes; `host` is a name in ASCII, or an IP address without brackets."""

    url: str
    scheme: str
    host: str
    port: int
    path: str
    """With the query; in ASCII."""

    @property
    def origin(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{self.scheme}://{host}" if self.port == _PORTS[self.scheme] else f"{self.scheme}://{host}:{self.port}"

    @property
    def netloc(self) -> str:
        return self.origin.partition("://")[2]


class AddressRule:
    """The rule with its exceptions: `host` or `host:port` as it stands in a web address, for internal servers that an operator trusts."""

    def __init__(self, allowed: Iterable[str] = (), setting: str = "BULLETINS_FETCH_ALLOW", needed_by: str | None = None) -> None:
        """`setting` is the variable that `allowed` comes from, `needed_by` the programs that must have it, where they are several.
        Raises ValueError for an entry that is no host."""
        self._setting = setting
        self._needed_by = f" ({needed_by} need it)" if needed_by else ""
        self._allowed = frozenset(_allowed(entry) for entry in allowed)

    def target(self, url: str) -> Target:
        """Judge an address as it is written. Raises UnsafeAddress."""
        target = parse(url)
        literal = _literal(target.host)
        if literal is not None:
            self._judge(target.host, target.port, literal)
        return target

    def resolve(self, host: str, port: int) -> list[IPAddress]:
        """The network addresses of a name now, all of them judged: one that is refused refuses the name.

        Raises UnsafeAddress, or Unreachable where the name has none.
        """
        literal = _literal(host)
        addresses = [literal] if literal is not None else _look_up(host, port)
        for address in addresses:
            self._judge(host, port, address)
        return addresses

    def allows(self, host: str, port: int) -> bool:
        return (host, None) in self._allowed or (host, port) in self._allowed

    def _judge(self, host: str, port: int, address: IPAddress) -> None:
        if self.allows(host, port):
            # An operator names a server. No server has one of these, and link-local is where clouds keep their machines' secrets.
            if address.is_multicast or address.is_unspecified or address.is_link_local:
                raise UnsafeAddress(f"{host} is {address}, which is refused also to hosts that are allowed")
        elif not is_public(address):
            server = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
            raise UnsafeAddress(
                f"{host} is {address}, no public address; {self._setting}={server} would allow it{self._needed_by}"
            )


def parse(url: str) -> Target:
    """The parts of an http or https address whose writing is plain. Raises UnsafeAddress."""
    check_writing(url)
    try:
        parts, read = urlsplit(url), httpx2.URL(url)
    except (ValueError, httpx2.InvalidURL) as error:
        raise UnsafeAddress(f"no web address: {url!r}: {error}") from error
    if parts.scheme not in _PORTS:
        raise UnsafeAddress(f"only http and https are fetched: {url!r}")
    if "@" in parts.netloc:
        raise UnsafeAddress("an address with a user name or password in it")
    host = _host(parts.hostname or "", url)
    # Two parsers, one opinion: what they read differently was written to be read differently.
    if read.raw_host.decode("ascii") != host or (read.port or _PORTS[parts.scheme]) != _port(parts.netloc, parts.scheme, url):
        raise UnsafeAddress(f"the host can be read in two ways: {url!r}")
    port = read.port or _PORTS[parts.scheme]
    return Target(str(read.copy_with(fragment=None)), parts.scheme, host, port, read.raw_path.decode("ascii"))


def check_writing(url: str) -> None:
    """Of a whole or a relative address. Raises UnsafeAddress."""
    if len(url) > MAX_URL_CHARACTERS:
        raise UnsafeAddress(f"the address has {len(url)} characters, {MAX_URL_CHARACTERS} are allowed")
    if found := _AMBIGUOUS.search(url):
        raise UnsafeAddress(f"the address has the character U+{ord(found[0]):04X}: {url!r}")


def is_public(address: IPAddress) -> bool:
    """Is it an address of the open internet, and no other one in disguise?"""
    if any(address in network for network in _REFUSED if network.version == address.version):
        return False
    if isinstance(address, ipaddress.IPv6Address) and (
        address not in _GLOBAL_V6 or (int(address) >> 32) & 0xFFFFFFFF in _ISATAP or address.scope_id is not None
    ):
        return False
    return address.is_global and not address.is_multicast


def _host(host: str, url: str) -> str:
    """In ASCII and lower case. Raises UnsafeAddress for what is neither a name nor a plainly written IP address."""
    if not host or "%" in host:
        raise UnsafeAddress(f"no plain host: {url!r}")
    if ":" in host:
        try:
            return str(ipaddress.IPv6Address(host))
        except ValueError as error:
            raise UnsafeAddress(f"no IPv6 address: {url!r}") from error
    name = host.lower() if host.isascii() else _idna(host, url)
    if _NUMBER.fullmatch(name.rstrip(".").rpartition(".")[2]):
        try:
            return str(ipaddress.IPv4Address(name))
        except ValueError as error:
            raise UnsafeAddress(f"an IP address is written as four decimal numbers: {url!r}") from error
    if not _NAME.fullmatch(name):
        raise UnsafeAddress(f"no host name: {url!r}")
    return name


def _idna(host: str, url: str) -> str:
    try:
        return httpx2.URL(f"http://{host}/").raw_host.decode("ascii").lower()
    except (ValueError, httpx2.InvalidURL) as error:
        raise UnsafeAddress(f"no host name: {url!r}: {error}") from error


def _port(netloc: str, scheme: str, url: str) -> int:
    written = netloc.rpartition("]")[2].rpartition(":")[2] if ":" in netloc.rpartition("]")[2] else ""
    if written and not (written.isascii() and written.isdigit() and 0 < int(written) < 65536):
        raise UnsafeAddress(f"no port: {url!r}")
    return int(written) if written else _PORTS[scheme]


def _literal(host: str) -> IPAddress | None:
    try:
        return ipaddress.ip_address(host)
    except ValueError:
        return None


def _look_up(host: str, port: int) -> list[IPAddress]:
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise Unreachable(f"the name {host} cannot be resolved: {error}") from error
    return list(dict.fromkeys(ipaddress.ip_address(str(entry[4][0])) for entry in found))


def _allowed(entry: str) -> tuple[str, int | None]:
    host = entry.strip().lower()
    try:
        if set("/?#") & set(host):
            raise UnsafeAddress("only a name or IP address, and a port")
        target = parse(f"http://{host}/")
    except UnsafeAddress as error:
        raise ValueError(f"{entry!r} is no host or host:port: {error}") from error
    return target.host, target.port if ":" in host.rpartition("]")[2] else None
