"""How fast leads are answered, and where they flow, counted in PostgreSQL."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import text

from chassis.database import Transaction
from lead_router.application.lead_figures import BUCKET_ENDS, HeatCell, RepResponse
from lead_router.domain.ids import RepId


class PostgresResponseTimes:
    """Figures over the leads of the transaction's tenant."""

    def __init__(self, transaction: Transaction) -> None:
        self._connection = transaction.connection

    async def by_rep(self, start: datetime, end: datetime) -> Sequence[RepResponse]:
        """Response times of leads received in [start, end), per present owner."""
        rows = await self._connection.execute(_BY_REP, {"start": start, "end": end})
        return [
            RepResponse(
                RepId(str(row.owner_id)),
                row.leads,
                row.followed_up,
                row.silent,
                row.decided,
                float(row.median_minutes or 0),
                float(row.p90_minutes or 0),
                tuple(zip((*BUCKET_ENDS, None), row.buckets, strict=True)),
            )
            for row in rows
        ]

    async def heat(self, since: datetime) -> Sequence[HeatCell]:
        """Leads received since then, by region and team."""
        rows = await self._connection.execute(_HEAT, {"since": since})
        return [HeatCell(row.region, str(row.team_id or ""), row.leads, row.urgent, row.worth) for row in rows]


_EDGES = list(zip((None, *BUCKET_ENDS), (*BUCKET_ENDS, None), strict=True))
_BUCKETS = ", ".join(
    "count(*) FILTER (WHERE minutes IS NOT NULL"
    + (f" AND minutes > {after}" if after is not None else "")
    + (f" AND minutes <= {up_to}" if up_to is not None else "")
    + ")"
    for after, up_to in _EDGES
)
_BY_REP = text(
    "SELECT owner_id, count(*) AS leads, count(first_touched_at) AS followed_up,"  # noqa: S608 - bounds of our own
    " count(*) FILTER (WHERE fell_silent) AS silent,"
    " count(*) FILTER (WHERE first_touched_at IS NOT NULL OR fell_silent) AS decided,"
    " percentile_cont(0.5) WITHIN GROUP (ORDER BY minutes) AS median_minutes,"
    " percentile_cont(0.9) WITHIN GROUP (ORDER BY minutes) AS p90_minutes"
    f", ARRAY[{_BUCKETS}] AS buckets"
    " FROM (SELECT owner_id, first_touched_at, fell_silent,"
    " extract(epoch FROM first_touched_at - received_at) / 60 AS minutes FROM lead"
    " WHERE owner_id IS NOT NULL AND received_at >= :start AND received_at < :end) AS owned"
    " GROUP BY owner_id ORDER BY owner_id"
)
_HEAT = text(
    "SELECT region, team_id, count(*) AS leads, count(*) FILTER (WHERE is_urgent) AS urgent,"
    " CAST(sum(worth) AS bigint) AS worth FROM lead"
    " WHERE received_at >= :since AND merged_into IS NULL GROUP BY region, team_id ORDER BY region, team_id"
)
