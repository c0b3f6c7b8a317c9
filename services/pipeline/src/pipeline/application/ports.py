"""What the use cases need from outside, in the words of the domain."""

from collections.abc import Collection, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol, TypeVar

from chassis.audit import AuditTrail
from chassis.authorization import Scope
from chassis.durable_processes import ProcessStanding
from chassis.files.file import FileEvent
from chassis.files.postgres_files import PostgresFiles
from chassis.ids import TenantId
from chassis.pages import Cursor
from chassis.timers import TimerSchedule
from pipeline.application.conversion_ports import Conversions
from pipeline.application.first_contact_ports import FirstContacts
from pipeline.application.follow_up_ports import CustomerTypes, FollowUpStandards
from pipeline.application.opportunity_ports import Opportunities, StageModels, StageMoves
from pipeline.domain.conversion import Conversion
from pipeline.domain.effective_ratio import EffectiveRatioQuestion, EffectiveRatioRow
from pipeline.domain.events import FollowUpRecorded
from pipeline.domain.first_contact import FirstContactEvent
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

    async def effective_ratios(
        self, question: EffectiveRatioQuestion, scope: Scope, now: datetime
    ) -> Sequence[EffectiveRatioRow]:
        """Groups of the judged follow-ups that the scope includes, in no order."""
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


class Processes(Protocol):
    """Durable processes, each with the id of the aggregate that knows its steps."""

    async def begin(self, kind: str, process_id: str) -> None:
        """Makes the process go on as soon as the transaction has committed."""
        ...

    async def went_on(self, process_id: str, *, is_at_rest: bool) -> None:
        """A step has been taken; at rest nothing goes on until it is begun anew."""
        ...

    async def standings(self, process_ids: Collection[str]) -> Mapping[str, ProcessStanding]:
        """What keeps processes from coming to rest, by id."""
        ...


class Outbox(Protocol):
    """Facts that leave with the transaction."""

    def append(self, event: FollowUpRecorded | OpportunityEvent | FirstContactEvent | FileEvent) -> None:
        """Adds a fact."""
        ...

    def tell_of_conversion(self, conversion: Conversion) -> None:
        """Tells the screens that a conversion has come to rest. The facts are the router's and the opportunity's."""
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
    def conversions(self) -> Conversions:
        """Leads that become customers."""
        ...

    @property
    def first_contacts(self) -> FirstContacts:
        """Summaries of first contacts."""
        ...

    @property
    def timers(self) -> TimerSchedule:
        """Deadlines."""
        ...

    @property
    def processes(self) -> Processes:
        """What goes on over several services."""
        ...

    @property
    def follow_up_standards(self) -> FollowUpStandards:
        """The tenant's standards of effective follow-ups."""
        ...

    @property
    def customer_types(self) -> CustomerTypes:
        """What type the tenant's leads and customers are of."""
        ...

    @property
    def files(self) -> PostgresFiles:
        """The tenant's files, kept by the chassis."""
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
