"""The watcher as a process, on a real broker, against a site: each page once over restarts, revisions, a redesign that raises an alarm."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import BinaryIO

import pytest
from kafka import KafkaAdminClient

from deploy.local.kafka import Kafka
from services.ops.bootstrap import ensure_topics, wanted_topics
from services.settings import PROJECT, Settings
from services.watcher.main import DONE
from tests.integration.service_process import wait_for
from tests.integration.topic_records import count, dead_letters
from tests.integration.watcher_process import TEXT, Watcher, says, wait_until_published, write
from tests.servers import settings_for
from tests.site import RSS, Site
from tests.unit.watcher.sources.town import BODY, article, feed, listing


def drip(site: Site) -> Callable[[BinaryIO], None]:
    """An answer that never ends, and is never silent for long."""

    def write(wire: BinaryIO) -> None:
        wire.write(b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n")
        while not site.closed.wait(0.2):
            wire.write(b"<")

    return write


@pytest.fixture
def site() -> Iterator[Site]:
    with Site() as site:
        site.page("/list.html", listing("/a/1.html", "/a/2.html").encode("gb18030"), "text/html; charset=gb2312")
        for number in (1, 2):
            site.page(f"/a/{number}.html", article(number, BODY + "镕基、喆。").encode("gb18030"), "text/html; charset=gb2312")
        site.page("/rss.xml", feed(("/b/3.html", ""), ("/b/1.html", "")), RSS)
        site.page("/b/3.html", article(3))
        site.page("/b/1.html", article(1, BODY + "镕基、喆。"))
        site.raw("/slow.html", drip(site))
        yield site


@pytest.fixture
def settings_of_site(kafka: Kafka, site: Site, tmp_path: Path) -> Settings:
    """For a broker with our topics, empty, and a file of sources for the site."""
    settings = settings_for(kafka.bootstrap, "http://127.0.0.1:9", tmp_path)
    with closing(KafkaAdminClient(bootstrap_servers=settings.kafka_bootstrap)) as admin:
        admin.delete_topics(sorted({spec.name for spec in wanted_topics()} & set(admin.list_topics())))
    ensure_topics(settings)
    file = tmp_path / "sources.yaml"
    often = {"schedule": {"every": "1s", "jitter": 0}, "recheck": "0s"}
    sources = [
        {"id": "list", "kind": "list", "url": f"{site.url}/list.html", "links": "ul.news a", "region": "上街区", **often},
        {"id": "feed", "kind": "feed", "url": f"{site.url}/rss.xml", **often},
        {"id": "page", "kind": "page", "url": f"{site.url}/progress.html", **often},
        {"id": "slow", "kind": "list", "url": f"http://localhost:{site.port}/slow.html", "links": "a", **often},
    ]
    file.write_text(json.dumps({"sources": sources}), "utf-8")
    return settings.model_copy(
        update={
            "sources": file,
            "fetch_allow": f"{site.host},localhost:{site.port}",
            "fetch_host_seconds": 0.01,
            "fetch_total_seconds": 3,
        }
    )


def test_a_site_from_its_first_page_to_its_redesign(settings_of_site: Settings, site: Site, tmp_path: Path) -> None:
    settings = settings_of_site
    site.page("/progress.html", article(5))
    write(settings, "a.txt", "甲")
    with Watcher(settings, tmp_path) as watcher:
        wait_for(watcher.is_ready, "readiness, which a site that does not answer does not keep away")
        first = {each.source_uri.removeprefix(site.url): each for each in wait_until_published(settings, 5)}
        assert set(first) == {"file:watched/a.txt", "/a/2.html", "/b/3.html", "/progress.html"} | (
            set(first) & {"/a/1.html", "/b/1.html"}
        )
        assert len(first) == 5, "one text at two addresses is one bulletin"
        assert first["/a/2.html"].region_code == "410106"
        assert "镕基、喆" in first["/a/2.html"].text
        wait_for(lambda: watcher.metric("bulletin_second_sources_total") == 1, "the second source")
        watcher.kill()
    assert sorted(path for path in site.paths() if path.startswith(("/a/", "/b/"))) == [
        "/a/1.html",
        "/a/2.html",
        "/b/1.html",
        "/b/3.html",
    ]

    site.page("/progress.html", article(5, BODY + "二期开工。"))
    with Watcher(settings, tmp_path) as watcher:
        revised = wait_until_published(settings, 6)[-1]
        assert (revised.source_uri, revised.supersedes) == (f"{site.url}/progress.html", first["/progress.html"].bulletin_id)

        site.page("/progress.html", "<html><head><title>404</title></head><body><h1>404 Not Found</h1></body></html>")
        site.page("/list.html", "<html><body><div>新版网站上线</div></body></html>")
        wait_for(says(watcher, "source list: structure"), "the redesign to be told")
        wait_for(lambda: watcher.metric("source_alarm") >= 1, "the alarm's metric")
        assert watcher.is_ready()
        shown = command(watcher.settings, "sources", "--json")
        assert shown.returncode == 1
        alarms = {line["source_id"]: list(line["alarms"]) for line in map(json.loads, shown.stdout.splitlines())}
        assert alarms["list"] == ["structure"]
        assert alarms["feed"] == []
        assert says(watcher, "slow: ")()
        assert says(watcher, "no whole answer within 3 s")()
        assert watcher.terminate() == DONE
    assert count(settings, TEXT.name) == 6, "nothing twice, and an error page is no revision"
    # Asked for once a second, the error page may have been tried often enough to be given up.
    assert {letter.error_class for letter in dead_letters(settings)} <= {"ErrorPage"}
    assert sorted(path for path in site.paths() if path.startswith(("/a/", "/b/"))) == [
        "/a/1.html",
        "/a/2.html",
        "/b/1.html",
        "/b/3.html",
    ]


def test_once_and_dry_run_for_one_source(settings_of_site: Settings, site: Site, tmp_path: Path) -> None:
    shown = command(settings_of_site, "watch", "--once", "--dry-run", "feed")
    assert shown.returncode == DONE
    lines = [json.loads(line) for line in shown.stdout.splitlines()]
    assert lines[0] | {"links": 2, "action": "read"} == lines[0]
    assert [(line["source_uri"], line["action"], line["reason"]) for line in lines[1:]] == [
        (f"{site.url}/b/3.html", "publish", "its text is new"),
        (f"{site.url}/b/1.html", "publish", "its text is new"),
    ]
    assert count(settings_of_site, TEXT.name) == 0
    assert not settings_of_site.state_dir.exists()

    with Watcher(settings_of_site, tmp_path, "--once", "feed") as watcher:
        assert watcher.ended() == DONE
    assert {each.source_uri for each in wait_until_published(settings_of_site, 2)} == {
        f"{site.url}/b/3.html",
        f"{site.url}/b/1.html",
    }


def command(settings: Settings, *arguments: str) -> subprocess.CompletedProcess[str]:
    environment = {f"BULLETINS_{name.upper()}": str(value) for name, value in settings if value is not None}
    return subprocess.run(
        [sys.executable, "-m", "services.cli", *arguments],
        cwd=PROJECT,
        env=os.environ | environment,
        capture_output=True,
        text=True,
    )
