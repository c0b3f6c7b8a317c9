"""How a change of the directory is kept: rows, facts for the other services, rows of the audit."""

from collections.abc import Sequence

from chassis.audit import State
from collab.application.ports import Work
from collab.domain.directory_import import Change
from collab.domain.events import PersonChanged, TeamChanged
from collab.domain.person import Person
from collab.domain.staff import Staff
from collab.domain.team import Team

_PERSONAL = ("employee_no", "name", "email", "title")


async def read_staff(work: Work) -> Staff:
    """Everybody of the tenant. Before a change, hold the tenant by `work.tenants.lock()`."""
    teams, people = await work.teams.all(), await work.people.all()
    return Staff({team.id: team for team in teams}, {person.id: person for person in people})


async def keep_teams(work: Work, changes: Sequence[Change[Team]], action: str) -> None:
    """Keeps teams that really change, and tells of them."""
    real = [change for change in changes if change.is_real]
    await work.teams.save_many([change.after for change in real])
    for change in real:
        work.outbox.append(TeamChanged(change.after))
        before = _team_facts(change.before) if change.before else None
        work.audit.record(
            action=action, resource=f"teams/{change.after.id}", before=before, after=_team_facts(change.after)
        )


async def keep_people(work: Work, changes: Sequence[Change[Person]], action: str) -> None:
    """Keeps people that really change, and tells of them. The audit names personal fields that changed, no content."""
    real = [change for change in changes if change.is_real]
    await work.people.save_many([change.after for change in real])
    for change in real:
        work.outbox.append(PersonChanged(change.after))
        before = _person_facts(change.before) if change.before else None
        after = {**_person_facts(change.after), "edited": _edited(change)}
        work.audit.record(action=action, resource=f"people/{change.after.id}", before=before, after=after)


def _team_facts(team: Team) -> State:
    return {"name": team.name, "kind": team.kind, "parent_id": team.parent_id, "leader_id": team.leader_id}


def _person_facts(person: Person) -> State:
    return {
        "subject": person.subject,
        "team_id": person.team_id,
        "supervisor_id": person.supervisor_id,
        "roles": sorted(person.roles),
        "is_active": person.is_active,
    }


def _edited(change: Change[Person]) -> list[str]:
    before = change.before
    return [name for name in _PERSONAL if before and getattr(before, name) != getattr(change.after, name)]
