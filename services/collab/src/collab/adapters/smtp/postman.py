"""Sends letters by SMTP."""

from dataclasses import dataclass
from datetime import UTC, datetime
from email.message import EmailMessage
from email.utils import format_datetime, parseaddr
from typing import Self
from urllib.parse import unquote, urlsplit

import aiosmtplib

from chassis.errors import Unreachable
from collab.domain.letter import Letter, LetterRefused

_TIMEOUT_S = 15
_PORTS = {"smtp": 25, "smtps": 465, "smtp+starttls": 587}
_PERMANENT = 500


@dataclass(frozen=True, slots=True)
class MailServer:
    """Where letters are handed in."""

    host: str
    port: int
    username: str | None = None
    password: str | None = None
    use_tls: bool = False
    """TLS from the first byte."""
    start_tls: bool | None = None
    """True demands the change to TLS; None makes it where the server offers it."""

    @classmethod
    def parse(cls, url: str) -> Self:
        """From `smtp://`, `smtps://` or `smtp+starttls://`, with name and password where the server wants them.

        Raises:
            ValueError: the URL names no host, or another protocol.
        """
        parts = urlsplit(url)
        if parts.scheme not in _PORTS or not parts.hostname:
            raise ValueError("must be smtp://, smtps:// or smtp+starttls:// with a host")
        return cls(
            parts.hostname,
            parts.port or _PORTS[parts.scheme],
            unquote(parts.username) if parts.username else None,
            unquote(parts.password) if parts.password else None,
            use_tls=parts.scheme == "smtps",
            start_tls={"smtps": False, "smtp+starttls": True}.get(parts.scheme),
        )


class SmtpPostman:
    """One connection per letter: notices are few, and a server's limits per connection are none of our concern."""

    def __init__(self, server: MailServer, sender: str) -> None:
        self._server = server
        self._sender = sender
        self._domain = parseaddr(sender)[1].rpartition("@")[2]

    async def send(self, letter: Letter) -> None:
        """Hands the letter to the mail server.

        Raises:
            LetterRefused: the server will never take it: it refuses the recipient or the content for good.
            Unreachable: it may be taken later: the server is away, busy, or does not let us in.
        """
        server = self._server
        try:
            await aiosmtplib.send(
                self._message(letter),
                hostname=server.host,
                port=server.port,
                username=server.username,
                password=server.password,
                use_tls=server.use_tls,
                start_tls=server.start_tls,
                timeout=_TIMEOUT_S,
            )
        except aiosmtplib.SMTPRecipientsRefused as refusal:
            codes = [each.code for each in refusal.recipients]
            if all(code >= _PERMANENT for code in codes):
                raise LetterRefused(f"recipient refused with {codes}") from refusal
            raise Unreachable("mail server") from refusal
        except aiosmtplib.SMTPDataError as refusal:
            if refusal.code >= _PERMANENT:
                raise LetterRefused(f"content refused with {refusal.code}") from refusal
            raise Unreachable("mail server") from refusal
        except (aiosmtplib.SMTPException, OSError, ValueError) as fault:
            raise Unreachable("mail server") from fault

    def _message(self, letter: Letter) -> EmailMessage:
        message = EmailMessage()
        message["From"] = self._sender
        message["To"] = letter.to
        message["Subject"] = letter.subject
        message["Date"] = format_datetime(datetime.now(UTC))
        message["Message-ID"] = f"<{letter.notification_id}@{self._domain}>"
        message["Auto-Submitted"] = "auto-generated"
        if letter.is_urgent:
            message["Importance"] = "high"
        message.set_content(letter.body)
        return message
