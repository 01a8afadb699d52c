"""What the commands share: settings, errors and output. Only cheap imports, so that `--help` is quick."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable
from enum import StrEnum
from typing import NoReturn

import typer

from services.settings import PREFIX, Settings, misspelt

EXIT_DIFFERENCES = 1
EXIT_BAD_INPUT = 2
# What a shell reports for a program that a closed pipe stopped: 128 + SIGPIPE.
EXIT_BROKEN_PIPE = 141


class Format(StrEnum):
    """How events are printed."""

    NDJSON = "ndjson"
    TABLE = "table"


def fail(message: str, code: int = 1) -> NoReturn:
    """One clear line on standard error, then the end of the command."""
    complain(message)
    raise typer.Exit(code)


def complain(message: str) -> None:
    typer.echo(f"bulletins: {message}", err=True)


def load_settings() -> Settings:
    """`read_settings` with a line for each variable that looks like a setting and is none."""
    for sentence in misspelt(os.environ):
        complain(sentence)
    return read_settings()


def read_settings() -> Settings:
    """The settings from the environment; ends the command with a line for each that is wrong."""
    from pydantic import ValidationError
    from pydantic_settings import SettingsError

    try:
        return Settings()
    except SettingsError as error:
        fail(str(error), EXIT_BAD_INPUT)
    except ValidationError as error:
        for item in error.errors():
            name = "_".join(str(part) for part in item["loc"]).upper()
            # A check of several settings together names them itself.
            complain(f"{PREFIX}{name}: {item['msg']}" if name else item["msg"].removeprefix("Value error, "))
        raise typer.Exit(EXIT_BAD_INPUT) from error


def quiet_kafka() -> None:
    """Keep kafka-python's log of each connection off the terminal: what matters comes back as an error of the command."""
    import logging

    logging.getLogger("kafka").setLevel(logging.CRITICAL)


def write_lines(lines: Iterable[str | bytes]) -> None:
    """Each line to standard output as it comes. Ends the command quietly where the reader has gone (`| head`)."""
    try:
        for line in lines:
            text = line if isinstance(line, bytes) else line.encode("utf-8", "backslashreplace")
            sys.stdout.buffer.write(text + b"\n")
            sys.stdout.buffer.flush()
    except BrokenPipeError as error:
        # The interpreter flushes standard output once more at exit and would complain there.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        raise typer.Exit(EXIT_BROKEN_PIPE) from error
