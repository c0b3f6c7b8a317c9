"""Make, change, stop and archive webhooks."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial

from chassis import context
from chassis.errors import Invalid, NotFound, NotInThisProfile
from chassis.ids import TenantId, new_id
from gateway.application.webhook_ports import EventKinds, SecretVault, WebhookUnitOfWork, WebhookWork
from gateway.application.webhook_rules import spec_faults
from gateway.domain.ids import WebhookId
from gateway.domain.webhook import MOST_WEBHOOKS, SealedSecrets, TooMany, Webhook, WebhookSpec, WebhookState
from gateway.domain.webhook_address import AddressRules

SECRET_BYTES = 32
CHANGES = {
    "create": "created",
    "update": "updated",
    "pause": "paused",
    "resume": "resumed",
    "suspend": "suspended",
    "archive": "archived",
    "restore": "restored",
    "rotate_secret": "secret_rotated",
}
"""What events call each move."""


@dataclass(frozen=True, slots=True)
class UpdateWebhook:
    """What is to change."""

    webhook_id: WebhookId
    version: int
    """As the caller saw it."""
    edit: Callable[[WebhookSpec], WebhookSpec]
    """The present words with the new ones in them."""


@dataclass(frozen=True, slots=True)
class RotateSecret:
    """Which webhook gets a new secret, and how long the old one signs too."""

    webhook_id: WebhookId
    version: int
    overlap: timedelta


@dataclass(frozen=True, slots=True)
class ShownWebhook:
    """A webhook with its secret, in the one answer that shows it."""

    webhook: Webhook
    secret: bytes = field(default=b"", repr=False)
    """Empty in what is stored as the answer to repeats: the secret lies nowhere unsealed."""


@dataclass(frozen=True, slots=True)
class WebhookKeeper:
    """Changes of webhooks."""

    unit_of_work: WebhookUnitOfWork
    vault: SecretVault
    kinds: EventKinds
    addresses: AddressRules
    wake: Callable[[TenantId, WebhookId], None]
    """Called once a webhook may have something to send."""
    real_now: Callable[[], datetime] = lambda: datetime.now(UTC)
    new_secret: Callable[[], bytes] = lambda: secrets.token_bytes(SECRET_BYTES)

    async def create(self, spec: WebhookSpec) -> ShownWebhook:
        """Keeps a new webhook, active, and returns it with its secret.

        Raises:
            Invalid: names every fault.
            TooMany: the tenant has as many as it may have.
            NotInThisProfile: there is no key to seal secrets with.
        """
        if not self.vault.is_open:
            raise NotInThisProfile("CreateWebhook")
        wanted = self._checked(spec)
        async with self.unit_of_work.begin() as work:
            await work.webhooks.hold_all()
            await _require_room(work)
            webhook_id, secret = WebhookId(new_id()), self.new_secret()
            sealed = SealedSecrets(self.vault.seal(secret, webhook_id))
            actor = context.current().principal.actor
            webhook = Webhook(webhook_id, wanted, sealed, WebhookState.ACTIVE, actor, work.now, work.now)
            await keep_webhook(work, None, webhook, "create")
            await work.answer(ShownWebhook(webhook))
        return ShownWebhook(webhook, secret)

    async def update(self, command: UpdateWebhook) -> Webhook:
        """Keeps other words about a webhook and returns it.

        Raises:
            NotFound, Stale, Invalid, WebhookStateForbids: as the contract says.
        """
        async with self.unit_of_work.begin() as work:
            before = await _held(work, command.webhook_id, command.version)
            after = before.edited(self._checked(command.edit(before.spec)), work.now)
            if after.spec.url != before.spec.url:
                await work.deliveries.try_at_once(after.id)
                self._wake_later(work, after)
            return await work.answer(await keep_webhook(work, before, after, "update"))

    async def pause(self, webhook_id: WebhookId, version: int) -> Webhook:
        """Holds deliveries back.

        Raises:
            NotFound, Stale, WebhookStateForbids: as the contract says.
        """
        async with self.unit_of_work.begin() as work:
            before = await _held(work, webhook_id, version)
            return await work.answer(await keep_webhook(work, before, before.paused(work.now), "pause"))

    async def resume(self, webhook_id: WebhookId, version: int) -> Webhook:
        """Sends on at once, beginning with what waits.

        Raises:
            NotFound, Stale, WebhookStateForbids: as the contract says.
        """
        async with self.unit_of_work.begin() as work:
            before = await _held(work, webhook_id, version)
            after = before.resumed(work.now)
            await work.deliveries.try_at_once(after.id)
            self._wake_later(work, after)
            return await work.answer(await keep_webhook(work, before, after, "resume"))

    async def archive(self, webhook_id: WebhookId, version: int) -> Webhook:
        """Takes a webhook out of use.

        Raises:
            NotFound, Stale: as the contract says.
        """
        async with self.unit_of_work.begin() as work:
            before = await _held(work, webhook_id, version)
            return await work.answer(await keep_webhook(work, before, before.archived(work.now), "archive"))

    async def restore(self, webhook_id: WebhookId, version: int) -> Webhook:
        """Brings an archived webhook back, paused.

        Raises:
            NotFound, Stale: as the contract says.
            TooMany: the tenant has as many in use as it may have.
        """
        async with self.unit_of_work.begin() as work:
            await work.webhooks.hold_all()
            before = await _held(work, webhook_id, version)
            after = before.restored(work.now)
            if after is not before:
                await _require_room(work)
            return await work.answer(await keep_webhook(work, before, after, "restore"))

    async def rotate_secret(self, command: RotateSecret) -> ShownWebhook:
        """Gives a webhook a new secret.

        Raises:
            NotFound, Stale, WebhookStateForbids: as the contract says.
            NotInThisProfile: there is no key to seal it with.
        """
        if not self.vault.is_open:
            raise NotInThisProfile("RotateWebhookSecret")
        async with self.unit_of_work.begin() as work:
            before = await _held(work, command.webhook_id, command.version)
            secret = self.new_secret()
            sealed = self.vault.seal(secret, before.id)
            rotated = before.secrets.rotated(sealed, at=self.real_now(), overlap=command.overlap)
            after = await keep_webhook(work, before, before.with_secrets(rotated, work.now), "rotate_secret")
            await work.answer(ShownWebhook(after))
        return ShownWebhook(after, secret)

    def _checked(self, spec: WebhookSpec) -> WebhookSpec:
        tidied = spec.tidied()
        if faults := spec_faults(tidied, self.kinds.all(), self.addresses):
            raise Invalid(faults)
        return tidied

    def _wake_later(self, work: WebhookWork, webhook: Webhook) -> None:
        work.after_commit(partial(self.wake, work.tenant_id, webhook.id))


async def _require_room(work: WebhookWork) -> None:
    if await work.webhooks.count_in_use() >= MOST_WEBHOOKS:
        raise TooMany("webhook", MOST_WEBHOOKS)


async def _held(work: WebhookWork, webhook_id: WebhookId, version: int) -> Webhook:
    webhook = await work.webhooks.lock(webhook_id)
    if webhook is None:
        raise NotFound("webhook", webhook_id)
    webhook.require_version(version)
    return webhook


async def keep_webhook(work: WebhookWork, before: Webhook | None, after: Webhook, move: str) -> Webhook:
    """Keeps, tells and records a change; nothing where there is none."""
    if before is not None and after.version == before.version:
        return after
    await work.webhooks.save(after)
    work.tell(after, CHANGES[move])
    work.audit.record(
        action=f"webhook.{move}",
        resource=f"webhooks/{after.id}",
        before=audited(before) if before else None,
        after=audited(after),
    )
    return after


def audited(webhook: Webhook) -> dict[str, object]:
    """A webhook as the audit shows it, without secrets."""
    spec = webhook.spec
    return {
        "name": spec.name,
        "url": spec.url,
        "event_types": list(spec.event_types),
        "filters": [{"field": each.field, "values": list(each.values)} for each in spec.filters],
        "state": webhook.state.value,
        "version": webhook.version,
    }
