"""What conversions of leads need from outside, in the words of the domain."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol

from chassis.authorization import Resource, Scope
from chassis.ids import PersonId, TeamId
from chassis.pages import Cursor
from pipeline.domain.conversion import Conversion
from pipeline.domain.ids import ContactId, ConversionId, CustomerId, LeadId, OpportunityId

CONVERSION = "pipeline.conversion"
"""Kind of the durable processes that carry conversions on."""


@dataclass(frozen=True, slots=True)
class LeadDossier:
    """A lead as the router has it, with personal data: held while a step needs it, and never kept."""

    lead_id: LeadId
    state: str
    owner_id: PersonId | None = None
    team_id: TeamId | None = None
    product_line: str = ""
    company: str = field(default="", repr=False)
    person: str = field(default="", repr=False)
    phone: str = field(default="", repr=False)
    email: str = field(default="", repr=False)
    credit_code: str = ""
    """Empty where its check digit is wrong."""
    city: str = ""
    region: str = ""
    industry: str = ""
    source: str = ""

    @property
    def resource(self) -> Resource:
        """What authorisation looks at."""
        return Resource(owner_id=self.owner_id, team_id=self.team_id)

    @property
    def names_somebody(self) -> bool:
        """Whether there is a person, or a way to reach one."""
        return bool(self.person or self.phone or self.email)

    @property
    def can_be_matched(self) -> bool:
        """Whether it says anything that a customer could be recognised by."""
        return bool(self.company or self.phone or self.email or self.credit_code)


@dataclass(frozen=True, slots=True)
class KnownCustomer:
    """A customer of the master, as far as a conversion looks at it."""

    id: CustomerId
    name: str
    owner_id: PersonId | None
    team_id: TeamId | None
    is_archived: bool

    @property
    def resource(self) -> Resource:
        """What authorisation looks at."""
        return Resource(owner_id=self.owner_id, team_id=self.team_id)


class MatchOutcome(StrEnum):
    """What becomes of a lead that is held against the customers."""

    JOIN = "join"
    SUGGEST = "suggest"
    NEW = "new"


@dataclass(frozen=True, slots=True)
class CustomerVerdict:
    """What the master says, with the customers that the lead is or may be, the likeliest first."""

    outcome: MatchOutcome
    candidates: Sequence[KnownCustomer] = ()


@dataclass(frozen=True, slots=True)
class ConversionFilter:
    """Which conversions are wanted; empty fields do not narrow."""

    lead_id: str = ""
    customer_id: str = ""
    state: str = ""


class LeadDossiers(Protocol):
    """The router's leads. Before a conversion asked with the caller's own rights, in its steps with the service's."""

    async def get(self, lead_id: LeadId) -> LeadDossier:
        """The lead.

        Raises:
            NotFound: there is none for the caller.
            Unreachable: the router does not answer.
        """
        ...

    async def mark_converted(self, lead_id: LeadId, customer_id: CustomerId, opportunity_id: OpportunityId) -> None:
        """Marks the lead as converted; a repeat changes nothing.

        Raises:
            Refused: its state forbids it.
            NotFound: there is no such lead.
            Unreachable: the router does not answer.
        """
        ...

    async def undo_conversion(self, lead_id: LeadId, opportunity_id: OpportunityId) -> None:
        """Takes the mark back; changes nothing where the lead is not converted into that opportunity.

        Raises:
            NotFound: there is no such lead.
            Unreachable: the router does not answer.
        """
        ...


class CustomerMaster(Protocol):
    """The customers. Asked as `LeadDossiers` is; all that it keeps may be repeated."""

    async def get(self, customer_id: CustomerId) -> KnownCustomer:
        """The customer; of one that was merged, the survivor under which it goes on.

        Raises:
            NotFound: there is none for the caller.
            Unreachable: the master does not answer.
        """
        ...

    async def match(self, dossier: LeadDossier) -> CustomerVerdict:
        """Which customer the lead is or may be. Customers of other teams are told of, too.

        Raises:
            Unreachable: the master does not answer.
        """
        ...

    async def keep_customer(
        self, customer_id: CustomerId, dossier: LeadDossier, *, name: str, owner_id: PersonId, pain_points: str
    ) -> None:
        """Makes the customer that a lead becomes.

        Raises:
            Invalid, AlreadyExists: the master refuses it.
            Unreachable: the master does not answer.
        """
        ...

    async def keep_contact(self, customer_id: CustomerId, contact_id: ContactId, dossier: LeadDossier) -> ContactId:
        """Adds the person whom the lead names, and returns the contact: the new one, or the same person who was there.

        Where the customer was merged the contact stands with the survivor, until the merge is taken back.

        Raises:
            Invalid, NotFound, Refused: the master refuses it.
            Unreachable: the master does not answer.
        """
        ...

    async def take_back(self, conversion: Conversion, *, only_look: bool = False) -> Sequence[str]:
        """Archives what the conversion made, or nothing where somebody added to it since; returns what was added.

        A merge is no addition to a customer that was joined; one that the conversion made is held by it until it is
        taken back.

        Raises:
            Unreachable: the master does not answer.
        """
        ...


class Conversions(Protocol):
    """All conversions of the tenant. Each that goes on has a durable process of its id."""

    async def add(self, conversion: Conversion) -> bool:
        """Keeps a new conversion; False where the lead has one already that is live."""
        ...

    async def live_of(self, lead_id: LeadId) -> Conversion | None:
        """The conversion of the lead that is live, or None."""
        ...

    async def get(self, conversion_id: ConversionId) -> Conversion | None:
        """The conversion, or None."""
        ...

    async def lock(self, conversion_id: ConversionId) -> Conversion | None:
        """The conversion, held until the transaction ends; or None."""
        ...

    async def save(self, conversion: Conversion) -> None:
        """Keeps a changed conversion that is held."""
        ...

    async def page(
        self, wanted: ConversionFilter, scope: Scope, after: Cursor | None, size: int
    ) -> Sequence[Conversion]:
        """Conversions that the scope includes, newest first, after the cursor, at most `size`."""
        ...

    async def added_to(self, conversion: Conversion) -> Sequence[str]:
        """What this service knows that was added to a new customer: `follow_up`, `opportunity`."""
        ...
