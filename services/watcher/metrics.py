"""What the watcher counts."""

from __future__ import annotations

from prometheus_client import Counter, Gauge

BULLETINS_PUBLISHED = Counter("bulletins_published", "Bulletins confirmed by the broker.")
FILES_REJECTED = Counter("files_rejected", "Files that are no bulletins, once for each content.", ["reason"])
SECOND_SOURCES = Counter("bulletin_second_sources", "Files whose text is published from another address.")
FILES_SEEN = Gauge("files_seen", "Files that may be bulletins, at the last scan.")
FILES_SETTLING = Gauge("files_settling", "Files that still change, or have not rested long enough.")
MESSAGES_PENDING = Gauge("messages_pending", "Messages that are stored and not yet confirmed by the broker.")
OUTBOX_STUCK = Gauge("outbox_stuck_seconds", "Since the broker last confirmed a message, while some wait; else 0.")
PAGES_SEEN = Counter("source_pages", "Pages of web sources that were looked at, by what was seen.", ["source", "sight"])
SOURCE_ALARM = Gauge(
    "source_alarm", "1 while a source needs a look: silent, few, failing, structure, short_texts.", ["source", "alarm"]
)
SOURCE_SILENT = Gauge(
    "source_silent", "1 while a source brought nothing new in a whole period in which it should have.", ["source"]
)
SOURCE_NEW = Gauge("source_new_bulletins", "New bulletins in the source's last period.", ["source"])
SOURCE_EXPECTED = Gauge("source_expected_bulletins", "New bulletins that a period should bring.", ["source"])
SOURCE_LAST_SUCCESS = Gauge("source_last_success_timestamp_seconds", "When the source was last read.", ["source"])
SOURCE_LAST_NEW = Gauge("source_last_new_timestamp_seconds", "When the source last brought something new.", ["source"])
