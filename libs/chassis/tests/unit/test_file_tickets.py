"""Tickets for the bytes of files."""

from __future__ import annotations

import pytest

from chassis.files.file import FileId
from chassis.files.tickets import Ticket, TicketInvalid, Tickets, Use, addressee
from chassis.ids import TenantId

TENANT, OTHER = TenantId("0190f3c4-0000-7000-8000-000000000001"), TenantId("0190f3c4-0000-7000-8000-000000000002")
TICKET = Ticket(Use.UPLOAD, TENANT, FileId("f-1"), "person:anna", 12, "contract_scan")
KEY = "a key that only tests know, long enough"


def test_a_ticket_says_what_it_was_sealed_with_until_it_ends() -> None:
    now_s = 1_000_000.0
    tickets = Tickets("pipeline", [KEY], lambda: now_s)
    text, ends_s = tickets.seal(TICKET, lifetime_s=60)

    assert (addressee(text), ends_s) == (("pipeline", TENANT), 1_000_060)
    assert tickets.open(text, TENANT) == TICKET
    now_s = 1_000_061.0
    with pytest.raises(TicketInvalid):
        tickets.open(text, TENANT)


def test_another_key_another_tenant_and_any_change_make_it_worthless() -> None:
    text, _ = Tickets("pipeline", [KEY]).seal(TICKET, lifetime_s=60)
    head, _, tail = text.rpartition(".")

    for forged, tenant in (
        (text, OTHER),
        (head + "." + tail[::-1], TENANT),
        (text.replace("pipeline.", "", 1), TENANT),
    ):
        with pytest.raises(TicketInvalid):
            Tickets("pipeline", [KEY]).open(forged, tenant)
    with pytest.raises(TicketInvalid):
        Tickets("pipeline", [KEY[::-1]]).open(text, TENANT)


def test_a_new_key_signs_while_tickets_of_the_old_one_stay_good() -> None:
    old, new = Tickets("pipeline", [KEY]), Tickets("pipeline", [KEY[::-1], KEY])
    by_old, by_new = old.seal(TICKET, lifetime_s=60)[0], new.seal(TICKET, lifetime_s=60)[0]

    assert [new.open(text, TENANT) for text in (by_old, by_new)] == [TICKET, TICKET]
    with pytest.raises(TicketInvalid):
        Tickets("pipeline", [KEY[::-1]]).open(by_old, TENANT)
    with pytest.raises(TicketInvalid):
        old.open(by_new, TENANT)


@pytest.mark.parametrize("text", ["", "pipeline", "pipeline.x", "..", "pipeline..x"])
def test_what_has_not_the_form_of_a_ticket_is_asked_of_nobody(text: str) -> None:
    with pytest.raises(TicketInvalid):
        addressee(text)
