"""Exchange keys for tokens, request by request, and note that they were used."""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from chassis.errors import Unauthenticated
from chassis.every_tenant import on_behalf_of
from chassis.ids import TenantId
from gateway.application.api_key_ports import ApiKeyUnitOfWork, MintedToken, People, TokenMint
from gateway.domain.api_key import ApiKey, ApiKeyState, KeyText
from gateway.domain.ids import ApiKeyId

FRESH_FOR_S = 2.0
"""How long it is believed that a key is as it was: with what is under way, its end takes effect within 5 s."""
RENEWED_BEFORE = timedelta(seconds=15)
"""A token with less time left is not used for another request."""
_MOST_KEPT = 10_000
_METHOD = "gateway.api_keys"
_REFUSED = "the API key is not good"


@dataclass(frozen=True, slots=True)
class ExchangedKey:
    """A good key, and what stands for it inside."""

    key: ApiKey
    tenant_id: TenantId
    subject: str
    token: MintedToken


@dataclass(slots=True)
class _Kept:
    looked_at_s: float
    exchanged: ExchangedKey | None


class ApiKeyExchange:
    """The keys in use in this process. What is no good key is refused in the same words, whatever is wrong with it."""

    def __init__(
        self,
        unit_of_work: ApiKeyUnitOfWork,
        people: People,
        mint: TokenMint,
        *,
        clock: Callable[[], float] = time.monotonic,
        real_now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._unit_of_work = unit_of_work
        self._people = people
        self._mint = mint
        self._clock = clock
        self._real_now = real_now
        self._kept: OrderedDict[bytes, _Kept] = OrderedDict()
        self._used: dict[TenantId, dict[ApiKeyId, datetime]] = {}

    async def __call__(self, text: str) -> ExchangedKey:
        """The key that somebody sends, with a token.

        Raises:
            Unauthenticated: it is unknown, revoked or expired, its person is gone, or keys are not taken here.
            Unreachable: the database does not answer.
        """
        key = KeyText.parse(text)
        if key is None or not self._mint.is_open:
            raise Unauthenticated(_REFUSED)
        kept = self._kept.get(key.digest)
        if kept is None or self._clock() - kept.looked_at_s >= FRESH_FOR_S:
            kept = await self._look(key, kept.exchanged if kept else None)
        if kept.exchanged is None:
            raise Unauthenticated(_REFUSED)
        self._used.setdefault(key.tenant_id, {})[kept.exchanged.key.id] = self._real_now()
        return kept.exchanged

    async def note_used(self) -> None:
        """Keeps in the database which keys were used since the last time."""
        used, self._used = self._used, {}
        for tenant_id, moments in used.items():
            with on_behalf_of(tenant_id, _METHOD, service="gateway"):
                async with self._unit_of_work.begin() as work:
                    await work.api_keys.note_used(moments)

    async def _look(self, key: KeyText, before: ExchangedKey | None) -> _Kept:
        looked_at_s = self._clock()
        kept = self._kept[key.digest] = _Kept(looked_at_s, await self._exchanged(key, before))
        self._kept.move_to_end(key.digest)
        if len(self._kept) > _MOST_KEPT:
            self._kept.popitem(last=False)
        return kept

    async def _exchanged(self, key: KeyText, before: ExchangedKey | None) -> ExchangedKey | None:
        with on_behalf_of(key.tenant_id, _METHOD, service="gateway"):
            async with self._unit_of_work.begin() as work:
                known = await work.api_keys.with_prefix(key.prefix)
        now = self._real_now()
        if known is None or not known.is_that(key) or known.state_at(now) is not ApiKeyState.ACTIVE:
            return None
        person = await self._people.person(key.tenant_id, known.person_id)
        if person is None or not person.is_active:
            return None
        if before is not None and before.subject == person.subject and before.token.expires_at > now + RENEWED_BEFORE:
            return ExchangedKey(known, key.tenant_id, person.subject, before.token)
        return ExchangedKey(
            known, key.tenant_id, person.subject, self._mint.token(known, key.tenant_id, person.subject)
        )
