"""What the use cases of the customer master need from outside, in the words of the domain."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol, TypeVar

from chassis.audit import AuditTrail
from chassis.authorization import Scope
from chassis.ids import PersonId, TeamId, TenantId
from chassis.pages import Cursor
from collab.domain.completeness import Completeness
from collab.domain.contact import Contact
from collab.domain.customer import Customer
from collab.domain.customer_events import CustomerFact
from collab.domain.customer_merge import CustomerMerge
from collab.domain.customer_settings import CustomerSettings
from collab.domain.ids import ContactId, CustomerId, MergeId
from collab.domain.person import Person

R = TypeVar("R")


@dataclass(frozen=True, slots=True)
class CustomerFilter:
    """Which customers are wanted; empty fields do not narrow."""

    owner_id: str = ""
    grade: str = ""
    kind: str = ""
    region: str = ""
    is_incomplete: bool = False
    """Those only that lack a key field."""
    is_archived: bool | None = False
    """None for those in use and archived ones alike."""
    search: str = ""
    """Beginning of a search key, as `collab.domain.customer_search.beginning_of` gives it."""


class CompletenessGroup(StrEnum):
    """Whose customers are told of together."""

    OWNER = "owner"
    TEAM = "team"


@dataclass(frozen=True, slots=True)
class CompletenessCount:
    """Customers in use of one owner or team."""

    owner_id: PersonId | None
    team_id: TeamId | None
    customers: int
    complete: int
    """Those that lack no key field."""
    missing: int
    """Key fields that are not filled, of all of them together."""


@dataclass(frozen=True, slots=True)
class CustomerVersion:
    """A customer as one change left it."""

    customer: Customer
    recorded_at: datetime
    actor: str
    """`person:<id>` or `service:<name>`."""


class Customers(Protocol):
    """The customers of the tenant."""

    async def get(self, customer_id: CustomerId) -> Customer | None:
        """The customer, or None."""
        ...

    async def lock(self, customer_id: CustomerId) -> Customer | None:
        """The customer, held until the transaction ends, or None."""
        ...

    async def get_many(self, customer_ids: Collection[CustomerId]) -> Sequence[Customer]:
        """Those that exist, in no order."""
        ...

    async def with_credit_code(self, credit_code: str) -> CustomerId | None:
        """The customer, archived or not, that has the credit code; of one that was merged, its survivor."""
        ...

    async def survivors(self, customer_ids: Collection[CustomerId]) -> Mapping[CustomerId, CustomerId]:
        """Under which customer each of those that were merged goes on; others are left out."""
        ...

    async def family(self, survivor_id: CustomerId) -> Sequence[CustomerId]:
        """The customer and all that were merged into it, directly or not."""
        ...

    async def lock_families(self, survivor_ids: Collection[CustomerId]) -> Sequence[Customer]:
        """The customers with all that were merged into them, held, by id, so that rivals cannot deadlock."""
        ...

    async def set_survivor(self, customer_ids: Collection[CustomerId], survivor_id: CustomerId | None) -> None:
        """Keeps under which customer these go on; None for those that stand for themselves."""
        ...

    async def page(self, wanted: CustomerFilter, scope: Scope, after: Cursor | None, size: int) -> Sequence[Customer]:
        """Customers that the scope includes, by the sound of their names, after the cursor, at most `size`."""
        ...

    async def after(self, customer_id: str, size: int) -> Sequence[Customer]:
        """Customers by id, after the given one, at most `size`, held; the first ones for an empty id."""
        ...

    async def count_completeness(self, group: CompletenessGroup, scope: Scope) -> Sequence[CompletenessCount]:
        """Customers in use that the scope includes, counted by owner or team."""
        ...

    async def save(self, customer: Customer) -> None:
        """Keeps a new or changed customer."""
        ...

    async def set_completeness(self, figures: Sequence[tuple[CustomerId, Completeness]]) -> None:
        """Sets completeness that was reckoned anew; a derived figure, so versions stay."""
        ...


class Contacts(Protocol):
    """The people at customers of the tenant."""

    async def get(self, contact_id: ContactId) -> Contact | None:
        """The contact, or None."""
        ...

    async def of(self, customer_ids: Collection[CustomerId]) -> Sequence[Contact]:
        """All contacts of the customers, archived ones too, the oldest first."""
        ...

    async def page(
        self, customer_id: CustomerId, after: Cursor | None, size: int, *, with_archived: bool
    ) -> Sequence[Contact]:
        """Contacts of one customer, the oldest first, after the cursor, at most `size`."""
        ...

    async def save(self, contact: Contact) -> None:
        """Keeps a new or changed contact."""
        ...

    async def find_by(self, contact: Contact, keys: Collection[str]) -> None:
        """Sets the search keys of a contact."""
        ...

    async def search(self, beginning: str, scopes: Sequence[Scope], size: int) -> Sequence[tuple[Contact, Customer]]:
        """Contacts with a key that begins so, of customers that all of the scopes include, nearest first."""
        ...


class CustomerMerges(Protocol):
    """The merges of the tenant, those that were taken back too."""

    async def get(self, merge_id: MergeId) -> CustomerMerge | None:
        """The merge, or None."""
        ...

    async def among(self, customer_ids: Collection[CustomerId]) -> Sequence[CustomerMerge]:
        """Merges in force between these customers."""
        ...

    async def page(
        self, customer_ids: Collection[CustomerId], after: Cursor | None, size: int
    ) -> Sequence[CustomerMerge]:
        """Merges of any of the customers, newest first, after the cursor, at most `size`."""
        ...

    async def save(self, merge: CustomerMerge) -> None:
        """Keeps a new or changed merge."""
        ...


class CustomerHistory(Protocol):
    """Every version of every customer; rows are added and never changed."""

    async def add(self, customer: Customer, actor: str) -> None:
        """Keeps the customer as this version has it."""
        ...

    async def as_of(self, customer_id: CustomerId, moment: datetime) -> Customer | None:
        """The customer as it was; None where it was not there yet."""
        ...

    async def before(self, customer_id: CustomerId, version: int | None, size: int) -> Sequence[CustomerVersion]:
        """Versions below the given one, the newest first, at most `size`; from the present one for None."""
        ...


class CustomerKeys(Protocol):
    """By what customers are found."""

    async def hold(self, buckets: Iterable[int]) -> None:
        """Holds locks on match keys until the transaction ends, in their order, so that rivals cannot deadlock."""
        ...

    async def find(self, keys: Iterable[int]) -> Sequence[CustomerId]:
        """Customers that carry any of the match keys."""
        ...

    async def replace(self, customer_id: CustomerId, keys: Collection[int]) -> None:
        """Sets the match keys of a customer."""
        ...

    async def replace_search(self, customer_id: CustomerId, keys: Collection[str]) -> None:
        """Sets the search keys of a customer."""
        ...


class SettingsStore(Protocol):
    """The tenant's settings of the customer master."""

    async def get(self) -> CustomerSettings:
        """The settings; those that every tenant begins with where nothing was set."""
        ...

    async def share(self) -> CustomerSettings:
        """The settings, which nobody changes until the transaction ends."""
        ...

    async def lock(self) -> CustomerSettings:
        """The settings, which nobody shares or changes until the transaction ends."""
        ...

    async def save(self, settings: CustomerSettings) -> None:
        """Keeps changed settings."""
        ...


class Colleagues(Protocol):
    """The people of the tenant, who may own customers."""

    async def get(self, person_id: PersonId) -> Person | None:
        """The person, or None."""
        ...


class CustomerOutbox(Protocol):
    """Facts that leave with the transaction."""

    def append(self, fact: CustomerFact) -> None:
        """Adds a fact."""
        ...


class ReadsCustomers(Protocol):
    """The part of a transaction by which customers are looked up."""

    @property
    def customers(self) -> Customers:
        """The tenant's customers."""
        ...


class CustomerWork(Protocol):
    """What one transaction offers. Rows are taken in one order: settings, customer, match keys."""

    @property
    def now(self) -> datetime:
        """Business time of the transaction."""
        ...

    @property
    def tenant_id(self) -> TenantId:
        """The tenant it is for."""
        ...

    @property
    def people(self) -> Colleagues:
        """The tenant's people."""
        ...

    @property
    def customers(self) -> Customers:
        """The tenant's customers."""
        ...

    @property
    def contacts(self) -> Contacts:
        """The people at them."""
        ...

    @property
    def customer_merges(self) -> CustomerMerges:
        """Which of them were made one."""
        ...

    @property
    def customer_history(self) -> CustomerHistory:
        """What they were."""
        ...

    @property
    def customer_keys(self) -> CustomerKeys:
        """By what they are found."""
        ...

    @property
    def customer_settings(self) -> SettingsStore:
        """How the tenant keeps them."""
        ...

    @property
    def outbox(self) -> CustomerOutbox:
        """Facts to tell."""
        ...

    @property
    def audit(self) -> AuditTrail:
        """Rows of the audit."""
        ...

    async def answer(self, result: R) -> R:
        """Keeps the result as the answer to a repeat of the request, and passes it on."""
        ...


class CustomerUnitOfWork(Protocol):
    """Begins transactions of the running request's tenant."""

    def begin(self) -> AbstractAsyncContextManager[CustomerWork]:
        """One transaction; leaving by an exception rolls it back."""
        ...
