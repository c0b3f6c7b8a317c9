"""Emits the present state of opportunities, for a consumer that starts without history."""

from chassis.database import Transaction
from pipeline.adapters.kafka.opportunity_events import append_snapshot
from pipeline.adapters.postgres.opportunities import PostgresOpportunities

_BATCH = 500


async def snapshot_opportunities(transaction: Transaction, after: str) -> str:
    """Appends the state of up to 500 opportunities after an id; returns the last id, or nothing at the end.

    They are held while their state is read, so the snapshot cannot overtake an event of the same opportunity.
    """
    opportunities = await PostgresOpportunities(transaction).lock_after(after, _BATCH)
    for opportunity in opportunities:
        append_snapshot(transaction.outbox, opportunity)
    return opportunities[-1].id if len(opportunities) == _BATCH else ""
