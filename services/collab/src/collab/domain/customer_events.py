"""Facts that the customer master tells."""

from dataclasses import dataclass

from collab.domain.contact import Contact
from collab.domain.customer import Customer


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


CustomerFact = CustomerCreated | CustomerChanged | CustomerArchived | CustomerRestored | CustomerContactChanged
