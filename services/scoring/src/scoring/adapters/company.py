"""Who answers for whom, from the chassis' read copy of the directory."""

from collections.abc import Sequence

from chassis.directory import Directory
from chassis.ids import PersonId, TeamId
from scoring.domain.water_line import Subject, SubjectKind


class DirectoryCompany:
    """The directory behind the port `Company`."""

    def __init__(self, directory: Directory) -> None:
        self._directory = directory

    async def managers_of(self, tenant_id: str, subject: Subject) -> Sequence[PersonId]:
        """Active people who are told of a subject's alarms: a rep's supervisor, a team's leader, the directors.

        A team without an active leader has its supervisors told, a rep or team without either the directors.
        """
        snapshot = await self._directory.of(tenant_id)
        if subject.kind is SubjectKind.REP and (supervisor := snapshot.supervisor_of(subject.id)):
            return [supervisor.person_id]
        if subject.kind is SubjectKind.TEAM:
            team = snapshot.teams.get(TeamId(subject.id))
            leader = snapshot.person(team.leader_id) if team and team.leader_id else None
            if leader is not None and leader.is_active:
                return [leader.person_id]
            if supervisors := snapshot.people_with_role("supervisor", subject.id):
                return [person.person_id for person in supervisors]
        return [person.person_id for person in snapshot.people_with_role("director")]

    async def team_of(self, tenant_id: str, person_id: str) -> TeamId | None:
        """A person's team; None where it is not known."""
        person = await self._directory.person(tenant_id, person_id)
        return person.team_id if person else None
