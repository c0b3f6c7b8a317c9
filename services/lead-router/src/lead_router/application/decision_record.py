"""One decision about a lead as it is kept: what came of it, and the receipt that proves it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from lead_router.domain.ids import DecisionId, LeadId, RepId
from lead_router.domain.routing.rep_table import Roster

ASSIGNED, OFFERED, WAITING, POOLED, OVERRIDDEN = "ASSIGNED", "OFFERED", "WAITING", "POOLED", "OVERRIDDEN"
"""What can come of a decision."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DecisionRecord:
    """A decision. For an override there is no ranking of its own: document and roster are those of the last ranking."""

    decision_id: DecisionId
    lead_id: LeadId
    decided_at: datetime
    outcome: str
    rep_id: RepId | None
    because: str
    note: str = ""
    """Reason that a person gave."""
    decision_us: int = 0
    """From the call to the decision, in microseconds; 0 where nobody waited for it."""
    document: Mapping[str, Any] | None = None
    """The receipt; see `domain/routing/receipt.py`."""
    content: bytes = b""
    """The receipt, canonically."""
    digest: str = ""
    """SHA-256 of the content, hex."""
    roster: Roster | None = None
    """The reps that the receipt speaks of by their place."""
