"""Tell whether a record is a customer that is there: the same, perhaps the same, or new, with reasons (X-03)."""

from collections.abc import Sequence
from dataclasses import dataclass

from chassis.errors import Invalid, Violation
from collab.application.customer_ports import CustomerUnitOfWork, CustomerWork
from collab.domain.customer import Customer
from collab.domain.customer_identity import records_of
from collab.domain.ids import CustomerId
from matching.decision import Candidate, LeadMatch, Outcome, decide
from matching.identity import Identity, NormalisedIdentity, normalise
from matching.keys import blocking_keys


@dataclass(frozen=True, slots=True)
class FoundMatch:
    """A customer and how the record stands to it."""

    customer: Customer
    match: LeadMatch


@dataclass(frozen=True, slots=True)
class CustomerVerdict:
    """What becomes of a record."""

    outcome: Outcome
    joined: FoundMatch | None
    suggestions: Sequence[FoundMatch]
    """The likeliest first."""
    linked: Sequence[FoundMatch]
    """Those that belong together with it without being one with it."""

    @property
    def likely(self) -> Sequence[FoundMatch]:
        """Those that a person should look at before making the record a customer: the one it is, else suggestions."""
        return [self.joined] if self.joined else self.suggestions


async def held_against_customers(
    work: CustomerWork, record: NormalisedIdentity, but: CustomerId | None = None
) -> CustomerVerdict:
    """Holds a record against the customers of the tenant, archived ones too.

    What a customer was recognised by before it was merged leads to its survivor.

    Args:
        but: a customer that is left out, because the record is its own.
    """
    found = [each for each in await work.customer_keys.find(key.number for key in blocking_keys(record)) if each != but]
    survivors = await work.customers.survivors(found)
    wanted = {*found, *survivors.values()}
    known = {customer.id: customer for customer in await work.customers.get_many(wanted)}
    customers = {customer_id: each for customer_id, each in known.items() if customer_id not in survivors}
    records = {each.id: records_of(each.profile, ()) for each in known.values()}
    for contact in await work.contacts.of(list(customers)):
        records[contact.customer_id] += records_of(known[contact.customer_id].profile, [contact])[-1:]
    for merged_id, survivor_id in survivors.items():
        records[survivor_id] += records[merged_id]
    verdict = decide(record, [Candidate(customer_id, records[customer_id]) for customer_id in customers])

    def found_match(match: LeadMatch) -> FoundMatch:
        return FoundMatch(customers[CustomerId(match.lead_id)], match)

    return CustomerVerdict(
        verdict.outcome,
        found_match(verdict.joined) if verdict.joined else None,
        [found_match(match) for match in verdict.suggestions],
        [found_match(match) for match in verdict.linked],
    )


@dataclass(frozen=True, slots=True)
class FindCustomerMatchesHandler:
    """Answers over all customers of the tenant: a duplicate must be seen before it is made, whoever owns the other."""

    unit_of_work: CustomerUnitOfWork

    async def __call__(self, record: Identity) -> CustomerVerdict:
        """What becomes of the record; nothing changes.

        Raises:
            Invalid: it says nothing that a customer could be recognised by.
        """
        identity = normalise(record)
        if not (identity.has_company or identity.phones or identity.email or identity.credit_code):
            message = "company, phone, email or credit_code must say something that can be read"
            raise Invalid([Violation("company", "identity.required", message)])
        async with self.unit_of_work.begin() as work:
            return await held_against_customers(work, identity)
