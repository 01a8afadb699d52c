"""From settled files to messages in the outbox: read, describe, decide, remember; all of a batch in one transaction."""

from __future__ import annotations

import hashlib
import logging
import time
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Protocol

from opentelemetry.trace import SpanKind

from services import envelope, topics, tracing
from services.contracts import SCHEMA_VERSION, Bulletin, bulletin_id, content_id, to_json
from services.deadletter import Record, dead_letter, to_record
from services.lifecycle import StopFlag
from services.watcher.decode import MAX_FILE_BYTES, too_large
from services.watcher.describe import Description, describe
from services.watcher.errors import Rejected, UnreadableFile, Unsettled
from services.watcher.folder import Content, Seen, sidecar_of
from services.watcher.identity import Action, Decision, Known, decide
from services.watcher.likeness import Likenesses, Sketch, sketch
from services.watcher.metrics import FILES_REJECTED, SECOND_SOURCES
from services.watcher.state import State

log = logging.getLogger(__name__)

SERVICE = "watcher"
# Key, headers and the frame of a message: 300 bytes and an address of up to 4000 characters, twice.
_FRAME_BYTES = 32 * 1024
# After this, what has been read is stored and sent before more is read: a document may take as long as formats.limits says.
_BATCH_SECONDS = 2.0


class Found(Protocol):
    """What the intake has to know of a file or page: by whom it is published, where it stands, and what it looks like from outside."""

    @property
    def source_id(self) -> str: ...
    @property
    def source_uri(self) -> str: ...
    @property
    def fingerprint(self) -> str: ...


@dataclass(slots=True)
class Taken:
    """What became of a batch of files or pages."""

    actions: Counter[Action] = field(default_factory=Counter)
    rejected: list[tuple[str, Rejected]] = field(default_factory=list)
    unsettled: list[Seen] = field(default_factory=list)
    later: list[Seen] = field(default_factory=list)
    """Not looked at, for the batch took long."""
    orphans: int = 0
    """Texts whose published address says something else now while second sources still have them: these are to be read again."""


@dataclass(frozen=True, slots=True)
class Reading:
    """A file or page that is a bulletin, what stood at its address before, what stands there now, and what is to be done about it."""

    description: Description
    before: Known | None
    known: Known
    decision: Decision
    near_duplicate_of: str | None = None
    sketch: Sketch | None = None


class Intake:
    def __init__(self, state: State, now: Callable[[], float] = time.time, stop: StopFlag | None = None) -> None:
        self._state = state
        self._stop = stop
        self._now = now
        self._likenesses = Likenesses(state)
        self._topic = topics.load()["text"]

    def take(self, files: Iterable[Seen]) -> Taken:
        """Returns when everything but what is left for later is in the state. Raises what State.transaction raises, or Stopped."""
        batch = list(files)
        return self.transact(lambda taken: self._take(batch, taken))

    def transact(self, work: Callable[[Taken], None]) -> Taken:
        """Run `work`, which may call `decide`, `keep` and `reject`, in one transaction. Raises what State.transaction raises."""

        def begun() -> Taken:
            taken = Taken()
            work(taken)
            return taken

        taken = self._state.transaction(begun)
        SECOND_SOURCES.inc(taken.actions[Action.NOTE])
        for source_uri, error in taken.rejected:
            FILES_REJECTED.labels(type(error).__name__).inc()
            log.warning("%s is rejected: %s: %s", source_uri, type(error).__name__, error)
        return taken

    def read(self, seen: Seen, content: Content) -> Reading:
        """What the file says and what is to be done, without doing it. Within a transaction. Raises Rejected."""
        folder = seen.folder
        described = describe(
            content.raw,
            content.sidecar,
            sidecar_of(seen.relative),
            name=seen.relative,
            charset=folder.encoding,
            stop=self._stop,
        )
        return self.decide(seen.source_uri, described.with_defaults(None, folder.publisher, None, folder.region_code))

    def decide(self, source_uri: str, description: Description) -> Reading:
        """What is to be done about what now stands at an address, without doing it. Within a transaction."""
        identity, described = bulletin_id(description.text), _described(description)
        before = self._state.known(source_uri)
        decision = decide(
            before,
            identity,
            described,
            published_elsewhere=self._state.published_elsewhere(identity, source_uri),
            now_milliseconds=int(self._now() * 1000),
        )
        known = Known(identity, described, decision.revision, decision.supersedes)
        if before is not None and decision.action is Action.NOTHING:
            known = before
        if decision.action not in (Action.PUBLISH, Action.REVISE):
            return Reading(description, before, known, decision)
        seen = sketch(description.text)
        near_duplicate_of = self._likenesses.find(identity, seen, besides=before.bulletin_id if before else None)
        return Reading(description, before, known, decision, near_duplicate_of, seen)

    def _take(self, batch: list[Seen], taken: Taken) -> None:
        begun = time.monotonic()
        for number, seen in enumerate(batch):
            if time.monotonic() - begun > _BATCH_SECONDS:
                taken.later = batch[number:]
                return
            content = Content(b"", None)
            try:
                content = seen.folder.read(seen)
                self.keep(seen, self.read(seen, content), taken)
            except Unsettled:
                taken.unsettled.append(seen)
            except Rejected as error:
                self.reject(seen, content.raw, error, taken)

    def keep(self, seen: Found, reading: Reading, taken: Taken) -> None:
        """Do what was decided. Within a transaction. Raises TextTooLarge."""
        before = reading.before
        if reading.decision.action in (Action.PUBLISH, Action.REVISE):
            self._state.put(self._message(seen, reading))
            self._likenesses.keep(reading.known.bulletin_id, reading.near_duplicate_of, reading.sketch)
        self._state.remember(seen.source_uri, seen.fingerprint, reading.known)
        if reading.decision.action is Action.PUBLISH:
            self._state.note_arrival(seen.source_id, self._now(), len(reading.description.text))
        taken.actions[reading.decision.action] += 1
        if before is None or before.revision == 0 or before.bulletin_id == reading.known.bulletin_id:
            return
        if not self._state.published_elsewhere(before.bulletin_id, seen.source_uri):
            # The index takes back what this address said. Where another file still says it, it must be published from there.
            orphans = self._state.forget_fingerprints(before.bulletin_id)
            taken.orphans += orphans
            if not orphans:
                self._likenesses.forget(before.bulletin_id)

    def _message(self, seen: Found, reading: Reading) -> Record:
        """Raises TextTooLarge where the JSON is longer than the topic allows: a text of line ends doubles in size."""
        bulletin = Bulletin(
            bulletin_id=reading.known.bulletin_id,
            source_id=seen.source_id,
            source_uri=seen.source_uri,
            revision=reading.decision.revision,
            supersedes=reading.decision.supersedes,
            near_duplicate_of=reading.near_duplicate_of,
            **reading.description._asdict(),
        )
        value = to_json(bulletin)
        if len(value) + _FRAME_BYTES > self._topic.max_message_bytes:
            raise too_large(len(value))
        ids = {"bulletin_id": bulletin.bulletin_id, "source_id": bulletin.source_id, "source_uri": bulletin.source_uri}
        with tracing.span("publish", None, ids, SpanKind.PRODUCER):
            log.debug("publishing revision %d", bulletin.revision, extra={"ids": ids})
            return Record(self._topic.name, bulletin.bulletin_id.encode(), value, envelope.headers(bulletin))

    def reject(self, seen: Found, raw: bytes, error: Rejected, taken: Taken) -> None:
        """A dead letter for each content that is no bulletin: none for the same content touched, copied over or seen after a restart."""
        reason = type(error).__name__
        digest = f"{reason}:{hashlib.sha256(raw + str(error).encode('utf-8', 'replace')).hexdigest()}"
        if self._state.rejected(seen.source_uri) != digest:
            self._state.put(self._dead_letter(seen, raw, error, digest))
            taken.rejected.append((seen.source_uri, error))
        # Nothing about a file tells when it becomes readable.
        fingerprint = "" if isinstance(error, UnreadableFile) else seen.fingerprint
        self._state.remember_rejected(seen.source_uri, fingerprint, digest)

    def _dead_letter(self, seen: Found, raw: bytes, error: Rejected, digest: str) -> Record:
        """The file's bytes, nothing where they are too many for the topic; the headers tell which file it was."""
        identity = content_id("rejected", seen.source_uri, digest)
        headers = [
            ("ce_specversion", b"1.0"),
            ("ce_id", identity.encode()),
            ("ce_source", seen.source_uri.encode()),
            ("ce_type", f"bulletins.rejected.v{SCHEMA_VERSION}".encode()),
            ("content-type", b"application/octet-stream"),
        ]
        value = raw if 0 < len(raw) <= MAX_FILE_BYTES else None
        letter = dead_letter(
            service=SERVICE, error=error, topic=self._topic.name, key=identity.encode(), value=value, headers=headers
        )
        where = f"{seen.source_uri}: {letter.error_message}"
        return to_record(letter.model_copy(update={"error_message": where}))


def _described(description: Description) -> str:
    """A digest of all but the text, whose digest is the bulletin's id."""
    said = "\x1f".join("\x00" if value is None else str(value) for value in description[1:])
    return hashlib.sha256(said.encode("utf-8", "surrogatepass")).hexdigest()
