"""The types that are taken, told by the first bytes of the content. The name of a file has no say.

The list is shorter than that of any library which guesses types, and whatever is recognised here is then opened whole
by the module that knows the type: the first bytes alone prove nothing.
"""

from enum import StrEnum


class Form(StrEnum):
    """By which module a content is opened."""

    JPEG = "image/jpeg"
    PNG = "image/png"
    WEBP = "image/webp"
    PDF = "application/pdf"
    PACKAGE = "application/zip"
    """An office document; which one its parts tell. A plain archive is not taken."""
    TEXT = "text/plain"


HEAD_BYTES = 64


def form_of(head: bytes) -> Form | None:
    """The form that a content of these first bytes claims to have; None for one that is not taken."""
    if head.startswith(b"\xff\xd8\xff"):
        return Form.JPEG
    if head.startswith(b"\x89PNG\r\n\x1a\n"):
        return Form.PNG
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return Form.WEBP
    if head.startswith(b"%PDF-"):
        return Form.PDF
    if head.startswith(b"PK\x03\x04"):
        return Form.PACKAGE
    return Form.TEXT if _may_be_text(head) else None


def _may_be_text(head: bytes) -> bool:
    """No byte that a text in UTF-8 never has; whether it is one, reading the whole of it tells."""
    return all(byte in b"\t\n\r" or (byte >= 0x20 and byte != 0x7F) for byte in head) and head[:1] != b"<"  # fmt: skip
