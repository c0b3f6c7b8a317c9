"""Leads to learn from: imported ones, and the tenant's own from the warehouse."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import func, select, text
from sqlalchemy.dialects.postgresql import insert

from chassis.database import Transaction
from scoring.adapters.postgres.model_tables import training_example as table
from scoring.application.model_ports import KnownLead, ScoredLeads
from scoring.domain.ids import ModelId

_LOST_AFTER = timedelta(days=90)
"""A lead that is open this long counts as lost, for nobody closes all that came to nothing."""


class PostgresKnownLeads:
    """The known leads of the transaction's tenant."""

    def __init__(self, transaction: Transaction) -> None:
        self._connection = transaction.connection
        self._tenant_id = transaction.tenant_id

    async def add(self, leads: Sequence[KnownLead], at: datetime) -> None:
        """Keeps imported ones, in place of those with the same id."""
        rows = [
            {
                "tenant_id": self._tenant_id,
                "example_id": lead.example_id,
                "fields": dict(lead.fields),
                "is_won": lead.won > 0,
                "happened_at": lead.happened_at,
                "imported_at": at,
            }
            for lead in leads
        ]
        adding = insert(table).values(rows)
        new = {name: adding.excluded[name] for name in ("fields", "is_won", "happened_at", "imported_at")}
        await self._connection.execute(adding.on_conflict_do_update(constraint=table.primary_key, set_=new))

    async def imported(self, most: int) -> Sequence[KnownLead]:
        """Imported ones, the newest first."""
        newest_first = (table.c.happened_at.desc().nulls_last(), table.c.example_id)
        rows = await self._connection.execute(select(table).order_by(*newest_first).limit(most))
        return [KnownLead(row.example_id, row.fields, float(row.is_won), row.happened_at) for row in rows]

    async def total(self) -> int:
        """How many were imported."""
        return int(await self._connection.scalar(select(func.count()).select_from(table)) or 0)

    async def own(self, now: datetime, most: int) -> Sequence[KnownLead]:
        """The tenant's own leads that have come to an end or were judged by a rep, the newest first.

        An outcome counts and an opinion does not where there are both. Of the outcome, opportunities decide where there
        are any: won with one that is won, not known while one is open.
        """
        rows = await self._connection.execute(_OWN, {"lost_before": now - _LOST_AFTER, "most": most})
        return [
            KnownLead(
                str(row.lead_id),
                row.answers or {},
                float(row.won if row.won is not None else row.opinion),
                row.occurred_at,
                is_outcome=row.won is not None,
            )
            for row in rows
        ]

    async def scored_by(self, model_id: ModelId, since: datetime, now: datetime) -> ScoredLeads:
        """What a model predicted for leads received since then that have come to an end, and what happened."""
        found = await self._connection.execute(
            _DRIFT, {"lost_before": now - _LOST_AFTER, "model": model_id, "since": since}
        )
        row = found.one()
        return ScoredLeads(row.leads, float(row.predicted or 0), float(row.won or 0))

    async def ended_since(self, since: datetime) -> int:
        """Facts recorded since then that end a lead or judge a score."""
        return int(await self._connection.scalar(_ENDED, {"since": since}) or 0)


_OUTCOME = """
    SELECT r.lead_id, r.occurred_at, r.payload,
        CASE
            WHEN o.won > 0 THEN 1
            WHEN o.open > 0 THEN NULL
            WHEN o.lost > 0 THEN 0
            WHEN l.converted_at IS NOT NULL THEN 1
            WHEN l.closed_at IS NOT NULL OR r.occurred_at < :lost_before THEN 0
        END AS won
    FROM fact r
    JOIN lead_funnel l ON l.tenant_id = r.tenant_id AND l.lead_id = r.lead_id
    CROSS JOIN LATERAL (
        SELECT count(*) FILTER (WHERE n.state = 'won') AS won, count(*) FILTER (WHERE n.state = 'open') AS open,
            count(*) FILTER (WHERE n.state = 'lost') AS lost
        FROM (SELECT DISTINCT ON (p.opportunity_id) p.state FROM opportunity_progress p
              WHERE p.lead_id = r.lead_id ORDER BY p.opportunity_id, p.version DESC) n
    ) o
    WHERE r.type = 'throughline.lead_router.v1.LeadReceived'
    """
_OWN = text(
    """
    WITH outcome AS (@outcome)
    SELECT * FROM (
        SELECT w.lead_id, w.occurred_at, w.payload -> 'captured' AS answers, w.won,
            (SELECT CASE j.payload ->> 'verdict'
                        WHEN 'SCORE_VERDICT_TOO_HIGH' THEN 0
                        WHEN 'SCORE_VERDICT_TOO_LOW' THEN 1
                        ELSE coalesce((j.payload ->> 'probability_ppm')::numeric, 0) / 1000000
                    END
             FROM fact j
             WHERE j.lead_id = w.lead_id AND j.type = 'throughline.lead_router.v1.LeadScoreJudged'
             ORDER BY j.recorded_at DESC, j.event_id DESC LIMIT 1) AS opinion
        FROM outcome w
    ) known
    WHERE answers IS NOT NULL AND (won IS NOT NULL OR opinion IS NOT NULL)
    ORDER BY occurred_at DESC, lead_id LIMIT :most
    """.replace("@outcome", _OUTCOME)
)
_DRIFT = text(
    """
    WITH outcome AS (@outcome)
    SELECT count(*) AS leads, avg((payload ->> 'score_ppm')::numeric) / 1000000 AS predicted, avg(won) AS won
    FROM outcome WHERE won IS NOT NULL AND occurred_at >= :since
        AND payload ->> 'score_model_id' = CAST(:model AS text)
    """.replace("@outcome", _OUTCOME)
)
_ENDED = text(
    "SELECT count(*) FROM fact WHERE recorded_at > :since AND type IN ('throughline.lead_router.v1.LeadClosed',"
    " 'throughline.lead_router.v1.LeadScoreJudged', 'throughline.lead_router.v1.LeadConverted',"
    " 'throughline.pipeline.v1.OpportunityWon', 'throughline.pipeline.v1.OpportunityLost')"
)
