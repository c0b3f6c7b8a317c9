"""Sales, read copies of leads and merges, and references to customers, as sets of records that services compare."""

from chassis.record_sets import RecordSet, RecordSets
from pipeline.adapters.kafka.opportunity_events import OPPORTUNITY

LEAD_FACTS = "pipeline.lead-facts"
CUSTOMER_FACTS = "pipeline.customer-facts"

_UNDER_WAY = "FROM conversion WHERE state IN ('running', 'reverting', 'undoing')"


def _references(select: str, column: str) -> RecordSet:
    """What a table refers to by a column, each once; a conversion that runs may make it yet."""
    grouped = f"SELECT {column} AS id, ARRAY[]::text[] AS facts {select} GROUP BY {column}"
    return RecordSet(grouped, moving=f"SELECT {column} AS id {_UNDER_WAY}")


RECORD_SETS: RecordSets = {
    "lead_standings": RecordSet(
        "SELECT lead_id AS id, ARRAY[state, owner_id::text, team_id::text] AS facts FROM lead_standing"
        " WHERE state IN ('waiting', 'assigned', 'closed', 'converted')",
        consumer=LEAD_FACTS,
    ),
    # The opportunity as its own row tells it: one that is gone or came from another lead is a fact that is not there.
    "conversions": RecordSet(
        "SELECT c.lead_id AS id, ARRAY[c.customer_id::text, o.id::text] AS facts FROM conversion c"
        " LEFT JOIN opportunity o ON o.id = c.opportunity_id AND o.lead_id = c.lead_id WHERE c.state = 'done'",
        moving=f"SELECT lead_id AS id {_UNDER_WAY}",
    ),
    "opportunities": RecordSet(
        "SELECT id, ARRAY[state, owner_id::text, team_id::text] AS facts FROM opportunity", aggregate=OPPORTUNITY
    ),
    "customer_merges": RecordSet(
        "SELECT customer_id AS id, ARRAY[merged_into::text] AS facts FROM customer_merge WHERE merged_into IS NOT NULL",
        consumer=CUSTOMER_FACTS,
    ),
    "opportunity_customers": _references("FROM opportunity WHERE state <> 'withdrawn'", "customer_id"),
    "follow_up_customers": RecordSet(
        "SELECT customer_id AS id, ARRAY[]::text[] AS facts FROM follow_up WHERE customer_id IS NOT NULL"
        " GROUP BY customer_id"
    ),
    "conversion_customers": _references("FROM conversion WHERE state = 'done'", "customer_id"),
    "conversion_contacts": _references("FROM conversion WHERE state = 'done' AND contact_id IS NOT NULL", "contact_id"),
}
