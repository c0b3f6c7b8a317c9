"""Why a move of the action flow is refused."""

from chassis.errors import Refused
from pipeline.domain.ids import LeadId


class LeadClosed(Refused):
    """The lead has ended and cannot be followed up any more."""

    reason = "LEAD_CLOSED"

    def __init__(self, lead_id: LeadId, state: str) -> None:
        super().__init__(f"Lead {lead_id} is {state} and cannot be followed up.", lead_id=lead_id, state=state)
