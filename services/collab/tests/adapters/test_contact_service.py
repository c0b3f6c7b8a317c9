from __future__ import annotations

import asyncio

from sqlalchemy import text

from chassis.errors import Forbidden, Invalid, NotFound, Refused, Stale
from chassis.ids import TenantId
from throughline.collab.v1 import contact_service_pb2 as pb
from throughline.collab.v1 import customer_pb2, events_pb2

from ..running import refusal
from ..sales import AUDITOR, BOSS, DIRECTOR, LAWYER, OTHER_REP, REP, SalesSite

DECIDER, BUYER = customer_pb2.DECISION_ROLE_DECIDER, customer_pb2.DECISION_ROLE_BUYER


async def update(
    sales: SalesSite, contact: customer_pb2.Contact, *paths: str, by: str = REP, **profile: object
) -> pb.UpdateContactResponse:
    request = pb.UpdateContactRequest(
        contact_id=contact.contact_id,
        version=contact.version,
        profile=customer_pb2.ContactProfile(**profile),  # type: ignore[arg-type]  # fields by name
    )
    request.update_mask.paths.extend(paths)
    answer: pb.UpdateContactResponse = await sales.running.contacts.UpdateContact(request, metadata=sales.by(by))
    return answer


async def archive(sales: SalesSite, contact: customer_pb2.Contact) -> pb.ArchiveContactResponse:
    request = pb.ArchiveContactRequest(contact_id=contact.contact_id, version=contact.version)
    answer: pb.ArchiveContactResponse = await sales.running.contacts.ArchiveContact(request, metadata=sales.by(REP))
    return answer


async def listed(sales: SalesSite, customer_id: str, *, by: str = REP, **wanted: object) -> list[customer_pb2.Contact]:
    request = pb.ListContactsRequest(customer_id=customer_id, **wanted)  # type: ignore[arg-type]  # fields by name
    answer = await sales.running.contacts.ListContacts(request, metadata=sales.by(by))
    return list(answer.contacts)


async def graph(sales: SalesSite, customer_id: str, *, by: str = REP) -> pb.GetRelationshipGraphResponse:
    request = pb.GetRelationshipGraphRequest(customer_id=customer_id)
    answer: pb.GetRelationshipGraphResponse = await sales.running.contacts.GetRelationshipGraph(
        request, metadata=sales.by(by)
    )
    return answer


async def test_a_contact_is_kept_with_its_phone_in_one_form(sales: SalesSite) -> None:
    customer = await sales.customer()

    made = await sales.contact(
        customer.customer_id,
        " 张伟 ",
        post="主任",
        department="放射科",
        decision_role=DECIDER,
        phone="134 9000 1234",
        email="zhang@y.example",
        attitude=customer_pb2.ATTITUDE_SUPPORTER,
    )

    assert (made.profile.name, made.profile.phone, made.version) == ("张伟", "+8613490001234", 1)
    assert await listed(sales, customer.customer_id) == [made]
    assert (await sales.get(customer.customer_id)).version == 2


async def test_contact_data_are_shown_as_those_of_leads_are(sales: SalesSite) -> None:
    customer = await sales.customer()
    await sales.contact(customer.customer_id, "张伟", phone="13490001234", email="zhang@y.example", post="主任")

    shown = {
        by: (await listed(sales, customer.customer_id, by=by))[0].profile
        for by in (REP, BOSS, DIRECTOR, AUDITOR, LAWYER)
    }
    masked = (await graph(sales, customer.customer_id, by=LAWYER)).nodes[0].profile

    for by in (REP, BOSS, DIRECTOR, AUDITOR):
        assert (shown[by].name, shown[by].phone, shown[by].email) == ("张伟", "+8613490001234", "zhang@y.example")
    assert shown[LAWYER] == masked
    assert (masked.name, masked.phone, masked.email, masked.post) == ("张*", "**********1234", "***", "主任")


async def test_all_that_is_wrong_with_a_contact_is_named(sales: SalesSite) -> None:
    customer, other = await sales.customer(), await sales.customer("宁波海曙口腔门诊部")
    stranger = await sales.contact(other.customer_id)

    error = await refusal(sales.contact(customer.customer_id, " ", phone="12345", reports_to=stranger.contact_id))

    assert isinstance(error, Invalid)
    assert {fault.field: fault.reason for fault in error.violations} == {
        "profile.name": "string.min_len",
        "profile.phone": "phone.unreadable",
        "profile.reports_to": "contact.unknown",
    }


async def test_a_change_touches_the_fields_named_and_no_others(sales: SalesSite) -> None:
    customer = await sales.customer()
    contact = await sales.contact(customer.customer_id, phone="13490001234", post="主任")

    changed = await update(sales, contact, "post", "decision_role", decision_role=BUYER, name="谁也不是")

    assert changed.contact.profile == customer_pb2.ContactProfile(
        name="张伟", phone="+8613490001234", decision_role=BUYER
    )
    assert (changed.contact.version, changed.customer_version) == (2, 3)
    assert isinstance(await refusal(update(sales, contact, post="院长")), Stale)


async def test_contacts_of_a_foreign_customer_are_hidden_and_of_a_read_only_one_not_changed(sales: SalesSite) -> None:
    customer = await sales.customer()
    contact = await sales.contact(customer.customer_id)

    hidden = [
        await refusal(listed(sales, customer.customer_id, by=OTHER_REP)),
        await refusal(graph(sales, customer.customer_id, by=OTHER_REP)),
        await refusal(update(sales, contact, by=OTHER_REP, post="院长")),
        await refusal(sales.contact(customer.customer_id, by=OTHER_REP)),
    ]

    assert all(isinstance(error, NotFound) for error in hidden)
    assert isinstance(await refusal(update(sales, contact, by=AUDITOR, post="院长")), Forbidden)


async def test_the_graph_shows_who_reports_to_whom_and_which_parts_nobody_plays(sales: SalesSite) -> None:
    customer = await sales.customer()
    chief = await sales.contact(customer.customer_id, "陈院长", decision_role=DECIDER)
    head = await sales.contact(customer.customer_id, "刘主任", decision_role=BUYER, reports_to=chief.contact_id)
    gone = await sales.contact(customer.customer_id, "周护士", reports_to=head.contact_id)
    await archive(sales, gone)

    shown = await graph(sales, customer.customer_id)

    assert [node.contact_id for node in shown.nodes] == [chief.contact_id, head.contact_id]
    assert [(edge.contact_id, edge.reports_to) for edge in shown.edges] == [(head.contact_id, chief.contact_id)]
    assert len(shown.unfilled_roles) == 5
    assert not {DECIDER, BUYER} & set(shown.unfilled_roles)


async def test_reporting_lines_cannot_be_closed_to_a_circle_not_even_by_two_changes_at_once(sales: SalesSite) -> None:
    customer = await sales.customer()
    one, two = await sales.contact(customer.customer_id, "甲"), await sales.contact(customer.customer_id, "乙")

    outcomes = await asyncio.gather(
        update(sales, one, reports_to=two.contact_id),
        update(sales, two, reports_to=one.contact_id),
        return_exceptions=True,
    )

    refused = [await refusal(_raised(each)) for each in outcomes if isinstance(each, BaseException)]
    assert [error.reason for error in refused] == ["CONTACT_CIRCLE"]
    assert len((await graph(sales, customer.customer_id)).edges) == 1


async def _raised(error: BaseException) -> None:
    raise error


async def test_an_archived_contact_is_listed_only_when_asked_for_and_not_changed_any_more(sales: SalesSite) -> None:
    customer = await sales.customer()
    gone = (await archive(sales, await sales.contact(customer.customer_id))).contact

    again = await archive(sales, gone)
    refused = await refusal(update(sales, gone, post="院长"))

    assert again.contact == gone
    assert await listed(sales, customer.customer_id) == []
    assert await listed(sales, customer.customer_id, with_archived=True) == [gone]
    assert isinstance(refused, Refused)
    assert refused.reason == "CONTACT_ARCHIVED"


async def test_contacts_of_an_archived_customer_stay_as_they_are(sales: SalesSite) -> None:
    customer = await sales.customer()
    contact = await sales.contact(customer.customer_id)
    await sales.archive(await sales.get(customer.customer_id))

    for call in (sales.contact(customer.customer_id), update(sales, contact, post="院长"), archive(sales, contact)):
        refused = await refusal(call)
        assert refused.reason == "CUSTOMER_ARCHIVED"


async def test_contacts_come_in_pages(sales: SalesSite) -> None:
    customer = await sales.customer()
    made = [await sales.contact(customer.customer_id, f"张{number}") for number in range(3)]

    first = pb.ListContactsRequest(customer_id=customer.customer_id, page_size=2)
    page = await sales.running.contacts.ListContacts(first, metadata=sales.by(REP))
    rest = pb.ListContactsRequest(customer_id=customer.customer_id, page_size=2, page_token=page.next_page_token)
    last = await sales.running.contacts.ListContacts(rest, metadata=sales.by(REP))

    assert [*page.contacts, *last.contacts] == made


async def test_neither_events_nor_audit_nor_history_hold_personal_data(sales: SalesSite) -> None:
    customer = await sales.customer()
    contact = await sales.contact(
        customer.customer_id, "欧阳明月", phone="13490001234", email="ouyang@y.example", decision_role=DECIDER
    )
    await update(sales, contact, email="mingyue@y.example")

    told = [record for kind, record in await sales.told() if kind == "CustomerContactChanged"]

    facts = [events_pb2.CustomerContactChanged.FromString(record.payload) for record in told]
    assert [(fact.contact_version, fact.decision_role, fact.is_reachable) for fact in facts] == [
        (1, DECIDER, True),
        (2, DECIDER, True),
    ]
    assert [record.headers["aggregate_version"] for record in told] == ["2", "3"]
    stored = "".join(
        [
            *(record.payload.decode("utf-8", "replace") for record in told),
            *await _texts(sales, "SELECT before || after FROM audit"),
            *await _texts(sales, "SELECT document::text FROM customer_version"),
        ]
    )
    assert not [secret for secret in ("欧阳", "13490001234", "y.example") if secret in stored]
    assert '"edited": ["email"]' in stored


async def _texts(sales: SalesSite, query: str) -> list[str]:
    async with sales.running.database.transaction(TenantId(sales.site.tenant_id)) as transaction:
        return list((await transaction.connection.execute(text(query))).scalars())
