"""When the tenant works, from the chassis' read copy of the directory."""

from chassis.directory import Directory
from chassis.ids import TenantId
from collab.domain.task_alarms import WorkingDays


class DirectoryCompany:
    """The directory behind the port `Company`."""

    def __init__(self, directory: Directory) -> None:
        self._directory = directory

    async def working_days(self, tenant_id: TenantId) -> WorkingDays:
        """The tenant's working days."""
        snapshot = await self._directory.of(tenant_id)
        return WorkingDays(snapshot.calendar, snapshot.zone)
