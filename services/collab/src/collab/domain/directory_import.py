"""Teams and people from a file's rows: what they would change, or everything that is wrong with them."""

from collections.abc import Callable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from chassis.errors import Invalid, Violation
from chassis.ids import PersonId, TeamId
from collab.domain.errors import LastAdministrator, ReportingCircle
from collab.domain.person import Person
from collab.domain.staff import Staff
from collab.domain.team import Team
from collab.domain.versions import succeeded

T = TypeVar("T", Team, Person)

_NOWHERE = TeamId("")
"""Team of a row that names none; such a row is a fault, so no plan holds it."""


@dataclass(frozen=True, slots=True)
class TeamRow:
    """A team as a file names it. Empty texts mean none."""

    name: str
    kind: str
    parent: str = ""
    leader_employee_no: str = ""


@dataclass(frozen=True, slots=True)
class PersonRow:
    """A person as a file names one. Empty texts mean none."""

    employee_no: str
    name: str
    subject: str
    team: str
    roles: tuple[str, ...]
    supervisor_employee_no: str = ""
    email: str = ""
    title: str = ""


@dataclass(frozen=True, slots=True)
class Change(Generic[T]):
    """A team or person before and after; the same object twice where the row says nothing new."""

    before: T | None
    after: T

    @property
    def is_new(self) -> bool:
        """Whether the row makes it."""
        return self.before is None

    @property
    def is_real(self) -> bool:
        """Whether anything differs."""
        return self.before != self.after

    @property
    def is_update(self) -> bool:
        """Whether the row changes what was there."""
        return self.is_real and not self.is_new


@dataclass(frozen=True, slots=True)
class ImportPlan:
    """What the rows change."""

    teams: tuple[Change[Team], ...]
    people: tuple[Change[Person], ...]


def plan_import(
    teams: Sequence[TeamRow],
    people: Sequence[PersonRow],
    staff: Staff,
    *,
    grantable: AbstractSet[str],
    make_id: Callable[[], str],
) -> ImportPlan:
    """Matches the rows with the staff by team name and employee number.

    Somebody without an employee number yet, which is the first administrator, is matched by subject.

    Args:
        grantable: roles that a person may be given.
        make_id: makes a new id.

    Raises:
        Invalid: names every fault of every row.
    """
    return _Planning(teams, people, staff, grantable, make_id).plan()


@dataclass
class _Planning:
    team_rows: Sequence[TeamRow]
    person_rows: Sequence[PersonRow]
    staff: Staff
    grantable: AbstractSet[str]
    make_id: Callable[[], str]
    faults: list[Violation] = field(default_factory=list)
    teams_before: Mapping[str, Team] = field(init=False)
    people_before: Mapping[str, Person] = field(init=False)
    team_ids: Mapping[str, TeamId] = field(init=False)
    person_ids: Mapping[str, PersonId] = field(init=False)

    def __post_init__(self) -> None:
        self.teams_before = {team.name: team for team in self.staff.teams.values()}
        numbered = {person.employee_no: person for person in self.staff.people.values() if person.employee_no}
        numberless = {person.subject: person for person in self.staff.people.values() if not person.employee_no}
        adopted: dict[str, Person] = {}
        for row in self.person_rows:
            if row.employee_no not in numbered and (person := numberless.pop(row.subject, None)) is not None:
                adopted[row.employee_no] = person
        self.people_before = adopted | numbered
        named = {row.name: TeamId(self.make_id()) for row in self.team_rows}
        self.team_ids = named | {name: team.id for name, team in self.teams_before.items()}
        counted = {row.employee_no: PersonId(self.make_id()) for row in self.person_rows}
        self.person_ids = counted | {number: person.id for number, person in self.people_before.items()}

    def plan(self) -> ImportPlan:
        teams = tuple(self._team(place, row) for place, row in enumerate(self.team_rows))
        people = tuple(self._person(place, row) for place, row in enumerate(self.person_rows))
        self._find_duplicates("teams", "team", [row.name for row in self.team_rows])
        self._find_duplicates("people", "employee_no", [row.employee_no for row in self.person_rows])
        after = Staff(
            {**self.staff.teams, **{change.after.id: change.after for change in teams}},
            {**self.staff.people, **{change.after.id: change.after for change in people}},
        )
        self._find_circles(after, teams, people)
        self._find_shared_subjects(people)
        self._find_lost_administrators(after, people)
        if self.faults:
            raise Invalid(self.faults)
        return ImportPlan(teams, people)

    def _team(self, place: int, row: TeamRow) -> Change[Team]:
        here = f"teams[{place}]"
        self._require_text(here, team=row.name, kind=row.kind)
        before = self.teams_before.get(row.name)
        asked = Team(
            id=self.team_ids[row.name],
            name=row.name,
            kind=row.kind,
            parent_id=self._team_id(f"{here}.parent_team", row.parent),
            leader_id=self._person_id(f"{here}.leader_employee_no", row.leader_employee_no),
            version=before.version if before else 1,
        )
        return Change(before, succeeded(before, asked) if before else asked)

    def _person(self, place: int, row: PersonRow) -> Change[Person]:
        here = f"people[{place}]"
        self._require_text(here, employee_no=row.employee_no, name=row.name, subject=row.subject, team=row.team)
        for which, role in enumerate(row.roles):
            if role not in self.grantable:
                self._fault(f"{here}.roles[{which}]", "role.unknown", f"there is no role {role} that people can have")
        before = self.people_before.get(row.employee_no)
        if before is not None and not before.is_active:
            self._fault(
                f"{here}.employee_no", "person.inactive", f"{row.employee_no} was deactivated; use a new number"
            )
        asked = Person(
            id=self.person_ids[row.employee_no],
            employee_no=row.employee_no,
            name=row.name,
            subject=row.subject,
            team_id=self._team_id(f"{here}.team", row.team) or _NOWHERE,
            roles=frozenset(row.roles),
            supervisor_id=self._person_id(f"{here}.supervisor_employee_no", row.supervisor_employee_no),
            email=row.email,
            title=row.title,
            version=before.version if before else 1,
        )
        return Change(before, succeeded(before, asked) if before else asked)

    def _team_id(self, path: str, name: str) -> TeamId | None:
        found = self.team_ids.get(name)
        if name and found is None:
            self._fault(path, "team.unknown", f"there is no team {name}")
        return found

    def _person_id(self, path: str, employee_no: str) -> PersonId | None:
        if not employee_no:
            return None
        found = self.person_ids.get(employee_no)
        known = self.staff.people.get(found) if found else None
        if found is None:
            self._fault(path, "person.unknown", f"there is nobody with number {employee_no}")
        elif known is not None and not known.is_active:
            self._fault(path, "person.inactive", f"{employee_no} was deactivated")
        return found

    def _find_duplicates(self, rows: str, name: str, keys: Sequence[str]) -> None:
        seen: set[str] = set()
        for place, key in enumerate(keys):
            if key in seen:
                self._fault(f"{rows}[{place}].{name}", f"{name}.duplicate", f"{key} stands in an earlier row")
            seen.add(key)

    def _find_circles(self, after: Staff, teams: Sequence[Change[Team]], people: Sequence[Change[Person]]) -> None:
        teams_in_circles, people_in_circles = after.teams_in_circles(), after.people_in_circles()
        for place, team in enumerate(teams):
            if team.after.id in teams_in_circles:
                self._fault(f"teams[{place}].parent_team", "team.circle", "the team would stand above itself")
        for place, person in enumerate(people):
            if person.after.id in people_in_circles:
                path = f"people[{place}].supervisor_employee_no"
                self._fault(path, ReportingCircle.reason, "reporting lines would form a circle")

    def _find_shared_subjects(self, people: Sequence[Change[Person]]) -> None:
        touched = {change.after.id for change in people}
        rest = [each for each in self.staff.people.values() if each.is_active and each.id not in touched]
        holders = {person.subject: person.id for person in rest}
        for place, change in enumerate(people):
            if holders.setdefault(change.after.subject, change.after.id) != change.after.id:
                message = f"{change.after.subject} belongs to somebody else"
                self._fault(f"people[{place}].subject", "subject.duplicate", message)

    def _find_lost_administrators(self, after: Staff, people: Sequence[Change[Person]]) -> None:
        if after.has_administrator:
            return
        for place, change in enumerate(people):
            if change.before is not None and change.before.is_administrator:
                self._fault(f"people[{place}].roles", LastAdministrator.reason, "nobody would be left to administer")

    def _require_text(self, here: str, **texts: str) -> None:
        for name, text in texts.items():
            if not text:
                self._fault(f"{here}.{name}", "string.blank", "must not be blank")

    def _fault(self, path: str, reason: str, message: str) -> None:
        self.faults.append(Violation(path, reason, message))
