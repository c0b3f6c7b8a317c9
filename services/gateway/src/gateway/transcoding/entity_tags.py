"""Entity tags: how a resource's version stands in `ETag`, `If-Match` and `If-None-Match`.

A command's answer and a resource as it is read carry the version first: `"7"` and `"7-4f1c…"`. The second part is a
digest of what was sent, because some resources show figures (a rep's load) that change without a new version, and a
304 must never hide a change. `If-Match` looks at the version only, so both forms and a version from a body will do.
"""

from __future__ import annotations

import hashlib
import re

from chassis.errors import Invalid, Violation

_TAG = re.compile(r'\s*(W/)?"([\x21\x23-\x7e]*)"\s*(?:,|$)')
_VERSION = re.compile(r"(0|[1-9][0-9]{0,18})(-[0-9a-f]+)?")


def tag_of(version: int, representation: bytes | None = None) -> str:
    """The strong tag of a version, and, where given, of the bytes that show it."""
    if representation is None:
        return f'"{version}"'
    return f'"{version}-{hashlib.blake2b(representation, digest_size=8).hexdigest()}"'


def version_in(if_match: str) -> int:
    """The version that `If-Match` asks for.

    Raises:
        Invalid: it is no single strong tag of ours.
    """
    found = _TAG.fullmatch(if_match)
    version = _VERSION.fullmatch(found[2]) if found is not None and not found[1] else None
    if version is None:
        raise Invalid([Violation("If-Match", "if_match", 'must be one ETag of this resource, for example "3"')])
    return int(version[1])


def is_among(tag: str, if_none_match: str) -> bool:
    """Whether `If-None-Match` names the tag; `*` names every one. Weak tags count, as RFC 9110 has it for reading."""
    if if_none_match.strip() == "*":
        return True
    return any(f'"{found[2]}"' == tag for found in _TAG.finditer(if_none_match))
