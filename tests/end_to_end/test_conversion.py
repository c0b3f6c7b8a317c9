"""From lead to customer through the front door: three services, the broker between them, the funnel at the end."""

from __future__ import annotations

from typing import Any

import pytest

from support.waiting import eventually

from .command_line import CommandLine

pytestmark = [pytest.mark.xdist_group("end_to_end"), pytest.mark.timeout(900)]


def _funnel(throughline: CommandLine) -> tuple[int, int]:
    total = throughline.get("/v1/funnel")["total"]
    return int(total["converted"]), int(total["opportunities_created"])


def _a_lead(throughline: CommandLine) -> tuple[Any, str]:
    """An owned lead that names a company, and its owner's subject."""
    leads = throughline.get("/v1/leads?states=ASSIGNED&page_size=200")["leads"]
    people = {one["person_id"]: one["subject"] for one in throughline.get("/v1/people?page_size=200")["people"]}
    lead = next(lead for lead in leads if lead["identity"]["company"])
    return lead, people[lead["owner_id"]]


def test_a_lead_becomes_a_customer_counts_in_the_funnel_and_is_taken_back(throughline: CommandLine) -> None:
    throughline("demo", "--leads", "600", "--days", "2")
    (converted, opportunities), (lead, rep) = _funnel(throughline), _a_lead(throughline)
    path = f"/v1/leads/{lead['lead_id']}"
    wish = {"title": "影像设备采购", "new_customer": True}

    done = throughline.post(f"{path}:convert", wish, subject=rep)["conversion"]
    again = throughline.post(f"{path}:convert", wish, subject=rep)["conversion"]

    assert (done["state"], again["conversion_id"]) == ("DONE", done["conversion_id"])
    became = throughline.get(path, subject=rep)["lead"]
    assert (became["state"], became["opportunity_id"]) == ("CONVERTED", done["opportunity_id"])
    customer = throughline.get(f"/v1/customers/{done['customer_id']}", subject=rep)["customer"]
    opportunity = throughline.get(f"/v1/opportunities/{done['opportunity_id']}", subject=rep)["opportunity"]
    assert customer["owner_id"] == opportunity["owner_id"] == lead["owner_id"]
    contacts = throughline.get(f"/v1/customers/{done['customer_id']}/contacts", subject=rep)["contacts"]
    assert [contact["contact_id"] for contact in contacts] == [done["contact_id"]]
    expected = (converted + 1, opportunities + 1)
    eventually(lambda: _funnel(throughline) == expected, 60, what="the funnel counts the conversion")

    undo = {"version": done["version"], "reason": "转化有误，退回线索"}
    undone = throughline.post(f"/v1/conversions/{done['conversion_id']}:undo", undo, subject=rep)["conversion"]

    assert undone["state"] == "UNDONE"
    given_back = throughline.get(path, subject=rep)["lead"]
    assert (given_back["state"], given_back["owner_id"]) == ("ASSIGNED", lead["owner_id"])
    assert throughline.get(f"/v1/customers/{done['customer_id']}", subject=rep)["customer"]["is_archived"]
    before = (converted, opportunities)
    eventually(lambda: _funnel(throughline) == before, 60, what="the funnel takes the conversion back")
    assert throughline.get("/v1/leads:conservation")["gap"] == "0"


def test_the_demo_stops_at_a_stage_for_want_of_evidence_and_takes_a_conversion_back(throughline: CommandLine) -> None:
    demo = ("demo", "--leads", "600", "--days", "2")
    throughline(*demo)
    for _ in range(2):
        lead, rep = _a_lead(throughline)
        wish = {"title": "影像设备采购", "new_customer": True}
        throughline.post(f"/v1/leads/{lead['lead_id']}:convert", wish, subject=rep)

    shown, again = throughline.json(*demo), throughline.json(*demo)

    moved_on, taken_back = shown["opportunity_example"], shown["taken_back_example"]
    assert [move["kind"] for move in moved_on["history"]] == ["CREATED", "ADVANCED"]
    assert moved_on["refused"] == moved_on["opportunity"]["missing_items"] != []
    assert taken_back["conversion"]["state"] == "UNDONE"
    assert again["opportunity_example"] == {**moved_on, "refused_first": []}
    assert again["taken_back_example"] == taken_back
