"""What the use cases need from outside, in the words of the domain."""

from collections.abc import Iterable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from datetime import datetime
from typing import TYPE_CHECKING, Protocol, TypeVar
from zoneinfo import ZoneInfo

from chassis.audit import AuditTrail
from chassis.authorization import Scope
from chassis.errors import Violation
from chassis.ids import TenantId
from chassis.pages import Cursor
from chassis.timers import TimerSchedule
from chassis.working_time import WorkingTime
from lead_router.application.decision_record import DecisionRecord
from lead_router.application.duplicate_ports import DuplicateOutbox, LeadDuplicates
from lead_router.application.import_ports import Imports
from lead_router.application.model_ports import LeadModels
from lead_router.application.pool_ports import Offers, Pools
from lead_router.application.published_policy import PublishedPolicy
from lead_router.application.rep_ports import Reps
from lead_router.application.signal_ports import Signals
from lead_router.application.stored_lead import Intake, LeadFilter, StoredLead
from lead_router.domain.events import LeadEvent
from lead_router.domain.ids import DecisionId, LeadId, PersonId
from lead_router.domain.lead_search import LeadSearchKeys
from lead_router.domain.lead_state import LeadState
from lead_router.domain.rep_profile import RepProfile
from matching.identity import NormalisedIdentity

if TYPE_CHECKING:
    from lead_router.application.lead_figures import HeatCell, RepResponse
    from lead_router.application.lead_statistics import LeadCounts
    from lead_router.application.read_raw_lead import RawLead

R = TypeVar("R")
Value = str | int | bool | list[str]


class Leads(Protocol):
    """The leads of the tenant."""

    async def add_many(self, intakes: Sequence[Intake]) -> None:
        """Keeps new leads with their raw submissions and identities."""
        ...

    async def get(self, lead_id: LeadId) -> StoredLead | None:
        """The lead, or None."""
        ...

    async def get_many(self, lead_ids: Iterable[LeadId]) -> Mapping[LeadId, StoredLead]:
        """Those of the leads that exist."""
        ...

    async def lock(self, lead_id: LeadId) -> StoredLead | None:
        """The lead, held until the transaction ends, or None."""
        ...

    async def lock_many(self, lead_ids: Iterable[LeadId]) -> Mapping[LeadId, StoredLead]:
        """Those of the leads that exist, held until the transaction ends."""
        ...

    async def lock_waiting(self, due_by: datetime, most: int) -> Sequence[StoredLead]:
        """Waiting leads whose time has come, or that have none, and that nobody else holds; urgent ones first."""
        ...

    async def save(self, stored: StoredLead) -> None:
        """Writes a lead that was locked in this transaction."""
        ...

    async def save_many(self, stored: Sequence[StoredLead]) -> None:
        """Writes leads that were locked in this transaction."""
        ...

    async def page(self, wanted: LeadFilter, scope: Scope, after: Cursor | None, size: int) -> Sequence[StoredLead]:
        """Leads that the scope includes, newest first, after the cursor, at most `size`."""
        ...

    async def counts(self) -> Mapping[LeadState, int]:
        """Leads by state."""
        ...

    async def received(self) -> int:
        """All submissions taken in."""
        ...

    async def to_be_activated(self) -> int:
        """Owned leads that are 待激活."""
        ...

    async def qualified(self) -> int:
        """Leads that have all qualifying documents, each counted once, wherever it stands now."""
        ...


class LeadSearchIndex(Protocol):
    """By what leads are found."""

    async def replace(self, lead_id: LeadId, keys: LeadSearchKeys) -> None:
        """Sets the keys of a lead."""
        ...

    async def nearest(self, beginning: str, seen: Scope, seen_in_clear: Scope, size: int) -> Sequence[LeadId]:
        """Leads with a key that begins so, nearest first; by personal keys only those seen in clear."""
        ...


class Identities(Protocol):
    """Who is who."""

    async def hold(self, buckets: Iterable[int]) -> None:
        """Holds buckets of keys until the transaction ends."""
        ...

    async def find(self, keys: Iterable[int]) -> Mapping[LeadId, tuple[LeadId, NormalisedIdentity]]:
        """Submissions that carry any of the keys, each with the lead that stands for it now and its identity."""
        ...

    async def add_keys(self, keys: Sequence[tuple[LeadId, Sequence[int]]]) -> None:
        """Keeps the keys of new submissions."""
        ...


class Decisions(Protocol):
    """Why leads went where they went."""

    async def add_many(self, decisions: Sequence[DecisionRecord]) -> None:
        """Keeps receipts."""
        ...

    async def get(self, lead_id: LeadId, decision_id: DecisionId | None) -> DecisionRecord | None:
        """The receipt of one decision, or of the last one; None where there is none."""
        ...

    async def decision_ids(self, lead_id: LeadId) -> Sequence[DecisionId]:
        """The decisions of a lead, oldest first."""
        ...


class Policies(Protocol):
    """The versions of the routing policy."""

    async def active(self) -> PublishedPolicy | None:
        """The version that routes, or None before the first."""
        ...

    async def version(self) -> int:
        """Number of the newest version; 0 before the first."""
        ...

    async def page(self, before: int, size: int) -> Sequence[PublishedPolicy]:
        """Versions below `before`, newest first; 0 for all."""
        ...

    async def hold(self) -> None:
        """Lets nobody else publish until the transaction ends."""
        ...

    async def add(self, policy: PublishedPolicy) -> None:
        """Keeps a new version."""
        ...


class ResponseTimes(Protocol):
    """Figures over leads."""

    async def by_rep(self, start: datetime, end: datetime) -> "Sequence[RepResponse]":
        """Response times of leads received in [start, end), per present owner."""
        ...

    async def heat(self, since: datetime) -> "Sequence[HeatCell]":
        """Leads received since then, by region and team."""
        ...


class RawLeads(Protocol):
    """Submissions as they were sent."""

    async def get(self, lead_id: LeadId) -> "RawLead | None":
        """The raw record of a lead, or None."""
        ...


class Outbox(Protocol):
    """Facts that leave with the transaction."""

    def append(self, event: LeadEvent, *, worth: int = 0, currency: str = "") -> None:
        """Adds a fact; worth and currency go with `LeadReceived`."""
        ...


class Conditions(Protocol):
    """Evaluates the conditions of a policy."""

    def faults(self, path: str, expression: str) -> Sequence[Violation]:
        """What is wrong with an expression."""
        ...

    def over_lead(self, expressions: Sequence[str], lead: Mapping[str, Value]) -> Mapping[str, bool]:
        """Of each expression whether it holds for the lead."""
        ...

    def over_rep(self, expressions: Sequence[str], rep: Mapping[str, Value]) -> Mapping[str, bool]:
        """Of each expression whether it holds for the rep."""
        ...


class FollowUps(Protocol):
    """The owner of follow-ups."""

    async def first_since(self, lead_id: LeadId, since: datetime) -> datetime | None:
        """When the first follow-up of the lead at or after a moment happened; None where there was none.

        Raises:
            Unreachable: it does not answer.
        """
        ...


class Company(Protocol):
    """What routing must know of the tenant's people and hours."""

    async def working_time(self, tenant_id: TenantId) -> WorkingTime:
        """The tenant's working calendar."""
        ...

    async def hours_of(self, tenant_id: TenantId, profile: RepProfile) -> WorkingTime:
        """Working time of a rep, leave cut out."""
        ...

    async def zone(self, tenant_id: TenantId) -> ZoneInfo:
        """The tenant's zone."""
        ...

    async def currency(self, tenant_id: TenantId) -> str:
        """The tenant's currency."""
        ...

    async def supervisors(self, tenant_id: TenantId) -> Sequence[PersonId]:
        """Those in whose queue leads stand that nobody can have."""
        ...

    async def standing_of(self, tenant_id: TenantId, person_id: PersonId) -> "PersonStanding | None":
        """A person's place in the company; None where there is no such person."""
        ...


class PersonStanding(Protocol):
    """A person's place in the company."""

    @property
    def team_id(self) -> str | None: ...

    @property
    def supervisor_id(self) -> str | None: ...

    @property
    def is_active(self) -> bool: ...

    @property
    def roles(self) -> frozenset[str]: ...


class Work(Protocol):
    """What one transaction offers."""

    @property
    def tenant_id(self) -> TenantId: ...

    @property
    def now(self) -> datetime: ...

    @property
    def leads(self) -> Leads: ...

    @property
    def lead_search(self) -> LeadSearchIndex: ...

    @property
    def identities(self) -> Identities: ...

    @property
    def reps(self) -> Reps: ...

    @property
    def decisions(self) -> Decisions: ...

    @property
    def policies(self) -> Policies: ...

    @property
    def imports(self) -> Imports: ...

    @property
    def response_times(self) -> ResponseTimes: ...

    @property
    def lead_models(self) -> LeadModels: ...

    @property
    def raw_leads(self) -> RawLeads: ...

    @property
    def signals(self) -> Signals: ...

    @property
    def outbox(self) -> Outbox: ...

    @property
    def pools(self) -> Pools: ...

    @property
    def offers(self) -> Offers: ...

    @property
    def lead_counts(self) -> "LeadCounts": ...

    @property
    def timers(self) -> TimerSchedule: ...

    @property
    def audit(self) -> AuditTrail: ...

    @property
    def duplicates(self) -> LeadDuplicates: ...

    @property
    def duplicate_outbox(self) -> DuplicateOutbox: ...

    async def answer(self, result: R) -> R:
        """Keeps the result as the answer to a repeat of the request, and passes it on."""
        ...


class UnitOfWork(Protocol):
    """Begins transactions of the running request's tenant."""

    def begin(self) -> AbstractAsyncContextManager[Work]:
        """One transaction; leaving by an exception rolls it back."""
        ...
