"""What the explore page is tested with: the seeds and the bulletins of other counties, read by the extractor, in a real index."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from pathlib import Path

from deploy.local.charts import chart_library
from services import indices
from services.commands.files import bulletin_of
from services.contracts import Bulletin, bulletin_id, json_dict
from services.extractor.extract import extract
from services.settings import PROJECT, Settings

SEEDS = sorted((PROJECT / "seeds" / "bulletins").glob("*.txt"))
DISTRICTS = sorted((PROJECT / "tests" / "gold" / "districts").glob("*.txt"))
# Where code points and UTF-16 units part: what follows these characters stands at another place in each.
ASTRAL = (
    "🏭 <b>上街区工业简讯</b> 😀\n\n川河新能源电池基地项目总投资12亿元，已于2025年3月15日开工。\n该项目计划2026年6月底前投产。\n"
)

# A project of the same name in another county, a class of projects, a batch, and marks of bold type.
ELSEWHERE = (
    "范县工业简讯\n\n**重大项目加速推进。** 川河新能源电池基地项目总投资3亿元，**已于2025年2月10日开工**。\n"
    "重点项目完成投资8亿元。\n集中开工项目12个，总投资90亿元。\n"
)


def bulletins() -> list[Bulletin]:
    """Those of the project, published one a month, one with characters beyond the basic plane, and one of another county."""
    paths = [*SEEDS, *DISTRICTS]
    days = [date(2024, 1, 10) + timedelta(days=31 * number) for number in range(len(paths))]
    found = [bulletin_of(str(path)).model_copy(update={"published_on": day}) for path, day in zip(paths, days, strict=True)]
    astral = Bulletin(
        bulletin_id=bulletin_id(ASTRAL),
        text=ASTRAL,
        source_id="test",
        source_uri="https://example.org/astral.html",
        source_title="上街区工业简讯",
        publisher="上街区人民政府",
        published_on=date(2025, 4, 1),
    )
    elsewhere = Bulletin(
        bulletin_id=bulletin_id(ELSEWHERE),
        text=ELSEWHERE,
        source_id="test",
        source_uri="https://example.org/elsewhere.html",
        source_title="范县工业简讯",
        publisher="范县人民政府",
        published_on=date(2025, 3, 1),
        region_code="410926",
    )
    return [*found, astral, elsewhere]


@contextmanager
def filled(settings: Settings) -> Iterator[int]:
    """The indices of `settings` with all of it; how many events they hold. Removed afterwards."""
    count = 0
    with indices.connect(settings) as client:
        indices.ensure_indices(client, settings)
        for bulletin in bulletins():
            client.index(index=settings.bulletins_index, id=bulletin.bulletin_id, document=json_dict(bulletin))
            for event in extract(bulletin).events:
                client.index(index=settings.events_index, id=event.event_id, document=json_dict(event))
                count += 1
        client.indices.refresh(index=[index.alias for index in indices.all_indices(settings)])
        yield count
        client.indices.delete(index=[index.first_name for index in indices.all_indices(settings)])


def with_charts(settings: Settings, library: Path | None = None) -> Settings:
    return settings.model_copy(update={"chart_library": library or chart_library()})
