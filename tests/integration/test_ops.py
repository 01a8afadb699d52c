"""Bootstrap, replay, reconciliation and tail on real servers."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from elasticsearch import Elasticsearch
from kafka.admin import KafkaAdminClient
from typer.testing import CliRunner

from deploy.local.preflight import free_port
from deploy.local.services import environment
from services import envelope, indices, topics
from services.cli import app
from services.contracts import Bulletin, Outcome, ProjectMilestone, bulletin_id, json_dict, to_json
from services.ops import bootstrap, journal
from services.ops.bootstrap import BootstrapError
from services.ops.journal import Entry, JournalError
from services.ops.reconcile import reconcile
from services.ops.replay import Selection, replay
from services.settings import PROJECT, Settings
from tests.servers import quick_kafka

EXAMPLES = PROJECT / "schemas" / "examples"
Record = tuple[str, bytes | None, bytes | None, list[tuple[str, bytes]]]


def bulletin(text: str, uri: str = "file:///a.txt", **fields: Any) -> Bulletin:
    return Bulletin(bulletin_id=bulletin_id(text), text=text, source_id="test", source_uri=uri, **fields)


def milestone_of(source: Bulletin) -> ProjectMilestone:
    """An event of this bulletin, else like the first example."""
    example = ProjectMilestone.model_validate_json(min((EXAMPLES / "project_milestone").iterdir()).read_bytes())
    return example.model_copy(update={"bulletin_id": source.bulletin_id, "event_id": source.bulletin_id})


def outcome_of(source: Bulletin, *event_ids: str) -> Outcome:
    return Outcome(
        bulletin_id=source.bulletin_id,
        source_uri=source.source_uri,
        revision=source.revision,
        extractor="0.1.0",
        event_ids=list(event_ids),
        event_counts={"project_milestone": len(event_ids)},
        text_chars=len(source.text),
    )


def record(role: str, message: Bulletin | Outcome | ProjectMilestone) -> Record:
    return topics.load()[role].name, message.bulletin_id.encode(), to_json(message), envelope.headers(message)


def send(settings: Settings, *records: Record) -> None:
    with journal.Writer(settings) as writer:
        writer.send(records)


def all_of(settings: Settings, role: str) -> list[Entry]:
    return list(journal.read(settings, [topics.load()[role].name]))


def run(settings: Settings, *arguments: str) -> Any:
    """The command in this process, with these settings."""
    return CliRunner().invoke(app, list(arguments), env=environment(settings))


def process(settings: Settings, *arguments: str) -> subprocess.CompletedProcess[str]:
    """The command as a process of its own: one that sets up logging."""
    command = [sys.executable, "-m", "services.cli", *arguments]
    return subprocess.run(command, cwd=PROJECT, env={**os.environ, **environment(settings)}, capture_output=True, text=True)


def remove(admin: KafkaAdminClient, names: set[str]) -> None:
    """Delete topics and return when the broker has forgotten them."""
    admin.delete_topics(sorted(names))
    while names & set(admin.list_topics()):
        time.sleep(0.05)


@pytest.fixture
def admin(settings: Settings) -> Iterator[KafkaAdminClient]:
    client = KafkaAdminClient(bootstrap_servers=settings.kafka_bootstrap)
    yield client
    client.close()


@pytest.fixture
def index(settings: Settings) -> Iterator[Elasticsearch]:
    """A client; the indices of these settings are there, and removed afterwards."""
    client = indices.connect(settings)
    indices.ensure_indices(client, settings)
    yield client
    client.indices.delete(index=[item.first_name for item in indices.all_indices(settings)], ignore_unavailable=True)
    client.close()


class TestBootstrap:
    def test_makes_what_is_missing_and_a_second_time_nothing(self, settings: Settings, admin: KafkaAdminClient) -> None:
        wanted = {spec.name for spec in bootstrap.wanted_topics()}
        remove(admin, wanted & set(admin.list_topics()))
        first = bootstrap.bootstrap(settings)
        assert set(first.created) == wanted | {item.first_name for item in indices.all_indices(settings)}
        assert wanted <= set(admin.list_topics())
        assert bootstrap.bootstrap(settings).created == []
        shown = process(settings, "bootstrap")
        assert shown.returncode == 0
        assert "10 topics are there, 0 of them new" in shown.stderr

    def test_an_unfit_topic_is_told_with_what_to_do(
        self, settings: Settings, admin: KafkaAdminClient, empty_topics: None
    ) -> None:
        name = topics.load()["accolade"].name
        remove(admin, {name})
        admin.create_topics({name: {"num_partitions": 1, "configs": {"max.message.bytes": "1000"}}}, wait_for_metadata=True)
        try:
            with pytest.raises(BootstrapError) as caught:
                bootstrap.ensure_topics(settings)
            assert f"topic {name} has 1 partition(s), schemas/topics.yaml wants 4" in str(caught.value)
            assert f"kafka-configs.sh --alter --topic {name}" in str(caught.value)
            shown = process(settings, "bootstrap")
            assert shown.returncode == 1
            assert f"bulletins: topic {name} has 1 partition(s)" in shown.stderr
        finally:
            remove(admin, {name})
            bootstrap.ensure_topics(settings)

    def test_an_index_of_another_shape_is_told(self, settings: Settings, empty_topics: None) -> None:
        with indices.connect(settings) as client:
            client.indices.create(index="other-" + settings.events_index, aliases={settings.events_index: {}})
            try:
                with pytest.raises(BootstrapError, match=settings.events_index):
                    bootstrap.bootstrap(settings)
            finally:
                client.indices.delete(index="other-" + settings.events_index)

    def test_gives_up_on_kafka_that_does_not_answer(self, settings: Settings) -> None:
        away = settings.model_copy(update={"kafka_bootstrap": f"127.0.0.1:{free_port()}"})
        with pytest.raises(BootstrapError, match="Kafka does not answer at .* set BULLETINS_KAFKA_BOOTSTRAP"):
            bootstrap.bootstrap(away, wait_seconds=0.5)

    def test_gives_up_on_elasticsearch_that_does_not_answer(self, settings: Settings) -> None:
        away = settings.model_copy(update={"elasticsearch_url": f"http://127.0.0.1:{free_port()}"})
        with pytest.raises(BootstrapError, match="Elasticsearch does not answer at .* set BULLETINS_ELASTICSEARCH_URL"):
            bootstrap.bootstrap(away, wait_seconds=0.5)


class TestJournal:
    def test_reads_what_was_there_when_it_began(self, settings: Settings, empty_topics: None) -> None:
        send(settings, *(record("text", bulletin(f"文 {number}")) for number in range(20)))
        seen = []
        for entry in journal.read(settings, [topics.load()["text"].name]):
            seen.append(entry)
            send(settings, record("text", bulletin(f"later {len(seen)}")))
        assert len(seen) == 20
        assert len(all_of(settings, "text")) == 40

    def test_an_empty_topic_has_nothing(self, settings: Settings, empty_topics: None) -> None:
        assert all_of(settings, "outcome") == []

    def test_a_topic_that_is_not_there_is_told(self, settings: Settings) -> None:
        with pytest.raises(JournalError, match="topic nowhere does not exist"):
            list(journal.read(settings, ["nowhere"]))

    def test_a_broker_that_falls_silent_ends_the_reading(self, server_folder: Path) -> None:
        with quick_kafka(server_folder) as broker:
            settings = Settings(kafka_bootstrap=broker.bootstrap)
            bootstrap.ensure_topics(settings)
            # More than one fetch brings, so that something is still to come when the broker stops.
            send(settings, *(record("text", bulletin(f"{number}" + "长" * 300_000)) for number in range(8)))
            entries = journal.read(settings, [topics.load()["text"].name], stall_seconds=1)
            next(entries)
            broker.pause()
            try:
                with pytest.raises(JournalError, match="nothing came from .* is the broker well"):
                    list(entries)
            finally:
                broker.resume()

    def test_a_record_that_no_broker_takes_is_told(self, settings: Settings, empty_topics: None) -> None:
        name = topics.load()["text"].name
        with pytest.raises(JournalError, match="did not confirm"):
            send(settings, (name, b"k", b"x" * (topics.load()["text"].max_message_bytes + 1000), []))


class TestReplay:
    def test_sends_the_same_message_again(self, settings: Settings, empty_topics: None) -> None:
        old, new, other = bulletin("旧"), bulletin("新", revision=2), bulletin("别", "file:///b.txt")
        send(settings, record("text", old), record("text", new), record("text", other))
        before = {(entry.key, entry.value) for entry in all_of(settings, "text")}
        assert replay(settings, Selection(everything=True), dry_run=True) == [new.bulletin_id, other.bulletin_id]
        assert len(all_of(settings, "text")) == 3
        assert replay(settings, Selection(everything=True)) == [new.bulletin_id, other.bulletin_id]
        after = all_of(settings, "text")
        assert len(after) == 5
        assert {(entry.key, entry.value) for entry in after} == before
        again = [entry for entry in after if entry.key == new.bulletin_id.encode()]
        assert again[0].partition == again[1].partition
        assert again[0].headers == again[1].headers

    def test_the_command_tells_what_it_did_not_find(self, settings: Settings, empty_topics: None) -> None:
        said = bulletin("一")
        send(settings, record("text", said))
        shown = run(settings, "replay", said.bulletin_id, "unknown-id")
        assert shown.exit_code == 1
        assert shown.stdout.split() == [said.bulletin_id]
        assert "unknown-id" in shown.stderr


class TestReconcile:
    def test_finds_nothing_where_all_is_well_and_each_thing_that_is_not(
        self, settings: Settings, empty_topics: None, index: Elasticsearch
    ) -> None:
        said = bulletin("某项目投产。")
        event = milestone_of(said)
        send(settings, record("text", said))
        _, found = reconcile(settings)
        assert [difference.kind for difference in found] == ["no_outcome", "bulletin_not_indexed"]

        send(settings, record("project_milestone", event), record("outcome", outcome_of(said, event.event_id)))
        index.index(index=settings.bulletins_index, id=said.bulletin_id, document=json_dict(said))
        state = {"bulletin_id": said.bulletin_id, "outcome": json_dict(outcome_of(said, event.event_id))}
        index.index(index=settings.states_index, id=said.bulletin_id, document=state)
        _, found = reconcile(settings)
        assert [(difference.kind, difference.subject) for difference in found] == [("event_not_indexed", event.event_id)]

        index.index(index=settings.events_index, id=event.event_id, document=json_dict(event))
        summary, found = reconcile(settings)
        assert found == []
        assert (summary.bulletins, summary.outcomes, summary.events_said, summary.events_indexed) == (1, 1, 1, 1)
        shown = run(settings, "reconcile")
        assert (shown.exit_code, shown.stdout) == (0, "")
        assert "nothing differs" in shown.stderr

        stale = event.model_copy(update={"event_id": event.fact_id})
        index.index(index=settings.events_index, id=stale.event_id, document=json_dict(stale))
        shown = run(settings, "reconcile", "--wait", "1")
        assert shown.exit_code == 1
        assert shown.stdout.startswith(f"event_not_said  {stale.event_id}  ")
        assert "1 differences" in shown.stderr

    def test_pages_through_an_index_larger_than_a_page(
        self, settings: Settings, index: Elasticsearch, empty_topics: None, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("services.ops.ledger.PAGE", 2)
        for number in range(5):
            said = bulletin(f"文 {number}", f"file:///{number}")
            send(settings, record("text", said), record("outcome", outcome_of(said)))
            index.index(index=settings.bulletins_index, id=said.bulletin_id, document=json_dict(said))
            state = {"bulletin_id": said.bulletin_id, "outcome": json_dict(outcome_of(said))}
            index.index(index=settings.states_index, id=said.bulletin_id, document=state)
        summary, found = reconcile(settings)
        assert (summary.bulletins, found) == (5, [])


class TestTail:
    def command(self, settings: Settings, *arguments: str) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [sys.executable, "-m", "services.cli", "tail", *arguments],
            cwd=PROJECT,
            env={**os.environ, **environment(settings)},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def test_prints_what_passes_and_goes_on_until_interrupted(self, settings: Settings, empty_topics: None) -> None:
        event = milestone_of(bulletin("某项目投产。"))
        other = event.model_copy(update={"region": "中原区", "region_code": "410102"})
        name = topics.load()["project_milestone"].name
        send(settings, record("project_milestone", other), (name, b"k", b"no JSON", []), record("project_milestone", event))
        with self.command(settings, "project_milestone", "--from-beginning", "--region", event.region_code or "") as process:
            try:
                assert process.stdout is not None
                assert process.stdout.readline() == to_json(event).decode() + "\n"
                process.send_signal(signal.SIGINT)
                rest, said = process.communicate(timeout=30)
            finally:
                process.kill()
        assert process.returncode == 0
        assert rest == ""
        assert said.startswith("bulletins: left out a message that is no JSON")

    def test_stops_after_so_many_and_prints_lines_for_people(self, settings: Settings, empty_topics: None) -> None:
        event = milestone_of(bulletin("某项目投产。"))
        send(settings, *(record("project_milestone", event) for _ in range(3)))
        with self.command(settings, "events", "--from-beginning", "-n", "2", "--format", "line") as process:
            shown, _ = process.communicate(timeout=60)
        assert process.returncode == 0
        assert [line.split()[0] for line in shown.splitlines()] == ["project_milestone"] * 2

    def test_says_where_there_is_no_broker(self, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(journal, "CONNECT_SECONDS", 0.5)
        away = settings.model_copy(update={"kafka_bootstrap": f"127.0.0.1:{free_port()}"})
        with pytest.raises(JournalError, match="Kafka does not answer at .* set BULLETINS_KAFKA_BOOTSTRAP"):
            journal.consumer(away)
        with pytest.raises(JournalError, match="Kafka does not answer at"):
            journal.Writer(away)
