from __future__ import annotations

from datetime import UTC, datetime

import pytest

from lead_router.domain.errors import DuplicateStateForbids
from lead_router.domain.ids import DuplicateId, LeadId, PersonId
from lead_router.domain.lead_duplicate import DuplicateState, Finding, LeadDuplicate
from matching.decision import Candidate, decide
from matching.identity import Identity, normalise

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


def a_finding() -> Finding:
    typed = Identity(company="杭州恒昌信息技术有限公司", phones=("0571-88880001",))
    other = Identity(company="杭州恒畅信息技术有限公司", phones=("0571-88880001",))
    verdict = decide(normalise(typed), [Candidate("there", [normalise(other)])])
    match = verdict.joined or verdict.suggestions[0]
    return Finding.of(match)


def test_a_finding_keeps_codes_and_points_and_nothing_that_was_compared() -> None:
    finding = a_finding()

    assert sum(points for _, points in finding.reasons) == pytest.approx(finding.points)
    assert "88880001" not in repr(finding)
    assert "恒昌" not in repr(finding)


def test_a_pair_is_dismissed_once() -> None:
    pair = LeadDuplicate(
        id=DuplicateId("pair"),
        lead_id=LeadId("later"),
        other_id=LeadId("earlier"),
        finding=a_finding(),
        is_shown=True,
        suspected_at=NOON,
    )

    pair.dismiss(by=PersonId("rep"), at=NOON)

    assert (pair.state, pair.settled_by, pair.version) == (DuplicateState.DISMISSED, "rep", 2)
    with pytest.raises(DuplicateStateForbids):
        pair.dismiss(by=PersonId("rep"), at=NOON)
