"""Why leads die, and what sales says of them: words that can be counted, so that sources can be judged (LR-18)."""

from enum import StrEnum


class DeathReason(StrEnum):
    """Why a lead ended without a sale."""

    NO_BUDGET = "no_budget"
    NO_NEED = "no_need"
    LOST_TO_COMPETITOR = "lost_to_competitor"
    PRICE = "price"
    BAD_TIMING = "bad_timing"
    UNREACHABLE = "unreachable"
    INVALID_CONTACT = "invalid_contact"
    DUPLICATE = "duplicate"
    OUT_OF_SCOPE = "out_of_scope"
    ANSWERED_TOO_LATE = "answered_too_late"
    NOT_DECIDED = "not_decided"
    FAKE = "fake"


class LeadQuality(StrEnum):
    """Reverse rating 反向评价: what those who received the lead say of it, best first."""

    A = "a"
    B = "b"
    C = "c"
    D = "d"

    @property
    def points(self) -> int:
        """4 for A to 1 for D, for means."""
        return 4 - "abcd".index(self.value)
