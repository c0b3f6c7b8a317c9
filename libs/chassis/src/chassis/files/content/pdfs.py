"""PDF: read whole, without anything that acts by itself."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pikepdf

from chassis.files.content.found import ContentRefused, Found, Workplace
from chassis.files.content.kinds import Form
from chassis.files.file import Refusal

_TAIL_BYTES = 1024
_MOST_OBJECTS = 500_000
_ACTIVE_KEYS = frozenset(
    {"/JS", "/JavaScript", "/OpenAction", "/AA", "/XFA", "/EmbeddedFile", "/EmbeddedFiles", "/RichMedia"}
)
_ACTIVE_ACTIONS = frozenset({"/Launch", "/JavaScript", "/ImportData", "/SubmitForm", "/GoToE", "/Rendition"})
_OPENS_A_PAGE = frozenset({"/GoTo"})


def open_pdf(place: Workplace) -> Found:
    """Reads all objects of the document.

    Raises:
        ContentRefused: it is damaged, encrypted, carries something behind its end, or acts by itself.
    """
    _require_plain_end(place.source)
    try:
        with pikepdf.open(place.source, attempt_recovery=False, suppress_warnings=True) as document:
            if document.is_encrypted:
                raise ContentRefused(Refusal.ENCRYPTED)
            if len(document.objects) > _MOST_OBJECTS:
                raise ContentRefused(Refusal.TOO_MUCH_INSIDE)
            if len(document.pages) == 0:
                raise ContentRefused(Refusal.DAMAGED)
            if any(_acts(one) for each in document.objects for one in _dictionaries(each)):
                raise ContentRefused(Refusal.ACTIVE_CONTENT)
    except pikepdf.PasswordError as error:
        raise ContentRefused(Refusal.ENCRYPTED) from error
    except (pikepdf.PdfError, ValueError, RuntimeError, OSError) as error:
        raise ContentRefused(Refusal.DAMAGED) from error
    return Found(Form.PDF.value)


def _require_plain_end(path: Path) -> None:
    """A package appended to a document would open as either of them."""
    with path.open("rb") as file:
        size = file.seek(0, 2)
        file.seek(max(0, size - _TAIL_BYTES))
        tail = file.read()
    _, mark, behind = tail.rpartition(b"%%EOF")
    if not mark:
        raise ContentRefused(Refusal.POLYGLOT if b"PK\x05\x06" in tail else Refusal.DAMAGED)
    if behind.strip(b"\r\n\t \0"):
        raise ContentRefused(Refusal.POLYGLOT)


def _dictionaries(found: Any, depth: int = 0) -> Iterator[Any]:
    """The dictionaries directly within an object; what is only referred to is an object of its own."""
    if depth > 20:
        raise ContentRefused(Refusal.TOO_MUCH_INSIDE)
    if isinstance(found, pikepdf.Array):
        for one in list(found):
            if not getattr(one, "is_indirect", False):
                yield from _dictionaries(one, depth + 1)
    elif isinstance(found, pikepdf.Dictionary | pikepdf.Stream):
        yield found
        for key in list(found.keys()):
            value = found.get(key)
            if not getattr(value, "is_indirect", False):
                yield from _dictionaries(value, depth + 1)


def _acts(one: Any) -> bool:
    keys = set(one.keys())
    if "/OpenAction" in keys and not keys & (_ACTIVE_KEYS - {"/OpenAction"}):
        action = one.get("/OpenAction")
        return isinstance(action, pikepdf.Dictionary) and str(action.get("/S")) not in _OPENS_A_PAGE
    return bool(keys & _ACTIVE_KEYS) or ("/S" in keys and str(one.get("/S")) in _ACTIVE_ACTIONS)
