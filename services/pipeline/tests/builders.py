"""Follow-ups and requests that state only what matters."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from chassis.ids import PersonId, TeamId, TenantId, new_id
from pipeline.domain.follow_up import FollowUp
from pipeline.domain.ids import FollowUpId, LeadId
from throughline.pipeline.v1 import activity_service_pb2 as pb

TENANT = TenantId("0190f3c4-0000-7000-8000-000000000001")
ANNA = PersonId("0190f3c4-0000-7000-8000-00000000000a")
BO = PersonId("0190f3c4-0000-7000-8000-00000000000b")
SUPERVISOR = PersonId("0190f3c4-0000-7000-8000-00000000000c")
NORTH = TeamId("0190f3c4-0000-7000-8000-0000000000f1")
SOUTH = TeamId("0190f3c4-0000-7000-8000-0000000000f2")
LEAD = LeadId("0190f3c4-0000-7000-8000-000000000100")
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
