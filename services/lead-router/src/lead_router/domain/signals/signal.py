"""One signal: something that a lead did, or that became known of it, after it was received (LR-05)."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from chassis.errors import Invalid, Violation
from lead_router.domain.ids import LeadId

OLDEST = timedelta(days=90)
"""Older ones are refused, so that the rows by which repeats are known need not be kept for ever."""
_AHEAD = timedelta(hours=1)

KINDS: Mapping[str, tuple[int, tuple[str, ...]]] = {
    "page_view": (7, ("competitor_comparison", "pricing", "product", "case_study", "documentation", "other")),
    "document_download": (14, ("white_paper", "brochure", "price_list", "data_sheet", "other")),
    "form_filled": (30, ("maintenance", "demo", "quote", "contact", "other")),
    "campaign_touch": (14, ()),
    "attachment_sent": (30, ()),
    "site_visit": (7, ()),
    "competitor_page_view": (7, ()),
    "trial_state": (14, ("started", "active", "extended", "expired")),
    "registry_change": (90, ("registered_capital", "insured_headcount")),
    "tender_notice": (30, ()),
    "news_mention": (14, ("good", "bad", "other")),
    "device_state": (3, ("running", "degraded", "fault", "idle")),
}
"""By kind its half-life in days, and its labels where it has any. With another half-life the sums would be wrong."""

HALF_LIFE_DAYS: Mapping[str, int] = {
    f"{kind}.{label}" if label else kind: days for kind, (days, labels) in KINDS.items() for label in (labels or ("",))
}
"""By subject; the keys are all subjects there are, so what is kept of a lead is bounded."""


@dataclass(frozen=True, slots=True)
class Signal:
    """A signal. Its source and id say which one it is: a repeat has the same."""

    source: str
    signal_id: str
    lead_id: LeadId
    subject: str
    """Kind and label, a key of `HALF_LIFE_DAYS`."""
    occurred_at: datetime
    amount: int = 0
    """What it measures, in the unit of its kind; 0 where it measures nothing."""

    def require_timely(self, now: datetime) -> None:
        """Raises `Invalid` where it is too old, or ahead of time."""
        if self.occurred_at < now - OLDEST:
            raise Invalid(
                [Violation("signal.occurred_at", "signal.too_old", f"must be at most {OLDEST.days} days ago")]
            )
        if self.occurred_at > now + _AHEAD:
            raise Invalid([Violation("signal.occurred_at", "signal.ahead", "must not lie in the future")])
