"""Rate limits per caller and per tenant, and per address for those without a token; kept in this process.

Behind several replicas a caller has as many buckets as there are replicas: the limits protect one process each.
"""

from __future__ import annotations

import ipaddress
import math
import time
from collections import OrderedDict
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from gateway.domain.token_bucket import Allowance, Rate, TokenBucket

_MOST_BUCKETS = 100_000


@dataclass(frozen=True, slots=True)
class Rates:
    """The limits of each kind of key."""

    caller: Rate
    tenant: Rate
    anonymous: Rate


class RateLimits:
    """The buckets of all callers of this process. The least recently used are forgotten first."""

    def __init__(self, rates: Rates, clock: Callable[[], float] = time.monotonic) -> None:
        self._rates = rates
        self._clock = clock
        self._buckets: OrderedDict[tuple[str, ...], TokenBucket] = OrderedDict()

    def take(self, tenant_id: str, subject: str) -> Allowance:
        """Takes a token from the caller's bucket and from the tenant's; tells of the one that is nearer its end."""
        keys: list[tuple[tuple[str, ...], Rate]] = [(("caller", tenant_id, subject), self._rates.caller)]
        if tenant_id:
            keys.append((("tenant", tenant_id), self._rates.tenant))
        return self._take(keys)

    def take_key(self, tenant_id: str, api_key_id: str, rate: Rate) -> Allowance:
        """The same for an API key, whose bucket is its own; the person's other requests do not share it."""
        return self._take([(("key", api_key_id), rate), (("tenant", tenant_id), self._rates.tenant)])

    def take_anonymous(self, address: str) -> Allowance:
        """Takes a token from the bucket of an address; all of one IPv6 network of 64 bits share a bucket."""
        return self._take([(("address", network_of(address)), self._rates.anonymous)])

    def _take(self, keys: Iterable[tuple[tuple[str, ...], Rate]]) -> Allowance:
        now = self._clock()
        asked = [(bucket := self._bucket(key, rate, now), bucket.take(now)) for key, rate in keys]
        refused = [allowance for _, allowance in asked if not allowance.is_allowed]
        if refused:
            for bucket, allowance in asked:
                if allowance.is_allowed:
                    bucket.give_back()
            return max(refused, key=lambda allowance: allowance.retry_after_s)
        return min((allowance for _, allowance in asked), key=lambda allowance: allowance.remaining)

    def _bucket(self, key: tuple[str, ...], rate: Rate, now: float) -> TokenBucket:
        bucket = self._buckets.get(key)
        if bucket is None:
            self._forget_some(now)
            bucket = self._buckets[key] = TokenBucket(rate, now)
        else:
            self._buckets.move_to_end(key)
        return bucket

    def _forget_some(self, now: float) -> None:
        """Two of the least recently used that are full again, for they say no more than new ones; one, if need be."""
        if len(self._buckets) >= _MOST_BUCKETS:
            self._buckets.popitem(last=False)
        for _ in range(2):
            if not self._buckets or not next(iter(self._buckets.values())).is_full(now):
                return
            self._buckets.popitem(last=False)


def headers_of(allowance: Allowance) -> dict[str, str]:
    """`RateLimit-*` headers: size of the bucket, whole requests left, seconds until it is full again."""
    return {
        "ratelimit-limit": str(allowance.limit),
        "ratelimit-remaining": str(allowance.remaining),
        "ratelimit-reset": str(math.ceil(allowance.full_in_s)),
    }


def network_of(address: str) -> str:
    """The address, or its network of 64 bits for IPv6, where one customer commonly has them all."""
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return address
    if not isinstance(parsed, ipaddress.IPv6Address):
        return address
    if parsed.ipv4_mapped is not None:
        return str(parsed.ipv4_mapped)
    return str(ipaddress.ip_network((parsed, 64), strict=False))
