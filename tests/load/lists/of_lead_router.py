"""Leads: two in ten are owned and open, the others have ended; one in twenty thousand waits for somebody."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

from lead_router.adapters.postgres.lead_document import to_document
from lead_router.domain.ids import LeadId
from lead_router.domain.lead import Lead
from lead_router.domain.lead_details import LeadDetails, LeadIdentity, LeadOrigin, LeadProfile
from lead_router.domain.response_clock import CalendarTime, ClockRule, ClockTerms
from load.lists.cases import Case, List, ListsOfService
from load.measuring.crowd import DIRECTOR, HEAD, LEADER, QUIET, REP, Filling, rep_id, team_id
from throughline.lead_router.v1 import lead_pb2
from throughline.lead_router.v1 import lead_service_pb2 as pb
from throughline.lead_router.v1.lead_service_pb2_grpc import LeadServiceStub

_ALL = pb.ListLeadsRequest()
_HOUR = timedelta(hours=1)


def _document() -> str:
    """A received lead as the router keeps it, as an SQL literal."""
    terms = ClockTerms(ClockRule(2 * _HOUR), ClockRule(48 * _HOUR), CalendarTime())
    details = LeadDetails(
        LeadIdentity("浙江恒昌医疗科技有限公司", "王伟", "13900001234", "", "", "杭州"),
        LeadOrigin("website"),
        LeadProfile(),
        "想了解贵公司的影像设备，请尽快与我联系，谢谢。",
    )
    lead = Lead.receive(LeadId("0190f3c4-0000-7000-8000-0000000000e1"), details, at=datetime.now(UTC), terms=terms)
    text = json.dumps({**to_document(lead), "warnings": [], "due": [None, None]}, ensure_ascii=False)
    return "'" + text.replace("'", "''") + "'::jsonb"


_STATE = (
    "(CASE WHEN :rare THEN 'waiting' WHEN i % 10 < 2 THEN 'assigned' WHEN i % 10 < 5 THEN 'converted'"
    " WHEN i % 100 = 99 THEN 'pooled' ELSE 'closed' END)"
)
_OWNER = f"(CASE WHEN {_STATE} IN ('waiting', 'pooled') THEN NULL ELSE :rep END)"
_TEAM = f"(CASE WHEN {_STATE} IN ('waiting', 'pooled') THEN NULL ELSE :team END)"
_STANDING = (
    f"jsonb_build_object('state', {_STATE}, 'owner', CASE WHEN {_OWNER} IS NOT NULL"
    " THEN jsonb_build_object('rep_id', :rep, 'team_id', :team, 'supervisor_id', NULL) END)"
)
_QUALIFICATION = "CASE WHEN :rare THEN jsonb_build_object('documents', '{}'::jsonb, 'qualified_at', now()) END"
FILLING = Filling(
    "lead",
    {
        "tenant_id": ":tenant",
        "id": ":id",
        "version": "1",
        "state": _STATE,
        "waiting_reason": f"CASE WHEN {_STATE} = 'waiting' THEN 'supervisor' END",
        "owner_id": _OWNER,
        "team_id": _TEAM,
        "to_be_activated": "i % 20000 = 0",
        "fell_silent": "false",
        "is_urgent": "false",
        "source": "CASE WHEN :rare THEN 'expo' WHEN i % 3 = 0 THEN 'website' ELSE 'hotline' END",
        "region": "'浙江'",
        "segment": "'smb'",
        "worth": "i * 100",
        "received_at": "now() - make_interval(secs => :age)",
        "document": (
            f"jsonb_set(p.document, '{{standing}}', p.document -> 'standing' || {_STANDING})"
            f" || jsonb_build_object('qualification', coalesce({_QUALIFICATION}, p.document -> 'qualification'))"
        ),
    },
    source=f"(SELECT {_document()} AS document) AS p",
)


def _only(**asked: object) -> pb.ListLeadsRequest:
    return pb.ListLeadsRequest(**asked)  # type: ignore[arg-type]  # the fields of the request


_ASSIGNED, _WAITING = lead_pb2.LEAD_STATE_ASSIGNED, lead_pb2.LEAD_STATE_WAITING
_LEADS = List(
    "leads",
    "lead",
    LeadServiceStub,
    "ListLeads",
    "leads",
    "lead_id",
    [
        Case(REP, "own", _ALL),
        Case(REP, "own, deep", _ALL, is_deep=True),
        Case(REP, "own, one state", _only(states=[_ASSIGNED])),
        Case(REP, "own, rare source", _only(source="expo"), may_be_empty=True),
        Case(LEADER, "a team", _ALL),
        Case(LEADER, "a team, deep", _ALL, is_deep=True),
        Case(LEADER, "a team, one state", _only(states=[_ASSIGNED])),
        Case(LEADER, "a team, rare source", _only(source="expo"), may_be_empty=True),
        Case(QUIET, "a quiet team", _ALL),
        Case(HEAD, "ten teams", _ALL),
        Case(DIRECTOR, "all", _ALL),
        Case(DIRECTOR, "all, deep", _ALL, is_deep=True),
        Case(DIRECTOR, "all, one state", _only(states=[_ASSIGNED])),
        Case(DIRECTOR, "all, two states", _only(states=[_ASSIGNED, _WAITING])),
        Case(DIRECTOR, "all, rare state", _only(states=[_WAITING])),
        Case(DIRECTOR, "all, one owner", _only(owner_id=rep_id(49)), may_be_empty=True),
        Case(DIRECTOR, "all, quiet team", _only(team_id=team_id(49))),
        Case(DIRECTOR, "all, one source", _only(source="website")),
        Case(DIRECTOR, "all, rare source", _only(source="expo")),
        Case(DIRECTOR, "all, to be activated", _only(to_be_activated=True), may_be_empty=True),
        Case(DIRECTOR, "all, waiting for somebody", _only(waiting_reason=lead_pb2.WAITING_REASON_SUPERVISOR)),
        Case(DIRECTOR, "all, qualified", _only(qualified=True)),
    ],
)
LEAD_ROUTER = ListsOfService("lead_router", [_LEADS], [FILLING])
