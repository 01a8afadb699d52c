"""What the indexer counts."""

from __future__ import annotations

from prometheus_client import Counter, Gauge, Histogram

MESSAGES = Counter("indexer_messages", "Messages handled, by topic and verdict.", ["topic", "verdict"])
RETRACTED = Counter("indexer_retracted_events", "Events taken out of the index.", ["reason"])
BULK_SECONDS = Histogram(
    "indexer_bulk_seconds", "Time of a bulk write.", buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30)
)
BLOCKED = Gauge("indexer_blocked", "1 while a server is away and work waits.")
WAITS = Counter("indexer_waits", "Pauses made because a server was away.")
OLDEST = Gauge(
    "indexer_oldest_message_seconds", "Age of the oldest message that was taken and is not stored; 0 where there is none."
)
LAG = Gauge("indexer_lag_messages", "Messages of the assigned partitions that are not stored yet.", ["topic"])
