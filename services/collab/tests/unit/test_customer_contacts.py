from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collab.domain.contact import (
    Contact,
    ContactProfile,
    DecisionRole,
    contact_faults,
    reporting_lines,
    require_no_circle,
    unfilled_roles,
)
from collab.domain.errors import ContactCircle, ContactIsArchived
from collab.domain.ids import ContactId

from ..builders import A_MORNING, a_contact

LATER = A_MORNING + timedelta(hours=1)


def faults(profile: ContactProfile, *others: Contact) -> dict[str, str]:
    known = {contact.id: contact for contact in others}
    return {fault.field: fault.reason for fault in contact_faults(profile.tidied(), known)}


def below(contact: Contact, superior: Contact) -> Contact:
    return replace(contact, profile=replace(contact.profile, reports_to=superior.id))


def test_a_phone_is_kept_as_e164() -> None:
    assert ContactProfile(" 张伟 ", phone="134 9000 1234").tidied() == ContactProfile("张伟", phone="+8613490001234")


def test_a_tidied_contact_stays_as_it_is() -> None:
    tidied = ContactProfile("张伟", phone="0571-88889999", email=" zhang@y.example ").tidied()

    assert tidied.tidied() == tidied


def test_all_that_is_wrong_with_a_contact_is_named_at_once() -> None:
    gone = a_contact(is_archived=True)
    profile = ContactProfile(" ", phone="12345", reports_to=gone.id)

    assert faults(profile, gone) == {
        "profile.name": "string.min_len",
        "profile.phone": "phone.unreadable",
        "profile.reports_to": "contact.archived",
    }
    assert faults(ContactProfile("张伟", reports_to=ContactId("x"))) == {"profile.reports_to": "contact.unknown"}


def test_an_archived_contact_is_not_changed_any_more() -> None:
    archived = a_contact().archived(LATER)

    assert (archived.version, archived.archived(LATER)) == (2, archived)
    with pytest.raises(ContactIsArchived):
        archived.edited(ContactProfile("李娜"), LATER)


def test_nobody_reports_to_oneself_nor_to_somebody_below() -> None:
    chief, head, nurse = a_contact("院长"), a_contact("科主任"), a_contact("护士长")
    head, nurse = below(head, chief), below(nurse, head)
    everybody = {contact.id: contact for contact in (chief, head, nurse)}

    require_no_circle(nurse.id, chief.id, everybody)
    for superior in (chief, head, nurse):
        with pytest.raises(ContactCircle):
            require_no_circle(chief.id, superior.id, everybody)


@given(st.lists(st.tuples(st.integers(0, 7), st.integers(0, 7)), max_size=40))
def test_whatever_lines_are_asked_for_those_that_are_let_in_never_close_a_circle(asked: list[tuple[int, int]]) -> None:
    contacts = {contact.id: contact for contact in (a_contact(f"人{number}") for number in range(8))}
    ids = list(contacts)
    for low, high in asked:
        try:
            require_no_circle(ids[low], ids[high], contacts)
        except ContactCircle:
            continue
        contacts[ids[low]] = below(contacts[ids[low]], contacts[ids[high]])

    for start in ids:
        at: ContactId | None = start
        for _ in range(len(ids)):
            at = contacts[at].profile.reports_to if at else None
        assert at is None


def test_lines_lead_only_to_those_who_are_shown() -> None:
    chief, head, stranger = a_contact("院长"), a_contact("科主任"), a_contact("外人")
    head, chief = below(head, chief), below(chief, stranger)

    assert reporting_lines([chief, head]) == [(head.id, chief.id)]


def test_parts_that_nobody_plays_are_told() -> None:
    decider = a_contact(decision_role=DecisionRole.DECIDER)

    assert unfilled_roles([decider]) == [role for role in DecisionRole if role is not DecisionRole.DECIDER]
