"""An e-mail about a notification, and how long sending it is tried."""

from dataclasses import dataclass
from datetime import timedelta

from collab.domain.ids import NotificationId

MOST_TRIES = 14
"""With pauses that double from 5 s to an hour, about 4 hours: longer than most mail servers are down."""
FIRST_PAUSE = timedelta(seconds=5)
LONGEST_PAUSE = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Letter:
    """What is sent. Its notification names it, so that a mail server can tell a repeat."""

    notification_id: NotificationId
    to: str
    subject: str
    body: str
    is_urgent: bool = False


class LetterRefused(Exception):
    """The mail server will never take it, for example because there is no such address."""
