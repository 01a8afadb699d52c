"""`python -m tests.integration.fuzz_watcher`: hostile files through the watcher on a broker of its own; each must end as a bulletin,
as a second source of one, or as a dead letter with its reason, and the watcher must end well."""

from __future__ import annotations

import argparse
import signal
import sqlite3
import time
from collections import Counter
from contextlib import closing
from pathlib import Path

from deploy.local.kafka import Kafka
from deploy.local.preflight import free_port
from services.envelope import header
from services.lifecycle import StopFlag
from services.ops.bootstrap import ensure_topics
from services.settings import Settings
from services.watcher.folder import Folder
from services.watcher.main import DONE
from services.watcher.state import STATE_FILE
from tests import hostile
from tests.integration.topic_records import dead_letters
from tests.integration.watcher_process import Watcher, published, watched
from tests.servers import reachable_folder, settings_for


def ends(settings: Settings, names: list[str], log: Path, patience_seconds: float) -> Counter[str]:
    """How many files ended how, after one run of the watcher over them. Raises AssertionError where one ended otherwise."""
    folder = Folder(watched(settings).name, watched(settings))
    expected = {folder.source_uri(name) for name in names}
    with Watcher(settings, log, "--once") as watcher:
        code = watcher.process.wait(patience_seconds)
    assert code == DONE, (watcher.log.read_text("utf-8"))[-3000:]
    said = {bulletin.source_uri for bulletin in published(settings)}
    letters = {(header(letter.headers, "ce_source") or ""): letter for letter in dead_letters(settings)}
    with closing(sqlite3.connect(settings.state_dir / STATE_FILE)) as state:
        second = {uri for (uri,) in state.execute("SELECT source_uri FROM files WHERE revision = 0 AND bulletin_id IS NOT NULL")}
    assert said | set(letters) | second == expected, sorted(expected - said - set(letters) - second)[:5]
    assert not said & set(letters), "a file is one or the other"
    assert all(letter.error_message for letter in letters.values())
    reasons = Counter(letter.error_class for letter in letters.values())
    return Counter({"published": len(said), "second source": len(second - said)}) + reasons


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--files", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=6)
    arguments = parser.parse_args()
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    with reachable_folder() as folder, Kafka(folder, free_port(), stop=StopFlag()) as broker:
        settings = settings_for(broker.bootstrap, "http://127.0.0.1:9", folder)
        ensure_topics(settings)
        names = hostile.write(watched(settings), arguments.files, arguments.seed, costly=3)
        begun = time.monotonic()
        found = ends(settings, names, folder, patience_seconds=3600)
        print(f"{len(names)} files in {time.monotonic() - begun:.0f} s, none crashed or hung the watcher")
        for end, number in found.most_common():
            print(f"  {end:<18} {number:>6}")


if __name__ == "__main__":
    main()
