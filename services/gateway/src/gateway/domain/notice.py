"""A notice as the gateway passes it on."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class SentNotice:
    """One sign that something visible changed, written out once for all who see it."""

    id: str
    """Id of the event, by which clients resume and drop duplicates."""
    tenant_id: str
    recorded_at: datetime
    """Business time."""
    kind: str
    person_ids: tuple[str, ...]
    team_ids: tuple[str, ...]
    data: bytes
    """The notice as JSON, in one line."""
