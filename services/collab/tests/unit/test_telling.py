from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta

import pytest

from chassis import context
from collab.application.announce import UNREAD_URGENT_TIMER, Announcer
from collab.application.escalate_unread import EscalateUnread, EscalateUnreadHandler
from collab.application.follow_leads import LeadFollower
from collab.application.mark_notification_read import MarkNotificationReadHandler
from collab.application.tell_lead_news import TellLeadNewsHandler
from collab.domain.events import NotificationCreated
from collab.domain.ids import LeadId, NotificationId
from collab.domain.lead_news import LeadNews, NewsKind
from collab.domain.notification import EmailState, Notification, Part
from collab.domain.person import Person

from ..builders import A_MORNING, a_person, a_tenant, news
from ..in_memory import InMemoryMailRoom, InMemoryUnitOfWork, Store, a_request

TENANT = a_tenant()
HALF_AN_HOUR = timedelta(minutes=30)
DIRECTOR = a_person(roles={"director"}, email="director@y.example")
BOSS = a_person(roles={"supervisor"}, supervisor_id=DIRECTOR.id)
REP = a_person(supervisor_id=BOSS.id, email="rep@y.example")
OTHER = a_person(supervisor_id=BOSS.id)
GONE = a_person(is_active=False)


@dataclass
class Telling:
    """The use cases of notifications on one store."""

    unit_of_work: InMemoryUnitOfWork
    mail_room: InMemoryMailRoom

    def __post_init__(self) -> None:
        announcer = Announcer(HALF_AN_HOUR, self.mail_room)
        self.tell = TellLeadNewsHandler(self.unit_of_work, announcer)
        self.escalate = EscalateUnreadHandler(self.unit_of_work, announcer)
        self.follow = LeadFollower(self.unit_of_work)
        self.mark_read = MarkNotificationReadHandler(self.unit_of_work)

    @property
    def store(self) -> Store:
        return self.unit_of_work.store(TENANT.id)

    @property
    def told(self) -> list[Notification]:
        return list(self.store.notifications.values())

    @property
    def watched(self) -> set[str]:
        return {key for _, key in self.store.timers}


@pytest.fixture
def telling() -> Iterator[Telling]:
    unit_of_work = InMemoryUnitOfWork()
    people: dict[str, Person] = {person.id: person for person in (DIRECTOR, BOSS, REP, OTHER, GONE)}
    unit_of_work.stores[TENANT.id] = Store(tenant=TENANT, people=people)
    with context.bind(a_request(TENANT.id, roles=frozenset({"service"}))):
        yield Telling(unit_of_work, InMemoryMailRoom())


def assigned(**facts: object) -> LeadNews:
    return news(NewsKind.ASSIGNED, **{"owner_id": REP.id, **facts})


async def test_those_concerned_are_told_and_their_screens_notified(telling: Telling) -> None:
    happened = news(NewsKind.FELL_SILENT, owner_id=REP.id, supervisor_ids=(BOSS.id,), due_at=A_MORNING)

    await telling.tell(happened)

    assert {(each.person_id, each.part) for each in telling.told} == {
        (REP.id, Part.OWNER),
        (BOSS.id, Part.SUPERVISOR),
    }
    assert telling.store.facts == [NotificationCreated(each) for each in telling.told]
    first = telling.told[0]
    assert (first.kind, first.resource) == ("lead.fell_silent", f"leads/{happened.lead_id}")
    assert first.facts == {"lead_id": happened.lead_id, "due_at": A_MORNING.isoformat()}
    assert not first.is_urgent


async def test_the_same_event_again_tells_nobody(telling: Telling) -> None:
    happened = assigned(is_urgent=True)

    await telling.tell(happened)
    await telling.tell(happened)

    assert len(telling.told) == len(telling.store.facts) == len(telling.store.timers) == 1


async def test_people_who_left_or_are_unknown_are_passed_over(telling: Telling) -> None:
    await telling.tell(news(NewsKind.JOINED, owner_id=GONE.id, submitter_id="service:gateway"))

    assert telling.told == []


async def test_news_of_an_urgent_lead_are_urgent_even_where_the_event_does_not_say_so(telling: Telling) -> None:
    lead_id = LeadId("lead")
    await telling.follow.note_urgent(lead_id)

    overdue = news(NewsKind.RESPONSE_OVERDUE, lead_id=lead_id, owner_id=REP.id, supervisor_ids=(BOSS.id,))
    await telling.tell(overdue)

    assert {(each.person_id, each.is_urgent) for each in telling.told} == {(REP.id, True), (BOSS.id, True)}


async def test_a_lead_that_ended_is_urgent_no_more(telling: Telling) -> None:
    lead_id = LeadId("lead")
    await telling.tell(assigned(lead_id=lead_id, is_urgent=True))

    await telling.follow.note_ended(lead_id)

    assert telling.store.urgent_leads == set()
    assert telling.watched == set()


async def test_only_those_with_an_address_get_an_email_and_the_mail_room_is_woken_for_it(telling: Telling) -> None:
    await telling.tell(news(NewsKind.REASSIGNED, owner_id=REP.id, former_owner_id=OTHER.id))

    states = {each.person_id: each.email_state for each in telling.told}
    assert states == {REP.id: EmailState.PENDING, OTHER.id: EmailState.NONE}
    assert telling.mail_room.woken == [TENANT.id]


async def test_without_a_mail_server_no_email_is_pending(telling: Telling) -> None:
    tell = TellLeadNewsHandler(telling.unit_of_work, Announcer(HALF_AN_HOUR, mail_room=None))

    await tell(assigned())

    assert [each.email_state for each in telling.told] == [EmailState.NONE]


class TestEscalating:
    async def test_an_urgent_notification_is_watched_from_the_moment_it_happened(self, telling: Telling) -> None:
        await telling.tell(assigned(is_urgent=True))

        key = (UNREAD_URGENT_TIMER, telling.told[0].id)
        assert telling.store.timers[key][0] == A_MORNING + HALF_AN_HOUR

    async def test_one_that_can_wait_is_not_watched(self, telling: Telling) -> None:
        await telling.tell(assigned())

        assert telling.watched == set()

    async def test_the_supervisor_is_told_of_one_that_stays_unread(self, telling: Telling) -> None:
        await telling.tell(assigned(is_urgent=True))
        unread = telling.told[0]

        await telling.escalate(EscalateUnread(unread.id, A_MORNING + HALF_AN_HOUR))

        escalated = telling.told[1]
        assert (escalated.person_id, escalated.kind, escalated.part) == (
            BOSS.id,
            "lead.urgent_unread",
            Part.SUPERVISOR,
        )
        assert escalated.occurred_at == A_MORNING + HALF_AN_HOUR
        assert escalated.is_urgent
        assert telling.watched == {unread.id}, "it goes one step up and no further"

    async def test_a_supervisor_who_left_is_passed_over(self, telling: Telling) -> None:
        gone = a_person(is_active=False, supervisor_id=DIRECTOR.id)
        rep = a_person(supervisor_id=gone.id)
        telling.store.people |= {gone.id: gone, rep.id: rep}
        await telling.tell(assigned(owner_id=rep.id, is_urgent=True))

        await telling.escalate(EscalateUnread(telling.told[0].id, A_MORNING))

        assert telling.told[1].person_id == DIRECTOR.id

    async def test_a_circle_of_people_who_left_ends(self, telling: Telling) -> None:
        first, second = a_person(is_active=False), a_person(is_active=False)
        circle = (
            a_person(id=first.id, is_active=False, supervisor_id=second.id),
            a_person(id=second.id, is_active=False, supervisor_id=first.id),
            a_person(supervisor_id=first.id),
        )
        telling.store.people |= {person.id: person for person in circle}
        await telling.tell(assigned(owner_id=circle[2].id, is_urgent=True))

        await telling.escalate(EscalateUnread(telling.told[0].id, A_MORNING))

        assert len(telling.told) == 1

    async def test_a_supervisor_whom_the_event_has_told_is_not_told_twice(self, telling: Telling) -> None:
        await telling.follow.note_urgent(LeadId("lead"))
        silent = news(NewsKind.FELL_SILENT, lead_id="lead", owner_id=REP.id, supervisor_ids=(BOSS.id,))
        await telling.tell(silent)
        mine = next(each for each in telling.told if each.person_id == REP.id)

        await telling.escalate(EscalateUnread(mine.id, A_MORNING))

        assert telling.watched == {mine.id}
        assert len(telling.told) == 2

    async def test_reading_it_ends_the_watch_and_a_timer_that_fires_nevertheless_does_nothing(
        self, telling: Telling
    ) -> None:
        await telling.tell(assigned(is_urgent=True))
        notification = telling.told[0]

        with context.bind(a_request(TENANT.id, REP)):
            await telling.mark_read(notification.id)
        await telling.escalate(EscalateUnread(notification.id, A_MORNING))

        assert telling.watched == set()
        assert len(telling.told) == 1

    async def test_following_the_lead_up_ends_the_watch(self, telling: Telling) -> None:
        urgent = assigned(is_urgent=True)
        await telling.tell(urgent)

        await telling.follow.note_acted_on(urgent.lead_id)

        assert telling.watched == set()

    async def test_handing_the_lead_on_ends_the_watch_of_the_former_owner(self, telling: Telling) -> None:
        urgent = assigned(is_urgent=True)
        await telling.tell(urgent)
        former = telling.told[0]

        handed = news(NewsKind.REASSIGNED, lead_id=urgent.lead_id, owner_id=OTHER.id, former_owner_id=REP.id)
        await telling.tell(handed)

        assert former.id not in telling.watched
        assert {each.person_id for each in telling.told if each.id in telling.watched} == {OTHER.id, REP.id}

    async def test_one_that_is_gone_is_no_fault(self, telling: Telling) -> None:
        await telling.escalate(EscalateUnread(NotificationId("none"), A_MORNING))

        assert telling.told == []
