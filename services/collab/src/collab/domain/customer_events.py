"""Facts that the customer master tells."""

from dataclasses import dataclass

from collab.domain.contact import Contact
from collab.domain.customer import Customer
from collab.domain.ids import ContactId, CustomerId, MergeId


@dataclass(frozen=True, slots=True)
class CustomerCreated:
    """A customer was made."""

    customer: Customer


@dataclass(frozen=True, slots=True)
class CustomerChanged:
    """A customer was changed, or is told again."""

    customer: Customer
    fields: tuple[str, ...] = ()
    """What differs; empty where it is told again."""


@dataclass(frozen=True, slots=True)
class CustomerArchived:
    """A customer was archived."""

    customer: Customer


@dataclass(frozen=True, slots=True)
class CustomerRestored:
    """An archived customer was brought back."""

    customer: Customer


@dataclass(frozen=True, slots=True)
class CustomerContactChanged:
    """A contact was added, changed or archived, or is told again."""

    customer: Customer
    """As it is afterwards: the fact is one of the customer's, in the order of its versions."""
    contact: Contact


@dataclass(frozen=True, slots=True)
class CustomerMerged:
    """A customer was merged into another one."""

    customer: Customer
    """The one that was merged, as it is afterwards."""
    merge_id: MergeId
    survivor_id: CustomerId
    contact_ids: tuple[ContactId, ...]
    """Contacts that moved to the survivor."""


@dataclass(frozen=True, slots=True)
class CustomerUnmerged:
    """A merge was taken back."""

    customer: Customer
    """The one that stands for itself again."""
    merge_id: MergeId
    survivor_id: CustomerId
    contact_ids: tuple[ContactId, ...]
    """Contacts that went back to it."""


CustomerFact = (
    CustomerCreated
    | CustomerChanged
    | CustomerArchived
    | CustomerRestored
    | CustomerContactChanged
    | CustomerMerged
    | CustomerUnmerged
)
