"""The directory, the customer master and what timelines know of leads, as sets of records that services compare."""

from chassis.record_sets import RecordSet, RecordSets
from collab.adapters.kafka.customer_events import CUSTOMER
from collab.adapters.kafka.events import CALENDAR, PERSON, TEAM, TENANT

TIMELINE = "collab.timeline"

_DIRECTORY: RecordSets = {
    "tenants": RecordSet(
        "SELECT tenant_id AS id, ARRAY[CASE WHEN is_active THEN 'active' ELSE 'closed' END, zone, currency, locale]"
        " AS facts FROM tenant_profile",
        aggregate=TENANT,
    ),
    "teams": RecordSet("SELECT id, ARRAY[parent_id::text, leader_id::text, kind] AS facts FROM team", aggregate=TEAM),
    "people": RecordSet(
        "SELECT id, ARRAY[encode(sha256(convert_to(subject, 'UTF8')), 'hex'), team_id::text, supervisor_id::text,"
        " array_to_string(ARRAY(SELECT unnest(roles) ORDER BY 1), ','), is_active::text] AS facts FROM person",
        aggregate=PERSON,
    ),
    "calendars": RecordSet(
        "SELECT tenant_id AS id, ARRAY[version::text] AS facts FROM work_calendar", aggregate=CALENDAR
    ),
}

RECORD_SETS: RecordSets = {
    **_DIRECTORY,
    "customers": RecordSet("SELECT id, ARRAY[]::text[] AS facts FROM customer"),
    "contacts": RecordSet("SELECT id, ARRAY[]::text[] AS facts FROM customer_contact"),
    "customer_owners": RecordSet(
        "SELECT id, ARRAY[owner_id::text, team_id::text, (NOT is_archived AND merged_into IS NULL)::text] AS facts"
        " FROM customer",
        aggregate=CUSTOMER,
    ),
    "customer_merges": RecordSet(
        "SELECT id, ARRAY[merged_into::text] AS facts FROM customer WHERE merged_into IS NOT NULL", aggregate=CUSTOMER
    ),
    # From the lead's link to its entries: of all entries of all timelines those of converted leads are few.
    "converted_leads": RecordSet(
        "SELECT l.lead_id AS id, ARRAY[e.reference_ids ->> 'customer_id'] AS facts FROM timeline_lead l"
        " CROSS JOIN LATERAL (SELECT kind, reference_ids FROM timeline_entry t WHERE t.tenant_id = l.tenant_id"
        " AND t.lead_id = l.lead_id AND t.kind IN ('lead.converted', 'lead.conversion_undone')"
        " ORDER BY t.occurred_at DESC, t.recorded_at DESC LIMIT 1) e"
        " WHERE l.customer_id IS NOT NULL AND e.kind = 'lead.converted'",
        consumer=TIMELINE,
    ),
}
