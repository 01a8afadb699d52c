"""A worker of the next version, which reads texts otherwise: it knows no accolades, all that it finds is of its rule, and there are
texts that it breaks on.

`python -m tests.integration.next_extractor` runs it with the settings of the environment.
"""

from __future__ import annotations

import sys

from services.contracts import Accolade, Bulletin
from services.extractor import extract, records, worker
from services.extractor.extract import Extraction
from services.settings import Settings
from services.telemetry import configure_logging

VERSION = "9.0.0"
BREAKS = "breaks the next extractor"


def read_otherwise(bulletin: Bulletin) -> Extraction:
    if BREAKS in bulletin.text:
        raise RuntimeError(BREAKS)
    found = extract.extract(bulletin)
    events = [
        event.model_copy(update={"extractor": VERSION, "rule": "next"})
        for event in found.events
        if not isinstance(event, Accolade)
    ]
    return Extraction(events, found.notes)


def main() -> int:
    configure_logging("INFO", "text")
    records.extract = read_otherwise
    records.EXTRACTOR_VERSION = VERSION
    return worker.run(Settings())


if __name__ == "__main__":
    sys.exit(main())
