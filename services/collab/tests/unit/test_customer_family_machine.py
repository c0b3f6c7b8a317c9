"""Whatever is merged and taken back, in whatever order: no contact is lost, and every customer comes back as it was."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from chassis.ids import PersonId, TeamId
from collab.domain.customer import Customer, CustomerOwner
from collab.domain.customer_family import CustomerFamily, Signed
from collab.domain.customer_fields import Value, fields_of, with_fields, with_short_names
from collab.domain.customer_merge import CustomerMerge, Side
from collab.domain.customer_profile import CustomerProfile, CustomKind, CustomValue
from collab.domain.errors import CreditCodeHeld, CustomerIsMerged
from collab.domain.ids import CustomerId, MergeId

from ..builders import A_MORNING, a_contact, a_customer

IDS = [CustomerId(f"c{number}") for number in range(5)]
CUSTOMER = st.sampled_from(IDS)
FEW = st.sampled_from(["", "a", "b"])
EDITED = ("city", "grade", "region", "owner_id", "custom.beds")
CHOICES = st.dictionaries(
    st.sampled_from(["name", "city", "grade", "credit_code"]), st.sampled_from([Side.SURVIVOR, Side.MERGED])
) | st.sampled_from([{"short_names": Side.SURVIVOR}, {"short_names": Side.BOTH}])


@st.composite
def customers(draw: st.DrawFn, customer_id: CustomerId) -> Customer:
    """A customer of few possible values, so that two often agree; codes and names are its own."""
    beds = draw(st.none() | st.integers(1, 2))
    owner = draw(st.none() | st.sampled_from(["li", "sun"]))
    profile = CustomerProfile(
        name=f"name of {customer_id}",
        short_names=tuple(draw(st.lists(st.sampled_from("xyz"), unique=True))),
        credit_code=draw(st.sampled_from(["", f"code of {customer_id}"])),
        city=draw(FEW),
        grade=draw(FEW),
        region=draw(FEW),
        custom={} if beds is None else {"beds": CustomValue(CustomKind.NUMBER, float(beds))},
    )
    return a_customer(
        id=customer_id,
        profile=profile,
        owner=CustomerOwner(PersonId(owner), TeamId("team")) if owner else None,
    )


class FamilyMachine(RuleBasedStateMachine):
    """Beside the family: who was merged into whom, where each contact was made, what was set by hand."""

    @initialize(first=st.tuples(*(customers(customer_id) for customer_id in IDS)))
    def begin(self, first: tuple[Customer, ...]) -> None:
        self.customers = {customer.id: customer for customer in first}
        self.contacts = {contact.id: contact for contact in (a_contact(customer_id=each) for each in IDS)}
        self.merges: dict[MergeId, CustomerMerge] = {}
        self.expected = dict(self.customers)
        self.parent: dict[CustomerId, CustomerId] = {}
        self.made_at = {contact.id: contact.customer_id for contact in self.contacts.values()}
        self.count = 0

    @rule(survivor=CUSTOMER, merged=CUSTOMER, choices=CHOICES)
    def merge(self, survivor: CustomerId, merged: CustomerId, choices: dict[str, Side]) -> None:
        if survivor == merged:
            return
        family = self._family()
        is_refused = survivor in self.parent or merged in self.parent
        try:
            family.merge(MergeId(f"m{self._next()}"), survivor, merged, choices, self._signed())
        except CustomerIsMerged:
            assert is_refused
            return
        assert not is_refused
        self.parent[merged] = survivor
        self._keep(family)

    @rule(data=st.data())
    def undo(self, data: st.DataObject) -> None:
        if self.merges:
            self._undo(data.draw(st.sampled_from(sorted(self.merges))))

    @rule(customer_id=CUSTOMER, name=st.sampled_from(EDITED))
    def set_by_hand(self, customer_id: CustomerId, name: str) -> None:
        if customer_id in self.parent:
            return
        mark = self._next()
        values: dict[str, Value] = {
            "owner_id": CustomerOwner(PersonId(f"person {mark}"), TeamId("team")),
            "custom.beds": CustomValue(CustomKind.NUMBER, float(mark + 100)),
        }
        value = values.get(name, f"by hand {mark}")
        for where in (self.customers, self.expected):
            where[customer_id] = with_fields(where[customer_id], {name: value})

    @rule(customer_id=CUSTOMER)
    def call_it_otherwise(self, customer_id: CustomerId) -> None:
        if customer_id in self.parent:
            return
        name = f"called {self._next()}"
        for where in (self.customers, self.expected):
            where[customer_id] = with_short_names(where[customer_id], (*where[customer_id].profile.short_names, name))

    @rule(customer_id=CUSTOMER)
    def add_contact(self, customer_id: CustomerId) -> None:
        if customer_id in self.parent:
            return
        contact = a_contact(customer_id=customer_id)
        self.contacts[contact.id] = contact
        self.made_at[contact.id] = customer_id

    @invariant()
    def every_contact_stands_with_the_survivor_of_the_customer_where_it_was_made(self) -> None:
        stands = {contact.id: contact.customer_id for contact in self.contacts.values()}
        assert stands == {contact_id: self._root(made_at) for contact_id, made_at in self.made_at.items()}

    @invariant()
    def merged_customers_name_the_one_they_went_into(self) -> None:
        assert {each.id: each.merged_into for each in self.customers.values() if each.merged_into} == self.parent

    def teardown(self) -> None:
        if not hasattr(self, "customers"):
            return
        while self.merges:
            self._undo(min(self.merges, key=lambda merge_id: int(merge_id[1:]) * 3 % 7))
        self.every_contact_stands_with_the_survivor_of_the_customer_where_it_was_made()
        for customer in self.customers.values():
            expected = self.expected[customer.id]
            assert fields_of(customer) == fields_of(expected)
            assert set(customer.profile.short_names) == set(expected.profile.short_names)

    def _undo(self, merge_id: MergeId) -> None:
        family, merge = self._family(), self.merges[merge_id]
        family.undo(merge_id, self._signed())
        del self.parent[merge.merged_id]
        del self.merges[merge_id]
        self._keep(family)

    def _family(self) -> CustomerFamily:
        return CustomerFamily(self.customers.values(), self.contacts.values(), self.merges.values())

    def _keep(self, family: CustomerFamily) -> None:
        for before, after in family.changed_customers:
            assert after.version == before.version + 1
        self.customers.update({after.id: after for _, after in family.changed_customers})
        self.contacts.update({contact.id: contact for contact in family.changed_contacts})
        self.merges.update({merge.id: merge for merge in family.changed_merges})

    def _root(self, customer_id: CustomerId) -> CustomerId:
        while customer_id in self.parent:
            customer_id = self.parent[customer_id]
        return customer_id

    def _next(self) -> int:
        self.count += 1
        return self.count

    def _signed(self) -> Signed:
        return Signed("person:li", "同一家", A_MORNING + timedelta(minutes=self._next()))


TestFamilyMachine = FamilyMachine.TestCase
TestFamilyMachine.settings = settings(max_examples=80, stateful_step_count=15, deadline=None)


def test_merging_and_taking_back_leaves_both_as_they_were_but_for_their_versions() -> None:
    stays = a_customer(profile=CustomerProfile(name="恒昌", short_names=("昌",), city="杭州"))
    goes = a_customer(profile=CustomerProfile(name="恒昌信息", grade="A", credit_code="1"))
    people = [a_contact(customer_id=stays.id), a_contact(customer_id=goes.id)]
    first = CustomerFamily([stays, goes], people, [])
    merge = first.merge(MergeId("m"), stays.id, goes.id, {}, Signed("person:li", "同一家", A_MORNING))

    merged = first.customers[stays.id].profile
    assert (merged.grade, merged.credit_code, merged.short_names) == ("A", "1", ("昌", "恒昌信息"))
    assert {contact.customer_id for contact in first.contacts.values()} == {stays.id}
    assert first.moved_contacts() == (people[1].id,)

    second = CustomerFamily(first.customers.values(), first.contacts.values(), [merge])
    second.undo(merge.id, Signed("person:li", "看错了", A_MORNING))

    for before in (stays, goes):
        assert replace(second.customers[before.id], version=1, merge_moves=0) == before
    for contact in people:
        assert replace(second.contacts[contact.id], version=1, merge_moves=0) == contact


def test_a_line_to_somebody_of_the_survivor_is_cut_when_the_two_part() -> None:
    stays, goes = a_customer(), a_customer()
    boss = a_contact(customer_id=stays.id)
    below = a_contact(customer_id=goes.id)
    first = CustomerFamily([stays, goes], [boss, below], [])
    merge = first.merge(MergeId("m"), stays.id, goes.id, {}, Signed("person:li", "同一家", A_MORNING))
    moved = first.contacts[below.id]
    reporting = moved.edited(replace(moved.profile, reports_to=boss.id), A_MORNING)

    second = CustomerFamily(first.customers.values(), [boss, reporting], [merge])
    second.undo(merge.id, Signed("person:li", "看错了", A_MORNING))

    assert second.contacts[below.id].profile.reports_to is None
    assert second.contacts[below.id].customer_id == goes.id


def test_a_customer_cannot_come_back_while_its_credit_code_was_set_elsewhere_by_hand() -> None:
    stays, goes = a_customer(), a_customer(profile=CustomerProfile(name="恒昌", credit_code="1"))
    first = CustomerFamily([stays, goes], [], [])
    merge = first.merge(
        MergeId("m"), stays.id, goes.id, {"credit_code": Side.SURVIVOR}, Signed("person:li", "同一家", A_MORNING)
    )
    by_hand = with_fields(first.customers[stays.id], {"credit_code": "1"})

    second = CustomerFamily([by_hand, first.customers[goes.id]], [], [merge])
    with pytest.raises(CreditCodeHeld):
        second.undo(merge.id, Signed("person:li", "看错了", A_MORNING))
