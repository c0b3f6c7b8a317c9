"""The twin of the PostgreSQL repositories: the same answers, from a list."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import datetime

from chassis.authorization import Resource, Scope
from chassis.pages import Cursor
from pipeline.application.ports import FollowUpFilter
from pipeline.domain.effective_ratio import EffectiveRatioQuestion, EffectiveRatioRow, RatioGrouping
from pipeline.domain.follow_up import FollowUp
from pipeline.domain.follow_up_standard import FollowUpVerdict
from pipeline.domain.ids import FollowUpId, LeadId
from pipeline.domain.lead_standing import LeadStanding


class InMemoryFollowUps:
    """As `PostgresFollowUps`."""

    def __init__(self) -> None:
        self._kept: dict[FollowUpId, FollowUp] = {}

    async def add(self, follow_up: FollowUp) -> None:
        self._kept[follow_up.id] = follow_up

    async def get(self, follow_up_id: FollowUpId) -> FollowUp | None:
        return self._kept.get(follow_up_id)

    async def page(self, wanted: FollowUpFilter, scope: Scope, after: Cursor | None, size: int) -> Sequence[FollowUp]:
        found = [
            one
            for one in self._kept.values()
            if scope.includes(Resource(one.person_id, one.team_id))
            and wanted.lead_id in {"", one.lead_id}
            and wanted.customer_id in {"", one.customer_id}
            and wanted.person_id in {"", one.person_id}
            and (after is None or one.id < after.id)
        ]
        return sorted(found, key=lambda one: one.id, reverse=True)[:size]

    async def first_since(self, lead_id: LeadId, since: datetime) -> FollowUp | None:
        found = [one for one in self._kept.values() if one.lead_id == lead_id and one.occurred_at >= since]
        return min(found, key=lambda one: one.occurred_at, default=None)

    async def effective_ratios(
        self, question: EffectiveRatioQuestion, scope: Scope, now: datetime
    ) -> Sequence[EffectiveRatioRow]:
        groups: dict[str, list[FollowUpVerdict]] = {}
        for one in self._kept.values():
            starts, ends = question.occurred_from, question.occurred_before
            if (
                one.verdict is not None
                and scope.includes(Resource(one.person_id, one.team_id))
                and (starts is None or one.occurred_at >= starts)
                and (one.occurred_at < ends if ends else one.occurred_at <= now)
                and question.customer_type in {None, one.verdict.customer_type}
            ):
                of = {RatioGrouping.REP: one.person_id, RatioGrouping.TEAM: one.team_id}.get(question.group_by)
                groups.setdefault(of or "", []).append(one.verdict)
        return [
            EffectiveRatioRow(
                group,
                len(verdicts),
                sum(verdict.is_effective for verdict in verdicts),
                dict(Counter(criterion.value for verdict in verdicts for criterion in verdict.missing)),
            )
            for group, verdicts in groups.items()
        ]


class InMemoryLeadStandings:
    """As `PostgresLeadStandings`."""

    def __init__(self) -> None:
        self._kept: dict[LeadId, tuple[int, LeadStanding]] = {}

    async def get(self, lead_id: LeadId) -> LeadStanding | None:
        known = self._kept.get(lead_id)
        return known[1] if known else None

    async def put(self, standing: LeadStanding, version: int) -> None:
        if standing.lead_id not in self._kept or self._kept[standing.lead_id][0] < version:
            self._kept[standing.lead_id] = (version, standing)
