"""Holds the records of each service against their copies in the others, a tenant at a time."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol, TypeVar

from chassis.errors import ThroughlineError
from gateway.domain.reconciliation import (
    CHECKS,
    Bucket,
    Check,
    Code,
    Comparison,
    Finding,
    Place,
    Reading,
    Records,
    Told,
    suspects,
    unequal,
)

T = TypeVar("T")

_AT_ONCE = 4
"""Checks made side by side: enough to keep nobody waiting for round trips, too few to be felt by the databases."""
_MOST_BUCKETS_AT_ONCE = 64
_MOST_BUCKETS = 256
"""Unequal buckets looked into. Where more of the 4,096 differ the copy as a whole is wrong, and examples suffice."""
_RECORDS_AT_ONCE = 500
_PAGE = 2000


class DidNotAnswer(Exception):
    """A service could not be asked."""

    def __init__(self, service: str) -> None:
        super().__init__(service)
        self.service = service


class RecordKeepers(Protocol):
    """The services, as those who keep records of one tenant.

    Every method raises `ThroughlineError` where the service does not answer.
    """

    async def digest(self, place: Place) -> Mapping[str, Bucket]: ...

    async def of_buckets(self, place: Place, buckets: Sequence[str]) -> Records: ...

    async def page(self, place: Place, after: str, size: int) -> Records: ...

    async def read(self, place: Place, ids: Sequence[str], told: Sequence[Told] = ()) -> Reading: ...


KeepersOf = Callable[[str], RecordKeepers]
"""By tenant."""


@dataclass(frozen=True, slots=True)
class Reconciler:
    """Reads only. Asks as this service, whoever asked for it."""

    keepers_of: KeepersOf
    tenants: Callable[[], Awaitable[Sequence[str]]]
    """All active tenants."""
    checks: Sequence[Check] = field(default=CHECKS)

    async def __call__(self, tenant_id: str | None, codes: Collection[Code], most_examples: int) -> list[Finding]:
        """What the checks found, in their order.

        Args:
            tenant_id: whose records; None for all active tenants, together.
            codes: only these checks; all where none is named.
            most_examples: how many differences of each check are named.
        """
        checks = [check for check in self.checks if not codes or check.code in codes]
        found = [Finding(check) for check in checks]
        for tenant in [tenant_id] if tenant_id else await self.tenants():
            more = await self._of_tenant(tenant, checks, most_examples)
            found = [one.with_more(other, most_examples) for one, other in zip(found, more, strict=True)]
        return found

    async def _of_tenant(self, tenant_id: str, checks: Sequence[Check], most_examples: int) -> list[Finding]:
        keepers, turn = self.keepers_of(tenant_id), asyncio.Semaphore(_AT_ONCE)

        async def made(check: Check) -> Finding:
            async with turn:
                return await _Attempt(keepers, check, tenant_id, most_examples).make()

        return list(await asyncio.gather(*map(made, checks)))


@dataclass(frozen=True, slots=True)
class _Attempt:
    """One check in one tenant."""

    keepers: RecordKeepers
    check: Check
    tenant_id: str
    most_examples: int

    async def make(self) -> Finding:
        try:
            return await (self._referred() if self.check.is_reference else self._compared())
        except DidNotAnswer as absence:
            return Finding(self.check, unanswered=absence.service)

    async def _compared(self) -> Finding:
        owner, copy = self.check.owner, self.check.copy
        owned, kept = await asyncio.gather(
            _asked(owner, self.keepers.digest(owner)), _asked(copy, self.keepers.digest(copy))
        )
        differing = unequal(owned, kept)
        comparison = Comparison(self.check, self.tenant_id)
        for buckets in _in_parts(differing[:_MOST_BUCKETS], _buckets_at_once(owned, kept)):
            mine, theirs = await asyncio.gather(
                _asked(owner, self.keepers.of_buckets(owner, buckets)),
                _asked(copy, self.keepers.of_buckets(copy, buckets)),
            )
            await self._judge(comparison, suspects(mine, theirs))
        return self._finding(comparison, _total(owned), _total(kept), has_more=len(differing) > _MOST_BUCKETS)

    async def _referred(self) -> Finding:
        """References are few beside what they refer to, so they are looked up page by page."""
        owner, copy = self.check.owner, self.check.copy
        comparison, after, referred = Comparison(self.check, self.tenant_id), "", 0
        while page := await _asked(copy, self.keepers.page(copy, after, _PAGE)):
            ids = sorted(page)
            known = await _asked(owner, self.keepers.read(owner, ids))
            await self._judge(comparison, [each for each in ids if each not in known.records])
            after, referred = ids[-1], referred + len(ids)
            if len(ids) < _PAGE:
                break
        return self._finding(comparison, 0, referred, has_more=False)

    async def _judge(self, comparison: Comparison, ids: Sequence[str]) -> None:
        """Reads the owner, the copy, and the owner again; why in this order stands at `Comparison.judge`."""
        owner, copy = self.check.owner, self.check.copy
        for some in _in_parts(ids, _RECORDS_AT_ONCE):
            before = await _asked(owner, self.keepers.read(owner, some))
            kept = await _asked(copy, self.keepers.read(copy, some, before.told))
            after = await _asked(owner, self.keepers.read(owner, some))
            comparison.judge(some, before, kept, after)

    def _finding(self, comparison: Comparison, owned: int, kept: int, *, has_more: bool) -> Finding:
        return Finding(
            self.check,
            owned,
            kept,
            len(comparison.differences),
            has_more,
            tuple(comparison.differences[: self.most_examples]),
            comparison.remedies,
        )


async def _asked(place: Place, answer: Awaitable[T]) -> T:
    """The answer of a service.

    Raises:
        DidNotAnswer: it is down, late, or too old to know the question.
    """
    try:
        return await answer
    except ThroughlineError as fault:
        raise DidNotAnswer(place.service) from fault


def _in_parts(items: Sequence[str], size: int) -> Iterator[Sequence[str]]:
    return (items[start : start + size] for start in range(0, len(items), size))


def _buckets_at_once(*sides: Mapping[str, Bucket]) -> int:
    """As many as keep an answer small however many records there are."""
    largest = max((bucket.records for side in sides for bucket in side.values()), default=1)
    return max(1, min(_MOST_BUCKETS_AT_ONCE, _PAGE // largest))


def _total(buckets: Mapping[str, Bucket]) -> int:
    return sum(bucket.records for bucket in buckets.values())
