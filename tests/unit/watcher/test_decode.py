"""Bytes become text, or a reason why not; never text that is not there."""

from __future__ import annotations

import codecs
import random

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from services.contracts import MAX_TEXT_BYTES
from services.settings import PROJECT
from services.watcher.decode import MAX_FILE_BYTES, decode
from services.watcher.errors import BinaryContent, EmptyText, Rejected, TextTooLarge, UndecodableText

SEEDS = sorted((PROJECT / "seeds" / "bulletins").glob("*.txt"))
TEXT = "上街区一季度完成投资6.5亿元，占年度计划的66.4%。\n其中，奥克斯智能空调生产基地项目已开工。\n"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb2312", "gbk", "gb18030"])
def test_the_usual_encodings_give_the_same_text(encoding: str) -> None:
    assert decode(TEXT.encode(encoding)) == TEXT


@pytest.mark.parametrize(
    ("mark", "encoding"),
    [
        (codecs.BOM_UTF16_LE, "utf-16-le"),
        (codecs.BOM_UTF16_BE, "utf-16-be"),
        (codecs.BOM_UTF32_LE, "utf-32-le"),
        (codecs.BOM_UTF32_BE, "utf-32-be"),
    ],
)
def test_a_byte_order_mark_decides(mark: bytes, encoding: str) -> None:
    assert decode(mark + TEXT.encode(encoding)) == TEXT


@pytest.mark.parametrize("path", SEEDS, ids=lambda path: path.stem[:3])
def test_the_samples_read_the_same_in_gb18030(path: object) -> None:
    text = path.read_text("utf-8")  # type: ignore[attr-defined]
    assert decode(text.encode("gb18030")) == decode(text.encode("utf-8")) == text


def test_gb18030_reads_characters_that_gb2312_lacks_whatever_the_page_calls_itself() -> None:
    text = '<meta charset="gb2312">镕、喆、㐂、𠮷：四个字，都在文中。'
    assert decode(text.encode("gb18030")) == text


def test_traditional_text_in_gbk_is_read() -> None:
    text = "閩南僑訊：該工程總投資三百二十六億元人民幣，預計二〇二〇年底建成投產，由僑資企業承建。"
    assert decode(text.encode("gbk")) == text


@pytest.mark.parametrize(("raw", "text"), [(b"a\r\nb\rc\nd", "a\nb\nc\nd"), (b"a\r\r\nb", "a\n\nb"), (b"\n\r", "\n\n")])
def test_line_ends_become_line_feeds(raw: bytes, text: str) -> None:
    assert decode(b"x" + raw) == "x" + text


def test_all_else_is_carried_as_it_stands() -> None:
    text = " \t全角　空格，ＡＢＣ１２３ \x0c下一页\u2028同一行\u00a0。\n\n\n  "
    assert decode(text.encode()) == text


@pytest.mark.parametrize("raw", [b"", b" \r\n\t", "\u3000\n".encode(), codecs.BOM_UTF8, codecs.BOM_UTF16_LE])
def test_nothing_but_white_space_is_empty(raw: bytes) -> None:
    with pytest.raises(EmptyText):
        decode(raw)


@pytest.mark.parametrize(
    ("raw", "kind"),
    [
        (b"%PDF-1.7\n%\xe2\xe3\xcf\xd3", "PDF"),
        (b"PK\x03\x04\x14\x00", "Office"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "Office"),
        (b"\x89PNG\r\n\x1a\n", "PNG"),
        (b"\x1f\x8b\x08\x00", "gzip"),
        (b"{\\rtf1\\ansi}", "RTF"),
        ("无签名".encode("utf-16-le") + "ab".encode("utf-16-le"), "UTF-16"),
        (b"text\x00text", "NUL"),
        (b"\x01\x02\x03\x04\x05 five control characters", "control"),
    ],
)
def test_what_is_no_text_is_said_to_be_what_it_is(raw: bytes, kind: str) -> None:
    with pytest.raises(BinaryContent, match=kind):
        decode(raw)


def test_a_stray_control_character_does_not_make_a_text_binary() -> None:
    text = TEXT * 3 + "\x08"
    assert decode(text.encode()) == text


@pytest.mark.parametrize("encoding", ["utf-16", "utf-32"])
def test_control_characters_are_counted_in_characters_not_in_halves(encoding: str) -> None:
    # 上 is 4E 0A: as bytes every other one of this text would be a control character.
    assert decode(("上" * 50).encode(encoding)) == "上" * 50


def test_utf8_that_lost_a_byte_is_not_read_as_gb18030() -> None:
    raw = (TEXT * 20).encode()
    with pytest.raises(UndecodableText, match="damaged"):
        decode(raw[:301] + raw[302:])


BIG5 = "台山市今年共有九個項目動工、六個項目竣工，其中製造業項目總投資五億元。"


def test_big5_is_read_as_big5_where_enough_of_it_shows() -> None:
    assert decode(BIG5.encode("big5")) == BIG5
    assert decode((BIG5 + "香港特別行政區埗鰂魚涌").encode("big5hkscs"), "big5") == BIG5 + "香港特別行政區埗鰂魚涌"


MISLABELLED = [
    # What a server says, what the page says, what it is.
    ("utf-8", "utf-8", "gb18030"),
    ("iso-8859-1", "gb2312", "gb18030"),
    ("iso-8859-1", None, "gb18030"),
    ("gb2312", "gb2312", "utf-8"),
    ("big5", "gbk", "utf-8"),
    ("GBK", None, "gb18030"),
    ("big5", None, "gb18030"),
    (None, "shift_jis", "gb18030"),
    (None, "no-such-charset", "gb18030"),
    ("base64", "zip", "gb18030"),
    ('"x-gbk"', None, "gb18030"),
    ("utf-8", None, "utf-8-sig"),
    ("gbk", "gbk", "utf-16"),
    ("utf-16-le", None, "utf-16-le"),
]


@pytest.mark.parametrize(("charset", "meta", "encoding"), MISLABELLED)
def test_a_page_is_read_as_what_it_is_whatever_it_is_called(charset: str | None, meta: str | None, encoding: str) -> None:
    declared = f'<meta http-equiv="Content-Type" content="text/html; charset={meta}">' if meta else ""
    page = f"<html><head>{declared}</head><body>{TEXT}其中：朱镕基、㐂字、𠮷野家。</body></html>"
    assert decode(page.encode(encoding), charset, markup=True) == page


@pytest.mark.parametrize(("charset", "meta"), [("big5", None), (None, "big5"), ("gb2312", "gb2312"), (None, None)])
def test_a_traditional_page_is_read_whatever_it_is_called(charset: str | None, meta: str | None) -> None:
    page = f"<html><head><meta charset={meta or 'x'}></head><body>{BIG5 * 5}</body></html>"
    assert decode(page.encode("big5"), charset, markup=True) == page


@pytest.mark.parametrize("encoding", ["utf-8", "gb18030"])
def test_a_character_that_was_cut_in_a_page_costs_only_itself(encoding: str) -> None:
    whole = f"<p>{TEXT * 20}</p>".encode(encoding)
    cut = "上".encode(encoding)[:-1]
    text = decode(b"<meta name=description content='" + cut + b"'>" + whole, markup=True)
    assert text.endswith(whole.decode(encoding))
    with pytest.raises(UndecodableText):
        decode(cut + b"'>" + "上街".encode(encoding) * 20 + b"\xff" * 9)


def test_a_mark_that_lies_is_an_error() -> None:
    with pytest.raises(UndecodableText, match="UTF-16"):
        decode(codecs.BOM_UTF16_LE + b"\x00\xd8a\x00")  # half a surrogate pair


def test_bytes_of_no_encoding_are_an_error() -> None:
    with pytest.raises(UndecodableText, match="neither UTF-8"):
        decode(b"abc \xff\xfe\xfd def")


def test_the_longest_text_is_taken_and_one_byte_more_is_not() -> None:
    assert len(decode(b"a" * MAX_TEXT_BYTES)) == MAX_TEXT_BYTES
    with pytest.raises(TextTooLarge, match=str(MAX_TEXT_BYTES)):
        decode(b"a" * (MAX_TEXT_BYTES + 1))


def test_the_limit_is_on_utf8_whatever_the_file_is_in() -> None:
    fits = "ab" * (MAX_TEXT_BYTES // 2)
    assert decode(fits.encode("utf-16")) == fits
    with pytest.raises(TextTooLarge):
        decode(("投" * (MAX_TEXT_BYTES // 3 + 1)).encode("utf-16"))
    with pytest.raises(TextTooLarge):
        decode(b"a" * (MAX_FILE_BYTES + 1))


@given(st.binary(max_size=300))
@example(b"\x80")
@example(b"---\n")
def test_any_bytes_give_text_or_a_reason(raw: bytes) -> None:
    try:
        text = decode(raw)
    except Rejected:
        return
    assert text.strip()
    assert "\r" not in text
    assert text.encode()


def test_noise_never_becomes_a_text() -> None:
    noise = random.Random(7)
    for _ in range(300):
        with pytest.raises(Rejected):
            decode(noise.randbytes(2000))


@given(st.text(alphabet=st.characters(codec="utf-8", exclude_characters="\r\x00\ufeff", exclude_categories=["Cc"]), min_size=1))
def test_utf8_text_comes_back_unchanged(text: str) -> None:
    try:
        assert decode(text.encode()) == text
    except (EmptyText, BinaryContent):
        assert not text.strip("\u200b \t\u3000\xa0") or text.startswith(("%PDF-", "GIF8", "Rar!", "{\\rtf"))
