"""https: whose certificates are believed, and that there is no way back from it."""

from __future__ import annotations

import ssl
from collections.abc import Iterator
from pathlib import Path

import pytest
import trustme

from services.addresses import AddressRule
from services.lifecycle import StopFlag
from services.settings import Settings
from services.watcher.errors import ConfigurationError
from services.watcher.fetch.errors import Unreachable, UnsafeAddress
from services.watcher.fetch.fetcher import Fetcher
from services.watcher.fetch.fetcher import authorities as read_authorities
from services.watcher.sources.courteous import courtesy
from services.watcher.state import State
from tests.site import Site


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture(scope="module")
def authority_file(authority: trustme.CA, tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("authority") / "ca.pem"
    authority.cert_pem.write_to_path(str(file))
    return file


def certified(authority: trustme.CA, *names: str) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert(*names).configure_cert(context)
    return context


@pytest.fixture
def secure(authority: trustme.CA) -> Iterator[Site]:
    with Site(certified(authority, "127.0.0.1")) as site:
        site.page("/", "甲")
        yield site


def fetcher(*sites: Site, authority_file: Path | None) -> Fetcher:
    authorities = read_authorities(authority_file) if authority_file else None
    rule = AddressRule([site.host for site in sites])
    return Fetcher(rule, "bulletins/test", max_bytes=100_000, total_seconds=20, authorities=authorities)


def test_an_authority_that_the_operator_names_is_believed(secure: Site, authority_file: Path) -> None:
    assert fetcher(secure, authority_file=authority_file).get(secure.url).body.decode() == "甲"


def test_an_unknown_authority_is_not_believed(secure: Site) -> None:
    with pytest.raises(Unreachable, match="CERTIFICATE_VERIFY_FAILED"):
        fetcher(secure, authority_file=None).get(secure.url)
    assert secure.asked == []


def test_a_certificate_for_another_name_is_not_believed(authority: trustme.CA, authority_file: Path) -> None:
    with (
        Site(certified(authority, "www.district.example")) as site,
        pytest.raises(Unreachable, match="CERTIFICATE_VERIFY_FAILED"),
    ):
        fetcher(site, authority_file=authority_file).get(site.url)
    assert site.asked == []


def test_a_redirect_from_http_to_https_is_followed(secure: Site, authority_file: Path) -> None:
    with Site() as plain:
        plain.redirect("/", secure.url)
        reply = fetcher(secure, plain, authority_file=authority_file).get(plain.url)
    assert (reply.url, reply.body.decode()) == (secure.url, "甲")


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_from_https_to_http_is_refused_and_not_followed(secure: Site, authority_file: Path, status: int) -> None:
    with Site() as plain:
        plain.page("/", "甲")
        secure.redirect("/old", plain.url, status)
        secure.redirect("/older", "/old")
        asking = fetcher(secure, plain, authority_file=authority_file)
        assert asking.get(plain.url).status == 200, "by itself it may be fetched"
        plain.forget()
        for path in ("/old", "/older"):
            with pytest.raises(UnsafeAddress, match="from https back to http"):
                asking.get(secure.url + path)
        assert plain.asked == []


def test_the_setting_reaches_the_sources(secure: Site, authority_file: Path, tmp_path: Path) -> None:
    settings = Settings(fetch_allow=secure.host, fetch_host_seconds=0, fetch_ca_file=authority_file)
    state = State(tmp_path, StopFlag())
    assert courtesy(settings, state, StopFlag()).get(secure.url).body.decode() == "甲"
    assert secure.paths(robots=True) == ["/robots.txt", "/"]
    state.close()


@pytest.mark.parametrize(("content", "told"), [(None, "No such file"), ("", "no certificate"), ("not PEM", "no certificate")])
def test_a_file_without_authorities_is_told(content: str | None, told: str, tmp_path: Path) -> None:
    file = tmp_path / "ca.pem"
    if content is not None:
        file.write_text(content)
    state = State(tmp_path, StopFlag())
    with pytest.raises(ConfigurationError, match=f"BULLETINS_FETCH_CA_FILE: .*ca.pem: .*{told}"):
        courtesy(Settings(fetch_ca_file=file), state, StopFlag())
    state.close()
