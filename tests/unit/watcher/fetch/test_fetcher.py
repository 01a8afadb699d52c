"""What the other side controls is limited: bytes before and after unpacking, headers, redirects, time; and nothing is told to strangers."""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Callable
from typing import BinaryIO

import pytest

from services.addresses import AddressRule
from services.watcher.fetch.body import gunzip, read_body
from services.watcher.fetch.errors import ReplyTooLarge, TooManyRedirects, Unreachable, UnreadableReply
from services.watcher.fetch.fetcher import Fetcher
from tests.site import Site, gzip_bomb

MOST = 100_000


def fetcher(*sites: Site, seconds: float = 20) -> Fetcher:
    rule = AddressRule([site.host for site in sites] + [f"localhost:{site.port}" for site in sites])
    return Fetcher(rule, "bulletins/test", max_bytes=MOST, total_seconds=seconds)


def test_a_page_with_its_headers() -> None:
    with Site() as site:
        site.page("/a?b=1", "上街区".encode("gb18030"), "Text/HTML; charset=gb2312")
        reply = fetcher(site).get(f"{site.url}/a?b=1#part", headers={"If-None-Match": '"x"'})
        assert (reply.status, reply.media_type, reply.charset, reply.url) == (200, "text/html", "gb2312", f"{site.url}/a?b=1")
        assert reply.body.decode("gb18030") == "上街区"
        [asked] = site.asked
        assert asked.headers["Host"] == site.host
        assert asked.headers["User-Agent"] == "bulletins/test"
        assert asked.headers["If-None-Match"] == '"x"'


@pytest.mark.parametrize("coding", ["gzip", "deflate", "raw deflate", "x-gzip"])
def test_packed_answers_are_unpacked(coding: str) -> None:
    packers: dict[str, Callable[[bytes], bytes]] = {"deflate": zlib.compress, "raw deflate": lambda raw: zlib.compress(raw)[2:-4]}
    with Site() as site:
        packed = packers.get(coding, gzip.compress)("工业投资增长8.3%".encode() * 100)
        site.page("/", packed, Content_Encoding=coding.removeprefix("raw "))
        assert fetcher(site).get(site.url).body.decode() == "工业投资增长8.3%" * 100


def test_redirects_are_told_and_nothing_is_carried_to_another_host() -> None:
    with Site() as site, Site() as other:
        site.redirect("/a", "/b", 301, Set_Cookie="session=1; Domain=127.0.0.1")
        site.redirect("/b", f"http://localhost:{other.port}/c")
        other.page("/c", "甲")
        reply = fetcher(site, other).get(f"{site.url}/a", headers={"If-None-Match": '"x"', "Authorization": "Bearer secret"})
        assert reply.url == f"http://localhost:{other.port}/c"
        assert reply.redirects == ((301, f"{site.url}/b"), (302, reply.url))
        assert site.asked[0].headers["Authorization"] == "Bearer secret"
        for asked in (site.asked[1], other.asked[0]):
            for name in ("Cookie", "Authorization", "Proxy-Authorization", "Referer", "If-None-Match"):
                assert name not in asked.headers


def test_a_redirect_in_chinese_is_followed() -> None:
    with Site() as site:
        site.page("/%E6%96%B0%E9%97%BB", "甲")
        site.redirect("/a", "/新闻".encode().decode("latin-1"))
        assert fetcher(site).get(f"{site.url}/a").body.decode() == "甲"


def test_redirects_end() -> None:
    with Site() as site:
        for number in range(10):
            site.redirect(f"/{number}", f"/{number + 1}")
        with pytest.raises(TooManyRedirects):
            fetcher(site).get(f"{site.url}/0")
        assert len(site.asked) == 6
        site.redirect("/loop", "/loop")
        with pytest.raises(TooManyRedirects):
            fetcher(site).get(f"{site.url}/loop")


def head(*lines: str) -> bytes:
    return "".join(f"{line}\r\n" for line in ("HTTP/1.1 200 OK", *lines, "")).encode()


def repeated(first: bytes, piece: bytes, site: Site) -> Callable[[BinaryIO], None]:
    """`first`, and then `piece` until the client goes."""

    def write(wire: BinaryIO) -> None:
        wire.write(first)
        while not site.closed.is_set():
            wire.write(piece)

    return write


def dripping(first: bytes, piece: bytes, site: Site) -> Callable[[BinaryIO], None]:
    def write(wire: BinaryIO) -> None:
        wire.write(first)
        while not site.closed.wait(0.05):
            wire.write(piece)

    return write


def test_a_body_that_says_it_is_too_large_or_never_ends_is_refused() -> None:
    with Site() as site:
        site.page("/long", b"a" * (MOST + 1))
        site.raw("/endless", repeated(head(), b"a" * 10_000, site))
        site.raw("/chunked", repeated(head("Transfer-Encoding: chunked"), b"2710\r\n" + b"a" * 10_000 + b"\r\n", site))
        site.raw("/empty chunks", repeated(head("Transfer-Encoding: chunked"), b"1;" + b"x" * 10_000 + b"\r\na\r\n", site))
        for path in ("/long", "/endless", "/chunked", "/empty%20chunks"):
            site.answers[path] = site.answers[path.replace("%20", " ")]
            with pytest.raises(ReplyTooLarge):
                fetcher(site).get(site.url + path)
        site.page("/just", b"a" * MOST)
        assert len(fetcher(site).get(f"{site.url}/just").body) == MOST


BOMBS = {
    "gzip": ("gzip", gzip_bomb(50_000_000)),
    "deflate": ("deflate", zlib.compress(bytes(50_000_000))),
    "gzip in gzip": ("gzip, gzip", gzip.compress(gzip_bomb(50_000_000))),
    "brotli, not asked for": ("br", b"\x1b"),
    "zstd, not asked for": ("zstd", b"\x28"),
    "damaged": ("gzip", b"\x1f\x8b" + b"\xff" * 50),
    "cut off": ("gzip", gzip.compress(b"a" * 1000 + bytes(range(256)))[:-20]),
}


@pytest.mark.parametrize(("coding", "packed"), BOMBS.values(), ids=BOMBS.keys())
def test_decompression_bombs_are_refused(coding: str, packed: bytes) -> None:
    with Site() as site:
        site.page("/", packed, Content_Encoding=coding)
        with pytest.raises((ReplyTooLarge, UnreadableReply)):
            fetcher(site).get(site.url)


def test_a_bomb_is_given_up_at_the_limit_and_not_unpacked_first() -> None:
    taken = 0

    def pieces() -> object:
        nonlocal taken
        bomb = gzip_bomb(100_000_000)
        for start in range(0, len(bomb), 100):
            taken += 100
            yield bomb[start : start + 100]

    with pytest.raises(ReplyTooLarge):
        read_body(pieces(), "gzip", MOST)  # type: ignore[arg-type]
    assert taken < 1000
    with pytest.raises(ReplyTooLarge):
        gunzip(gzip_bomb(10_000_000), MOST)


def test_headers_are_limited() -> None:
    with Site() as site:
        site.raw("/one", repeated(b"HTTP/1.1 200 OK\r\nX: ", b"a" * 10_000, site))
        site.raw("/many", repeated(b"HTTP/1.1 200 OK\r\n", b"X: a\r\n" * 1000, site))
        site.raw("/interim", repeated(b"", b"HTTP/1.1 103 Early Hints\r\nX: a\r\n\r\n" * 1000, site))
        for path in ("/one", "/many", "/interim"):
            with pytest.raises((Unreachable, ReplyTooLarge)):
                fetcher(site).get(site.url + path)


@pytest.mark.parametrize("part", ["head", "body"])
def test_an_answer_that_drips_ends_when_its_time_is_over(part: str) -> None:
    with Site() as site:
        first, piece = (b"HTTP/1.1 200 OK\r\n", b"X: a\r\n") if part == "head" else (head("Content-Length: 50000"), b"a")
        site.raw("/", dripping(first, piece, site))
        with pytest.raises(Unreachable, match="within 1 s"):
            fetcher(site, seconds=1).get(site.url)


@pytest.mark.parametrize(
    "answer",
    [b"", b"HTTP/1.1 200", b"hello\r\n\r\n", b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nshort", b"\x00" * 100, b"HTTP/1.1 999999 X\r\n\r\n"],
)  # fmt: skip
def test_a_broken_answer_is_no_answer(answer: bytes) -> None:
    with Site() as site:
        site.raw("/", lambda wire: wire.write(answer) and None)
        with pytest.raises(Unreachable):
            fetcher(site).get(site.url)


def test_nothing_listens_or_no_such_name() -> None:
    with Site() as site:
        asking, url = fetcher(site), site.url
    for address in (url, "http://there-is-no-such-name.invalid/"):
        with pytest.raises(Unreachable):
            asking.get(address)
