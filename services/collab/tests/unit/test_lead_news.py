from __future__ import annotations

import pytest

from chassis.ids import PersonId
from collab.domain.lead_news import NewsKind
from collab.domain.notification import Part

from ..builders import news

OWNER, FORMER, SUPERVISOR, SUBMITTER = (PersonId(name) for name in ("owner", "former", "supervisor", "submitter"))
EVERYBODY = {
    "owner_id": OWNER,
    "former_owner_id": FORMER,
    "supervisor_ids": (SUPERVISOR,),
    "submitter_id": SUBMITTER,
}


@pytest.mark.parametrize(
    ("kind", "told"),
    [
        (NewsKind.ASSIGNED, {OWNER: Part.OWNER}),
        (NewsKind.REASSIGNED, {OWNER: Part.OWNER, FORMER: Part.FORMER_OWNER}),
        (NewsKind.QUEUED, {SUPERVISOR: Part.SUPERVISOR}),
        (NewsKind.JOINED, {OWNER: Part.OWNER, SUBMITTER: Part.SUBMITTER}),
        (NewsKind.RESPONSE_OVERDUE, {OWNER: Part.OWNER, SUPERVISOR: Part.SUPERVISOR}),
        (NewsKind.FELL_SILENT, {OWNER: Part.OWNER, SUPERVISOR: Part.SUPERVISOR}),
        (NewsKind.ALARM_WITHDRAWN, {OWNER: Part.OWNER, SUPERVISOR: Part.SUPERVISOR}),
        (NewsKind.SUMMARY_OVERDUE, {OWNER: Part.OWNER}),
        (NewsKind.UNREAD_URGENT, {SUPERVISOR: Part.SUPERVISOR}),
        (NewsKind.URGENCY_RAISED, {OWNER: Part.OWNER}),
    ],
)
def test_each_kind_of_news_concerns_its_people(kind: NewsKind, told: dict[PersonId, Part]) -> None:
    assert news(kind, **EVERYBODY).concerned(is_urgent=False) == told


@pytest.mark.parametrize("kind", [NewsKind.RESPONSE_OVERDUE, NewsKind.ALARM_WITHDRAWN])
def test_the_supervisor_hears_of_a_response_alarm_and_its_end_only_where_the_lead_is_urgent(kind: NewsKind) -> None:
    alarm = news(kind, **EVERYBODY, is_response_alarm=True)

    assert alarm.concerned(is_urgent=False) == {OWNER: Part.OWNER}
    assert alarm.concerned(is_urgent=True) == {OWNER: Part.OWNER, SUPERVISOR: Part.SUPERVISOR}


def test_somebody_with_two_parts_is_told_once() -> None:
    joined = news(NewsKind.JOINED, owner_id=OWNER, submitter_id=OWNER)

    assert joined.concerned(is_urgent=False) == {OWNER: Part.OWNER}


def test_news_without_people_concern_nobody() -> None:
    assert news(NewsKind.FELL_SILENT).concerned(is_urgent=True) == {}
