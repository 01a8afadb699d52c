"""What the watcher counts."""

from __future__ import annotations

from prometheus_client import Counter, Gauge

BULLETINS_PUBLISHED = Counter("bulletins_published", "Bulletins confirmed by the broker.")
FILES_REJECTED = Counter("files_rejected", "Files that are no bulletins, once for each content.", ["reason"])
SECOND_SOURCES = Counter("bulletin_second_sources", "Files whose text is published from another address.")
FILES_SEEN = Gauge("files_seen", "Files that may be bulletins, at the last scan.")
FILES_SETTLING = Gauge("files_settling", "Files that still change, or have not rested long enough.")
MESSAGES_PENDING = Gauge("messages_pending", "Messages that are stored and not yet confirmed by the broker.")
