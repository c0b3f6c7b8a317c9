"""Sources and allocation, counted in PostgreSQL."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import text

from chassis.database import Transaction
from lead_router.application.lead_statistics import Allocation, RepShare, SourceQuality
from lead_router.domain.ids import RepId
from lead_router.domain.lead_ending import DeathReason, LeadQuality


class PostgresLeadCounts:
    """Counts over the leads of the transaction's tenant."""

    def __init__(self, transaction: Transaction) -> None:
        self._connection = transaction.connection

    async def by_source(self, start: datetime, end: datetime, most: int) -> Sequence[SourceQuality]:
        """By source and campaign, most leads first, at most `most`."""
        rows = await self._connection.execute(_SOURCES, {"start": start, "end": end, "most": most})
        return [
            SourceQuality(
                row.source,
                row.utm_campaign,
                row.leads,
                {LeadQuality(grade): leads for grade, leads in (row.ratings or {}).items()},
                # Leads that ended before reasons were codes have words that count as nothing.
                {reason: row.deaths[reason] for reason in DeathReason if reason in (row.deaths or {})},
                row.converted,
            )
            for row in rows
        ]

    async def by_rep(self, start: datetime, end: datetime, most: int) -> Allocation:
        """By owner, ended leads included, at most `most`."""
        span = {"start": start, "end": end}
        cuts = (await self._connection.execute(_CUTS, span)).one()
        high_from, middle_from = int(cuts.high or 0), int(cuts.middle or 0)
        rows = await self._connection.execute(_REPS, span | {"high": high_from, "middle": middle_from, "most": most})
        shares = [
            RepShare(
                RepId(str(row.owner_id)),
                row.leads,
                row.high,
                row.middle,
                int(row.worth),
                {LeadQuality(grade): leads for grade, leads in (row.ratings or {}).items()},
            )
            for row in rows
        ]
        return Allocation(shares, high_from, middle_from)


_SPAN = "received_at >= :start AND received_at < :end AND merged_into IS NULL"
_SOURCES = text(
    "WITH one AS (SELECT source, document #>> '{origin,utm_campaign}' AS utm_campaign, state,"  # noqa: S608 - no values
    " document ->> 'quality' AS quality, document #>> '{standing,end_reason}' AS reason"
    f" FROM lead WHERE {_SPAN}),"
    " total AS (SELECT source, utm_campaign, count(*) AS leads,"
    " count(*) FILTER (WHERE state = 'converted') AS converted"
    " FROM one GROUP BY source, utm_campaign ORDER BY leads DESC, source, utm_campaign LIMIT :most),"
    " rating AS (SELECT source, utm_campaign, jsonb_object_agg(quality, leads) AS ratings FROM (SELECT source,"
    " utm_campaign, quality, count(*) AS leads FROM one WHERE quality IS NOT NULL GROUP BY 1, 2, 3) r GROUP BY 1, 2),"
    " death AS (SELECT source, utm_campaign, jsonb_object_agg(reason, leads) AS deaths FROM (SELECT source,"
    " utm_campaign, reason, count(*) AS leads FROM one WHERE state = 'closed' GROUP BY 1, 2, 3) d GROUP BY 1, 2)"
    " SELECT * FROM total LEFT JOIN rating USING (source, utm_campaign) LEFT JOIN death USING (source, utm_campaign)"
    " ORDER BY leads DESC, source, utm_campaign"
)
_CUTS = text(
    "SELECT percentile_disc(0.8) WITHIN GROUP (ORDER BY worth) AS high,"  # noqa: S608 - no values
    f" percentile_disc(0.5) WITHIN GROUP (ORDER BY worth) AS middle FROM lead WHERE {_SPAN} AND owner_id IS NOT NULL"
)
_REPS = text(
    "WITH one AS (SELECT owner_id, worth, document ->> 'quality' AS quality FROM lead"  # noqa: S608 - no values
    f" WHERE {_SPAN} AND owner_id IS NOT NULL),"
    " total AS (SELECT owner_id, count(*) AS leads, count(*) FILTER (WHERE worth >= :high) AS high,"
    " count(*) FILTER (WHERE worth >= :middle AND worth < :high) AS middle, sum(worth) AS worth"
    " FROM one GROUP BY owner_id ORDER BY owner_id LIMIT :most),"
    " rating AS (SELECT owner_id, jsonb_object_agg(quality, leads) AS ratings FROM (SELECT owner_id, quality,"
    " count(*) AS leads FROM one WHERE quality IS NOT NULL GROUP BY 1, 2) r GROUP BY 1)"
    " SELECT * FROM total LEFT JOIN rating USING (owner_id) ORDER BY owner_id"
)
