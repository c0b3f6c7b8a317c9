from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chassis.errors import Invalid, Stale
from collab.domain.completeness import PROFILE_FIELDS, Completeness, completeness, filled_percent
from collab.domain.contact import Contact, DecisionRole
from collab.domain.customer_profile import CustomerProfile, CustomKind, CustomValue
from collab.domain.customer_settings import CustomerSettings, Grade

from ..builders import a_contact

DEFAULTS = CustomerSettings()
FULL = CustomerProfile(
    "杭州恒昌信息技术有限公司",
    short_names=("恒昌",),
    kind="enterprise",
    credit_code="91330100799655058B",
    registered_address="文一西路 1 号",
    region="浙江",
    city="杭州",
    grade="A",
    source="expo",
    pain_points="交付慢",
    purchase_cycle="2026 Q3",
)
DECIDER = a_contact(decision_role=DecisionRole.DECIDER, phone="+8613490001234")


def of(profile: CustomerProfile, *contacts: Contact) -> Completeness:
    return completeness(profile, contacts, DEFAULTS.key_fields)


def test_a_bare_name_lacks_every_key_field() -> None:
    assert of(CustomerProfile("恒昌信息")) == Completeness(0, DEFAULTS.key_fields)


def test_a_full_file_with_somebody_who_decides_and_can_be_reached_is_complete() -> None:
    assert of(FULL, DECIDER) == Completeness(100, ())


def test_the_decision_chain_and_a_reachable_contact_may_be_two_people_but_no_archived_one() -> None:
    role_only, phone_only = a_contact(decision_role=DecisionRole.BUYER), a_contact(email="zhang@y.example")

    assert of(FULL, role_only, phone_only).percent == 100
    assert of(FULL, role_only).missing == ("reachable_contact",)
    assert of(FULL, replace(DECIDER, is_archived=True)).missing == ("decision_chain", "reachable_contact")


def test_fields_of_the_tenant_can_be_key() -> None:
    keys = ("custom.beds", "custom.since")
    profile = CustomerProfile("恒昌信息", custom={"beds": CustomValue(CustomKind.NUMBER, 0.0)})

    assert completeness(profile, (), keys) == Completeness(50, ("custom.since",))


@given(st.sets(st.sampled_from(sorted(PROFILE_FIELDS)), min_size=1), st.sets(st.sampled_from(sorted(PROFILE_FIELDS))))
def test_filling_never_lowers_completeness_and_100_means_that_nothing_is_missing(
    keys: set[str], filled: set[str]
) -> None:
    profile = CustomerProfile("恒昌信息")
    reckoned = completeness(profile, (), sorted(keys))
    for name in sorted(filled):
        profile = replace(profile, **{name: getattr(FULL, name)})
        before, reckoned = reckoned, completeness(profile, (), sorted(keys))
        assert reckoned.percent >= before.percent
    assert (reckoned.percent == 100) == (not reckoned.missing)
    assert set(reckoned.missing) == keys - filled


@given(st.integers(1, 10_000), st.integers(1, 50), st.data())
def test_a_group_that_lacks_a_field_never_shows_a_line_that_it_has_not_reached(
    customers: int, keys: int, data: st.DataObject
) -> None:
    missing = data.draw(st.integers(0, customers * keys))

    shown = filled_percent(customers, missing, keys)

    assert 0 <= shown <= 100 * (1 - missing / (customers * keys)) + 1e-9
    assert (shown == 100) == (missing == 0)


def test_nobody_lacks_anything() -> None:
    assert filled_percent(0, 0, 9) == 100


def test_settings_rise_by_a_version_only_where_something_differs() -> None:
    same = DEFAULTS.put(DEFAULTS.key_fields, DEFAULTS.grades, 92)
    other = DEFAULTS.put(["kind", "custom.beds"], [Grade("S", "战略")], 95)

    assert same is DEFAULTS
    assert (other.version, other.key_fields, other.grade_codes) == (2, ("kind", "custom.beds"), frozenset("S"))
    with pytest.raises(Stale):
        other.require_version(1)


def test_settings_name_every_fault() -> None:
    with pytest.raises(Invalid) as refused:
        DEFAULTS.put(["kind", "name", "custom.", "kind"], [Grade("A", "甲"), Grade("A", "乙")], 92)

    assert [(fault.field, fault.reason) for fault in refused.value.violations] == [
        ("settings.key_fields[1]", "key_field.unknown"),
        ("settings.key_fields[2]", "key_field.unknown"),
        ("settings.key_fields[3]", "repeated"),
        ("settings.grades[1].code", "repeated"),
    ]
