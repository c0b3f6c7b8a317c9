"""Opaque page tokens: where the last page ended, and for which filter and order that was.

A token is no secret and gives no right: a list applies the caller's scope to every page anew. It is checked so that a
page of one filter cannot be continued under another, which would skip or repeat rows without anybody noticing.
"""

from __future__ import annotations

import hashlib
import json
import re
from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error as NotBase64
from dataclasses import dataclass
from datetime import UTC, datetime

from google.protobuf.message import Message

from chassis.errors import Invalid, Violation
from chassis.ids import is_id
from chassis.sound_values import EARLIEST, LATEST

_PAGING_FIELDS = ("page_size", "page_token")
_VERSION = 1
_NUMBER = re.compile(r"[0-9]{1,19}", re.ASCII)
_HALF_PAIR = re.compile(r"[\ud800-\udfff]")


class PageTokenInvalid(Invalid):
    """The token belongs to another filter or order, or is damaged."""

    reason = "PAGE_TOKEN_INVALID"

    def __init__(self) -> None:
        fault = Violation("page_token", self.reason, "is damaged or belongs to another filter or order")
        super().__init__([fault])


@dataclass(frozen=True, slots=True)
class Cursor:
    """The last row of a page: the values it was sorted by, as text, and its id, which makes the order total.

    A token may hold any text, so lists that are sorted by something else than text read it by the methods below.
    """

    key: tuple[str, ...]
    id: str

    @property
    def text(self) -> str:
        """The only value that rows are sorted by.

        Raises:
            PageTokenInvalid: there is none, or more than one.
        """
        if len(self.key) != 1:
            raise PageTokenInvalid
        return self.key[0]

    def number(self, largest: int = 2**63 - 1) -> int:
        """That value as a whole number from 0, such as a version or a place in a sequence.

        Raises:
            PageTokenInvalid: it is none, or larger than the column can hold.
        """
        if not _NUMBER.fullmatch(self.text) or (number := int(self.text)) > largest:
            raise PageTokenInvalid
        return number

    @property
    def moment(self) -> datetime:
        """That value as a moment, written by `isoformat`.

        Raises:
            PageTokenInvalid: it is none, has no zone, or lies in no year that is reckoned with.
        """
        try:
            moment = datetime.fromisoformat(self.text)
        except ValueError:
            raise PageTokenInvalid from None
        if moment.tzinfo is None or not EARLIEST <= moment < LATEST:
            raise PageTokenInvalid
        return moment.astimezone(UTC)


def cursor_of(request: Message) -> Cursor | None:
    """Where the page asked for begins; None for the first.

    Raises:
        PageTokenInvalid: the token is damaged, or the request's filter is not the one it was made for.
    """
    token: str = request.page_token  # type: ignore[attr-defined]  # every list request has it
    if not token:
        return None
    try:
        content = json.loads(urlsafe_b64decode(token.encode("ascii") + b"=="))
        version, asked, key, id_ = content
    except (UnicodeError, NotBase64, ValueError, TypeError, RecursionError):
        raise PageTokenInvalid from None
    is_whole = isinstance(key, list) and all(map(_is_storable, key)) and isinstance(id_, str) and is_id(id_)
    if version != _VERSION or asked != _filter_hash(request) or not is_whole:
        raise PageTokenInvalid
    return Cursor(tuple(key), id_)


def token_after(request: Message, *, key: tuple[str, ...], id: str) -> str:
    """The token of the page after the row with this sort key and id, a UUID, under the request's filter."""
    content = json.dumps([_VERSION, _filter_hash(request), key, id], ensure_ascii=False, separators=(",", ":"))
    return urlsafe_b64encode(content.encode()).rstrip(b"=").decode()


def size_of(request: Message, default: int = 50) -> int:
    """How many rows the page holds at the most; 0 in the request means `default`."""
    size: int = request.page_size  # type: ignore[attr-defined]  # every list request has it
    return size or default


def _is_storable(part: object) -> bool:
    """JSON can name half a surrogate pair and NUL, neither of which reaches the database."""
    return isinstance(part, str) and "\0" not in part and not _HALF_PAIR.search(part)


def _filter_hash(request: Message) -> str:
    bare = type(request)()
    bare.CopyFrom(request)
    for field in _PAGING_FIELDS:
        bare.ClearField(field)
    named = bare.DESCRIPTOR.full_name.encode() + b"\0" + bare.SerializeToString(deterministic=True)
    return hashlib.sha256(named).hexdigest()[:16]
