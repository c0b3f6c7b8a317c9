"""The tenant's people and hours, from the chassis' read copy of the directory."""

from collections.abc import Sequence
from zoneinfo import ZoneInfo

from chassis.directory import Directory
from chassis.directory_snapshot import DirectoryPerson
from chassis.ids import TenantId
from chassis.working_time import WorkingTime
from lead_router.domain.ids import PersonId
from lead_router.domain.rep_profile import RepProfile

SUPERVISOR = "supervisor"


class DirectoryCompany:
    """The directory behind the port `Company`."""

    def __init__(self, directory: Directory) -> None:
        self._directory = directory

    async def working_time(self, tenant_id: TenantId) -> WorkingTime:
        """The tenant's working calendar."""
        return (await self._directory.of(tenant_id)).calendar

    async def hours_of(self, tenant_id: TenantId, profile: RepProfile) -> WorkingTime:
        """Working time of a rep, leave cut out."""
        calendar = (await self._directory.of(tenant_id)).calendar
        return calendar.for_person(week=profile.week(), leave=profile.leave)

    async def zone(self, tenant_id: TenantId) -> ZoneInfo:
        """The tenant's zone."""
        return (await self._directory.of(tenant_id)).zone

    async def currency(self, tenant_id: TenantId) -> str:
        """The tenant's currency."""
        return (await self._directory.of(tenant_id)).currency

    async def supervisors(self, tenant_id: TenantId) -> Sequence[PersonId]:
        """Active supervisors: leads that nobody can have stand in their queue."""
        people = (await self._directory.of(tenant_id)).people_with_role(SUPERVISOR)
        return [PersonId(person.person_id) for person in people]

    async def standing_of(self, tenant_id: TenantId, person_id: PersonId) -> DirectoryPerson | None:
        """A person's place in the company; None where there is no such person."""
        return await self._directory.person(tenant_id, person_id)
