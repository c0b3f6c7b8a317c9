"""Opportunities and follow-ups: customer 1 has a hundredth of all, every other one a few."""

from __future__ import annotations

from load.lists.cases import Case, List, ListsOfService
from load.measuring.crowd import DIRECTOR, HEAD, LEADER, QUIET, REP, Filling, customer_id, lead_id, rep_id, team_id
from pipeline.domain.default_stage_model import DEFAULT_STAGE_MODEL
from throughline.pipeline.v1 import activity_service_pb2 as activity_pb
from throughline.pipeline.v1 import opportunity_pb2
from throughline.pipeline.v1 import opportunity_service_pb2 as opportunity_pb
from throughline.pipeline.v1.activity_service_pb2_grpc import ActivityServiceStub
from throughline.pipeline.v1.opportunity_service_pb2_grpc import OpportunityServiceStub

_MOMENT = "now() - make_interval(secs => :age)"
_IS_OPEN = "i % 10 < 3"
OPPORTUNITIES = Filling(
    "opportunity",
    {
        "id": ":id",
        "tenant_id": ":tenant",
        "customer_id": ":customer",
        "lead_id": ":lead",
        "product_line": "CASE WHEN :rare THEN 'robotics' WHEN i % 2 = 0 THEN 'imaging' ELSE 'surgical' END",
        "stage_model_id": f"'{DEFAULT_STAGE_MODEL.id}'",
        "title": "'恒昌医院影像科设备更新' || i",
        "owner_id": ":rep",
        "team_id": ":team",
        "amount_hundredths": "i * 100",
        "currency": "'CNY'",
        "expected_close_date": "current_date",
        "custom": "'{}'",
        "stage": (
            "CASE WHEN :rare THEN 'contract_signing' WHEN i % 3 = 0 THEN 'needs_confirmed' ELSE 'first_contact' END"
        ),
        "state": f"CASE WHEN {_IS_OPEN} THEN 'open' WHEN i % 10 < 6 THEN 'won' ELSE 'lost' END",
        "loss_reason": "''",
        "fulfilled": "'{}'",
        "skips": "0",
        "move_count": "1",
        "created_at": _MOMENT,
        "stage_entered_at": _MOMENT,
        "closed_at": f"CASE WHEN {_IS_OPEN} THEN NULL ELSE {_MOMENT} END",
        "changed_at": _MOMENT,
        "version": "1",
    },
)
_FOLLOW_UPS = Filling(
    "follow_up",
    {
        "id": ":id",
        "tenant_id": ":tenant",
        "lead_id": "CASE WHEN i % 2 = 0 THEN :lead END",
        "customer_id": "CASE WHEN i % 2 = 1 THEN :customer END",
        "person_id": ":rep",
        "team_id": ":team",
        "channel": "'phone'",
        "tags": "'{}'",
        "summary": "'与设备科沟通了预算与招标时间，约定下周演示。' || i",
        "next_action": "'演示'",
        "next_action_at": f"{_MOMENT} + interval '7 days'",
        "occurred_at": _MOMENT,
        "recorded_at": _MOMENT,
        "custom": "'{}'",
        "version": "1",
    },
)


def _deals(**asked: object) -> opportunity_pb.ListOpportunitiesRequest:
    return opportunity_pb.ListOpportunitiesRequest(**asked)  # type: ignore[arg-type]  # the fields of the request


def _contacts(**asked: object) -> activity_pb.ListFollowUpsRequest:
    return activity_pb.ListFollowUpsRequest(**asked)  # type: ignore[arg-type]  # the fields of the request


_OPEN, _LOST = opportunity_pb2.OPPORTUNITY_STATE_OPEN, opportunity_pb2.OPPORTUNITY_STATE_LOST
_OPPORTUNITY_LIST = List(
    "opportunities",
    "opportunity",
    OpportunityServiceStub,
    "ListOpportunities",
    "opportunities",
    "opportunity_id",
    [
        Case(REP, "own", _deals()),
        Case(REP, "own, deep", _deals(), is_deep=True),
        Case(REP, "own, one state", _deals(state=_OPEN)),
        Case(REP, "own, rare product line", _deals(product_line="robotics"), may_be_empty=True),
        Case(LEADER, "a team", _deals()),
        Case(LEADER, "a team, deep", _deals(), is_deep=True),
        Case(LEADER, "a team, one state", _deals(state=_OPEN)),
        Case(LEADER, "a team, rare stage", _deals(stage="contract_signing"), may_be_empty=True),
        Case(QUIET, "a quiet team", _deals()),
        Case(HEAD, "ten teams", _deals()),
        Case(HEAD, "ten teams, a large customer", _deals(customer_id=customer_id(1))),
        Case(DIRECTOR, "all", _deals()),
        Case(DIRECTOR, "all, deep", _deals(), is_deep=True),
        Case(DIRECTOR, "all, one owner", _deals(owner_id=rep_id(3))),
        Case(DIRECTOR, "all, quiet team", _deals(team_id=team_id(49))),
        Case(DIRECTOR, "all, a large customer", _deals(customer_id=customer_id(1))),
        Case(DIRECTOR, "all, a small customer", _deals(customer_id=customer_id(77)), may_be_empty=True),
        Case(DIRECTOR, "all, one state", _deals(state=_LOST)),
        Case(DIRECTOR, "all, one stage", _deals(stage="needs_confirmed")),
        Case(DIRECTOR, "all, rare stage", _deals(stage="contract_signing")),
        Case(DIRECTOR, "all, rare stage, one state", _deals(stage="contract_signing", state=_OPEN)),
        Case(DIRECTOR, "all, one product line", _deals(product_line="imaging")),
        Case(DIRECTOR, "all, rare product line", _deals(product_line="robotics")),
    ],
)
_FOLLOW_UP_LIST = List(
    "follow-ups",
    "follow_up",
    ActivityServiceStub,
    "ListFollowUps",
    "follow_ups",
    "follow_up_id",
    [
        Case(REP, "own", _contacts()),
        Case(REP, "own, a large customer", _contacts(customer_id=customer_id(1)), may_be_empty=True),
        Case(LEADER, "a team", _contacts()),
        Case(LEADER, "a team, deep", _contacts(), is_deep=True),
        Case(LEADER, "a team, one person", _contacts(person_id=rep_id(57))),
        Case(LEADER, "a team, a large customer", _contacts(customer_id=customer_id(1)), may_be_empty=True),
        Case(QUIET, "a quiet team", _contacts()),
        Case(HEAD, "ten teams", _contacts()),
        Case(DIRECTOR, "all", _contacts()),
        Case(DIRECTOR, "all, deep", _contacts(), is_deep=True),
        Case(DIRECTOR, "all, one person", _contacts(person_id=rep_id(3))),
        Case(DIRECTOR, "all, a large customer", _contacts(customer_id=customer_id(1))),
        Case(DIRECTOR, "all, a small customer", _contacts(customer_id=customer_id(77)), may_be_empty=True),
        Case(DIRECTOR, "all, one lead", _contacts(lead_id=lead_id(1)), may_be_empty=True),
    ],
)
PIPELINE = ListsOfService("pipeline", [_OPPORTUNITY_LIST, _FOLLOW_UP_LIST], [OPPORTUNITIES, _FOLLOW_UPS])
