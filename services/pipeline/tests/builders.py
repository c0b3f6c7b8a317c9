"""Follow-ups, opportunities, stage models and requests that state only what matters."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from chassis.ids import PersonId, TeamId, TenantId, new_id
from pipeline.domain.follow_up import FollowUp
from pipeline.domain.ids import CustomerId, FollowUpId, LeadId, OpportunityId, StageModelId
from pipeline.domain.opportunity import Opportunity, OpportunityDetails
from pipeline.domain.stage_model import StageModel
from pipeline.domain.stage_model_document import parse
from throughline.pipeline.v1 import activity_service_pb2 as pb

TENANT = TenantId("0190f3c4-0000-7000-8000-000000000001")
ANNA = PersonId("0190f3c4-0000-7000-8000-00000000000a")
BO = PersonId("0190f3c4-0000-7000-8000-00000000000b")
SUPERVISOR = PersonId("0190f3c4-0000-7000-8000-00000000000c")
DIRECTOR = PersonId("0190f3c4-0000-7000-8000-00000000000d")
NORTH = TeamId("0190f3c4-0000-7000-8000-0000000000f1")
SOUTH = TeamId("0190f3c4-0000-7000-8000-0000000000f2")
LEAD = LeadId("0190f3c4-0000-7000-8000-000000000100")
CUSTOMER = CustomerId("0190f3c4-0000-7000-8000-000000000300")
MONDAY = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)


def a_follow_up(**fields: Any) -> FollowUp:
    """A phone call by Anna about `LEAD`."""
    usual: dict[str, Any] = {
        "id": FollowUpId(new_id()),
        "lead_id": LEAD,
        "customer_id": None,
        "person_id": ANNA,
        "team_id": NORTH,
        "channel": "phone",
        "tags": (),
        "summary": "约定下周演示",
        "next_action": None,
        "occurred_at": MONDAY,
        "recorded_at": MONDAY,
    }
    return FollowUp(**usual | fields)


def a_request(**fields: Any) -> pb.RecordFollowUpRequest:
    """The request that records such a call."""
    usual: dict[str, Any] = {"lead_id": LEAD, "channel": pb.CHANNEL_PHONE, "summary": "约定下周演示"}
    return pb.RecordFollowUpRequest(**usual | fields)


def an_item(code: str, kind: str = "tick", **fields: Any) -> dict[str, Any]:
    """An item of a checklist, as it stands in a document."""
    asked = {"field": {"field": "amount"}, "document": {"document": "minutes"}}.get(kind, {})
    return {"code": code, "name_zh": f"项{code}", "name_en": f"Item {code}", "kind": kind, **asked, **fields}


def a_stage(code: str, **fields: Any) -> dict[str, Any]:
    """A stage without gates, as it stands in a document."""
    return {"code": code, "name_zh": f"阶段{code}", "name_en": f"Stage {code}", **fields}


def a_document(*stages: dict[str, Any], **fields: Any) -> dict[str, Any]:
    """A document: four stages, with items at the gates of the first three, unless others are given."""
    usual = [
        a_stage("talk", win_probability_pct=10, exit_gate=[an_item("needs"), an_item("budget", "field")]),
        a_stage(
            "show", win_probability_pct=40, entry_gate=[an_item("invited")], exit_gate=[an_item("shown", "document")]
        ),
        a_stage("agree", win_probability_pct=70, exit_gate=[an_item("terms"), an_item("compared", required=False)]),
        a_stage("sign", win_probability_pct=90),
    ]
    whole = {"name_zh": "流程", "name_en": "Process", "won_from": "agree", "stages": list(stages) or usual}
    return whole | fields


def a_model(*stages: dict[str, Any], **fields: Any) -> StageModel:
    """The stage model of such a document."""
    identity: dict[str, Any] = {"model_id": StageModelId(new_id()), "product_line": "imaging", "version": 1}
    return parse(a_document(*stages), **identity | fields)


def some_details(**fields: Any) -> OpportunityDetails:
    """Details of an opportunity of Anna's."""
    usual: dict[str, Any] = {"title": "CT 采购", "owner_id": ANNA, "team_id": NORTH}
    return OpportunityDetails(**usual | fields)


def an_opportunity(**fields: Any) -> Opportunity:
    """An opportunity of Anna's, just created on Monday."""
    usual: dict[str, Any] = {
        "customer_id": CUSTOMER,
        "lead_id": None,
        "product_line": "imaging",
        "model": a_model(),
        "details": some_details(),
        "by": f"person:{ANNA}",
        "at": MONDAY,
    }
    return Opportunity.created(OpportunityId(new_id()), **usual | fields)
