"""Where people stand in the company, from the chassis' read copy of the directory."""

from chassis.directory import Directory
from chassis.ids import PersonId, TenantId
from collab.domain.timeline import NOWHERE, Place


class DirectoryPlaces:
    """The directory behind the port `Places`."""

    def __init__(self, directory: Directory) -> None:
        self._directory = directory

    async def of(self, tenant_id: TenantId, person_id: PersonId) -> Place:
        """The person's department and roles now; nowhere for somebody who is not known."""
        snapshot = await self._directory.of(tenant_id)
        person = snapshot.person(person_id)
        if person is None:
            return NOWHERE
        team = snapshot.teams.get(person.team_id) if person.team_id else None
        return Place(team.kind if team else "", tuple(sorted(person.roles)))
