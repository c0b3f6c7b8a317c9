"""Notifications, letters and urgent leads: what the ports promise, in memory and on PostgreSQL."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from chassis.authorization import Scope
from chassis.ids import PersonId, TeamId, TenantId, new_id
from chassis.pages import Cursor
from collab.application.notification_ports import KindCount, NotificationFilter
from collab.application.ports import Work
from collab.domain.ids import LeadId, NotificationId
from collab.domain.lead_news import NewsKind
from collab.domain.notification import EmailState, Notification

from ..builders import A_MORNING, a_notification, a_person
from ..conftest import Transactions

ANY = NotificationFilter()
LEASE = timedelta(minutes=5)


async def test_the_same_event_is_kept_once_per_person(transactions: Transactions) -> None:
    first = a_notification(new_id(), is_urgent=True, email_state=EmailState.PENDING)
    again = a_notification(first.person_id, event_id=first.event_id)
    other = a_notification(new_id(), event_id=first.event_id)

    async with transactions.begin() as work:
        assert list(await work.notifications.add_new([first])) == [first]
        assert list(await work.notifications.add_new([])) == []
    async with transactions.begin() as work:
        assert list(await work.notifications.add_new([again, other])) == [other]
        assert await work.notifications.lock(first.id) == first
        assert await work.notifications.lock(again.id) is None


async def test_one_persons_notifications_are_listed_newest_first(transactions: Transactions) -> None:
    person = new_id()
    older, read = a_notification(person), a_notification(person, occurred_at=A_MORNING + timedelta(hours=2))
    newer = a_notification(person, occurred_at=A_MORNING + timedelta(hours=1), kind=NewsKind.QUEUED.value)
    read = replace(read, read_at=A_MORNING + timedelta(hours=3))

    async with transactions.begin() as work:
        await work.notifications.add_new([older, newer, replace(read, read_at=None), a_notification(new_id())])
        await work.notifications.save(read)
    async with transactions.begin() as work:
        kept, me = work.notifications, PersonId(person)
        assert await kept.page(me, ANY, None, 10) == [read, newer, older]
        assert await kept.page(me, ANY, None, 2) == [read, newer]
        assert await kept.page(me, ANY, Cursor((newer.occurred_at.isoformat(),), newer.id), 10) == [older]
        assert await kept.page(me, NotificationFilter(unread_only=True), None, 10) == [newer, older]
        assert await kept.page(me, NotificationFilter(kind="lead.queued"), None, 10) == [newer]
        assert await kept.unread(me) == 2
        assert await kept.unread(PersonId(new_id())) == 0


async def test_pages_part_notifications_of_one_moment_by_id(transactions: Transactions) -> None:
    person = PersonId(new_id())
    same_moment = [a_notification(person) for _ in range(5)]
    seen: list[str] = []

    async with transactions.begin() as work:
        await work.notifications.add_new(same_moment)
        after: Cursor | None = None
        while page := await work.notifications.page(person, ANY, after, 2):
            seen += [each.id for each in page]
            after = Cursor((A_MORNING.isoformat(),), page[-1].id)

    assert seen == sorted((each.id for each in same_moment), reverse=True)


async def test_urgent_ones_that_nobody_read_are_found_by_what_they_are_about(transactions: Transactions) -> None:
    wanted = a_notification(new_id(), is_urgent=True, resource="leads/1")
    read = a_notification(new_id(), is_urgent=True, resource="leads/1")
    others = [a_notification(new_id(), resource="leads/1"), a_notification(new_id(), is_urgent=True)]

    async with transactions.begin() as work:
        await work.notifications.add_new([wanted, read, *others])
        await work.notifications.save(read.read(A_MORNING))
        assert await work.notifications.unread_urgent_about("leads/1") == [wanted.id]


async def test_counts_are_by_kind_of_people_within_the_scope(transactions: Transactions) -> None:
    team = TeamId(new_id())
    mine, other = a_person(team_id=team), a_person()
    told = [
        a_notification(mine.id),
        a_notification(mine.id, occurred_at=A_MORNING + timedelta(hours=1)),
        a_notification(other.id),
        a_notification(mine.id, kind="lead.queued"),
    ]

    async with transactions.begin() as work:
        await work.people.save_many([mine, other])
        await work.notifications.add_new(told)
        everybody = await work.notifications.count(Scope("all"), None)
        my_team = await work.notifications.count(Scope("team", other.id, frozenset({team})), None)
        later = await work.notifications.count(Scope("own", mine.id), A_MORNING + timedelta(hours=1))
        nobody = await work.notifications.count(Scope("none"), None)

    assert list(everybody) == [KindCount("lead.assigned", 3, 2), KindCount("lead.queued", 1, 1)]
    assert list(my_team) == list(everybody), "one's own count too"
    assert list(later) == [KindCount("lead.assigned", 1, 1)]
    assert list(nobody) == []


async def test_urgent_leads_are_remembered_and_forgotten(transactions: Transactions) -> None:
    lead_id = LeadId(new_id())

    async with transactions.begin() as work:
        await work.urgent_leads.add(lead_id)
        await work.urgent_leads.add(lead_id)
        assert await work.urgent_leads.includes(lead_id)
        assert not await work.urgent_leads.includes(LeadId(new_id()))
    async with transactions.begin() as work:
        await work.urgent_leads.remove(lead_id)
        await work.urgent_leads.remove(lead_id)
        assert not await work.urgent_leads.includes(lead_id)


async def test_tenants_do_not_see_one_anothers_notifications(transactions: Transactions) -> None:
    notification, lead_id = a_notification(new_id(), is_urgent=True, email_state=EmailState.PENDING), LeadId(new_id())
    async with transactions.begin() as work:
        await work.notifications.add_new([notification])
        await work.urgent_leads.add(lead_id)

    async with transactions.begin(TenantId(new_id())) as work:
        assert await work.notifications.lock(notification.id) is None
        assert await work.notifications.page(notification.person_id, ANY, None, 10) == []
        assert await work.notifications.unread(notification.person_id) == 0
        assert await work.notifications.unread_urgent_about(notification.resource) == []
        assert list(await work.mails.claim(10, LEASE)) == []
        assert not await work.urgent_leads.includes(lead_id)


class TestLetters:
    async def test_pending_ones_are_claimed_and_nobody_else_gets_them(self, transactions: Transactions) -> None:
        pending = await self.pending(transactions)
        async with transactions.begin() as work:
            await work.notifications.add_new([a_notification(new_id())])

        async with transactions.begin() as work:
            claimed = await work.mails.claim(10, LEASE)
        async with transactions.begin() as work:
            rest = await work.mails.claim(10, LEASE)
            due_in = await work.mails.next_due_in()

        assert [(each.notification, each.tries) for each in claimed] == [(pending, 1)]
        assert list(rest) == []
        assert due_in is not None
        assert LEASE - timedelta(minutes=1) < due_in <= LEASE

    async def test_a_batch_is_no_larger_than_asked_for(self, transactions: Transactions) -> None:
        for _ in range(3):
            await self.pending(transactions)

        async with transactions.begin() as work:
            assert len(await work.mails.claim(2, LEASE)) == 2
        async with transactions.begin() as work:
            assert len(await work.mails.claim(2, LEASE)) == 1

    async def test_one_that_is_to_be_tried_again_comes_back_and_counts_its_tries(
        self, transactions: Transactions
    ) -> None:
        pending = await self.pending(transactions)
        async with transactions.begin() as work:
            await work.mails.claim(1, LEASE)
            await work.mails.again(pending.id, timedelta(0))

        async with transactions.begin() as work:
            assert await work.mails.next_due_in() == timedelta(0)
            assert [each.tries for each in await work.mails.claim(1, LEASE)] == [2]

    async def test_settled_ones_are_not_claimed_again(self, transactions: Transactions) -> None:
        sent, failed, unneeded = [await self.pending(transactions) for _ in range(3)]

        async with transactions.begin() as work:
            await work.mails.sent(sent.id)
            await work.mails.failed(failed.id)
            await work.mails.not_needed(unneeded.id)
            await work.mails.again(sent.id, timedelta(0))

        async with transactions.begin() as work:
            states = [await self.state(work, each) for each in (sent, failed, unneeded)]
            assert states == [EmailState.SENT, EmailState.FAILED, EmailState.NONE]
            assert list(await work.mails.claim(10, LEASE)) == []
            assert await work.mails.next_due_in() is None

    async def test_reading_does_not_touch_the_letter(self, transactions: Transactions) -> None:
        pending = await self.pending(transactions)

        async with transactions.begin() as work:
            await work.mails.sent(pending.id)
            await work.notifications.save(pending.read(A_MORNING))

        async with transactions.begin() as work:
            assert await self.state(work, pending) is EmailState.SENT

    async def pending(self, transactions: Transactions) -> Notification:
        notification = a_notification(new_id(), email_state=EmailState.PENDING, id=NotificationId(new_id()))
        async with transactions.begin() as work:
            await work.notifications.add_new([notification])
        return notification

    async def state(self, work: Work, notification: Notification) -> EmailState | None:
        kept = await work.notifications.lock(notification.id)
        return kept.email_state if kept else None
