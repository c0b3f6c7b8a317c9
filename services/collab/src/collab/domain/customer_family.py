"""Customers that stand under one survivor, with their contacts and merges: what merging and un-merging does to all.

A contact stands with the survivor of the customer at which it was made, whatever was merged and taken back in between;
so no order of merges can lose one. A field that came from one customer goes with it, however far it was passed on.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from collab.domain.completeness import completeness
from collab.domain.contact import Contact
from collab.domain.customer import Customer
from collab.domain.customer_fields import Value, fields_of, is_filled, with_fields, with_short_names
from collab.domain.customer_merge import Change, CustomerMerge, Side, Taken, taken_over
from collab.domain.errors import CreditCodeHeld
from collab.domain.ids import ContactId, CustomerId, MergeId


@dataclass(frozen=True, slots=True)
class Signed:
    """Who merges or takes back, why and when."""

    actor: str
    reason: str
    at: datetime


class CustomerFamily:
    """All customers under the survivors at hand. It collects what a merge, or its undoing, makes of them."""

    def __init__(
        self, customers: Iterable[Customer], contacts: Iterable[Contact], merges: Iterable[CustomerMerge]
    ) -> None:
        self.customers = {customer.id: customer for customer in customers}
        self.contacts = {contact.id: contact for contact in contacts}
        self.merges = {merge.id: merge for merge in merges if merge.undone_at is None}
        self._before = (dict(self.customers), dict(self.contacts), dict(self.merges))

    def survivor_of(self, customer_id: CustomerId) -> Customer:
        """The customer under which one goes on; itself where it was not merged."""
        customer = self.customers[customer_id]
        while customer.merged_into is not None:
            customer = self.customers[customer.merged_into]
        return customer

    def contacts_of(self, customer_id: CustomerId) -> list[Contact]:
        """Contacts that stand with a customer now."""
        return [contact for contact in self.contacts.values() if contact.customer_id == customer_id]

    @property
    def changed_customers(self) -> list[tuple[Customer, Customer]]:
        """Customers before and after, where they differ."""
        before = self._before[0]
        return [(before[each.id], each) for each in self.customers.values() if each != before[each.id]]

    @property
    def changed_contacts(self) -> list[Contact]:
        """Contacts that moved, or report to nobody any more."""
        return [each for each in self.contacts.values() if each != self._before[1][each.id]]

    @property
    def changed_merges(self) -> list[CustomerMerge]:
        """Merges that are new, or took over what another one had given."""
        return [each for each in self.merges.values() if each != self._before[2].get(each.id)]

    def merge(
        self,
        merge_id: MergeId,
        survivor_id: CustomerId,
        merged_id: CustomerId,
        choices: Mapping[str, Side],
        signed: Signed,
    ) -> CustomerMerge:
        """Merges one customer into another and returns the merge.

        Raises:
            CustomerIsMerged: one of the two was merged before; so there are no circles.
            CustomerIsArchived: the survivor is archived.
            Invalid: names every choice that cannot be made.
        """
        taken = self.preview(survivor_id, merged_id, choices)
        merge = CustomerMerge(
            merge_id,
            survivor_id,
            merged_id,
            self.customers[survivor_id].version + 1,
            signed.reason,
            signed.actor,
            signed.at,
            taken.changes,
            taken.names,
        )
        self.merges[merge_id] = merge
        self.customers[survivor_id] = taken.survivor
        self.customers[merged_id] = replace(self.customers[merged_id], merged_into=survivor_id)
        self._stand_contacts(signed.at)
        self._version({survivor_id, merged_id}, signed.at)
        return merge

    def preview(self, survivor_id: CustomerId, merged_id: CustomerId, choices: Mapping[str, Side]) -> Taken:
        """What the survivor would become. Errors as for `merge`."""
        survivor, merged = self.customers[survivor_id], self.customers[merged_id]
        survivor.require_in_use()
        merged.require_unmerged()
        return taken_over(survivor, merged, choices)

    def undo(self, merge_id: MergeId, signed: Signed) -> CustomerMerge:
        """Takes a merge back and returns it.

        Raises:
            CreditCodeHeld: the survivor has the customer's credit code, set there by hand.
        """
        merge = self.merges.pop(merge_id)
        top = self.survivor_of(merge.merged_id).id
        self.customers[merge.merged_id] = replace(self.customers[merge.merged_id], merged_into=None)
        for name, change in merge.changes.items():
            self._give_back(merge.survivor_id, merge.survivor_version, name, change.after, change.before)
        self._give_back_names(merge)
        self._require_free_code(self.customers[merge.merged_id], top)
        self._stand_contacts(signed.at)
        touched = {each.id for _, each in self.changed_customers}
        self._version(touched | {merge.survivor_id, merge.merged_id, top}, signed.at)
        return merge.undone(signed.reason, signed.actor, signed.at)

    def _into(self, survivor_id: CustomerId, after: int = 0) -> list[CustomerMerge]:
        """Merges in force into a customer, after one of its versions, the oldest first."""
        found = [each for each in self.merges.values() if each.survivor_id == survivor_id]
        return sorted((each for each in found if each.survivor_version > after), key=lambda each: each.survivor_version)

    def _out_of(self, customer_id: CustomerId) -> CustomerMerge | None:
        """The merge in force by which a customer went into another."""
        return next((each for each in self.merges.values() if each.merged_id == customer_id), None)

    def _give_back(self, customer_id: CustomerId, version: int, name: str, old: Value, new: Value) -> None:
        """Takes a value that a merge had given away from a customer, unless it was changed since."""
        for later in self._into(customer_id, version):
            if name in later.changes:
                if later.changes[name].before == old:
                    self._set_change(later, name, Change(new, later.changes[name].after))
                return
        customer = self.customers[customer_id]
        if fields_of(customer).get(name) != old:
            return
        self.customers[customer_id] = with_fields(customer, {name: new})
        further = self._out_of(customer_id)
        if further is None or name not in further.changes or further.changes[name].after != old:
            return
        passed = further.changes[name]
        offered = new if is_filled(new) else passed.before
        self._set_change(further, name, Change(passed.before, offered))
        self._give_back(further.survivor_id, further.survivor_version, name, old, offered)

    def _set_change(self, merge: CustomerMerge, name: str, change: Change) -> None:
        changes = {**merge.changes, name: change}
        if change.before == change.after:
            del changes[name]
        self.merges[merge.id] = replace(merge, changes=changes)

    def _give_back_names(self, merge: CustomerMerge) -> None:
        customer, names = self.customers[merge.survivor_id], merge.names
        gone = frozenset(names.added) - self._claimed(merge.survivor_id, frozenset(names.added))
        stay = tuple(name for name in customer.profile.short_names if name not in gone)
        self.customers[customer.id] = with_short_names(customer, stay)
        self._pass_loss_on(customer.id)

    def _claimed(self, survivor_id: CustomerId, names: frozenset[str]) -> frozenset[str]:
        """Those of the names that another merge brings too; that merge counts as having added them from now on."""
        claimed: frozenset[str] = frozenset()
        for other in self._into(survivor_id):
            claims = (other.names.brought & names) - claimed
            if claims:
                self.merges[other.id] = replace(other, names=other.names.owning(claims))
            claimed |= claims
        return claimed

    def _pass_loss_on(self, customer_id: CustomerId) -> None:
        """Takes names that a customer has lost from those above it that had them from it."""
        further = self._out_of(customer_id)
        if further is None:
            return
        had, has = (
            frozenset(each.profile.names) for each in (self._before[0][customer_id], self.customers[customer_id])
        )
        lost = further.names.brought & (had - has)
        if not lost:
            return
        added = lost & frozenset(further.names.added)
        self.merges[further.id] = replace(further, names=further.names.giving_up(lost))
        gone = added - self._claimed(further.survivor_id, added)
        above = self.customers[further.survivor_id]
        stay = tuple(name for name in above.profile.short_names if name not in gone)
        self.customers[above.id] = with_short_names(above, stay)
        self._pass_loss_on(above.id)

    def _require_free_code(self, returning: Customer, top: CustomerId) -> None:
        code, holder = returning.profile.credit_code, self.customers[top]
        if code and holder.profile.credit_code == code:
            raise CreditCodeHeld(returning.id, holder.id)

    def _stand_contacts(self, at: datetime) -> None:
        """Puts every contact to the survivor of the customer at which it was made, and cuts lines between customers."""
        for contact in list(self.contacts.values()):
            self.contacts[contact.id] = contact.standing_with(self.survivor_of(contact.made_at).id, at)
        for contact in list(self.contacts.values()):
            above = self.contacts.get(contact.profile.reports_to) if contact.profile.reports_to else None
            if above is not None and above.customer_id != contact.customer_id:
                self.contacts[contact.id] = contact.without_superior(at)

    def _version(self, touched: set[CustomerId], at: datetime) -> None:
        for customer_id in touched:
            before = self._before[0][customer_id]
            after = replace(self.customers[customer_id], version=before.version + 1, updated_at=at)
            self.customers[customer_id] = replace(after, merge_moves=before.merge_moves + 1)

    def reckon(self, key_fields: Sequence[str]) -> None:
        """Reckons the completeness of all that changed anew."""
        for _, each in self.changed_customers:
            figures = completeness(each.profile, self.contacts_of(each.id), key_fields)
            self.customers[each.id] = replace(each, completeness=figures)

    def moved_contacts(self) -> tuple[ContactId, ...]:
        """Contacts that stand with another customer than before, in their order."""
        before = self._before[1]
        return tuple(
            sorted(each.id for each in self.changed_contacts if each.customer_id != before[each.id].customer_id)
        )
