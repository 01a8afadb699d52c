"""Fixtures with real servers: started once a test run, on free ports and in a folder of their own, when the first test asks.

`kafka`, `elasticsearch`     running servers, shared by all tests; a test that kills or pauses one starts its own
`settings`                   of these servers, with index names, groups, ports and a state folder that no other test has
`empty_topics`               every topic of the topic list, new and empty
`server_folder`              a folder for servers of a test's own: `with quick_kafka(server_folder) as broker: …`
"""

from __future__ import annotations

import shutil
import tempfile
import time
import uuid
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest
from kafka import KafkaAdminClient

from deploy.local.elasticsearch import Elasticsearch
from deploy.local.java import QUICK_START
from deploy.local.kafka import Kafka
from deploy.local.preflight import free_port
from services.ops.bootstrap import ensure_topics, wanted_topics
from services.settings import Settings


@contextmanager
def reachable_folder() -> Iterator[Path]:
    """A folder that the servers' user can enter, unlike pytest's own; removed afterwards."""
    folder = Path(tempfile.mkdtemp(prefix="bulletins-test-"))
    folder.chmod(0o755)
    try:
        yield folder
    finally:
        shutil.rmtree(folder)


@pytest.fixture
def server_folder() -> Iterator[Path]:
    with reachable_folder() as folder:
        yield folder


def quick_kafka(folder: Path) -> Kafka:
    """A broker on a free port that comes up quickly."""
    return Kafka(folder, free_port(), jvm_options=QUICK_START)


def quick_elasticsearch(folder: Path) -> Elasticsearch:
    return Elasticsearch(folder, free_port(), jvm_options=QUICK_START)


@pytest.fixture(scope="session")
def kafka() -> Iterator[Kafka]:
    with reachable_folder() as folder, quick_kafka(folder) as server:
        yield server


@pytest.fixture(scope="session")
def elasticsearch() -> Iterator[Elasticsearch]:
    with reachable_folder() as folder, quick_elasticsearch(folder) as server:
        yield server


@pytest.fixture
def settings(kafka: Kafka, elasticsearch: Elasticsearch, tmp_path: Path) -> Settings:
    return settings_for(kafka.bootstrap, elasticsearch.url, tmp_path)


def settings_for(bootstrap: str, url: str, folder: Path) -> Settings:
    """Settings for these servers that share nothing with another test's: indices, groups, ports, folders."""
    own = uuid.uuid4().hex[:12]
    watched = folder / "watched"
    watched.mkdir(parents=True, exist_ok=True)
    changed: dict[str, object] = {}
    for name, field in Settings.model_fields.items():
        if name.endswith(("_index", "_group")):
            changed[name] = f"{own}-{field.default}"
        elif name.endswith("_port"):
            changed[name] = free_port()
    return Settings(
        kafka_bootstrap=bootstrap,
        elasticsearch_url=url,
        watch_folders=str(watched),
        state_dir=folder / "state",
        **changed,
    )


@pytest.fixture
def empty_topics(settings: Settings) -> None:
    make_topics_anew(settings)


def make_topics_anew(settings: Settings) -> None:
    """All topics, new and empty."""
    with closing(KafkaAdminClient(bootstrap_servers=settings.kafka_bootstrap)) as admin:
        wanted = {spec.name for spec in wanted_topics()}
        admin.delete_topics(sorted(wanted & set(admin.list_topics())))
        # The controller has forgotten them, the broker soon will: what was sent before that would go to the old ones.
        while wanted & set(admin.list_topics()):
            time.sleep(0.05)
    ensure_topics(settings)
