"""`bulletins up` and `down`: the local stack."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import typer

from services.commands.common import fail, load_settings, quiet_kafka

EXIT_INTERRUPTED = 130


@contextmanager
def _stack_errors() -> Iterator[None]:
    """The local stack's errors as one line; what it needs beyond the services is an extra of the package."""
    try:
        from deploy.local.errors import Interrupted, StackError
    except ImportError as error:
        fail(
            f"the local stack is not installed ({error.name} is missing): pip install 'bulletins[local]' in the project's folder"
        )
    try:
        yield
    except StackError as error:
        fail(str(error))
    except Interrupted:
        fail("stopped; nothing that this command started is left running", EXIT_INTERRUPTED)


def up() -> None:
    """Start Kafka, Elasticsearch and the services on this machine."""
    settings = load_settings()
    quiet_kafka()
    with _stack_errors():
        from deploy.local import stack
        from services.lifecycle import StopFlag

        stack.up(settings, say=typer.echo, stop=StopFlag().install())


def down() -> None:
    """Stop everything that `up` started."""
    with _stack_errors():
        from deploy.local import stack

        stack.down(say=typer.echo)
