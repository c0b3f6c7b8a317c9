"""Writes one page of Chinese text as PDF: five objects and a table of where they are (ISO 32000-1, 7.5).

The page names a font that every reader has for Chinese (9.7.5.2), so that no font need be embedded.
"""

from __future__ import annotations

from collections.abc import Sequence

_FONT = (
    b"<< /Type /Font /Subtype /Type0 /BaseFont /STSong-Light /Encoding /UniGB-UTF16-H /DescendantFonts [<< /Type /Font"
    b" /Subtype /CIDFontType0 /BaseFont /STSong-Light /CIDSystemInfo << /Registry (Adobe) /Ordering (GB1)"
    b" /Supplement 4 >> /FontDescriptor << /Type /FontDescriptor /FontName /STSong-Light /Flags 6"
    b" /FontBBox [-25 -254 1000 880] /ItalicAngle 0 /Ascent 880 /Descent -120 /CapHeight 880 /StemV 93 >> >>] >>"
)
_PAGE = (
    b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R /Resources << /Font << /F1 5 0 R >> >> >>"
)


def one_page(title: str, lines: Sequence[str]) -> bytes:
    """A page of A4 with a title and lines below it."""
    shown = [f"BT /F1 20 Tf 72 760 Td {_hex(title)} Tj ET"]
    shown += [f"BT /F1 12 Tf 72 {720 - 24 * place} Td {_hex(line)} Tj ET" for place, line in enumerate(lines)]
    drawing = "\n".join(shown).encode("ascii")
    return _document(
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        _PAGE,
        b"<< /Length %d >>\nstream\n%s\nendstream" % (len(drawing), drawing),
        _FONT,
    )


def _document(*objects: bytes) -> bytes:
    written, places = b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n", []
    for number, content in enumerate(objects, start=1):
        places.append(len(written))
        written += b"%d 0 obj\n%s\nendobj\n" % (number, content)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    count = len(objects) + 1
    tail = b"xref\n0 %d\n0000000000 65535 f \n%strailer\n<< /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n"
    return written + tail % (count, table, count, len(written))


def _hex(text: str) -> str:
    return f"<{text.encode('utf-16-be').hex()}>"
