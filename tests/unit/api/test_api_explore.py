"""The explore page's files, as they are served."""

from __future__ import annotations

import logging
import re
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from services.api.app import create_app
from services.api.explore import CHART_FILES, STATIC
from services.settings import Settings


@contextmanager
def served(library: Path | None = None) -> Iterator[TestClient]:
    with TestClient(create_app(Settings(chart_library=library)), raise_server_exceptions=False) as client:
        yield client


@pytest.fixture(scope="module")
def client() -> Iterator[TestClient]:
    with served() as client:
        yield client


def test_every_file_of_the_page_comes_with_its_policy(client: TestClient) -> None:
    paths = ["/", *(f"/explore/{path.name}" for path in STATIC.iterdir())]
    assert len(paths) > 15
    for path in paths:
        reply = client.get(path)
        assert reply.status_code == 200, path
        policy = reply.headers["content-security-policy"]
        assert "default-src 'none'" in policy
        assert "unsafe" not in policy
        assert reply.headers["x-content-type-options"] == "nosniff"
        assert reply.headers["cache-control"] == "no-cache"
        assert client.get(path, headers={"If-None-Match": reply.headers["etag"]}).status_code == 304
        assert client.head(path).status_code == 200
    assert client.get("/explore/app.js").headers["content-type"].startswith("text/javascript")


def test_the_page_loads_only_what_is_there_and_holds_no_code(client: TestClient) -> None:
    text = (STATIC / "index.html").read_text("utf-8")
    for address in re.findall(r'(?:src|href)="([^"#]+)"', text):
        assert address.startswith("/")
        if not address.startswith("/explore/charts/"):
            assert client.get(address).status_code == 200, address
    assert not re.search(r"<script>|<style|\sstyle=|\son\w+=|javascript:", text)
    for path in STATIC.glob("*.js"):
        code = path.read_text("utf-8")
        assert not re.search(r"\beval\(|new Function|innerHTML|insertAdjacentHTML|document\.write", code), path.name
        for name in re.findall(r'from "\./([^"]+)"', code):
            assert (STATIC / name).is_file()


def test_nothing_else_is_served(client: TestClient) -> None:
    for path in ("/explore/../explore.py", "/explore/%2e%2e/explore.py", "/explore/nothing.js", "/explore/charts/LICENSE"):
        assert client.get(path).status_code == 404


def test_the_chart_library_comes_out_of_its_jar(tmp_path: Path) -> None:
    jar = tmp_path / "uplot.jar"
    with zipfile.ZipFile(jar, "w") as content:
        for name in CHART_FILES:
            content.writestr(f"META-INF/resources/webjars/uplot/1.0/dist/{name}", name)
    with served(jar) as client:
        for name, media in CHART_FILES.items():
            reply = client.get(f"/explore/charts/{name}")
            assert reply.text == name
            assert reply.headers["content-type"].startswith(media)
        assert client.get("/explore/charts/other.js").status_code == 404


@pytest.mark.parametrize("content", [None, b"no zip", b"PK\x05\x06" + bytes(18)], ids=["missing", "no zip", "another zip"])
def test_without_the_chart_library_the_page_is_served_and_the_log_says_why(
    tmp_path: Path, content: bytes | None, caplog: pytest.LogCaptureFixture
) -> None:
    jar = tmp_path / "uplot.jar"
    if content is not None:
        jar.write_bytes(content)
    with caplog.at_level(logging.WARNING), served(jar) as client:
        assert client.get("/").status_code == 200
        reply = client.get("/explore/charts/uPlot.iife.min.js")
    assert reply.status_code == 404
    assert "BULLETINS_CHART_LIBRARY" in reply.json()["detail"]
    assert str(jar) in caplog.text
