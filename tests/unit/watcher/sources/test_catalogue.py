"""The file of sources: each kind has an example, mistakes are told by source and field, folders of both settings are one list."""

from __future__ import annotations

import json
from pathlib import Path
from typing import get_args

import pytest
import yaml
from jsonschema import Draft202012Validator

from services.lifecycle import StopFlag
from services.settings import PROJECT, Settings
from services.watcher.errors import ConfigurationError
from services.watcher.intake import Intake
from services.watcher.main import BAD_CONFIGURATION, run
from services.watcher.sources import schema
from services.watcher.sources.catalogue import Catalogue, load, read
from services.watcher.sources.model import Source
from services.watcher.sources.region import region_code
from services.watcher.state import State

EXAMPLES = PROJECT / "seeds" / "sources.yaml"
GOOD = {"id": "a", "kind": "list", "url": "http://www.district.example/", "links": "a"}


def written(tmp_path: Path, *sources: dict[str, object]) -> Path:
    file = tmp_path / "sources.yaml"
    file.write_text(yaml.safe_dump({"sources": list(sources)}, allow_unicode=True), "utf-8")
    return file


def loaded(file: Path | None, folders: str = "", *chosen: str) -> Catalogue:
    return load(Settings(sources=file, watch_folders=folders), chosen)


def test_there_is_an_example_of_each_kind_and_only_the_folder_is_enabled() -> None:
    examples = read(EXAMPLES)
    kinds = {model.__name__ for model in get_args(get_args(Source)[0])}
    assert {type(example).__name__ for example in examples} == kinds
    assert [example.id for example in examples if example.enabled] == ["bulletins"]


def test_the_schema_is_that_of_the_model_and_takes_the_examples() -> None:
    assert schema.FILE.read_text("utf-8") == schema.content(), "run: python -m services.watcher.sources.schema"
    validator = Draft202012Validator(json.loads(schema.content()))
    validator.validate(yaml.safe_load(EXAMPLES.read_text("utf-8")))
    assert not validator.is_valid({"sources": [{**GOOD, "linkz": "a"}]})
    assert not validator.is_valid({"sources": [{**GOOD, "schedule": {"every": "soon"}}]})


def test_the_examples_add_nothing_to_the_default_folder() -> None:
    catalogue = load(Settings(sources=EXAMPLES))
    assert [(folder.source_id, folder.root) for folder in catalogue.folders] == [
        ("bulletins", str(PROJECT / "seeds" / "bulletins"))
    ]
    assert catalogue.sites == []


def test_folders_of_both_settings_and_sites(tmp_path: Path) -> None:
    folder = {"id": "n", "kind": "folder", "path": "texts", "publisher": "某局", "region": "上街区"}
    file = written(tmp_path, folder, GOOD, {**GOOD, "id": "off", "enabled": False})
    catalogue = loaded(file, f"other={tmp_path}/other")
    assert {each.source_id: each.root for each in catalogue.folders} == {"other": f"{tmp_path}/other", "n": f"{tmp_path}/texts"}
    assert [(each.publisher, each.region_code) for each in catalogue.folders if each.source_id == "n"] == [("某局", "410106")]
    assert [site.id for site in catalogue.sites] == ["a"]
    assert loaded(file, "", "off").ids == ["off"], "whoever is asked for need not be enabled"
    assert loaded(file, f"other={tmp_path}", "other").ids == ["other"]


def test_a_folder_has_a_schedule_and_an_encoding(tmp_path: Path) -> None:
    plain = {"kind": "folder", "path": "."}
    described = {**plain, "id": "n", "schedule": {"every": "10m", "jitter": 0.5}, "encoding": "big5"}
    hinted, bare = loaded(written(tmp_path, described, {**plain, "id": "bare"})).folders
    assert (hinted.every, hinted.jitter, hinted.encoding) == (600, 0.5, "big5")
    assert (bare.every, bare.jitter, bare.encoding) == (None, 0.0, None)
    # Too short for its encoding to show: as GB18030 it would be four other characters.
    (tmp_path / "a.txt").write_bytes("縣政府公".encode("big5"))
    state = State(tmp_path / "state", StopFlag())
    texts = []
    for folder in (hinted, bare):
        [seen] = folder.scan()
        reading = state.transaction(lambda seen=seen: Intake(state).read(seen, seen.folder.read(seen)))  # type: ignore[misc]
        texts.append(reading.description.text)
    state.close()
    assert texts[0] == "縣政府公" != texts[1]


@pytest.mark.parametrize(
    ("source", "told"),
    [
        ({**GOOD, "kind": "gopher"}, "a: .*kind"),
        ({"id": "a", "kind": "list", "url": "http://x.example/"}, "a.*links: Field required"),
        ({**GOOD, "links": "a["}, "a.*links: .*CSS"),
        ({**GOOD, "include": "("}, "a.*include: .*regular expression"),
        ({**GOOD, "url": "file:///etc/passwd"}, "a.*url: .*only http"),
        ({**GOOD, "url": "http://user:secret@x.example/"}, "a.*url: .*password"),
        ({**GOOD, "typo": 1}, "a.*typo: Extra"),
        ({**GOOD, "schedule": {"every": "often"}}, "a.*schedule.every: .*30m, 6h, 7d"),
        ({**GOOD, "schedule": {"every": "0s"}}, "a.*schedule.every: .*a second"),
        ({**GOOD, "schedule": {"jitter": 2}}, "a.*schedule.jitter"),
        ({"id": "a", "kind": "folder", "path": ".", "schedule": {"every": "often"}}, "a.*schedule.every: .*30m, 6h, 7d"),
        ({**GOOD, "expected": {"new": 1, "every": "5m"}}, "a.*expected.every: .*hour"),
        ({**GOOD, "pages": 3}, "a: .*next"),
        ({**GOOD, "encoding": "klingon"}, "a.*encoding: .*klingon"),
        ({**GOOD, "region": "鼓楼区"}, "a: region: 鼓楼区 may be 320106 江苏省南京市鼓楼区"),
        ({**GOOD, "region": "不存在区"}, "a: region: no division"),
        ({**GOOD, "region": 999999}, "a: region: no division"),
        ({**GOOD, "id": "a b"}, "id"),
    ],
)
def test_a_mistake_is_told_by_source_and_field(source: dict[str, object], told: str, tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match=told):
        loaded(written(tmp_path, source))


@pytest.mark.parametrize("text", ["", "[]", "sources: 1", "sources: [1]", "a: &a [*a]", "{", "\x00", "sources: [" + "[" * 3000])
def test_a_file_that_is_none_is_told(text: str, tmp_path: Path) -> None:
    (tmp_path / "sources.yaml").write_text(text, "utf-8")
    with pytest.raises(ConfigurationError, match="BULLETINS_SOURCES"):
        read(tmp_path / "sources.yaml")
    with pytest.raises(ConfigurationError, match="cannot be read"):
        read(tmp_path / "nowhere.yaml")


def test_two_sources_with_one_name_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="two sources are called 'a'"):
        loaded(written(tmp_path, GOOD, GOOD))
    with pytest.raises(ConfigurationError, match="two folders are called 'n'"):
        loaded(written(tmp_path, {"id": "n", "kind": "folder", "path": "x"}), f"n={tmp_path}/y")
    with pytest.raises(ConfigurationError, match="both have a source 'a'"):
        loaded(written(tmp_path, GOOD), f"a={tmp_path}")
    with pytest.raises(ConfigurationError, match="no source 'b'; there are a"):
        loaded(written(tmp_path, GOOD), "", "b")


def test_a_copy_of_the_examples_is_told_of_the_folder_that_is_watched_by_default(tmp_path: Path) -> None:
    file = tmp_path / "sources.yaml"
    file.write_text(EXAMPLES.read_text("utf-8"), "utf-8")
    with pytest.raises(
        ConfigurationError, match="of BULLETINS_WATCH_FOLDERS, which names it where it is not set: .* of .*sources"
    ):
        load(Settings(sources=file))
    assert load(Settings(sources=file, watch_folders="")).ids == ["bulletins"]
    with pytest.raises(ConfigurationError) as error:
        load(Settings(sources=file, watch_folders=f"bulletins={tmp_path}/other"))
    assert "where it is not set" not in str(error.value)


@pytest.mark.parametrize(
    ("region", "code"),
    [
        ("410106", "410106"),
        ("上街区", "410106"),
        ("郑州市上街区", "410106"),
        ("河南省郑州市上街区", "410106"),
        ("重庆市江北区", "500105"),
        ("宁波市江北区", "330205"),
        ("郑州市", "410100"),
        ("河南省", "410000"),
    ],
)
def test_a_region_by_name_or_code(region: str, code: str) -> None:
    assert region_code(region) == code


@pytest.mark.parametrize("region", ["江北区", "北京市上街区", "上街", "", "区"])
def test_a_region_that_is_not_one_is_refused(region: str) -> None:
    with pytest.raises(ValueError, match="division|may be"):
        region_code(region)


@pytest.mark.parametrize(
    "changed", [{"fetch_allow": "http://a"}, {"fetch_proxy": "socks5://a"}, {"sources": "/nowhere.yaml"}], ids=str
)
def test_settings_that_cannot_be_used_end_with_their_exit_code(changed: dict[str, object], tmp_path: Path) -> None:
    settings = Settings(watch_folders=str(tmp_path), state_dir=tmp_path / "state", kafka_bootstrap="127.0.0.1:9")
    assert run(Settings(**{**settings.model_dump(), **changed}), once=True) == BAD_CONFIGURATION  # type: ignore[arg-type]
