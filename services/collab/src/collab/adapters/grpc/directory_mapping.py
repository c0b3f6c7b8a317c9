"""People and teams: requests to commands, results to messages."""

from collections.abc import Sequence

from chassis.ids import PersonId, TeamId
from collab.application.import_directory import ImportDirectory
from collab.application.update_person import UpdatePerson
from collab.domain.directory_import import Change, ImportPlan, PersonRow, TeamRow
from collab.domain.person import Person
from collab.domain.team import Team
from throughline.collab.v1 import directory_service_pb2 as pb


def import_directory(request: pb.ImportDirectoryRequest) -> ImportDirectory:
    """The command that a request asks for. Blanks around texts, which files are full of, are dropped."""
    teams = tuple(
        TeamRow(row.team.strip(), row.kind.strip(), row.parent_team.strip(), row.leader_employee_no.strip())
        for row in request.teams
    )
    people = tuple(
        PersonRow(
            employee_no=row.employee_no.strip(),
            name=row.name.strip(),
            subject=row.subject.strip(),
            team=row.team.strip(),
            roles=tuple(row.roles),
            supervisor_employee_no=row.supervisor_employee_no.strip(),
            email=row.email.strip(),
            title=row.title.strip(),
        )
        for row in request.people
    )
    return ImportDirectory(teams, people, request.dry_run)


def imported(plan: ImportPlan) -> pb.ImportDirectoryResponse:
    """The answer to an import."""
    teams_created, teams_updated = _counts(plan.teams)
    people_created, people_updated = _counts(plan.people)
    return pb.ImportDirectoryResponse(
        teams_created=teams_created,
        teams_updated=teams_updated,
        people_created=people_created,
        people_updated=people_updated,
    )


def update_person(request: pb.UpdatePersonRequest) -> UpdatePerson:
    """The command that a request asks for."""
    return UpdatePerson(
        person_id=PersonId(request.person_id.lower()),
        version=request.version,
        team_id=TeamId(request.team_id.lower()) if request.team_id else None,
        supervisor_id=PersonId(request.supervisor_id.lower()) if request.supervisor_id else None,
        roles=tuple(request.roles),
    )


def updated(person: Person) -> pb.UpdatePersonResponse:
    """The answer to a change."""
    return pb.UpdatePersonResponse(person=person_message(person))


def deactivated(person: Person) -> pb.DeactivatePersonResponse:
    """The answer to a deactivation."""
    return pb.DeactivatePersonResponse(person=person_message(person))


def person_message(person: Person) -> pb.Person:
    """A person as callers see one."""
    return pb.Person(
        person_id=person.id,
        version=person.version,
        employee_no=person.employee_no,
        name=person.name,
        subject=person.subject,
        email=person.email,
        title=person.title,
        team_id=person.team_id,
        supervisor_id=person.supervisor_id or "",
        roles=sorted(person.roles),
        is_active=person.is_active,
    )


def team_message(team: Team) -> pb.Team:
    """A team as callers see it."""
    return pb.Team(
        team_id=team.id,
        version=team.version,
        name=team.name,
        parent_team_id=team.parent_id or "",
        leader_id=team.leader_id or "",
        kind=team.kind,
    )


def _counts(changes: Sequence[Change[Team]] | Sequence[Change[Person]]) -> tuple[int, int]:
    return sum(change.is_new for change in changes), sum(change.is_update for change in changes)
