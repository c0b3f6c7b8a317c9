"""Plain text and CSV: UTF-8 from the first byte to the last."""

import codecs

from chassis.files.content.found import ContentRefused, Found, Workplace
from chassis.files.content.kinds import Form
from chassis.files.file import Refusal

_CHUNK = 256 * 1024
_FORBIDDEN = frozenset(map(chr, range(0x20))) - frozenset("\t\n\r\f\x1a") | {"\x7f"}


def open_text(place: Workplace) -> Found:
    """Reads the text whole.

    Raises:
        ContentRefused: it is no text in UTF-8.
    """
    decoder = codecs.getincrementaldecoder("utf-8")()
    try:
        with place.source.open("rb") as file:
            while chunk := file.read(_CHUNK):
                _require_text(decoder.decode(chunk))
        decoder.decode(b"", final=True)
    except UnicodeDecodeError as error:
        raise ContentRefused(Refusal.TYPE_NOT_ALLOWED) from error
    return Found(Form.TEXT.value)


def _require_text(text: str) -> None:
    if not _FORBIDDEN.isdisjoint(text):
        raise ContentRefused(Refusal.TYPE_NOT_ALLOWED)
