"""What a process keeps of tenants is bounded."""

from __future__ import annotations

from chassis.ids import TenantId
from lead_router.application.kept_by_tenant import KeptByTenant

ONE, TWO, THREE = TenantId("one"), TenantId("two"), TenantId("three")


def test_the_tenant_used_least_recently_is_forgotten_first() -> None:
    kept = KeptByTenant[int](most=2)
    kept.keep(ONE, 1)
    kept.keep(TWO, 2)
    kept.get(ONE, 0)

    kept.keep(THREE, 3)

    assert [kept.get(tenant, 0) for tenant in (ONE, TWO, THREE)] == [1, 0, 3]
