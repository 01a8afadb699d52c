"""One article on several sites is linked to the one that came first; two reports of one form are two."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path

import pytest

from services.contracts import bulletin_id
from services.settings import PROJECT
from services.watcher.likeness import sketch
from tests.unit.watcher.test_intake import Desk

SENTENCES = [
    f"{place}重点项目完成投资{number}亿元，占年度计划的{number + 30}%。" for number, place in enumerate("甲乙丙丁戊己庚辛壬癸", 3)
]
ARTICLE = "\n".join(SENTENCES)
SEEDS = sorted((PROJECT / "seeds" / "bulletins").glob("*.txt"))


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    desk = Desk(tmp_path)
    yield desk
    desk.state.close()


def link(desk: Desk, name: str, text: str) -> str | None:
    [bulletin] = desk.put(name, text)
    assert bulletin.bulletin_id == bulletin_id(bulletin.text)
    return bulletin.near_duplicate_of


def test_one_article_on_three_sites_is_linked_to_the_first_and_dropped_nowhere(desk: Desk) -> None:
    sites = [
        "<html><body><div class=nav>首页 要闻</div><h1>全区重点项目提速</h1><div id=zoom><p>{}</p></div></body></html>",
        "<html><body><table><tr><td>{}</td></tr></table><p>主办单位：某某区人民政府办公室，欢迎转载，请注明来源。</p></body></html>",
        "<html><body><h2>转载：全区重点项目提速</h2><div class=article-content>{}<p>本文转自区政府网站，版权归原作者所有。</p></div></body></html>",
    ]
    pages = [site.format(ARTICLE) for site in sites]
    assert link(desk, "a.html", pages[0]) is None
    first = desk.state.known("file:n/a.html")
    assert first is not None
    assert link(desk, "b.html", pages[1]) == first.bulletin_id
    assert link(desk, "c.html", pages[2]) == first.bulletin_id, "and not to the second: all links lead to the first"


def test_lines_that_are_wrapped_otherwise_are_the_same_sentences(desk: Desk) -> None:
    assert link(desk, "a.txt", ARTICLE) is None
    wrapped = "\n".join(ARTICLE.replace("\n", "")[start : start + 17] for start in range(0, len(ARTICLE), 17))
    assert link(desk, "b.txt", wrapped) == bulletin_id(ARTICLE)


def test_a_report_of_the_same_form_with_other_figures_is_another_report(desk: Desk) -> None:
    form = "1至{0}月，全区固定资产投资同比增长{0}.{0}%。其中工业投资增长{0}%。房地产开发投资下降{0}.5%。新开工项目达到{0}个。全区亿元以上项目{0}个。"
    assert link(desk, "a.txt", form.format(3)) is None
    assert link(desk, "b.txt", form.format(4)) is None


def test_no_two_of_the_samples_are_near_duplicates(desk: Desk) -> None:
    for path in SEEDS:
        desk.write(path.name, path.read_bytes())
    desk.take()
    assert {bulletin.near_duplicate_of for bulletin in desk.bulletins()} == {None}


@pytest.mark.parametrize("path", SEEDS[::8], ids=lambda path: path.stem[:3])
def test_a_sample_with_another_frame_is_linked(desk: Desk, path: Path) -> None:
    text = path.read_text("utf-8")
    assert link(desk, "a.txt", text) is None
    assert link(
        desk, "b.txt", f"某某区人民政府门户网站。当前位置：首页。\n{text}\n【打印本页】版权所有，转载请注明出处。"
    ) == bulletin_id(text)


def test_a_revision_is_not_linked_to_what_it_replaces_and_takes_its_place(desk: Desk) -> None:
    assert link(desk, "a.txt", ARTICLE) is None
    revised = ARTICLE + "\n下一步，全区将继续加快推进项目建设。"
    assert link(desk, "a.txt", revised) is None
    assert link(desk, "b.txt", ARTICLE + "\n版权所有，转载请注明出处和作者。") == bulletin_id(revised)


def test_the_same_text_described_otherwise_keeps_its_link(desk: Desk) -> None:
    assert link(desk, "a.txt", ARTICLE) is None
    copy = ARTICLE + "\n版权所有，转载请注明出处和作者。"
    assert link(desk, "b.txt", copy) == bulletin_id(ARTICLE)
    desk.write("b.meta.yaml", "title: 标题")
    desk.take()
    [again] = desk.bulletins()
    assert (again.source_title, again.near_duplicate_of) == ("标题", bulletin_id(ARTICLE))
    desk.write("a.meta.yaml", "title: 标题")
    desk.take()
    assert [bulletin.near_duplicate_of for bulletin in desk.bulletins()] == [None]


def test_short_texts_are_not_compared(desk: Desk) -> None:
    assert sketch("今天上午，全区召开大会。今天下午，散会。") is None
    assert link(desk, "a.txt", "今天上午，全区召开经济工作大会。") is None
    assert link(desk, "b.txt", "今天上午，全区召开经济工作大会。版权所有。") is None


def test_a_sketch_is_the_same_in_every_version_that_reads_this_state() -> None:
    """Should rensa's numbers change, those that are stored are compared with others in vain: then state.VERSION must grow."""
    found = sketch(ARTICLE)
    assert found is not None
    assert hashlib.sha256(found.numbers + repr(found.bands).encode()).hexdigest()[:16] == "d2b936d8bad75ac3"
