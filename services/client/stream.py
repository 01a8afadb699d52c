"""Events as they are published: server-sent events, gone on with after every break.

https://html.spec.whatwg.org/multipage/server-sent-events.html
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import ExitStack, suppress
from types import TracebackType
from typing import Any, Final, NamedTuple, Self

from pydantic import ValidationError

from services.client.errors import ApiProblem, UnexpectedReplyError, UnreachableError
from services.client.transport import Transport, lines
from services.contracts import EVENT_ADAPTER, Event

PATH: Final = "/v1/stream"
MEDIA_TYPE: Final = "text/event-stream"
# Until the API says how long to wait before coming again (`retry`).
PAUSE_SECONDS: Final = 2.0
# Busy, or just being started anew, also as a server in between tells it.
PASSING: Final = frozenset({429, 502, 503, 504})
Block = dict[str, str]


class StreamedEvent(NamedTuple):
    """`id` is what to go on from after this event; keep it with what you made of the event."""

    id: str
    event: Event


class EventStream:
    """Events without end. Connected when it is made, so that nothing published after that is missed; to be closed, or used in a `with`.

    Where the connection breaks it comes again after the pause that the API asks for, twice as long each time that fails, up to the
    client's `longest_wait`, and goes on after `last_event_id`: nothing is missed or repeated. Raises ApiProblem for what does not pass by
    waiting: 410 where what follows the id is no longer kept, 401 or 403 where the key is no longer good.
    """

    def __init__(self, transport: Transport, parameters: Mapping[str, Any], last_event_id: str | None) -> None:
        self._transport = transport
        self._parameters = parameters
        self._connection = ExitStack()
        self._blocks: Iterator[Block] = iter(())
        self._pause = PAUSE_SECONDS
        self._ahead: StreamedEvent | None = None
        self._closed = False
        self.last_event_id = last_event_id
        """Where it would go on now. It moves on, too, while no event passes the filters."""
        self._connect()
        # The first block tells where the stream begins.
        self._ahead = self._take(next(self._blocks, {}))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        self._closed = True
        self._connection.close()

    def __iter__(self) -> Self:
        return self

    def __next__(self) -> StreamedEvent:
        if self._ahead is not None:
            first, self._ahead = self._ahead, None
            return first
        while not self._closed:
            # That it broke off is no news: it comes again, as after an end.
            with suppress(UnreachableError):
                for block in self._blocks:
                    event = self._take(block)
                    if event is not None:
                        return event
            self._come_again()
        raise StopIteration

    def _connect(self) -> None:
        self._connection.close()
        headers = {} if self.last_event_id is None else {"Last-Event-ID": self.last_event_id}
        opened = self._transport.stream(PATH, self._parameters, MEDIA_TYPE, headers=headers)
        self._blocks = _blocks(lines(self._connection.enter_context(opened)))

    def _come_again(self) -> None:
        longest = self._transport.longest_wait
        pause = self._pause
        while True:
            self._transport.sleep(pause)
            try:
                self._connect()
            except UnreachableError:
                asked = 0.0
            except ApiProblem as refusal:
                asked = refusal.retry_after or 0.0
                if refusal.status not in PASSING or asked > longest:
                    raise
            else:
                return
            pause = max(asked, min(2 * pause, longest))

    def _take(self, block: Block) -> StreamedEvent | None:
        """What a block brings, and where it leaves us. An event that is none leaves us before it."""
        if block.get("retry", "").isdecimal():
            self._pause = int(block["retry"]) / 1000
        place = block.get("id", self.last_event_id)
        event = None
        if "data" in block:
            try:
                event = StreamedEvent(place or "", EVENT_ADAPTER.validate_json(block["data"]))
            except ValidationError as error:
                raise UnexpectedReplyError(f"what {self._transport.url} streams is no event: {block['data'][:100]!r}") from error
        self.last_event_id = place
        return event


def _blocks(written: Iterator[bytes]) -> Iterator[Block]:
    """Fields of each block that is whole: an empty line ends it."""
    block: Block = {}
    for line in written:
        text = line.decode().removesuffix("\r")
        if not text:
            yield block
            block = {}
            continue
        name, _, value = text.partition(":")
        value = value.removeprefix(" ")
        # A line that begins with a colon is a comment.
        if name == "data" and "data" in block:
            block["data"] += f"\n{value}"
        elif name:
            block[name] = value
