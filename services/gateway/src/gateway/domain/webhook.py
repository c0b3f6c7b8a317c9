"""A subscription of somebody outside to events: what it asks for, where it is sent, whether it is sent."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Self

from chassis.errors import Refused, Stale
from gateway.domain.ids import WebhookId

MOST_WEBHOOKS = 50
"""Of one tenant, those in use."""
USUAL_OVERLAP = timedelta(hours=24)
"""How long the secret before the present one signs too."""


class WebhookState(StrEnum):
    """Where a webhook stands."""

    ACTIVE = "active"
    PAUSED = "paused"
    """Somebody has stopped it; events queue up."""
    SUSPENDED = "suspended"
    """It was stopped after an event could not be delivered for long; events queue up."""
    ARCHIVED = "archived"
    """Out of use; no events are taken for it."""


class WebhookStateForbids(Refused):
    """The webhook is in a state that forbids the move."""

    reason = "WEBHOOK_STATE_FORBIDS"

    def __init__(self, webhook_id: WebhookId, state: WebhookState, move: str) -> None:
        message = f"Webhook {webhook_id} is {state}, which forbids {move}."
        super().__init__(message, webhook_id=webhook_id, state=state.value, move=move)


class TooMany(Refused):
    """The tenant has as many things of a kind as it may have."""

    reason = "TOO_MANY"

    def __init__(self, kind: str, limit: int) -> None:
        super().__init__(f"There are as many of the kind {kind} as there may be: {limit}.", kind=kind, limit=limit)


@dataclass(frozen=True, slots=True)
class EventFilter:
    """The event's field must have one of the values."""

    field: str
    """Name, or names from the outside in with dots between them: `customer.grade`."""
    values: tuple[str, ...]
    """As JSON shows them, without quotes."""

    def passes(self, data: Mapping[str, object]) -> bool:
        """Whether an event with this content, as JSON, gets through; what has no value has the text `null`."""
        found: object = data
        for name in self.field.split("."):
            found = found.get(name) if isinstance(found, Mapping) else None
        return as_text(found) in self.values


@dataclass(frozen=True, slots=True)
class WebhookSpec:
    """What somebody says about a webhook."""

    name: str
    url: str
    event_types: tuple[str, ...]
    filters: tuple[EventFilter, ...] = ()

    def tidied(self) -> WebhookSpec:
        """The same without blanks at the ends and without repetitions."""
        types = tuple(dict.fromkeys(each.strip() for each in self.event_types))
        return replace(self, name=self.name.strip(), url=self.url.strip(), event_types=types)

    def wants(self, event_type: str, data: Mapping[str, object]) -> bool:
        """Whether an event of this type and content is to be sent."""
        return event_type in self.event_types and all(each.passes(data) for each in self.filters)


@dataclass(frozen=True, slots=True)
class SealedSecrets:
    """The secrets that a webhook's requests are signed with, sealed."""

    present: bytes
    old: bytes | None = None
    old_until: datetime | None = None
    """Real time until which the old one signs too."""

    def at(self, moment: datetime) -> Sequence[bytes]:
        """Those that sign at a moment of real time, the present one first."""
        if self.old is not None and self.old_until is not None and moment < self.old_until:
            return (self.present, self.old)
        return (self.present,)

    def rotated(self, present: bytes, *, at: datetime, overlap: timedelta) -> SealedSecrets:
        """With a new one; the present one goes on signing for the overlap."""
        return SealedSecrets(present, self.present, at + overlap) if overlap else SealedSecrets(present)


@dataclass(frozen=True, slots=True)
class Webhook:
    """One subscription. Every change gives a new version."""

    id: WebhookId
    spec: WebhookSpec
    secrets: SealedSecrets
    state: WebhookState
    created_by: str
    created_at: datetime
    updated_at: datetime
    version: int = 1

    def require_version(self, version: int) -> None:
        """Checks that a caller saw it as it is.

        Raises:
            Stale: it has changed since.
        """
        if version != self.version:
            raise Stale("webhook", self.id, self.version)

    def require_in_use(self, move: str) -> None:
        """Checks that it is not archived.

        Raises:
            WebhookStateForbids: it is.
        """
        if self.state is WebhookState.ARCHIVED:
            raise WebhookStateForbids(self.id, self.state, move)

    def edited(self, spec: WebhookSpec, at: datetime) -> Self:
        """With other words about it; itself where nothing differs."""
        self.require_in_use("update")
        return self if spec == self.spec else replace(self, spec=spec, updated_at=at, version=self.version + 1)

    def paused(self, at: datetime) -> Self:
        """Held back. One that was suspended becomes paused: somebody has taken note of it."""
        self.require_in_use("pause")
        return self._moved(WebhookState.PAUSED, at)

    def resumed(self, at: datetime) -> Self:
        """Sent on."""
        self.require_in_use("resume")
        return self._moved(WebhookState.ACTIVE, at)

    def suspended(self, at: datetime) -> Self:
        """Stopped, for its receiver takes nothing. Only one that is active can be."""
        return self._moved(WebhookState.SUSPENDED, at) if self.state is WebhookState.ACTIVE else self

    def archived(self, at: datetime) -> Self:
        """Out of use."""
        return self._moved(WebhookState.ARCHIVED, at)

    def restored(self, at: datetime) -> Self:
        """Back in use, paused. One that is in use stays as it is."""
        return self._moved(WebhookState.PAUSED, at) if self.state is WebhookState.ARCHIVED else self

    def with_secrets(self, secrets: SealedSecrets, at: datetime) -> Self:
        """Signed with other secrets."""
        self.require_in_use("rotateSecret")
        return replace(self, secrets=secrets, updated_at=at, version=self.version + 1)

    def _moved(self, state: WebhookState, at: datetime) -> Self:
        return self if state is self.state else replace(self, state=state, updated_at=at, version=self.version + 1)


def as_text(value: object) -> str:
    """A plain JSON value as filters write it: `true`, `12`, `ASSIGNED`, `null`."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return "null" if value is None else str(value)
