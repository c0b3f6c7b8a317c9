"""What a process keeps of each tenant that it serves, so that the tenant's next call need not read it all again."""

from __future__ import annotations

from collections import OrderedDict
from typing import Generic, TypeVar

from chassis.ids import TenantId

T = TypeVar("T")

MOST_TENANTS = 256
"""Kept at a time. A tenant with a thousand reps is some megabytes; one that was forgotten is read anew."""


class KeptByTenant(Generic[T]):
    """The values of the tenants that were used last."""

    def __init__(self, most: int = MOST_TENANTS) -> None:
        self._most = most
        self._values: OrderedDict[TenantId, T] = OrderedDict()

    def get(self, tenant_id: TenantId, default: T) -> T:
        """What is kept of the tenant, or `default`."""
        if tenant_id not in self._values:
            return default
        self._values.move_to_end(tenant_id)
        return self._values[tenant_id]

    def keep(self, tenant_id: TenantId, value: T) -> T:
        """Keeps the value and returns it; the tenant that was used least recently may be forgotten."""
        self._values[tenant_id] = value
        self._values.move_to_end(tenant_id)
        if len(self._values) > self._most:
            self._values.popitem(last=False)
        return value
