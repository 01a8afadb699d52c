"""For tests of web sources: a site, a state, visits to it at a clock of the test's own, and what waits to be sent."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from services import deadletter, topics
from services.contracts import Bulletin, DeadLetter
from services.lifecycle import StopFlag
from services.settings import Settings
from services.watcher.intake import Intake
from services.watcher.sources.catalogue import Site as Source
from services.watcher.sources.courteous import courtesy
from services.watcher.sources.memory import Memory
from services.watcher.sources.model import Sources
from services.watcher.sources.visits import Visits
from services.watcher.state import State
from tests.site import Site

TEXT = topics.load()["text"]
DAY = 86400.0
BODY = "据区发展改革委消息，今年1至10月全区固定资产投资同比增长{number}.5%，其中工业投资增长12.3%，民间投资保持较快增长。" * 4


def article(number: int, body: str = BODY, title: str = "区重点项目建设进展情况通报") -> str:
    """A page as government sites make them."""
    return (
        f"<html><head><title>{title}{number}_某某区人民政府</title></head><body><div class='nav'><a href='/'>首页</a> <a href='/xw/'>新闻</a></div>"
        f"<h1>{title}{number}</h1><div class='info'>发布时间：2025-11-0{number % 9 + 1} 来源：某某区融媒体中心</div>"
        f"<div id='zoom'><p>{body.format(number=number)}</p></div><div class='foot'>版权所有 某某区人民政府办公室</div></body></html>"
    )


def listing(*paths: str) -> str:
    items = "".join(f"<li><a href='{path}'>第{number}条新闻标题</a></li>" for number, path in enumerate(paths))
    return f"<html><body><ul class='news'>{items}</ul><a href='/about.html'>关于我们</a></body></html>"


def feed(*items: tuple[str, str]) -> str:
    """RSS of paths and their descriptions."""
    entries = "".join(
        f"<item><title>标题{path}</title><link>{path}</link><pubDate>Mon, 03 Nov 2025 17:00:00 GMT</pubDate>"
        f"<description><![CDATA[{text}]]></description></item>"
        for path, text in items
    )
    return f"<?xml version='1.0' encoding='utf-8'?><rss version='2.0'><channel><title>新闻</title>{entries}</channel></rss>"


class Patience(StopFlag):
    """Waits on the town's clock: a host that is left alone for a while costs the test no time."""

    def __init__(self, town: Town) -> None:
        super().__init__()
        self._town = town

    def wait(self, seconds: float) -> bool:
        self._town.now += seconds
        return bool(self)


class Town:
    def __init__(self, tmp_path: Path, site: Site) -> None:
        self.site = site
        self.now = 1_764_000_000.0
        self.settings = Settings(state_dir=tmp_path / "state", fetch_allow=site.host, fetch_host_seconds=0)
        self.state = State(self.settings.state_dir, StopFlag())
        self.memory = Memory(self.state)
        self._told = 0

    def close(self) -> None:
        self.state.close()

    def restart(self) -> None:
        self.state.close()
        self.state = State(self.settings.state_dir, StopFlag())
        self.memory = Memory(self.state)

    def source(self, kind: str, path: str, id: str = "town", **fields: Any) -> Source:
        described = {"id": id, "kind": kind, "url": self.site.url + path, **fields}
        [source] = Sources.model_validate({"sources": [described]}).sources
        return Source(source, None)  # type: ignore[arg-type]

    def list(self, **fields: Any) -> Source:
        return self.source("list", "/list.html", links="ul.news a", **fields)

    def visit(self, *sources: Source, days: float = 1) -> list[Bulletin]:
        """Visit all sources that are due after so many days more; what is to be published then."""
        self.now += days * DAY
        self.finish(self.visits(*sources))
        return [Bulletin.model_validate_json(value) for topic, value in self._new() if topic == TEXT.name]

    def visits(self, *sources: Source) -> Visits:
        """That go by the town's clock."""

        def clock() -> float:
            return self.now

        polite = courtesy(self.settings, self.state, Patience(self), clock)
        return Visits(sources, self.state, Intake(self.state, now=clock), polite, at_once=2, now=clock)

    def finish(self, visits: Visits) -> None:
        while not visits.is_idle:
            visits.step(5)

    def letters(self) -> list[DeadLetter]:
        """All, of all visits."""
        records = [waiting.record for waiting in self.state.waiting(0, 10**9) if waiting.record.topic == TEXT.dead_letter]
        return [deadletter.from_record(record.key, record.value, record.headers) for record in records]

    def _new(self) -> list[tuple[str, bytes]]:
        waiting = self.state.waiting(self._told, 10**9)
        self._told = waiting[-1].seq if waiting else self._told
        return [(each.record.topic, each.record.value or b"") for each in waiting]
