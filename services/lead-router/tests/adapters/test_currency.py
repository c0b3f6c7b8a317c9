"""A tenant reckons in one currency: leads and policies in another are refused."""

from __future__ import annotations

import pytest
from google.protobuf.struct_pb2 import Struct
from google.type.money_pb2 import Money

from chassis.errors import Invalid
from lead_router.domain.errors import PolicyInvalid
from lead_router.domain.routing.sample_policy import MEDICAL_DISTRIBUTOR
from throughline.lead_router.v1 import import_service_pb2 as imports
from throughline.lead_router.v1 import lead_service_pb2 as leads
from throughline.lead_router.v1 import policy_service_pb2 as policies
from throughline.lead_router.v1.lead_pb2 import LeadSubmission

from ..desk import DIRECTOR, NO_CONTEXT, RouterDesk, a_submission


def _in_dollars() -> LeadSubmission:
    submission = a_submission(phone="13490001234")
    submission.profile.amount.CopyFrom(Money(currency_code="HKD", units=1_000))
    return submission


async def test_a_lead_with_an_amount_in_another_currency_is_refused(desk: RouterDesk) -> None:
    with desk.as_person(DIRECTOR, "director"), pytest.raises(Invalid) as refusal:
        await desk.leads.SubmitLead(leads.SubmitLeadRequest(submission=_in_dollars()), NO_CONTEXT)

    assert [(fault.field, fault.reason) for fault in refusal.value.violations] == [
        ("submission.profile.amount.currency", "money.currency")
    ]
    assert (await desk.conservation()).received == 0


async def test_an_imported_row_in_another_currency_is_rejected_with_that_reason(desk: RouterDesk) -> None:
    with desk.as_person(DIRECTOR, "director", "admin", key="import"):
        started = await desk.imports.StartImport(
            imports.StartImportRequest(file_name="leads.csv", digest="0" * 64), NO_CONTEXT
        )
    row = imports.ImportRow(row_number=2, submission=_in_dollars())

    with desk.as_person(DIRECTOR, "director", "admin"):
        request = imports.ImportRowsRequest(import_id=getattr(started, "import").import_id, rows=[row])
        answer = await desk.imports.ImportRows(request, NO_CONTEXT)

    outcome = answer.outcomes[0]
    assert outcome.outcome == leads.SUBMISSION_OUTCOME_REJECTED
    assert "submission.profile.amount.currency" in outcome.detail


async def test_a_policy_in_another_currency_is_refused(desk: RouterDesk) -> None:
    document = Struct()
    document.update(dict(MEDICAL_DISTRIBUTOR) | {"currency": "HKD"})

    with desk.as_person(DIRECTOR, "director", "admin"), pytest.raises(PolicyInvalid) as refusal:
        await desk.policies.PublishPolicy(policies.PublishPolicyRequest(document=document, note="dollars"), NO_CONTEXT)

    assert [fault.field for fault in refusal.value.violations] == ["currency"]
