"""What the use cases of API keys need from outside."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol, TypeVar

from chassis.audit import AuditTrail
from chassis.directory_snapshot import DirectoryPerson
from chassis.ids import PersonId, TenantId
from chassis.pages import Cursor
from gateway.domain.api_key import ApiKey
from gateway.domain.ids import ApiKeyId

R = TypeVar("R")


@dataclass(frozen=True, slots=True)
class ApiKeyFilter:
    """Which keys are wanted; what is None does not narrow."""

    person_id: PersonId | None = None
    good_at: datetime | None = None
    """Only those that are good at this moment."""


class ApiKeys(Protocol):
    """The tenant's keys."""

    async def hold_all(self) -> None:
        """Lets nobody else add one until the transaction ends."""
        ...

    async def count_good(self, now: datetime) -> int:
        """How many are good at a moment of real time."""
        ...

    async def get(self, api_key_id: ApiKeyId) -> ApiKey | None:
        """The key, or None."""
        ...

    async def lock(self, api_key_id: ApiKeyId) -> ApiKey | None:
        """The key, held until the transaction ends, or None."""
        ...

    async def with_prefix(self, prefix: str) -> ApiKey | None:
        """The key with this prefix, or None."""
        ...

    async def page(self, wanted: ApiKeyFilter, after: Cursor | None, size: int) -> Sequence[ApiKey]:
        """Keys, newest first, after the cursor, at most `size`."""
        ...

    async def add(self, key: ApiKey) -> None:
        """Keeps a new key."""
        ...

    async def revoke(self, key: ApiKey) -> None:
        """Keeps the end of a key."""
        ...

    async def note_used(self, used: Mapping[ApiKeyId, datetime]) -> None:
        """Keeps when keys were used last."""
        ...


class ApiKeyWork(Protocol):
    """What one transaction offers."""

    @property
    def now(self) -> datetime:
        """Business time of the transaction."""
        ...

    @property
    def tenant_id(self) -> TenantId:
        """The tenant it is for."""
        ...

    @property
    def api_keys(self) -> ApiKeys:
        """The tenant's keys."""
        ...

    @property
    def audit(self) -> AuditTrail:
        """Rows of the audit."""
        ...

    def tell_of_key(self, key: ApiKey, change: str) -> None:
        """Lets the fact leave with the transaction: an event, and a notice for the person."""
        ...

    async def answer(self, result: R) -> R:
        """Keeps the result as the answer to a repeat of the request, and passes it on."""
        ...


class ApiKeyUnitOfWork(Protocol):
    """Begins transactions of the running request's tenant."""

    def begin(self) -> AbstractAsyncContextManager[ApiKeyWork]:
        """One transaction; leaving by an exception rolls it back."""
        ...


class People(Protocol):
    """The read copy of the directory."""

    async def person(self, tenant_id: str, person_id: str) -> DirectoryPerson | None:
        """The person, active or not, or None.

        Raises:
            Unreachable: the copy cannot be read.
        """
        ...


class TokenMint(Protocol):
    """Signs short-lived tokens that stand for keys."""

    @property
    def is_open(self) -> bool:
        """Whether there is a key to sign with."""
        ...

    def token(self, key: ApiKey, tenant_id: TenantId, subject: str) -> MintedToken:
        """A token of the person, within the key's permissions."""
        ...


@dataclass(frozen=True, slots=True)
class MintedToken:
    """A token and until when it is good, in real time."""

    text: str
    expires_at: datetime
