from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from chassis.errors import Stale
from chassis.ids import PersonId, TeamId
from collab.domain.completeness import Completeness
from collab.domain.customer import CustomerOwner
from collab.domain.customer_changes import FieldChange, changes_between
from collab.domain.customer_profile import CustomKind, CustomValue
from collab.domain.errors import CustomerIsArchived

from ..builders import A_MORNING, a_customer

LATER = A_MORNING + timedelta(hours=1)
OWNER = CustomerOwner(PersonId("li.na"), TeamId("one"))
FULL = Completeness(100, ())


def test_a_change_makes_the_next_version_at_its_time() -> None:
    customer = a_customer()

    after = customer.edited(replace(customer.profile, city="杭州"), FULL, LATER)

    assert (after.version, after.updated_at, after.created_at) == (2, LATER, A_MORNING)
    assert (after.profile.city, after.completeness) == ("杭州", FULL)


def test_a_change_that_changes_nothing_leaves_the_customer_as_it_is() -> None:
    customer = a_customer(owner=OWNER)

    assert customer.edited(customer.profile, customer.completeness, LATER) is customer
    assert customer.assigned(OWNER, LATER) is customer
    assert customer.restored(LATER) is customer
    assert (archived := customer.archived(LATER)).archived(LATER) is archived


def test_an_archived_customer_is_changed_only_after_it_is_restored() -> None:
    archived = a_customer().archived(LATER)

    with pytest.raises(CustomerIsArchived):
        archived.edited(archived.profile, FULL, LATER)
    with pytest.raises(CustomerIsArchived):
        archived.assigned(OWNER, LATER)
    with pytest.raises(CustomerIsArchived):
        archived.with_contacts_changed(FULL, LATER)
    assert archived.restored(LATER).assigned(OWNER, LATER).owner == OWNER


def test_a_change_of_a_contact_is_a_new_version_even_where_completeness_stays() -> None:
    customer = a_customer()

    assert customer.with_contacts_changed(customer.completeness, LATER).version == 2


def test_somebody_who_saw_an_older_version_is_refused_with_the_present_one() -> None:
    customer = a_customer(version=3)

    customer.require_version(3)
    with pytest.raises(Stale) as refused:
        customer.require_version(2)
    assert refused.value.metadata["current_version"] == "3"


def test_changes_name_fields_with_before_and_after() -> None:
    before = a_customer(owner=OWNER)
    profile = replace(
        before.profile,
        short_names=("恒昌", "HC"),
        custom={"beds": CustomValue(CustomKind.NUMBER, 1200.0)},
    )
    after = replace(before, profile=profile, owner=None, is_archived=True)

    assert changes_between(before, after) == [
        FieldChange("short_names", "", "恒昌; HC"),
        FieldChange("custom.beds", "", "1200"),
        FieldChange("owner_id", "li.na", ""),
        FieldChange("is_archived", "", "true"),
    ]


def test_of_a_new_customer_all_that_is_filled_is_new_and_of_an_equal_one_nothing() -> None:
    customer = a_customer(owner=OWNER)

    assert [change.field for change in changes_between(None, customer)] == ["name", "owner_id"]
    assert changes_between(customer, replace(customer, completeness=FULL, version=9)) == []
