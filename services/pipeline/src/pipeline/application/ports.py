"""What the use cases need from outside, in the words of the domain."""

from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol, TypeVar

from chassis.audit import AuditTrail
from chassis.authorization import Scope
from chassis.ids import TenantId
from chassis.pages import Cursor
from pipeline.application.opportunity_ports import Opportunities, StageModels, StageMoves
from pipeline.domain.events import FollowUpRecorded
from pipeline.domain.follow_up import FollowUp
from pipeline.domain.ids import CustomerId, FollowUpId, LeadId
from pipeline.domain.lead_standing import LeadStanding
from pipeline.domain.opportunity_events import OpportunityEvent

R = TypeVar("R")


@dataclass(frozen=True, slots=True)
class FollowUpFilter:
    """Which follow-ups are wanted; empty fields do not narrow."""

    lead_id: str = ""
    customer_id: str = ""
    person_id: str = ""


class FollowUps(Protocol):
    """All follow-ups of the tenant."""

    async def add(self, follow_up: FollowUp) -> None:
        """Keeps a new follow-up."""
        ...

    async def get(self, follow_up_id: FollowUpId) -> FollowUp | None:
        """The follow-up, or None."""
        ...

    async def page(self, wanted: FollowUpFilter, scope: Scope, after: Cursor | None, size: int) -> Sequence[FollowUp]:
        """Follow-ups that the scope includes, newest first, after the cursor, at most `size`."""
        ...

    async def first_since(self, lead_id: LeadId, since: datetime) -> FollowUp | None:
        """The earliest follow-up of the lead at or after a moment, or None."""
        ...


class LeadStandings(Protocol):
    """The read copy of leads, fed by the router's events."""

    async def get(self, lead_id: LeadId) -> LeadStanding | None:
        """What is known of the lead, or None where its events have not arrived."""
        ...

    async def put(self, standing: LeadStanding, version: int) -> None:
        """Keeps what an event told, unless a newer one told more."""
        ...


class CustomerMerges(Protocol):
    """Read copy of which customers were made one, kept from collab's events."""

    async def put(self, customer_id: CustomerId, merged_into: CustomerId | None, version: int) -> None:
        """Keeps what an event told, unless a newer one told more."""
        ...


class Leads(Protocol):
    """The router itself, asked when its events have not arrived yet."""

    async def standing(self, lead_id: LeadId) -> LeadStanding:
        """What the router knows of the lead.

        Raises:
            NotFound: there is no such lead for the caller.
            Unreachable: the router does not answer.
        """
        ...


class Outbox(Protocol):
    """Facts that leave with the transaction."""

    def append(self, event: FollowUpRecorded | OpportunityEvent) -> None:
        """Adds a fact."""
        ...


class Work(Protocol):
    """What one transaction offers."""

    @property
    def now(self) -> datetime:
        """Business time of the transaction."""
        ...

    @property
    def tenant_id(self) -> TenantId:
        """Tenant it is done for."""
        ...

    @property
    def follow_ups(self) -> FollowUps:
        """The tenant's follow-ups."""
        ...

    @property
    def leads(self) -> LeadStandings:
        """What is known of the tenant's leads."""
        ...

    @property
    def customer_merges(self) -> CustomerMerges:
        """Which customers were made one."""
        ...

    @property
    def stage_models(self) -> StageModels:
        """The tenant's stage models."""
        ...

    @property
    def opportunities(self) -> Opportunities:
        """The tenant's opportunities."""
        ...

    @property
    def stage_moves(self) -> StageMoves:
        """The history of their stages."""
        ...

    @property
    def outbox(self) -> Outbox:
        """Facts to tell."""
        ...

    @property
    def audit(self) -> AuditTrail:
        """Rows of the audit."""
        ...

    async def answer(self, result: R) -> R:
        """Keeps the result as the answer to a repeat of the request, and passes it on."""
        ...


class UnitOfWork(Protocol):
    """Begins transactions of the running request's tenant."""

    def begin(self) -> AbstractAsyncContextManager[Work]:
        """One transaction; leaving by an exception rolls it back."""
        ...
