"""What an operator would pick from a distribution in place of the indexer: rsyslog, from Kafka (imkafka) to Elasticsearch (omelasticsearch).

It copies events from their topics into one index under their ids. It knows no texts, revisions or outcomes, so it does less than the indexer.
The messages' key is the bulletin's id, so an event's own comes from the document: it is its first field.
"""

from __future__ import annotations

import shutil
import subprocess
import time
from collections.abc import Iterable
from pathlib import Path

from elasticsearch import Elasticsearch

from services.settings import Settings

INSTALL = "apt-get install rsyslog-kafka rsyslog-elasticsearch"
MODULES = Path("/usr/lib")
ID_AT = len('{"event_id":"') + 1
ID_LENGTH = 36
BATCH = 1000
WORKERS = 2
QUEUE = 20_000
POLL_SECONDS = 0.1
STALLED_SECONDS = 60
STOP_SECONDS = 20


def program() -> str | None:
    """The path of rsyslogd, or none where it or one of the two modules is missing."""
    wanted = ("imkafka.so", "omelasticsearch.so")
    found = all(any(any(MODULES.glob(f"{folder}rsyslog/{name}")) for folder in ("", "*/")) for name in wanted)
    return shutil.which("rsyslogd", path="/usr/sbin:/usr/local/sbin:/usr/bin") if found else None


def configuration(settings: Settings, topics: Iterable[str], folder: Path) -> str:
    """An input for each topic, and one action that sends batches to the index of the events."""
    host, port = settings.elasticsearch_url.removeprefix("http://").rstrip("/").split(":")
    inputs = "\n".join(
        f'input(type="imkafka" broker="{settings.kafka_bootstrap}" topic="{topic}" consumergroup="{settings.indexer_group}"'
        ' confParam=["auto.offset.reset=earliest"] ruleset="events")'
        for topic in topics
    )
    return f"""global(workDirectory="{folder}" maxMessageSize="1m")
module(load="imkafka")
module(load="omelasticsearch")
template(name="document" type="list") {{ property(name="rawmsg") }}
template(name="id" type="list") {{ property(name="rawmsg" position.from="{ID_AT}" position.to="{ID_AT + ID_LENGTH - 1}") }}
ruleset(name="events" queue.type="FixedArray" queue.size="{QUEUE}" queue.dequeueBatchSize="{BATCH}" queue.workerThreads="{WORKERS}"
        queue.workerThreadMinimumMessages="{BATCH}") {{
  action(type="omelasticsearch" server="{host}" serverport="{port}" searchIndex="{settings.events_index}" searchType=""
         esVersion.major="8" template="document" bulkmode="on" dynbulkid="on" bulkid="id" writeoperation="create"
         errorFile="{folder / "refused.json"}" action.resumeRetryCount="-1")
}}
{inputs}
"""


def rate(settings: Settings, topics: Iterable[str], total: int, folder: Path) -> float:
    """Documents a second of rsyslogd, from the first that are in the index to the last of `total`; `folder` is its own, empty."""
    daemon = program()
    if daemon is None:
        raise RuntimeError(f"rsyslogd with imkafka and omelasticsearch is not here; install it: {INSTALL}")
    file = folder / "rsyslog.conf"
    file.write_text(configuration(settings, topics, folder), "utf-8")
    client = Elasticsearch(settings.elasticsearch_url)
    process = subprocess.Popen([daemon, "-n", "-f", str(file), "-i", str(folder / "rsyslogd.pid")])
    first, begin, done, moved = 0, 0.0, 0, time.perf_counter()
    try:
        while done < total:
            time.sleep(POLL_SECONDS)
            stored = client.indices.stats(index=settings.events_index, metric="indexing")["_all"]["primaries"]["indexing"][
                "index_total"
            ]
            now = time.perf_counter()
            if process.poll() is not None:
                raise RuntimeError(f"rsyslogd ended with {process.returncode}; its configuration is {file}")
            if stored and not first:
                first, begin = stored, now
            if stored != done:
                done, moved = stored, now
            elif now - moved > STALLED_SECONDS:
                raise RuntimeError(
                    f"rsyslogd stored {done} of {total} documents and no more for {STALLED_SECONDS} s; see {folder}"
                )
        return (done - first) / (moved - begin)
    finally:
        process.terminate()
        try:
            process.wait(timeout=STOP_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        client.close()
