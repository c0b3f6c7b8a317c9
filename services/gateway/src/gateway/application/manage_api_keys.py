"""Make and end API keys."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

from chassis import context
from chassis.authorization import Authorizer
from chassis.context import Principal
from chassis.directory_snapshot import DirectoryPerson
from chassis.errors import Forbidden, Invalid, NotFound, NotInThisProfile, Violation
from chassis.ids import PersonId, new_id
from chassis.pages import Cursor
from gateway.application.api_key_ports import ApiKeyFilter, ApiKeyUnitOfWork, ApiKeyWork, People, TokenMint
from gateway.domain.api_key import (
    LONGEST_LIFE,
    MOST_KEYS,
    NEVER_BY_KEY,
    USUAL_LIFE,
    USUAL_RATE_PER_S,
    ApiKey,
    KeyText,
)
from gateway.domain.ids import ApiKeyId
from gateway.domain.webhook import TooMany

CREATE = "api_key.write"
_PREFIX_BYTES, _SECRET_BYTES = 6, 32


@dataclass(frozen=True, slots=True)
class CreateApiKey:
    """A key as somebody wants it."""

    name: str
    permissions: tuple[str, ...]
    person_id: PersonId | None = None
    """None for the caller."""
    expires_at: datetime | None = None
    rate_per_s: int = USUAL_RATE_PER_S


@dataclass(frozen=True, slots=True)
class ShownKey:
    """A key's facts with the key itself, in the one answer that shows it."""

    key: ApiKey
    text: str = field(default="", repr=False)
    """Empty in what is stored as the answer to repeats."""


@dataclass(frozen=True, slots=True)
class ApiKeyKeeper:
    """Keys of the caller's tenant."""

    unit_of_work: ApiKeyUnitOfWork
    authorizer: Authorizer
    people: People
    mint: TokenMint
    real_now: Callable[[], datetime] = lambda: datetime.now(UTC)
    random: Callable[[int], bytes] = secrets.token_bytes

    async def create(self, command: CreateApiKey) -> ShownKey:
        """Keeps a new key and returns it with its text.

        Raises:
            Invalid: names every fault.
            Forbidden: the caller is no person of a tenant.
            TooMany: the tenant has as many as it may have.
            NotInThisProfile: there is no key to sign tokens with.
        """
        if not self.mint.is_open:
            raise NotInThisProfile("CreateApiKey")
        caller = context.current().principal
        if caller.person_id is None or caller.tenant_id is None:
            raise Forbidden(CREATE)
        person_id, now = command.person_id or caller.person_id, self.real_now()
        person = await self.people.person(caller.tenant_id, person_id)
        if faults := [*self._person_faults(command, caller, person), *_expiry_faults(command, now)]:
            raise Invalid(faults)
        text = KeyText.of(caller.tenant_id, self.random(_PREFIX_BYTES), self.random(_SECRET_BYTES))
        async with self.unit_of_work.begin() as work:
            await work.api_keys.hold_all()
            if await work.api_keys.count_good(now) >= MOST_KEYS:
                raise TooMany("api_key", MOST_KEYS)
            key = ApiKey(
                id=ApiKeyId(new_id()),
                name=command.name.strip(),
                person_id=person_id,
                permissions=tuple(sorted(command.permissions)),
                prefix=text.prefix,
                digest=text.digest,
                rate_per_s=command.rate_per_s,
                created_by=caller.actor,
                created_at=work.now,
                expires_at=command.expires_at or now + USUAL_LIFE,
            )
            await work.api_keys.add(key)
            _record(work, "create", "created", None, key)
            await work.answer(ShownKey(key))
        return ShownKey(key, text.text)

    async def revoke(self, api_key_id: ApiKeyId) -> ApiKey:
        """Ends a key and returns it.

        Raises:
            NotFound: there is none.
        """
        async with self.unit_of_work.begin() as work:
            before = await work.api_keys.lock(api_key_id)
            if before is None:
                raise NotFound("api_key", api_key_id)
            after = before.revoked(self.real_now())
            if after is not before:
                await work.api_keys.revoke(after)
                _record(work, "revoke", "revoked", before, after)
            return await work.answer(after)

    async def get(self, api_key_id: ApiKeyId) -> ApiKey:
        """One key.

        Raises:
            NotFound: there is none.
        """
        async with self.unit_of_work.begin() as work:
            found = await work.api_keys.get(api_key_id)
        if found is None:
            raise NotFound("api_key", api_key_id)
        return found

    async def page(
        self, person_id: PersonId | None, after: Cursor | None, size: int, *, with_ended: bool
    ) -> Sequence[ApiKey]:
        """Keys, newest first, at most `size`."""
        wanted = ApiKeyFilter(person_id, None if with_ended else self.real_now())
        async with self.unit_of_work.begin() as work:
            return await work.api_keys.page(wanted, after, size)

    def _person_faults(
        self, command: CreateApiKey, caller: Principal, person: DirectoryPerson | None
    ) -> Iterator[Violation]:
        if not command.name.strip():
            yield Violation("name", "name.empty", "must say something")
        if person is None or not person.is_active:
            yield Violation("person_id", "person.unknown", "is no active person of the tenant")
            return
        for place, permission in enumerate(command.permissions):
            if said := self._permission_fault(permission, caller, person):
                yield Violation(f"permissions[{place}]", "permission.not_grantable", said)

    def _permission_fault(self, permission: str, caller: Principal, person: DirectoryPerson) -> str:
        """Why the person's key cannot have the permission from this caller; empty where it can."""
        if permission not in self.authorizer.roles.permissions or permission in NEVER_BY_KEY:
            return f"{permission} is no permission of keys"
        if self.authorizer.roles.scope(person.roles, permission) == "none":
            return f"the person does not hold {permission}"
        held = self.authorizer.scope(permission, principal=caller).kind
        if held == "none" or (person.person_id != caller.person_id and held != "all"):
            return f"you do not hold {permission} widely enough to give it to a key"
        return ""


def _expiry_faults(command: CreateApiKey, now: datetime) -> Iterator[Violation]:
    if command.expires_at is not None and not now < command.expires_at <= now + LONGEST_LIFE:
        yield Violation("expires_at", "expiry.range", f"must lie ahead, at most {LONGEST_LIFE.days} days")


def _record(work: ApiKeyWork, move: str, change: str, before: ApiKey | None, after: ApiKey) -> None:
    work.tell_of_key(after, change)
    work.audit.record(
        action=f"api_key.{move}",
        resource=f"api-keys/{after.id}",
        before=_audited(before) if before else None,
        after=_audited(after),
    )


def _audited(key: ApiKey) -> dict[str, object]:
    return {
        "name": key.name,
        "person_id": key.person_id,
        "permissions": list(key.permissions),
        "prefix": key.prefix,
        "expires_at": key.expires_at,
        "revoked_at": key.revoked_at,
    }
