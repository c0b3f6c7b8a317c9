"""Signals in PostgreSQL: each as it was sent, one document per lead of what they add up to, and behaviour rules."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any

from sqlalchemy import text

from chassis.database import Transaction
from lead_router.adapters.postgres.columns import columns_of
from lead_router.application.signal_ports import LeadBehaviour, PublishedRules, SentSignal
from lead_router.domain.ids import LeadId
from lead_router.domain.signals.behaviour import BehaviourRule, BehaviourRules, Behaviours, Recognised
from lead_router.domain.signals.features import SignalFeature, SignalFeatures


class PostgresSignals:
    """The signals of the transaction's tenant."""

    def __init__(self, transaction: Transaction) -> None:
        self._connection = transaction.connection
        self._tenant_id = transaction.tenant_id

    async def add_new(self, sent: Sequence[SentSignal], submitter: str, at: datetime) -> set[tuple[str, str]]:
        """Keeps those that are not there yet; gives source and id of these."""
        if not sent:
            return set()
        # In one order, so that two senders of the same signals wait for each other and never in a circle.
        ordered = sorted(sent, key=lambda one: (one.signal.source, one.signal.signal_id))
        rows = [
            {
                "source": one.signal.source,
                "signal_id": one.signal.signal_id,
                "lead_id": one.signal.lead_id,
                "subject": one.signal.subject,
                "occurred_at": one.signal.occurred_at,
                "content": one.content,
            }
            for one in ordered
        ]
        same = {"tenant": self._tenant_id, "submitter": submitter, "now": at}
        added = await self._connection.execute(_ADD, columns_of(rows) | same)
        return {(row.source, row.signal_id) for row in added}

    async def features(self, lead_ids: Iterable[LeadId]) -> Mapping[LeadId, LeadBehaviour]:
        """What is kept of the leads, as far as any signal came."""
        rows = await self._connection.execute(_FEATURES, {"ids": list(lead_ids)})
        return {LeadId(str(row.lead_id)): _kept(_json(row.document)) for row in rows}

    async def save(self, kept: Mapping[LeadId, LeadBehaviour]) -> None:
        """Writes what is kept of leads that are locked in this transaction."""
        if kept:
            documents = [json.dumps(_document(one)) for one in kept.values()]
            rows = {"tenant": self._tenant_id, "ids": list(kept), "documents": documents}
            await self._connection.execute(_SAVE, rows)

    async def forget(self, before: datetime, most: int) -> int:
        """Removes at most so many signals that happened before a moment; their sums stay."""
        removed = await self._connection.execute(_FORGET, {"before": before, "most": most})
        return len(removed.all())

    async def rules(self, version: int = 0) -> PublishedRules | None:
        """A version of the behaviour rules, or the newest; None where there is none."""
        row = (await self._connection.execute(_RULES, {"version": version})).one_or_none()
        if row is None:
            return None
        rules = tuple(BehaviourRule(**rule) for rule in _json(row.document)["rules"])
        return PublishedRules(BehaviourRules(row.version, rules), row.published_at, row.published_by, row.note)

    async def hold_rules(self) -> None:
        """Lets nobody else publish rules until the transaction ends."""
        await self._connection.execute(_HOLD, {"tenant": self._tenant_id})

    async def add_rules(self, published: PublishedRules) -> None:
        """Keeps a new version of the rules."""
        document = {"rules": [asdict(rule) for rule in published.rules.rules]}
        row = {
            "tenant": self._tenant_id,
            "version": published.rules.version,
            "document": json.dumps(document, ensure_ascii=False),
            "published_at": published.published_at,
            "published_by": published.published_by,
            "note": published.note,
        }
        await self._connection.execute(_ADD_RULES, row)


def _json(value: Any) -> dict[str, Any]:
    document: dict[str, Any] = value if isinstance(value, dict) else json.loads(value)
    return document


def _document(kept: LeadBehaviour) -> dict[str, Any]:
    features = kept.features
    return {
        "anchor": features.anchor.isoformat(),
        "features": {subject: one.to_document() for subject, one in features.by_subject.items()},
        "behaviours": [
            {"rule": asdict(one.rule), "rules_version": one.rules_version, "at": one.at.isoformat()}
            for one in kept.behaviours.by_rule.values()
        ],
    }


def _kept(document: Mapping[str, Any]) -> LeadBehaviour:
    by_subject = {subject: SignalFeature.from_document(one) for subject, one in document["features"].items()}
    recognised = [
        Recognised(BehaviourRule(**one["rule"]), one["rules_version"], datetime.fromisoformat(one["at"]))
        for one in document["behaviours"]
    ]
    features = SignalFeatures(datetime.fromisoformat(document["anchor"]), by_subject)
    return LeadBehaviour(features, Behaviours({one.rule.id: one for one in recognised}))


_ADD = text(
    "INSERT INTO lead_signal (tenant_id, source, signal_id, lead_id, subject, occurred_at, recorded_at, submitter,"
    " content) SELECT CAST(:tenant AS uuid), s.source, s.signal_id, s.lead_id, s.subject, s.occurred_at,"
    " CAST(:now AS timestamptz), CAST(:submitter AS text), s.content FROM unnest(CAST(:source AS text[]),"
    " CAST(:signal_id AS text[]), CAST(:lead_id AS uuid[]), CAST(:subject AS text[]),"
    " CAST(:occurred_at AS timestamptz[]), CAST(:content AS bytea[]))"
    " AS s (source, signal_id, lead_id, subject, occurred_at, content)"
    " ON CONFLICT DO NOTHING RETURNING source, signal_id"
)
_FEATURES = text("SELECT lead_id, document FROM lead_features WHERE lead_id = ANY(CAST(:ids AS uuid[]))")
_SAVE = text(
    "INSERT INTO lead_features (tenant_id, lead_id, document) SELECT CAST(:tenant AS uuid), f.lead_id, f.document"
    " FROM unnest(CAST(:ids AS uuid[]), CAST(:documents AS jsonb[])) AS f (lead_id, document)"
    " ON CONFLICT (tenant_id, lead_id) DO UPDATE SET document = excluded.document"
)
_FORGET = text(
    "DELETE FROM lead_signal WHERE (source, signal_id) IN (SELECT source, signal_id FROM lead_signal"
    " WHERE occurred_at < :before ORDER BY occurred_at LIMIT :most) RETURNING 1"
)
_RULES = text("SELECT * FROM behaviour_rules WHERE (:version = 0 OR version = :version) ORDER BY version DESC LIMIT 1")
_HOLD = text("SELECT pg_advisory_xact_lock(hashtextextended('behaviour_rules' || CAST(:tenant AS text), 0))")
_ADD_RULES = text(
    "INSERT INTO behaviour_rules (tenant_id, version, document, published_at, published_by, note)"
    " VALUES (:tenant, :version, CAST(:document AS jsonb), :published_at, :published_by, :note)"
)
