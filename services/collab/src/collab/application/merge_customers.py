"""Merge a customer into another one, or show what that would make of the two."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace

from chassis import context
from chassis.audit import State
from chassis.errors import Invalid, NotFound, Violation
from chassis.ids import new_id
from collab.application.customer_access import MERGE, CustomerAccess, resource_of
from collab.application.customer_ports import CustomerUnitOfWork, CustomerWork
from collab.application.customer_upkeep import keep_family
from collab.domain.completeness import completeness
from collab.domain.contact import Contact
from collab.domain.customer import Customer
from collab.domain.customer_changes import changes_between
from collab.domain.customer_events import CustomerMerged
from collab.domain.customer_family import CustomerFamily, Signed
from collab.domain.customer_merge import CustomerMerge, Side, differing, warnings
from collab.domain.ids import CustomerId, MergeId


@dataclass(frozen=True, slots=True)
class MergeCustomers:
    """Which customer goes on under which."""

    survivor_id: CustomerId
    survivor_version: int
    """As the caller saw it."""
    merged_id: CustomerId
    merged_version: int
    """As the caller saw it."""
    choices: Mapping[str, Side]
    reason: str


@dataclass(frozen=True, slots=True)
class MergedCustomers:
    """The merge, and the survivor as it is afterwards."""

    merge: CustomerMerge
    survivor: Customer


@dataclass(frozen=True, slots=True)
class Comparison:
    """One field in which two customers differ, in texts that people read."""

    field: str
    survivor: str
    merged: str
    result: str


@dataclass(frozen=True, slots=True)
class MergePreview:
    """What a merge would make of two customers."""

    survivor: Customer
    """As it would be, with its present version."""
    merged: Customer
    """As it is."""
    comparisons: Sequence[Comparison]
    moving: Sequence[Contact]
    warnings: Sequence[str]


@dataclass(frozen=True, slots=True)
class CustomerMerger:
    """All of a merge is one transaction: after a crash it has happened or it has not."""

    unit_of_work: CustomerUnitOfWork
    access: CustomerAccess

    async def preview(
        self, survivor_id: CustomerId, merged_id: CustomerId, choices: Mapping[str, Side]
    ) -> MergePreview:
        """What a merge would make of the two; nothing changes. Errors as for `merge`, but none is stale."""
        _require_two(survivor_id, merged_id)
        async with self.unit_of_work.begin() as work:
            family = await self._family(work, survivor_id, merged_id)
            settings = await work.customer_settings.get()
        survivor, merged = family.customers[survivor_id], family.customers[merged_id]
        after = family.preview(survivor_id, merged_id, choices).survivor
        figures = completeness(after.profile, family.contacts.values(), settings.key_fields)
        return MergePreview(
            replace(after, completeness=figures),
            merged,
            _comparisons(survivor, merged, after),
            family.contacts_of(merged_id),
            warnings(survivor, merged),
        )

    async def merge(self, command: MergeCustomers) -> MergedCustomers:
        """Merges the two and returns the merge.

        Raises:
            NotFound: one of the two is not there for this caller.
            Forbidden: the caller may not merge one of the two.
            Stale: one of the two has changed since.
            CustomerIsMerged: one of the two was merged before.
            CustomerIsArchived: the survivor must be restored first.
            Invalid: names every choice that cannot be made.
        """
        _require_two(command.survivor_id, command.merged_id)
        async with self.unit_of_work.begin() as work:
            settings = await work.customer_settings.share()
            family = await self._family(work, command.survivor_id, command.merged_id)
            survivor, merged = family.customers[command.survivor_id], family.customers[command.merged_id]
            survivor.require_unmerged()
            merged.require_unmerged()
            survivor.require_version(command.survivor_version)
            merged.require_version(command.merged_version)
            signed = Signed(context.current().principal.actor, command.reason.strip(), work.now)
            merge = family.merge(MergeId(new_id()), command.survivor_id, command.merged_id, command.choices, signed)
            family.reckon(settings.key_fields)
            gone = family.customers[command.merged_id]
            await keep_family(work, family, CustomerMerged(gone, merge.id, merge.survivor_id, family.moved_contacts()))
            await work.customer_merges.save(merge)
            under = [each.id for each in family.customers.values() if family.survivor_of(each.id).id != each.id]
            await work.customers.set_survivor(under, merge.survivor_id)
            _audit(work, family, merge)
            return await work.answer(MergedCustomers(merge, family.customers[merge.survivor_id]))

    async def _family(self, work: CustomerWork, survivor_id: CustomerId, merged_id: CustomerId) -> CustomerFamily:
        family = await held_family(work, [survivor_id, merged_id])
        for customer_id in (survivor_id, merged_id):
            customer = family.customers.get(customer_id)
            if customer is None:
                raise NotFound("customer", customer_id)
            self.access.require_seen(customer)
            self.access.authorizer.require(MERGE, resource_of(customer))
        return family


async def held_family(work: CustomerWork, customer_ids: Collection[CustomerId]) -> CustomerFamily:
    """The families of customers that stand for themselves, held, with their contacts and the merges in force."""
    customers = await work.customers.lock_families(customer_ids)
    members = [customer.id for customer in customers]
    return CustomerFamily(customers, await work.contacts.of(members), await work.customer_merges.among(members))


async def held_under(work: CustomerWork, customer_id: CustomerId) -> tuple[CustomerFamily, Customer]:
    """The family of a customer, held, and the one under which it goes on: itself where it was not merged.

    Raises:
        NotFound: there is no such customer.
    """
    while True:  # it may be merged, or taken back, while we wait for it
        top_id = (await work.customers.survivors([customer_id])).get(customer_id, customer_id)
        family = await held_family(work, [top_id])
        if top_id not in family.customers:
            raise NotFound("customer", customer_id)
        if customer_id in family.customers and family.customers[top_id].merged_into is None:
            return family, family.customers[top_id]


def _require_two(survivor_id: CustomerId, merged_id: CustomerId) -> None:
    if survivor_id == merged_id:
        raise Invalid([Violation("merged_id", "customer.same", "must be another customer")])


def _comparisons(survivor: Customer, merged: Customer, after: Customer) -> list[Comparison]:
    one, two, result = (
        {change.field: change.after for change in changes_between(None, each)} for each in (survivor, merged, after)
    )
    return [
        Comparison(name, one.get(name, ""), two.get(name, ""), result.get(name, ""))
        for name in differing(survivor, merged)
    ]


def _audit(work: CustomerWork, family: CustomerFamily, merge: CustomerMerge) -> None:
    for before, after in family.changed_customers:
        changes = changes_between(before, after)
        changed: State = {change.field: change.after for change in changes}
        work.audit.record(
            action="customer.merge",
            resource=f"customers/{after.id}",
            before={change.field: change.before for change in changes},
            after={
                **changed,
                "merge_id": merge.id,
                "merged_id": merge.merged_id,
                "contact_ids": list(family.moved_contacts()),
                "reason": merge.reason,
            },
        )
