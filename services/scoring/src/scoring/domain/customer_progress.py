"""What one fact tells of a customer: how it stands after it, how complete its file is."""

from dataclasses import dataclass
from datetime import datetime

from chassis.ids import PersonId, TeamId
from scoring.domain.funnel import Grouping
from scoring.domain.ids import CustomerId

CUSTOMER_DIMENSIONS = (Grouping.NOTHING, Grouping.REP, Grouping.TEAM, Grouping.SOURCE, Grouping.REGION)
"""What customers can be grouped by; of others the facts tell nothing."""


@dataclass(frozen=True, slots=True)
class CustomerStanding:
    """Whose it is and where."""

    owner_id: PersonId | None
    team_id: TeamId | None
    source: str | None
    region: str | None
    is_archived: bool


@dataclass(frozen=True, slots=True)
class CustomerProgress:
    """Told by one fact. Of two facts about one version the later one is believed."""

    customer_id: CustomerId
    version: int
    """Version of the customer after the fact."""
    recorded_at: datetime
    completeness_pct: int
    """Share of its key fields that are filled, in whole percent."""
    standing: CustomerStanding | None
    """None where the fact is about a contact alone."""


@dataclass(frozen=True, slots=True)
class CustomerRow:
    """Customers of one group."""

    group: str
    customers: int
    completeness_points: int
    """Sum of their completeness."""
