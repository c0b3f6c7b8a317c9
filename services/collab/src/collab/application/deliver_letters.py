"""Send pending e-mails: claimed in one transaction, sent outside of any, noted in another.

A process that dies in between leaves the claim to run out, and the letter is sent again under the same Message-ID.
"""

from dataclasses import dataclass
from datetime import timedelta
from zoneinfo import ZoneInfo

from chassis.backoff import backoff_s
from chassis.errors import Unreachable
from chassis.logs import logger
from collab.application.notification_ports import ClaimedLetter, NotificationTexts, Postman
from collab.application.ports import UnitOfWork, Work
from collab.domain.ids import NotificationId
from collab.domain.letter import FIRST_PAUSE, LONGEST_PAUSE, MOST_TRIES, Letter, LetterRefused
from collab.domain.notification import Notification

log = logger(__name__)

_AT_ONCE = 10
_LEASE = timedelta(minutes=5)
"""Longer than a batch takes when the mail server is as slow as the postman bears."""


@dataclass(frozen=True, slots=True)
class DeliverLettersHandler:
    """At least once: a letter may come twice, never not at all while the server takes it within the tries."""

    unit_of_work: UnitOfWork
    postman: Postman
    texts: NotificationTexts
    console_url: str = ""
    """Where links in letters lead; empty for no links."""

    async def __call__(self) -> timedelta | None:
        """Sends a batch of the tenant's letters. Returns the time until there are more, None where none are left."""
        async with self.unit_of_work.begin() as work:
            claimed = await work.mails.claim(_AT_ONCE, _LEASE)
            letters = [(each, await self._letter(work, each.notification)) for each in claimed]
        for each, letter in letters:
            await self._deliver(each, letter)
        async with self.unit_of_work.begin() as work:
            return await work.mails.next_due_in()

    async def _letter(self, work: Work, notification: Notification) -> Letter | None:
        person, tenant = await work.people.get(notification.person_id), await work.tenants.get()
        if person is None or tenant is None or not person.is_active or not person.email:
            return None
        text = self.texts.text(notification, tenant.locale, ZoneInfo(tenant.zone))
        link = f"\n\n{self.console_url}/{notification.resource}" if self.console_url else ""
        title = self.texts.title(notification, tenant.locale)
        return Letter(notification.id, person.email, title, f"{text}{link}\n", notification.is_urgent)

    async def _deliver(self, claimed: ClaimedLetter, letter: Letter | None) -> None:
        notification_id = claimed.notification.id
        try:
            if letter is not None:
                await self.postman.send(letter)
        except LetterRefused as refusal:
            log.warning("letter.refused", notification_id=notification_id, fault=str(refusal))
            await self._note_failed(notification_id)
        except Unreachable as fault:
            log.info("letter.postponed", notification_id=notification_id, tries=claimed.tries, fault=str(fault))
            await self._note_unsent(notification_id, claimed.tries)
        else:
            async with self.unit_of_work.begin() as work:
                await (work.mails.sent(notification_id) if letter else work.mails.not_needed(notification_id))

    async def _note_failed(self, notification_id: NotificationId) -> None:
        async with self.unit_of_work.begin() as work:
            await work.mails.failed(notification_id)

    async def _note_unsent(self, notification_id: NotificationId, tries: int) -> None:
        if tries >= MOST_TRIES:
            log.warning("letter.given_up", notification_id=notification_id, tries=tries)
            await self._note_failed(notification_id)
            return
        wait_s = backoff_s(tries - 1, first_s=FIRST_PAUSE.total_seconds(), most_s=LONGEST_PAUSE.total_seconds())
        async with self.unit_of_work.begin() as work:
            await work.mails.again(notification_id, timedelta(seconds=wait_s))
