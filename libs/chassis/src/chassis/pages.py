"""Opaque page tokens: where the last page ended, and for which filter and order that was.

A token is no secret and gives no right: a list applies the caller's scope to every page anew. It is checked so that a
page of one filter cannot be continued under another, which would skip or repeat rows without anybody noticing.
"""

from __future__ import annotations

import hashlib
import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error as NotBase64
from dataclasses import dataclass

from google.protobuf.message import Message

from chassis.errors import Invalid, Violation

_PAGING_FIELDS = ("page_size", "page_token")
_VERSION = 1


class PageTokenInvalid(Invalid):
    """The token belongs to another filter or order, or is damaged."""

    reason = "PAGE_TOKEN_INVALID"

    def __init__(self) -> None:
        fault = Violation("page_token", self.reason, "is damaged or belongs to another filter or order")
        super().__init__([fault])


@dataclass(frozen=True, slots=True)
class Cursor:
    """The last row of a page: the values it was sorted by, as text, and its id, which makes the order total."""

    key: tuple[str, ...]
    id: str


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
    except (UnicodeError, NotBase64, ValueError, TypeError):
        raise PageTokenInvalid from None
    is_whole = isinstance(key, list) and all(isinstance(part, str) for part in (*key, id_))
    if version != _VERSION or asked != _filter_hash(request) or not is_whole:
        raise PageTokenInvalid
    return Cursor(tuple(key), id_)


def token_after(request: Message, *, key: tuple[str, ...], id: str) -> str:
    """The token of the page after the row with this sort key and id, under the request's filter."""
    content = json.dumps([_VERSION, _filter_hash(request), key, id], ensure_ascii=False, separators=(",", ":"))
    return urlsafe_b64encode(content.encode()).rstrip(b"=").decode()


def size_of(request: Message, default: int = 50) -> int:
    """How many rows the page holds at the most; 0 in the request means `default`."""
    size: int = request.page_size  # type: ignore[attr-defined]  # every list request has it
    return size or default


def _filter_hash(request: Message) -> str:
    bare = type(request)()
    bare.CopyFrom(request)
    for field in _PAGING_FIELDS:
        bare.ClearField(field)
    named = bare.DESCRIPTOR.full_name.encode() + b"\0" + bare.SerializeToString(deterministic=True)
    return hashlib.sha256(named).hexdigest()[:16]
