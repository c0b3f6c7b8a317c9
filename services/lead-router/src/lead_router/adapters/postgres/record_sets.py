"""Leads as sets of records that are compared with their copies in other services."""

from chassis.record_sets import RecordSet, RecordSets
from lead_router.adapters.kafka.events import LEAD
from lead_router.domain.lead_state import LeadState

_STATES = ", ".join(f"'{state.value}'" for state in LeadState)

RECORD_SETS: RecordSets = {
    "received_leads": RecordSet("SELECT lead_id AS id, ARRAY[]::text[] AS facts FROM raw_intake"),
    "counted_leads": RecordSet(f"SELECT id, ARRAY[]::text[] AS facts FROM lead WHERE state IN ({_STATES})"),  # noqa: S608
    "lead_standings": RecordSet(
        "SELECT id, ARRAY[state, owner_id::text, team_id::text] AS facts FROM lead"
        " WHERE state IN ('waiting', 'assigned', 'closed', 'converted')",
        aggregate=LEAD,
    ),
    "owned_leads": RecordSet(
        "SELECT id, ARRAY[owner_id::text, team_id::text] AS facts FROM lead"
        " WHERE state IN ('assigned', 'closed', 'converted') AND owner_id IS NOT NULL",
        aggregate=LEAD,
    ),
    "converted_leads": RecordSet(
        "SELECT id, ARRAY[document ->> 'customer_id', document #>> '{standing,opportunity_id}'] AS facts FROM lead"
        " WHERE state = 'converted'",
        aggregate=LEAD,
    ),
    "converted_lead_customers": RecordSet(
        "SELECT id, ARRAY[document ->> 'customer_id'] AS facts FROM lead WHERE state = 'converted'", aggregate=LEAD
    ),
}
