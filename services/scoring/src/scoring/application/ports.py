"""What the use cases need from outside, in the words of the domain."""

from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol, TypeAlias, TypeVar
from zoneinfo import ZoneInfo

from chassis.audit import AuditTrail
from chassis.authorization import Scope
from chassis.pages import Cursor
from chassis.timers import Payload
from scoring.application.metric_ports import Metrics
from scoring.application.water_line_ports import WaterLineAlarms
from scoring.domain.customer_progress import CustomerProgress, CustomerRow
from scoring.domain.events import MetricPublished
from scoring.domain.fact import Fact
from scoring.domain.funnel import FunnelQuestion, FunnelRow
from scoring.domain.funnel_cell import FunnelCell, FunnelLead, FunnelOpportunity
from scoring.domain.ids import EventId
from scoring.domain.lead_progress import LeadProgress
from scoring.domain.opportunity_progress import OpportunityProgress
from scoring.domain.water_line import WaterLineBreached, WaterLineRecovered

R = TypeVar("R")
ToldFact: TypeAlias = MetricPublished | WaterLineBreached | WaterLineRecovered


@dataclass(frozen=True, slots=True)
class Viewpoint:
    """From where figures are looked at: how far the caller sees, where days begin, and when now is."""

    scope: Scope
    zone: ZoneInfo
    now: datetime


class Warehouse(Protocol):
    """All facts of the tenant, as they were told."""

    async def add(self, facts: Sequence[Fact]) -> AbstractSet[EventId]:
        """Keeps facts. Returns the ids of those that were not there already."""
        ...


class LeadFunnels(Protocol):
    """How far each lead of the tenant has come, and how its opportunities stand."""

    async def note(self, told: Sequence[LeadProgress]) -> None:
        """Adds what facts tell of leads. Order and repetition make no difference."""
        ...

    async def note_opportunities(self, told: Sequence[OpportunityProgress]) -> None:
        """Adds what facts tell of opportunities. Order and repetition make no difference."""
        ...

    async def count(self, question: FunnelQuestion, view: Viewpoint) -> Sequence[FunnelRow]:
        """Groups of the leads and opportunities that the scope includes, in no order.

        Both belong to the group of their owner. Source, region and industry of an opportunity are those of the lead it
        came from.

        Under `known_at` the owner, too, is the one that was known then.
        """
        ...

    async def leads(self, cell: FunnelCell, view: Viewpoint, after: Cursor | None, size: int) -> Sequence[FunnelLead]:
        """Leads or submissions that the cell counts, newest first, after the cursor, at most `size`."""
        ...

    async def opportunities(
        self, cell: FunnelCell, view: Viewpoint, after: Cursor | None, size: int
    ) -> Sequence[FunnelOpportunity]:
        """Opportunities that the cell counts, newest first, after the cursor, at most `size`."""
        ...


class Customers(Protocol):
    """How the tenant's customers stand, and how complete their files are."""

    async def note(self, told: Sequence[CustomerProgress]) -> None:
        """Adds what facts tell. Order and repetition make no difference."""
        ...

    async def count(self, question: FunnelQuestion, view: Viewpoint) -> Sequence[CustomerRow]:
        """Groups of the customers in use at the end of the span that the scope includes, in no order.

        Grouped by one of `CUSTOMER_DIMENSIONS`.
        """
        ...


class Timers(Protocol):
    """Deadlines of this service."""

    async def set(self, kind: str, key: str, due_at: datetime, payload: Payload) -> None:
        """Sets the deadline of this kind and key, in place of an earlier one."""
        ...


class Outbox(Protocol):
    """Facts that leave with the transaction."""

    def append(self, fact: ToldFact) -> None:
        """Adds a fact."""
        ...


class TenantZones(Protocol):
    """In which zone a tenant's days begin."""

    async def zone(self, tenant_id: str) -> ZoneInfo:
        """The tenant's zone."""
        ...


class Work(Protocol):
    """What one transaction offers."""

    @property
    def now(self) -> datetime:
        """Business time of the transaction."""
        ...

    @property
    def warehouse(self) -> Warehouse:
        """The tenant's facts."""
        ...

    @property
    def funnels(self) -> LeadFunnels:
        """The tenant's leads in the funnel."""
        ...

    @property
    def customers(self) -> Customers:
        """The tenant's customers."""
        ...

    @property
    def metrics(self) -> Metrics:
        """The tenant's own definitions."""
        ...

    @property
    def alarms(self) -> WaterLineAlarms:
        """Alarms of the tenant's water lines."""
        ...

    @property
    def timers(self) -> Timers:
        """Deadlines."""
        ...

    @property
    def outbox(self) -> Outbox:
        """Facts that leave with the transaction."""
        ...

    @property
    def audit(self) -> AuditTrail:
        """What was done, by whom."""
        ...

    async def answer(self, result: R) -> R:
        """Keeps the result as the answer to a repeat of the request, and passes it on."""
        ...


class UnitOfWork(Protocol):
    """Begins transactions of the running request's tenant."""

    def begin(self) -> AbstractAsyncContextManager[Work]:
        """One transaction; leaving by an exception rolls it back."""
        ...
