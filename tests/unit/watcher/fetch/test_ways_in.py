"""Every known way to make a fetcher read the inside of a network, one a row: all are refused, and nothing inside is ever connected to."""

from __future__ import annotations

import ipaddress
import socket
from collections.abc import Callable

import httpcore2
import pytest

from services.addresses import AddressRule, is_public
from services.watcher.fetch.errors import Unreachable, UnsafeAddress
from services.watcher.fetch.fetcher import Fetcher
from tests.site import Site

PUBLIC = "93.184.215.14"

WRITTEN = {
    "file": "file:///etc/passwd",
    "ftp": "ftp://example.com/a",
    "gopher": "gopher://127.0.0.1:6379/_FLUSHALL",
    "data": "data:text/html,hello",
    "no scheme": "//example.com/a",
    "no host": "http:///a",
    "user name": "http://example.com@127.0.0.1/",
    "user name and password": "http://user:password@example.com/",
    "empty user name": "http://@example.com/",
    "loopback": "http://127.0.0.1/",
    "loopback, another address of it": "http://127.8.9.10/",
    "loopback in decimal": "http://2130706433/",
    "loopback in hexadecimal": "http://0x7f000001/",
    "loopback in octal": "http://0177.0.0.1/",
    "loopback in mixed spellings": "http://0x7f.0.0.01/",
    "loopback, shortened": "http://127.1/",
    "loopback with a final dot": "http://127.0.0.1./",
    "loopback in full-width digits": "http://１２７.０.０.１/",
    "loopback with ideographic full stops": "http://127。0。0。1/",
    "loopback in circled digits": "http://①②⑦.⓪.⓪.①/",
    "loopback percent-encoded": "http://%31%32%37.0.0.1/",
    "loopback of IPv6": "http://[::1]/",
    "loopback mapped into IPv6": "http://[::ffff:127.0.0.1]/",
    "loopback mapped into IPv6, in hexadecimal": "http://[::ffff:7f00:1]/",
    "loopback, IPv4-compatible": "http://[::7f00:1]/",
    "loopback, IPv4-translated": "http://[::ffff:0:7f00:1]/",
    "loopback by NAT64": "http://[64:ff9b::7f00:1]/",
    "loopback by a network's own NAT64": "http://[64:ff9b:1::7f00:1]/",
    "loopback by 6to4": "http://[2002:7f00:1::]/",
    "private by Teredo": "http://[2001:0:4136:e378:8000:63bf:f5ff:fffe]/",
    "private by ISATAP": "http://[2606:4700::5efe:10.0.0.1]/",
    "unspecified": "http://0.0.0.0/",
    "unspecified of IPv6": "http://[::]/",
    "this network": "http://0.1.2.3/",
    "private, class A": "http://10.1.2.3/",
    "private, class B": "http://172.16.0.1/",
    "private, class C": "http://192.168.1.1/",
    "unique local of IPv6": "http://[fd00::1]/",
    "site local of IPv6": "http://[fec0::1]/",
    "link local": "http://169.254.1.1/",
    "link local of IPv6": "http://[fe80::1]/",
    "link local with a zone": "http://[fe80::1%25eth0]/",
    "the clouds' metadata": "http://169.254.169.254/latest/meta-data/",
    "a cloud's metadata in carrier-grade NAT": "http://100.100.100.200/",
    "a cloud's metadata at a public-looking address": "http://168.63.129.16/",
    "carrier-grade NAT": "http://100.64.0.1/",
    "multicast": "http://224.0.0.1/",
    "multicast of IPv6": "http://[ff02::1]/",
    "broadcast": "http://255.255.255.255/",
    "reserved": "http://240.0.0.1/",
    "6to4's relays": "http://192.88.99.1/",
    "benchmarking": "http://198.18.0.1/",
    "documentation": "http://203.0.113.5/",
    "documentation of IPv6": "http://[2001:db8::1]/",
    "a line end": "http://news.invalid/\r\nHost: inside",
    "a tab in the host": "http://exam\tple.com/",
    "a backslash": "http://example.com\\@127.0.0.1/",
    "a blank before the host": "http:// 127.0.0.1/",
    "a NUL": "http://example.com\x00.inside/",
    "a port that is none": "http://example.com:99999/",
    "a port in words": "http://example.com:eighty/",
    "port 0": "http://example.com:0/",
    "an address without an end": "http://example.com/" + "a" * 2000,
    "a bracket without its twin": "http://[::1/",
    "a name with a slash in it": "http://example.com⁄.inside/",
}


@pytest.mark.parametrize("url", WRITTEN.values(), ids=WRITTEN.keys())
def test_refused_as_it_is_written(url: str) -> None:
    with pytest.raises(UnsafeAddress):
        AddressRule().target(url)


RESOLVED = [
    "127.0.0.1", "10.0.0.5", "172.31.255.255", "192.168.0.1", "169.254.169.254", "100.64.0.1", "100.127.255.254", "0.0.0.0", "224.0.0.251",
    "239.255.255.250", "::1", "::", "fe80::1", "fc00::1", "fd12::1", "ff02::1", "::ffff:10.0.0.1", "::ffff:8.8.8.8", "64:ff9b::a00:1", "2002:a00:1::1",
    "2001:0:1::1", "4000::1", "192.0.0.8", "255.255.255.255",
]  # fmt: skip


def resolving(*answers: list[str]) -> Callable[..., list[tuple[object, ...]]]:
    """In place of socket.getaddrinfo: one list of addresses after the other, the last one for ever."""
    left = list(answers)

    def getaddrinfo(host: str, port: int, **options: object) -> list[tuple[object, ...]]:
        addresses = left.pop(0) if len(left) > 1 else left[0]
        return [
            (socket.AF_INET6 if ":" in each else socket.AF_INET, socket.SOCK_STREAM, 6, "", (each, port)) for each in addresses
        ]

    return getaddrinfo


@pytest.fixture
def connected(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The addresses that connections were tried to; none is made."""
    tried: list[str] = []

    def connect_tcp(self: object, host: str, port: int, *rest: object) -> httpcore2.NetworkStream:
        tried.append(host)
        raise httpcore2.ConnectError("not in a test")

    monkeypatch.setattr(httpcore2.SyncBackend, "connect_tcp", connect_tcp)
    return tried


def fetcher(*allowed: str, **options: object) -> Fetcher:
    return Fetcher(AddressRule(allowed), "bulletins/test", max_bytes=10**6, total_seconds=20, **options)  # type: ignore[arg-type]


@pytest.mark.parametrize("address", RESOLVED)
def test_a_name_that_leads_inside_is_refused_before_anything_is_connected_to(
    address: str, monkeypatch: pytest.MonkeyPatch, connected: list[str]
) -> None:
    assert not is_public(ipaddress.ip_address(address))
    for answer in ([address], [PUBLIC, address], [address, PUBLIC]):
        monkeypatch.setattr(socket, "getaddrinfo", resolving(answer))
        with pytest.raises(UnsafeAddress):
            fetcher().get("http://news.example.com/")
    assert connected == []


def test_a_name_that_answers_otherwise_the_second_time_is_asked_once(
    monkeypatch: pytest.MonkeyPatch, connected: list[str]
) -> None:
    monkeypatch.setattr(socket, "getaddrinfo", resolving([PUBLIC], ["127.0.0.1"]))
    with pytest.raises(Unreachable):
        fetcher().get("http://rebinding.example.com/")
    assert connected == [PUBLIC], "connected is to the very address that was judged"


def test_a_name_that_changes_between_two_requests_is_judged_again(monkeypatch: pytest.MonkeyPatch, connected: list[str]) -> None:
    monkeypatch.setattr(socket, "getaddrinfo", resolving([PUBLIC], ["10.0.0.1"]))
    asking = fetcher()
    with pytest.raises(Unreachable):
        asking.get("http://rebinding.example.com/")
    with pytest.raises(UnsafeAddress):
        asking.get("http://rebinding.example.com/")
    assert connected == [PUBLIC]


@pytest.mark.parametrize(
    "url",
    [
        "http://example.com:8080/a?b=1#c",
        "https://www.gov.cn/",
        "http://中国.cn/",
        "http://[2606:4700:4700::1111]/",
        "http://8.8.8.8/",
    ],
)
def test_what_is_public_is_not_refused(url: str) -> None:
    assert "#" not in AddressRule().target(url).url


# These two are no ways in there: they are read as relative to where they stand.
ENDED = (WRITTEN["a line end"], WRITTEN["a NUL"])
REDIRECTS = {name: url for name, url in WRITTEN.items() if name not in ("no scheme", "no host")}


@pytest.mark.parametrize("url", REDIRECTS.values(), ids=REDIRECTS.keys())
def test_a_redirect_there_is_refused(url: str) -> None:
    with Site() as site:
        site.raw("/a", lambda wire: wire.write(f"HTTP/1.1 302 Found\r\nLocation: {url}\r\nContent-Length: 0\r\n\r\n".encode()))
        # A line end ends the header, a NUL the answer; what is left of the address leads nowhere inside.
        with pytest.raises((UnsafeAddress, Unreachable) if url in ENDED else UnsafeAddress):
            fetcher(site.host).get(f"{site.url}/a")
        assert site.paths() == ["/a"]


def test_an_allowed_host_is_allowed_at_its_port_alone_and_by_that_name_alone() -> None:
    with Site() as site, Site() as other:
        for each in (site, other):
            each.page("/", "甲")
        rule = AddressRule([site.host])
        asking = Fetcher(rule, "bulletins/test", max_bytes=1000, total_seconds=5)
        assert asking.get(f"{site.url}/").body.decode() == "甲"
        for url in (
            f"{other.url}/",
            f"http://localhost:{site.port}/",
            f"http://[::1]:{site.port}/",
            f"http://127.1:{site.port}/",
        ):
            with pytest.raises(UnsafeAddress):
                asking.get(url)
        assert len(site.asked) == 1
        assert other.asked == []


@pytest.mark.parametrize("address", ["169.254.169.254", "0.0.0.0", "224.0.0.1", "fe80::1"])
def test_an_allowed_name_still_never_leads_to_machine_metadata_or_nowhere(address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(socket, "getaddrinfo", resolving([address]))
    with pytest.raises(UnsafeAddress):
        fetcher("intranet").get("http://intranet/")


@pytest.mark.parametrize("entry", ["", "http://a", "a/b", "10.0.0.0/8", "*", "a:b", "user@host"])
def test_an_allow_list_entry_that_is_no_host_is_told(entry: str) -> None:
    with pytest.raises(ValueError, match="no host"):
        AddressRule([entry])


def test_proxies_of_the_environment_are_ignored(monkeypatch: pytest.MonkeyPatch) -> None:
    with Site() as site, Site() as proxy:
        site.page("/", "甲")
        for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
            monkeypatch.setenv(name, proxy.url)
        assert fetcher(site.host).get(f"{site.url}/").status == 200
        assert proxy.asked == []


def test_a_proxy_that_was_set_is_used_and_still_not_asked_for_what_is_inside(monkeypatch: pytest.MonkeyPatch) -> None:
    with Site() as proxy:
        proxy.page("http://news.example.com/", "甲")
        monkeypatch.setattr(socket, "getaddrinfo", through_proxy(socket.getaddrinfo))
        asking = fetcher(proxy=f"http://me:secret@{proxy.host}")
        assert asking.get("http://news.example.com/").body.decode() == "甲"
        assert proxy.asked[0].headers["Proxy-Authorization"].startswith("Basic ")
        for url in ("http://10.0.0.1/", "http://inside.example.com/"):
            with pytest.raises(UnsafeAddress):
                asking.get(url)
        assert len(proxy.asked) == 1


def through_proxy(real: Callable[..., object]) -> Callable[..., object]:
    def getaddrinfo(host: str, port: int, *rest: object, **options: object) -> object:
        known = {"news.example.com": [PUBLIC], "inside.example.com": ["10.0.0.1"]}
        return resolving(known[host])(host, port) if host in known else real(host, port, *rest, **options)

    return getaddrinfo
