"""Backup and restore of the indices, on the real server."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from elasticsearch import Elasticsearch

from services import indices, keystore
from services.apikeys import Scope
from services.settings import Settings
from tests.integration.extractor_process import Worker, bulletins, have_outcomes, send
from tests.integration.indexer_process import Indexer, own_indices, uncommitted
from tests.integration.service_process import wait_for
from tests.integration.test_ops import run


@pytest.fixture
def own(settings: Settings) -> Settings:
    """A repository that no other test has."""
    name = settings.events_index.partition("-")[0]
    return settings.model_copy(update={"snapshot_repository": name, "snapshot_location": name})


@pytest.fixture
def client(own: Settings, empty_topics: None) -> Iterator[Elasticsearch]:
    with own_indices(own) as client:
        yield client


def documents(client: Elasticsearch, settings: Settings) -> dict[str, dict[str, object]]:
    """Every document behind every alias, by alias and id."""
    found = {}
    for index in indices.all_indices(settings):
        client.indices.refresh(index=index.alias)
        for hit in client.search(index=index.alias, size=1000)["hits"]["hits"]:
            found[f"{index.kind}/{hit['_id']}"] = hit["_source"]
    return found


def test_what_was_backed_up_is_there_after_the_indices_were_lost(own: Settings, client: Elasticsearch, tmp_path: Path) -> None:
    items = bulletins(20, "backup")
    send(own, items)
    with Worker(own, tmp_path), Indexer(own, tmp_path):
        wait_for(have_outcomes(own, items), "outcomes")
        wait_for(lambda: uncommitted(own) == 0, "all of it to be indexed")
    keystore.create(own, "somebody", [Scope.READ], 600)
    before = documents(client, own)
    assert len(before) > 2 * len(items)

    made = run(own, "backup", "first")
    assert (made.exit_code, made.stdout) == (0, "first\n"), made.stderr
    assert run(own, "backup", "--list").stdout.startswith("first  SUCCESS  ")
    again = run(own, "backup", "first")
    assert again.exit_code == 1
    assert "first" in again.stderr

    client.indices.delete(index=[index.first_name for index in indices.all_indices(own)])
    assert run(own, "reconcile").exit_code == 1
    assert "there is no alias" in run(own, "backup").stderr
    restored = run(own, "restore", "first")
    assert restored.exit_code == 0, restored.stderr
    assert f"{own.events_index}  (none) -> {own.events_index}-v1" in restored.stdout
    assert documents(client, own) == before
    proof = run(own, "reconcile")
    assert (proof.exit_code, proof.stdout) == (0, ""), proof.stdout


def test_a_restore_takes_the_aliases_over_and_what_came_since_is_sent_again(
    own: Settings, client: Elasticsearch, tmp_path: Path
) -> None:
    early, late = bulletins(5, "early"), bulletins(5, "late")
    kept, _ = keystore.create(own, "kept", [Scope.READ], 600)
    send(own, early)
    with Worker(own, tmp_path), Indexer(own, tmp_path):
        wait_for(have_outcomes(own, early), "outcomes")
        wait_for(lambda: uncommitted(own) == 0, "all of it to be indexed")
        assert run(own, "backup", "early").exit_code == 0
        send(own, late)
        wait_for(have_outcomes(own, early + late), "outcomes")
        wait_for(lambda: uncommitted(own) == 0, "the rest to be indexed")
        keystore.revoke(own, kept.key_id)
        before = documents(client, own)

        restored = run(own, "restore", "early")
        assert restored.exit_code == 0, restored.stderr
        assert own.keys_index not in restored.stdout
        assert f"{own.events_index}  {own.events_index}-v1 -> {own.events_index}-v2" in restored.stdout
        assert indices.serving(client, own.bulletins_index) == [f"{own.bulletins_index}-v2"]
        mended = run(own, "reconcile", "--repair")
        assert (mended.exit_code, mended.stdout) == (0, ""), mended.stdout + mended.stderr
    # Revoked after the snapshot, and so it stays.
    assert [key.revoked_at is None for key in keystore.listed(own)] == [False]
    assert documents(client, own).keys() == before.keys()
    assert run(own, "restore", "early", "--with-keys").exit_code == 0
    assert [key.revoked_at is None for key in keystore.listed(own)] == [True]


def test_a_snapshot_from_before_there_were_webhooks_is_restored(own: Settings, client: Elasticsearch) -> None:
    younger = [own.webhooks_index, own.deliveries_index]
    keystore.create(own, "kept", [Scope.READ], 600)
    assert run(own, "backup", "--list").exit_code == 0
    older = [index.first_name for index in indices.all_indices(own) if index.alias not in younger]
    client.snapshot.create(
        repository=own.snapshot_repository, snapshot="older", indices=older, include_global_state=False, wait_for_completion=True
    )
    client.index(index=own.webhooks_index, id="mine", document={"webhook_id": "mine"}, refresh=True)
    for flags in ([], ["--with-keys"]):
        restored = run(own, "restore", "older", *flags)
        assert restored.exit_code == 0, restored.stderr
        # What is not in it stays as it is.
        assert client.exists(index=own.webhooks_index, id="mine")
    client.indices.delete(index=[name for index in indices.all_indices(own) for name in indices.serving(client, index.alias)])
    restored = run(own, "restore", "older")
    assert restored.exit_code == 0, restored.stderr
    # What was lost, and is not in it, is made anew.
    assert [client.count(index=alias)["count"] for alias in younger] == [0, 0]
    assert len(keystore.listed(own)) == 1


def test_a_snapshot_that_is_not_there_is_said_so(own: Settings, client: Elasticsearch) -> None:
    shown = run(own, "restore", "nothing")
    assert shown.exit_code == 1
    assert "there is no snapshot nothing; `bulletins backup --list` shows all" in shown.stderr
    assert indices.serving(client, own.events_index) == [f"{own.events_index}-v1"]
