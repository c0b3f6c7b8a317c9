"""Read the caller's tenant."""

from dataclasses import dataclass

from chassis.errors import NotFound
from collab.application.ports import UnitOfWork
from collab.domain.tenant import Tenant


@dataclass(frozen=True, slots=True)
class TenantReader:
    """Answers what the caller's tenant is."""

    unit_of_work: UnitOfWork

    async def __call__(self) -> Tenant:
        """The tenant of the running request.

        Raises:
            NotFound: a service names one that was never made.
        """
        async with self.unit_of_work.begin() as work:
            tenant = await work.tenants.get()
            if tenant is None:
                raise NotFound("tenant", work.tenant_id)
            return tenant
