from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest

from chassis import context
from chassis.authorization import Authorizer
from chassis.context import RequestContext
from chassis.errors import Forbidden, NotFound
from chassis.ids import TeamId, new_id
from chassis.pages import Cursor
from collab.application.find_notifications import NotificationFinder
from collab.application.mark_notification_read import MarkNotificationReadHandler
from collab.application.notification_ports import KindCount, NotificationFilter
from collab.domain.events import NotificationRead
from collab.domain.ids import NotificationId

from ..builders import A_MORNING, a_notification, a_person, a_tenant
from ..in_memory import InMemoryUnitOfWork, Store, a_request

TENANT = a_tenant()
TEAM, OTHER_TEAM = TeamId(new_id()), TeamId(new_id())
REP, STRANGER = a_person(team_id=TEAM), a_person(team_id=OTHER_TEAM)
BOSS = a_person(team_id=TEAM, roles={"supervisor"})
OLDER = a_notification(REP.id)
NEWER = a_notification(REP.id, kind="lead.fell_silent", occurred_at=A_MORNING + timedelta(hours=1))
FOREIGN = a_notification(STRANGER.id)


@pytest.fixture
def unit_of_work() -> InMemoryUnitOfWork:
    kept = InMemoryUnitOfWork()
    kept.stores[TENANT.id] = Store(
        tenant=TENANT,
        people={person.id: person for person in (REP, STRANGER, BOSS)},
        notifications={each.id: each for each in (OLDER, NEWER, FOREIGN)},
    )
    return kept


@pytest.fixture
def find(unit_of_work: InMemoryUnitOfWork) -> NotificationFinder:
    return NotificationFinder(unit_of_work, Authorizer.load())


@pytest.fixture
def mark_read(unit_of_work: InMemoryUnitOfWork) -> MarkNotificationReadHandler:
    return MarkNotificationReadHandler(unit_of_work)


def a_supervisor() -> RequestContext:
    request = a_request(TENANT.id, BOSS)
    return replace(request, principal=replace(request.principal, team_ids=frozenset({TEAM})))


async def test_everybody_reads_their_own_newest_first(find: NotificationFinder) -> None:
    with context.bind(a_request(TENANT.id, REP)):
        page = await find.own(NotificationFilter(), None, 10)

    assert list(page.notifications) == [NEWER, OLDER]
    assert (page.unread, page.zone) == (2, ZoneInfo("Asia/Shanghai"))


async def test_filters_and_pages_narrow_the_list_but_not_the_count(find: NotificationFinder) -> None:
    with context.bind(a_request(TENANT.id, REP)):
        silent = await find.own(NotificationFilter(kind="lead.fell_silent"), None, 10)
        rest = await find.own(NotificationFilter(), Cursor((NEWER.occurred_at.isoformat(),), NEWER.id), 10)

    assert (list(silent.notifications), silent.unread) == ([NEWER], 2)
    assert list(rest.notifications) == [OLDER]


async def test_marking_one_as_read_is_told_to_the_other_screens(
    mark_read: MarkNotificationReadHandler, find: NotificationFinder, unit_of_work: InMemoryUnitOfWork
) -> None:
    with context.bind(a_request(TENANT.id, REP)):
        read, _ = await mark_read(OLDER.id)
        unread = await find.own(NotificationFilter(unread_only=True), None, 10)

    assert read.read_at == A_MORNING
    assert (list(unread.notifications), unread.unread) == ([NEWER], 1)
    assert unit_of_work.store(TENANT.id).facts == [NotificationRead(read)]


async def test_marking_it_again_keeps_the_first_moment_and_tells_nobody(
    mark_read: MarkNotificationReadHandler, unit_of_work: InMemoryUnitOfWork
) -> None:
    with context.bind(a_request(TENANT.id, REP)):
        first, _ = await mark_read(OLDER.id)
        again, _ = await mark_read(OLDER.id)

    assert again == first
    assert len(unit_of_work.store(TENANT.id).facts) == 1


@pytest.mark.parametrize("notification_id", [FOREIGN.id, NotificationId(new_id())])
async def test_a_foreign_one_looks_like_one_that_is_not_there(
    mark_read: MarkNotificationReadHandler, notification_id: NotificationId
) -> None:
    with context.bind(a_request(TENANT.id, REP)), pytest.raises(NotFound) as refused:
        await mark_read(notification_id)

    assert refused.value.metadata == {"kind": "notification", "id": notification_id}


async def test_no_role_reads_what_is_somebody_elses(
    mark_read: MarkNotificationReadHandler, find: NotificationFinder
) -> None:
    everything = a_request(TENANT.id, BOSS, roles=frozenset({"director", "admin", "compliance"}))

    with context.bind(everything):
        with pytest.raises(NotFound):
            await mark_read(OLDER.id)
        assert list((await find.own(NotificationFilter(), None, 10)).notifications) == []


async def test_a_service_has_no_notifications(mark_read: MarkNotificationReadHandler, find: NotificationFinder) -> None:
    with context.bind(a_request(TENANT.id, roles=frozenset({"service"}))):
        with pytest.raises(Forbidden):
            await find.own(NotificationFilter(), None, 10)
        with pytest.raises(Forbidden):
            await mark_read(OLDER.id)


async def test_a_supervisor_counts_what_the_team_was_told(find: NotificationFinder) -> None:
    with context.bind(a_supervisor()):
        assert list(await find.count(None)) == [KindCount("lead.assigned", 1, 1), KindCount("lead.fell_silent", 1, 1)]
        assert list(await find.count(A_MORNING + timedelta(minutes=1))) == [KindCount("lead.fell_silent", 1, 1)]


async def test_a_director_counts_what_everybody_was_told(find: NotificationFinder) -> None:
    with context.bind(a_request(TENANT.id, BOSS, roles=frozenset({"director"}))):
        assert KindCount("lead.assigned", 2, 2) in await find.count(None)
