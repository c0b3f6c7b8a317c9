"""Change a person's team, supervisor or roles."""

from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace

from chassis.errors import Invalid, NotFound, Violation
from chassis.ids import PersonId, TeamId
from collab.application.directory_changes import keep_people, read_staff
from collab.application.ports import UnitOfWork
from collab.domain.directory_import import Change
from collab.domain.person import Person
from collab.domain.staff import Staff
from collab.domain.versions import succeeded


@dataclass(frozen=True, slots=True)
class UpdatePerson:
    """What is to change; None and empty stay as they are."""

    person_id: PersonId
    version: int
    """As the caller saw it."""
    team_id: TeamId | None = None
    supervisor_id: PersonId | None = None
    roles: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class UpdatePersonHandler:
    """Changes follow one another within a tenant, so that two of them cannot close a circle together."""

    unit_of_work: UnitOfWork
    grantable: frozenset[str]
    """Roles that a person may be given."""

    async def __call__(self, command: UpdatePerson) -> Person:
        """Keeps the change and returns the person.

        Raises:
            NotFound: there is no such person.
            Stale: the person has changed since.
            Invalid: names every field that cannot be.
            ReportingCircle: the person would stand above himself or herself.
            LastAdministrator: nobody would be left who can set the tenant up.
        """
        async with self.unit_of_work.begin() as work:
            await work.tenants.lock()
            staff = await read_staff(work)
            person = staff.people.get(command.person_id)
            if person is None:
                raise NotFound("person", command.person_id)
            person.require_version(command.version)
            _require_known(command, staff, self.grantable)
            asked = replace(
                person,
                team_id=command.team_id or person.team_id,
                supervisor_id=command.supervisor_id or person.supervisor_id,
                roles=frozenset(command.roles) or person.roles,
            )
            after = succeeded(person, asked)
            staff.with_changed(after)
            await keep_people(work, [Change(person, after)], "person.update")
            return await work.answer(after)


def _require_known(command: UpdatePerson, staff: Staff, grantable: AbstractSet[str]) -> None:
    faults = [
        Violation(f"roles[{place}]", "role.unknown", f"there is no role {role} that people can have")
        for place, role in enumerate(command.roles)
        if role not in grantable
    ]
    if command.team_id and command.team_id not in staff.teams:
        faults.append(Violation("team_id", "team.unknown", f"there is no team {command.team_id}"))
    supervisor = staff.people.get(command.supervisor_id) if command.supervisor_id else None
    if command.supervisor_id and supervisor is None:
        faults.append(Violation("supervisor_id", "person.unknown", f"there is nobody with id {command.supervisor_id}"))
    if supervisor is not None and not supervisor.is_active:
        faults.append(Violation("supervisor_id", "person.inactive", f"{supervisor.id} was deactivated"))
    if faults:
        raise Invalid(faults)
