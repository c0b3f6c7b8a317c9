"""Settings of the service, read from `COLLAB_…`."""

from email.utils import parseaddr
from urllib.parse import urlsplit

from pydantic import Field, ValidationInfo, field_validator

from chassis.settings import ServiceSettings


class Settings(ServiceSettings, env_prefix="COLLAB_"):
    """Mail and deadlines of notifications, beside what every service needs."""

    smtp_url: str | None = Field(default=None, repr=False, pattern=r"^(smtp|smtps|smtp\+starttls)://[^/\s]+$")
    """Mail server, for example `smtp+starttls://name:password@mail.example.com`; without it no e-mails are sent."""
    mail_from: str = "throughline@localhost"
    """Sender of e-mails, with or without a name before the address."""
    console_url: str = Field(default="", pattern=r"^(https?://\S+)?$")
    """Where links in e-mails lead; empty for e-mails without links."""
    escalate_unread_after_min: int = Field(default=30, ge=1, le=7 * 24 * 60)
    """Minutes after which a supervisor is told that an urgent notification is unread."""

    @field_validator("smtp_url")
    @classmethod
    def _mail_is_protected(cls, url: str | None, info: ValidationInfo) -> str | None:
        is_production = info.data.get("environment", "production") == "production"
        if url and is_production and info.data.get("transport") != "mesh" and urlsplit(url).scheme == "smtp":
            raise ValueError("use smtps:// or smtp+starttls:// in production, unless a mesh encrypts")
        return url

    @field_validator("mail_from")
    @classmethod
    def _mail_has_a_sender(cls, sender: str) -> str:
        name, at, domain = parseaddr(sender)[1].rpartition("@")
        if not (name and at and domain):
            raise ValueError("must be an e-mail address")
        return sender
