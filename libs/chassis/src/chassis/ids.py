"""Ids: UUIDv7 in text form, which sort by the time they were made."""

from typing import NewType
from uuid import UUID

from uuid_utils import uuid7

TenantId = NewType("TenantId", str)
PersonId = NewType("PersonId", str)
TeamId = NewType("TeamId", str)


def new_id() -> str:
    """A new UUIDv7 as 36 characters (RFC 9562)."""
    return str(uuid7())


def is_id(text: str) -> bool:
    """Whether the text is a UUID of any version, in its usual 36-character form."""
    try:
        return str(UUID(text)) == text.lower()
    except ValueError:
        return False
