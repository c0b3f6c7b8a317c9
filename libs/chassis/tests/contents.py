"""Contents of files, good ones and hostile ones, made on the spot."""

from __future__ import annotations

import io
import struct
import zipfile
import zlib
from collections.abc import Mapping

import pikepdf
from PIL import Image

WORD = {"[Content_Types].xml": b"<Types/>", "word/document.xml": b"<w:document/>"}


def a_photo(size: tuple[int, int] = (640, 480), form: str = "JPEG", **saved: object) -> bytes:
    """A plain picture."""
    out = io.BytesIO()
    Image.new("RGB", size, (200, 30, 30)).save(out, form, **saved)
    return out.getvalue()


def a_pdf(change: object = None) -> bytes:
    """A PDF of one page."""
    out = io.BytesIO()
    with pikepdf.new() as document:
        document.add_blank_page()
        if callable(change):
            change(document)
        document.save(out)
    return out.getvalue()


def a_package(parts: Mapping[str, bytes] | None = None) -> bytes:
    """A zip of these parts; an empty Word document where none are given."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as package:
        for name, content in (WORD if parts is None else parts).items():
            package.writestr(name, content)
    return out.getvalue()


def a_huge_png(side: int = 30_000) -> bytes:
    """A PNG of a few hundred bytes that says it has 900 million pixels."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", side, side, 8, 0, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(b"\0" * 100)) + chunk(b"IEND", b"")
    )
