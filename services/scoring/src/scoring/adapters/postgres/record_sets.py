"""What the warehouse knows of owners, as sets of records that are compared with those of the services it hears of."""

from chassis.record_sets import RecordSet, RecordSets

WAREHOUSE = "scoring.warehouse"

RECORD_SETS: RecordSets = {
    "owned_leads": RecordSet(
        "SELECT lead_id AS id, ARRAY[owner_id::text, team_id::text] AS facts FROM lead_funnel"
        " WHERE owner_id IS NOT NULL",
        consumer=WAREHOUSE,
    ),
    "opportunities": RecordSet(
        "SELECT DISTINCT ON (opportunity_id) opportunity_id AS id, ARRAY[state, owner_id::text, team_id::text] AS facts"
        " FROM opportunity_progress ORDER BY opportunity_id, version DESC",
        consumer=WAREHOUSE,
    ),
    "customer_owners": RecordSet(
        "SELECT DISTINCT ON (customer_id) customer_id AS id,"
        " ARRAY[owner_id::text, team_id::text, (NOT is_archived)::text] AS facts"
        " FROM customer_standing ORDER BY customer_id, version DESC, recorded_at DESC",
        consumer=WAREHOUSE,
    ),
}
