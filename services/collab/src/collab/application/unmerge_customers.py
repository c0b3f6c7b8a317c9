"""Take a merge back: two customers again, each with what is its own."""

from dataclasses import dataclass

from chassis import context
from chassis.errors import NotFound
from collab.application.customer_access import MERGE, CustomerAccess, resource_of
from collab.application.customer_ports import CustomerUnitOfWork, CustomerWork
from collab.application.customer_upkeep import keep_family
from collab.application.merge_customers import held_under
from collab.domain.customer import Customer
from collab.domain.customer_changes import changes_between
from collab.domain.customer_events import CustomerUnmerged
from collab.domain.customer_family import CustomerFamily, Signed
from collab.domain.customer_merge import CustomerMerge
from collab.domain.errors import MergeIsUndone
from collab.domain.ids import MergeId


@dataclass(frozen=True, slots=True)
class UnmergedCustomers:
    """The merge that was taken back, and the two customers as they are afterwards."""

    merge: CustomerMerge
    survivor: Customer
    unmerged: Customer


@dataclass(frozen=True, slots=True)
class UnmergeCustomersHandler:
    """What was added to the survivor since stays there; all that came with the other goes back with it."""

    unit_of_work: CustomerUnitOfWork
    access: CustomerAccess

    async def __call__(self, merge_id: MergeId, reason: str) -> UnmergedCustomers:
        """Takes the merge back and returns what there is afterwards.

        Raises:
            NotFound: there is no such merge for this caller.
            Forbidden: the caller may not part the two.
            MergeIsUndone: it was taken back before.
            CreditCodeHeld: the survivor has the customer's credit code, set there by hand.
        """
        async with self.unit_of_work.begin() as work:
            settings = await work.customer_settings.share()
            merge, family = await self._held(work, merge_id)
            signed = Signed(context.current().principal.actor, reason.strip(), work.now)
            undone = family.undo(merge_id, signed)
            family.reckon(settings.key_fields)
            unmerged = family.customers[merge.merged_id]
            told = CustomerUnmerged(unmerged, merge_id, merge.survivor_id, family.moved_contacts())
            await keep_family(work, family, told)
            for changed in (undone, *family.changed_merges):
                await work.customer_merges.save(changed)
            under = [each.id for each in family.customers.values() if family.survivor_of(each.id).id == unmerged.id]
            await work.customers.set_survivor([each for each in under if each != unmerged.id], unmerged.id)
            await work.customers.set_survivor([unmerged.id], None)
            _audit(work, family, undone)
            return await work.answer(UnmergedCustomers(undone, family.customers[merge.survivor_id], unmerged))

    async def _held(self, work: CustomerWork, merge_id: MergeId) -> tuple[CustomerMerge, CustomerFamily]:
        """The merge, and the family of both, held; a foreign merge looks the same as a missing one."""
        merge = await work.customer_merges.get(merge_id)
        if merge is None:
            raise NotFound("customer-merge", merge_id)
        family, top = await held_under(work, merge.survivor_id)
        if not self.access.may_read(top):
            raise NotFound("customer-merge", merge_id)
        self.access.authorizer.require(MERGE, resource_of(top))
        if merge_id not in family.merges:
            raise MergeIsUndone(merge_id)
        return merge, family


def _audit(work: CustomerWork, family: CustomerFamily, merge: CustomerMerge) -> None:
    for before, after in family.changed_customers:
        changes = changes_between(before, after)
        work.audit.record(
            action="customer.unmerge",
            resource=f"customers/{after.id}",
            before={change.field: change.before for change in changes},
            after={
                **{change.field: change.after for change in changes},
                "merge_id": merge.id,
                "contact_ids": list(family.moved_contacts()),
                "reason": merge.undo_reason,
            },
        )
