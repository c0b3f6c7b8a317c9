"""Parts of a content in HTTP: what an upload says that it sends, and what a download asks for (RFC 9110, 14)."""

from __future__ import annotations

import re
from dataclasses import dataclass

_SENT = re.compile(r"bytes (\d{1,15})-(\d{1,15})/(\d{1,15}|\*)", re.ASCII)
_ASKED = re.compile(r"bytes=(\d{0,15})-(\d{0,15})", re.ASCII)


@dataclass(frozen=True, slots=True)
class Part:
    """The bytes `[first, end)`."""

    first: int
    end: int

    @property
    def length(self) -> int:
        """How many bytes."""
        return self.end - self.first


def sent_part(content_range: str, size: int) -> Part | None:
    """What a `Content-Range` says that is sent of a file of this size; None where it says no such thing."""
    found = _SENT.fullmatch(content_range.strip())
    if found is None:
        return None
    part = Part(int(found[1]), int(found[2]) + 1)
    is_within = part.length > 0 and part.end <= size and found[3] in {"*", str(size)}
    return part if is_within else None


def asked_part(asked: str, size: int) -> Part | None:
    """What a `Range` asks for of a content of this size; None for all of it, as for what is no single range.

    Raises:
        ValueError: nothing of it lies within the content.
    """
    found = _ASKED.fullmatch(asked.strip())
    if found is None or not (found[1] or found[2]):
        return None
    if not found[1]:
        part = Part(max(0, size - int(found[2])), size)
    else:
        part = Part(int(found[1]), min(size, int(found[2]) + 1) if found[2] else size)
        if found[2] and int(found[2]) < int(found[1]):
            return None
    if part.length <= 0:
        raise ValueError("outside of the content")
    return part
