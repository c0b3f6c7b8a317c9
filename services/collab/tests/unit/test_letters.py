from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest

from chassis import context
from chassis.errors import Unreachable
from collab.application.deliver_letters import DeliverLettersHandler
from collab.domain.letter import FIRST_PAUSE, MOST_TRIES, Letter, LetterRefused
from collab.domain.notification import EmailState, Notification
from collab.domain.person import Person
from support.clock import FakeClock

from ..builders import A_MORNING, a_notification, a_person, a_tenant
from ..in_memory import InMemoryPostman, InMemoryUnitOfWork, PlainTexts, Store, a_request

TENANT = a_tenant()
REP = a_person(email="rep@y.example")
MUTE = a_person(email="")
TO_REP = a_notification(REP.id, email_state=EmailState.PENDING)


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock(A_MORNING)


@pytest.fixture
def unit_of_work(clock: FakeClock) -> Iterator[InMemoryUnitOfWork]:
    kept = InMemoryUnitOfWork(clock)
    people: dict[str, Person] = {person.id: person for person in (REP, MUTE)}
    kept.stores[TENANT.id] = Store(tenant=TENANT, people=people)
    with context.bind(a_request(TENANT.id, roles=frozenset({"service"}))):
        yield kept


@pytest.fixture
def postman() -> InMemoryPostman:
    return InMemoryPostman()


@pytest.fixture
def deliver(unit_of_work: InMemoryUnitOfWork, postman: InMemoryPostman) -> DeliverLettersHandler:
    return DeliverLettersHandler(unit_of_work, postman, PlainTexts(), "https://crm.example")


async def pending(unit_of_work: InMemoryUnitOfWork, *notifications: Notification) -> None:
    async with unit_of_work.begin() as work:
        await work.notifications.add_new(notifications)


def state(unit_of_work: InMemoryUnitOfWork, notification: Notification) -> EmailState:
    return unit_of_work.store(TENANT.id).notifications[notification.id].email_state


async def test_a_letter_says_what_happened_and_where_to_handle_it(
    deliver: DeliverLettersHandler, unit_of_work: InMemoryUnitOfWork, postman: InMemoryPostman
) -> None:
    await pending(unit_of_work, TO_REP)

    more_in = await deliver()

    body = f"zh-CN Asia/Shanghai lead.assigned owner\n\nhttps://crm.example/{TO_REP.resource}\n"
    assert postman.sent == [Letter(TO_REP.id, "rep@y.example", "zh-CN lead.assigned", body)]
    assert state(unit_of_work, TO_REP) is EmailState.SENT
    assert more_in is None


async def test_nothing_is_sent_twice(
    deliver: DeliverLettersHandler, unit_of_work: InMemoryUnitOfWork, postman: InMemoryPostman
) -> None:
    await pending(unit_of_work, TO_REP)

    await deliver()
    await deliver()

    assert len(postman.sent) == 1


async def test_somebody_without_an_address_by_now_needs_no_letter(
    deliver: DeliverLettersHandler, unit_of_work: InMemoryUnitOfWork, postman: InMemoryPostman
) -> None:
    to_mute = a_notification(MUTE.id, email_state=EmailState.PENDING)
    await pending(unit_of_work, to_mute)

    await deliver()

    assert postman.sent == []
    assert state(unit_of_work, to_mute) is EmailState.NONE


async def test_a_refused_letter_has_failed_and_does_not_hold_up_the_others(
    deliver: DeliverLettersHandler, unit_of_work: InMemoryUnitOfWork, postman: InMemoryPostman
) -> None:
    await pending(unit_of_work, TO_REP)
    postman.fault = LetterRefused("550")

    assert await deliver() is None

    assert state(unit_of_work, TO_REP) is EmailState.FAILED


async def test_a_mail_server_that_is_away_is_tried_again_after_growing_pauses(
    deliver: DeliverLettersHandler, unit_of_work: InMemoryUnitOfWork, postman: InMemoryPostman, clock: FakeClock
) -> None:
    await pending(unit_of_work, TO_REP)
    postman.fault = Unreachable("mail server")

    first = await deliver()
    clock.forward(FIRST_PAUSE)
    second = await deliver()
    clock.forward(2 * FIRST_PAUSE)
    postman.fault = None
    await deliver()

    assert first is not None
    assert second is not None
    assert FIRST_PAUSE / 2 <= first <= FIRST_PAUSE <= second <= 2 * FIRST_PAUSE
    assert len(postman.sent) == 1
    assert state(unit_of_work, TO_REP) is EmailState.SENT


async def test_a_letter_is_given_up_after_hours(
    deliver: DeliverLettersHandler, unit_of_work: InMemoryUnitOfWork, postman: InMemoryPostman, clock: FakeClock
) -> None:
    await pending(unit_of_work, TO_REP)
    postman.fault = Unreachable("mail server")
    began = clock.now()

    for _ in range(MOST_TRIES):
        assert state(unit_of_work, TO_REP) is EmailState.PENDING
        clock.forward(await deliver() or timedelta(0))

    assert state(unit_of_work, TO_REP) is EmailState.FAILED
    assert timedelta(hours=2) < clock.now() - began < timedelta(hours=6)


async def test_a_claimed_letter_of_a_process_that_died_is_sent_when_the_claim_runs_out(
    deliver: DeliverLettersHandler, unit_of_work: InMemoryUnitOfWork, postman: InMemoryPostman, clock: FakeClock
) -> None:
    await pending(unit_of_work, TO_REP)
    async with unit_of_work.begin() as work:
        await work.mails.claim(10, timedelta(minutes=5))

    more_in = await deliver()
    assert postman.sent == []
    clock.forward(more_in or timedelta(0))
    await deliver()

    assert more_in == timedelta(minutes=5)
    assert len(postman.sent) == 1
