"""The tenant's people, from the chassis' read copy of the directory."""

from chassis.directory import Directory
from chassis.directory_snapshot import DirectoryPerson
from chassis.ids import PersonId, TenantId


class DirectoryCompany:
    """The directory behind the port `Company`."""

    def __init__(self, directory: Directory) -> None:
        self._directory = directory

    async def person(self, tenant_id: TenantId, person_id: PersonId) -> DirectoryPerson | None:
        """A person's place in the company; None where there is no such person."""
        return await self._directory.person(tenant_id, person_id)

    async def currency(self, tenant_id: TenantId) -> str:
        """The tenant's currency, by ISO 4217."""
        return (await self._directory.of(tenant_id)).currency
