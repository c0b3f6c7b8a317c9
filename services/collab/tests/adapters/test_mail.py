"""E-mails: a real SMTP server takes, postpones and refuses them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default as modern
from typing import Any

import pytest
from aiosmtpd.controller import Controller

from chassis.errors import Unreachable
from chassis.ids import new_id
from collab.adapters.smtp.postman import MailServer, SmtpPostman
from collab.domain.ids import NotificationId
from collab.domain.letter import Letter, LetterRefused
from support.databases import DatabaseFactory
from support.events import an_event
from support.tokens import TokenIssuer
from support.waiting import eventually_async
from throughline.collab.v1 import directory_service_pb2 as directory_pb
from throughline.collab.v1 import notification_service_pb2 as pb
from throughline.lead_router.v1 import events_pb2 as router_pb

from ..running import Running, TenantSite, run_service


@dataclass
class Letterbox:
    """What a mail server has taken, and how it answers."""

    letters: list[EmailMessage] = field(default_factory=list)
    answers: list[str] = field(default_factory=list)
    """Answers to the next letters, before it takes any."""
    recipient_answer: str = "250 OK"

    async def handle_RCPT(self, server: Any, session: Any, envelope: Any, address: str, options: Any) -> str:  # noqa: N802
        if self.recipient_answer.startswith("250"):
            envelope.rcpt_tos.append(address)
        return self.recipient_answer

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802
        if self.answers:
            return self.answers.pop(0)
        self.letters.append(message_from_bytes(envelope.content, policy=modern))
        return "250 taken"


@dataclass
class MailHost:
    """A running mail server."""

    box: Letterbox
    port: int

    @property
    def url(self) -> str:
        return f"smtp://127.0.0.1:{self.port}"

    @property
    def postman(self) -> SmtpPostman:
        return SmtpPostman(MailServer.parse(self.url), "思路 <no-reply@crm.example>")


@pytest.fixture
def mail_host(free_port: Callable[[], int]) -> Iterator[MailHost]:
    host = MailHost(Letterbox(), free_port())
    controller = Controller(host.box, hostname="127.0.0.1", port=host.port)
    controller.start()
    yield host
    controller.stop()


def a_letter(**facts: Any) -> Letter:
    usual = {
        "notification_id": NotificationId(new_id()),
        "to": "li.na@y.example",
        "subject": "新线索",
        "body": "请跟进。\n",
    }
    return Letter(**{**usual, **facts})


async def test_a_letter_arrives_under_the_id_of_its_notification(mail_host: MailHost) -> None:
    letter = a_letter(is_urgent=True)

    await mail_host.postman.send(letter)

    (arrived,) = mail_host.box.letters
    assert arrived["Message-ID"] == f"<{letter.notification_id}@crm.example>"
    assert (arrived["To"], arrived["Subject"], arrived["Importance"]) == ("li.na@y.example", "新线索", "high")
    assert "no-reply@crm.example" in arrived["From"]
    assert arrived["Auto-Submitted"] == "auto-generated"
    assert arrived.get_content().strip() == "请跟进。"


@pytest.mark.parametrize("answer", ["550 no such user", "553 no"])
async def test_a_recipient_that_does_not_exist_is_refused_for_good(mail_host: MailHost, answer: str) -> None:
    mail_host.box.recipient_answer = answer

    with pytest.raises(LetterRefused) as refused:
        await mail_host.postman.send(a_letter())

    assert "li.na" not in str(refused.value)


async def test_content_that_is_refused_is_refused_for_good(mail_host: MailHost) -> None:
    mail_host.box.answers = ["554 spam"]

    with pytest.raises(LetterRefused):
        await mail_host.postman.send(a_letter())


async def test_a_busy_server_may_take_it_later(mail_host: MailHost) -> None:
    mail_host.box.recipient_answer = "450 mailbox busy"
    with pytest.raises(Unreachable):
        await mail_host.postman.send(a_letter())

    mail_host.box.recipient_answer, mail_host.box.answers = "250 OK", ["451 later"]
    with pytest.raises(Unreachable):
        await mail_host.postman.send(a_letter())


async def test_a_server_that_does_not_let_us_in_may_do_so_later(mail_host: MailHost) -> None:
    for url in (f"smtp://u:wrong@127.0.0.1:{mail_host.port}", f"smtp+starttls://127.0.0.1:{mail_host.port}"):
        with pytest.raises(Unreachable):
            await SmtpPostman(MailServer.parse(url), "a@crm.example").send(a_letter())


async def test_a_server_that_is_away_may_come_back(free_port: Callable[[], int]) -> None:
    with pytest.raises(Unreachable):
        await SmtpPostman(MailServer.parse(f"smtp://127.0.0.1:{free_port()}"), "a@crm.example").send(a_letter())


@pytest.mark.parametrize(
    ("url", "server"),
    [
        ("smtp://relay", MailServer("relay", 25)),
        ("smtps://relay", MailServer("relay", 465, use_tls=True, start_tls=False)),
        (
            "smtp+starttls://me%40crm:pa%2Fss@relay:2525",
            MailServer("relay", 2525, "me@crm", "pa/ss", start_tls=True),
        ),
    ],
)
def test_a_server_is_read_from_its_url(url: str, server: MailServer) -> None:
    assert MailServer.parse(url) == server


@pytest.mark.parametrize("url", ["http://relay", "smtp://", "relay:25"])
def test_what_is_no_mail_server_is_refused(url: str) -> None:
    with pytest.raises(ValueError, match="smtp"):
        MailServer.parse(url)


@pytest.fixture
async def mailing(
    database_factory: DatabaseFactory, token_issuer: TokenIssuer, mail_host: MailHost
) -> AsyncIterator[Running]:
    """The service with a mail server, its mail room at work."""
    settings = {
        "SMTP_URL": mail_host.url,
        "MAIL_FROM": "no-reply@crm.example",
        "CONSOLE_URL": "https://crm.example/",
    }
    async with run_service(database_factory("collab"), token_issuer, settings) as served, at_work(served):
        yield served


@asynccontextmanager
async def at_work(running: Running) -> AsyncIterator[None]:
    """The mail room works while the block lasts."""
    (work,) = running.service.working
    room = asyncio.ensure_future(work())
    yield
    room.cancel()
    await asyncio.wait([room])


async def a_site(running: Running) -> TenantSite:
    site = await running.a_tenant()
    rep = directory_pb.PersonRow(
        employee_no="2", name="李娜", subject="rep", team="管理", roles=["rep"], email="li.na@y.example"
    )
    await running.directory.ImportDirectory(directory_pb.ImportDirectoryRequest(people=[rep]), metadata=site.by_admin)
    await running.settle()
    return site


async def assign(site: TenantSite) -> str:
    people = await site.running.directory.ListPeople(directory_pb.ListPeopleRequest(role="rep"), metadata=site.by_admin)
    fact = router_pb.LeadAssigned(lead_id=new_id(), owner_id=people.people[0].person_id)
    await site.running.hear(an_event(fact, site.tenant_id, aggregate_id=fact.lead_id))
    return fact.lead_id


async def has_email_states(site: TenantSite, *states: str) -> bool:
    listed = await site.running.notifications.ListNotifications(pb.ListNotificationsRequest(), metadata=site.by("rep"))
    return [each.email_state for each in listed.notifications] == list(states)


async def test_a_notification_is_mailed_after_it_is_kept(mailing: Running, mail_host: MailHost) -> None:
    site = await a_site(mailing)

    lead_id = await assign(site)

    await eventually_async(lambda: has_email_states(site, "sent"))
    (letter,) = mail_host.box.letters
    listed = await mailing.notifications.ListNotifications(pb.ListNotificationsRequest(), metadata=site.by("rep"))
    assert letter["Message-ID"] == f"<{listed.notifications[0].notification_id}@crm.example>"
    assert letter["Subject"] == "新线索"
    assert f"https://crm.example/leads/{lead_id}" in letter.get_content()


async def test_a_letter_that_was_refused_shows_as_failed(mailing: Running, mail_host: MailHost) -> None:
    site = await a_site(mailing)
    mail_host.box.recipient_answer = "550 no such user"

    await assign(site)

    await eventually_async(lambda: has_email_states(site, "failed"))


async def test_what_a_dead_process_left_behind_is_sent_by_the_next_one(
    database_factory: DatabaseFactory, token_issuer: TokenIssuer, mail_host: MailHost
) -> None:
    addresses, settings = database_factory("collab"), {"SMTP_URL": mail_host.url}
    async with run_service(addresses, token_issuer, settings) as first:
        site = await a_site(first)
        await assign(site)  # its mail room never ran
        assert await has_email_states(site, "pending")

    async with run_service(addresses, token_issuer, settings) as second, at_work(second):
        later = TenantSite(second, site.tenant_id, site.admin_id)
        await eventually_async(lambda: has_email_states(later, "sent"))

    assert len(mail_host.box.letters) == 1
