"""From bytes to text: byte order mark, UTF-8, what it is said to be, GB18030, Big5; line ends become LF, all else stays as it stands."""

from __future__ import annotations

import codecs
from typing import Final

from services.contracts import MAX_TEXT_BYTES
from services.watcher.charsets import declared, decoded, detected, is_chinese, labelled
from services.watcher.errors import BinaryContent, EmptyText, TextTooLarge, UndecodableText

# ASCII in UTF-16 is twice as long as in UTF-8, and has a mark of two bytes. Whatever is longer has more than MAX_TEXT_BYTES in UTF-8 and need not be read.
MAX_FILE_BYTES: Final = 2 * MAX_TEXT_BYTES + 2

# UTF-32 before UTF-16: its little-endian mark begins with UTF-16's.
_BYTE_ORDER_MARKS: Final = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_WIDE_MARKS: Final = tuple(mark for mark, encoding in _BYTE_ORDER_MARKS if encoding != "utf-8")
_SIGNATURES: Final = (
    (b"%PDF-", "a PDF file"),
    (b"PK\x03\x04", "a ZIP archive or an Office document"),
    (b"\xd0\xcf\x11\xe0", "an old Office document"),
    (b"\x89PNG", "a PNG picture"),
    (b"\xff\xd8\xff", "a JPEG picture"),
    (b"GIF8", "a GIF picture"),
    (b"\x1f\x8b", "a gzip archive"),
    (b"7z\xbc\xaf\x27\x1c", "a 7-Zip archive"),
    (b"Rar!", "a RAR archive"),
    (b"{\\rtf", "an RTF document"),
)
# Control characters that text has none of; tab, line ends, form feed (a page break in text made from PDF) and escape are left out.
# As bytes they stand for themselves in UTF-8 and GB18030.
_CONTROLS: Final = bytes(code for code in (*range(0x20), 0x7F) if code not in b"\t\n\f\r\x1b")
_MAX_CONTROL_SHARE: Final = 0.01
# Of the bytes above ASCII, valid as UTF-8: at most 0.38 in our 80 sample texts as GB18030, above 0.99 as UTF-8 with a byte lost.
_DAMAGED_UTF8_SHARE: Final = 0.7


def decode(raw: bytes, charset: str | None = None, *, markup: bool = False) -> str:
    """The text of a file, not empty, with LF line ends and without a byte order mark.

    `charset` is what a server said. With `markup` also what the page itself says counts, and single damaged characters become
    U+FFFD: content systems cut descriptions in the middle of a character. Raises EmptyText, BinaryContent, UndecodableText or
    TextTooLarge.
    """
    if not markup and len(raw) > MAX_FILE_BYTES:
        raise too_large(len(raw))
    text = _characters(raw, charset, markup)
    if not text.strip("\ufeff\u200b \t\r\n\f\v\u3000\xa0"):
        raise EmptyText("the file has no text")
    _check_printable(text, raw)
    text = _unified(text)
    if not markup:
        check_length(text)
    return text


def check_length(text: str) -> None:
    """Raises TextTooLarge."""
    # A character has at most four bytes: most texts need not be encoded to be measured.
    if 4 * len(text) > MAX_TEXT_BYTES and (size := len(text.encode())) > MAX_TEXT_BYTES:
        raise too_large(size)


def too_large(size: int) -> TextTooLarge:
    return TextTooLarge(f"{size} bytes are more than the {MAX_TEXT_BYTES} that a bulletin may have; split the file")


def check_signature(raw: bytes) -> None:
    """Raises BinaryContent where the bytes begin as no text does."""
    for signature, kind in _SIGNATURES:
        if raw.startswith(signature):
            raise BinaryContent(f"this is {kind}, not text; save it as text")


def _characters(raw: bytes, charset: str | None, markup: bool) -> str:
    for mark, encoding in _BYTE_ORDER_MARKS:
        if raw.startswith(mark):
            try:
                return raw[len(mark) :].decode(encoding)
            except UnicodeDecodeError as error:
                message = (
                    f"the byte order mark says {encoding.upper()}, but byte {len(mark) + error.start} is not: {error.reason}"
                )
                raise UndecodableText(message) from error
    check_signature(raw)
    labels = [*labelled(charset), *(labelled(declared(raw)) if markup else ())]
    if b"\x00" in raw and not any(label.startswith(("utf-16", "utf-32")) for label in labels):
        raise BinaryContent(f"byte {raw.index(0)} is NUL: not text, or UTF-16 without a byte order mark; save it as UTF-8")
    try:
        # Before what it is said to be: what is valid as UTF-8 and has more than ASCII is UTF-8, and GBK is said of much that is not.
        return raw.decode("utf-8") if b"\x00" not in raw else raw.decode(labels[0])
    except UnicodeDecodeError as error:
        return _otherwise(raw, labels, markup, error)


def _otherwise(raw: bytes, labels: list[str], markup: bool, not_utf8: UnicodeDecodeError) -> str:
    """GB18030 contains GBK and GB2312, so one decoder reads all three, whatever the text calls itself.

    It also accepts much that is something else: a UTF-8 text that lost a byte, Big5, noise. Those must not become bulletins.
    """
    if _utf8_share(raw) > _DAMAGED_UTF8_SHARE:
        if markup:
            return raw.decode("utf-8", "replace")
        raise UndecodableText(f"UTF-8, but damaged at byte {not_utf8.start}: {not_utf8.reason}; get the file again") from not_utf8
    for encoding in dict.fromkeys([*labels, "gb18030"]):
        text = decoded(raw, encoding, lenient=markup)
        if text is not None and is_chinese(text):
            return text
    text = detected(raw)
    if text is not None and is_chinese(text):
        return text
    raise UndecodableText(
        f"neither UTF-8 (byte {not_utf8.start}: {not_utf8.reason}) nor Chinese text in GB18030 or Big5; save it as UTF-8"
    ) from not_utf8


def _utf8_share(raw: bytes) -> float:
    """The share of bytes above ASCII that are part of a valid UTF-8 sequence."""
    above = _above_ascii(raw)
    return _above_ascii(raw.decode("utf-8", "ignore").encode()) / above if above else 1.0


def _above_ascii(raw: bytes) -> int:
    return len(raw.translate(None, delete=bytes(range(0x80))))


def _unified(text: str) -> str:
    return text.replace("\r\n", "\n").replace("\r", "\n") if "\r" in text else text


def _check_printable(text: str, raw: bytes) -> None:
    if raw.startswith(_WIDE_MARKS) or b"\x00" in raw:
        raw = text.encode()
    controls = len(raw) - len(raw.translate(None, _CONTROLS))
    if controls > _MAX_CONTROL_SHARE * len(text):
        raise BinaryContent(f"{controls} of {len(text)} characters are control characters: not text")
