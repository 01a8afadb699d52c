"""What can be wrong with a file, and with what the watcher itself stands on."""

from __future__ import annotations

from services.rejected import Rejected as Rejected


class EmptyText(Rejected):
    """Nothing but white space."""


class BinaryContent(Rejected):
    """Bytes that are not text."""


class UndecodableText(Rejected):
    """Text in no encoding that is read here, or damaged."""


class NoText(Rejected):
    """A document of pictures alone, such as a scan without a text layer."""


class ErrorPage(Rejected):
    """What a server says instead of the page: not found, in maintenance, log in first."""


class DamagedFile(Rejected):
    """A document that cannot be read as what it is: cut off, encrypted, nested too deep, or made to do harm."""


class ReadingTooCostly(Rejected):
    """A document that takes more time or memory to read than one may."""


class FileTooLarge(Rejected):
    """More bytes than a document may have."""


class TextTooLarge(Rejected):
    """More than a bulletin may have."""


class InvalidMetadata(Rejected):
    """A front matter or sidecar that says something it must not."""


class AddressTooLong(Rejected):
    """A path whose `source_uri` is longer than the contract allows."""


class UnreadableFile(Rejected):
    """The operating system does not let the file be read. Unlike the others it is tried again at every rescan."""


class Unsettled(Exception):
    """The file changed while it was read, or is gone: look at it again later."""


class ConfigurationError(Exception):
    """The settings cannot be used. The message names the variable and says what to write."""


class StateUnusable(Exception):
    """The state cannot be used for ever: damaged, of a newer version, or in use. The message says what to do."""


class Stopped(Exception):
    """Asked to stop while waiting."""
