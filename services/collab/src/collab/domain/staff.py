"""All teams and people of a tenant: for the rules that look at more than one of them."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from chassis.ids import PersonId, TeamId
from collab.domain.errors import LastAdministrator, ReportingCircle
from collab.domain.person import Person
from collab.domain.reporting_lines import in_circles
from collab.domain.team import Team


@dataclass(frozen=True, slots=True)
class Staff:
    """Everybody, active or not."""

    teams: Mapping[TeamId, Team]
    people: Mapping[PersonId, Person]

    def with_changed(self, person: Person) -> "Staff":
        """The staff after a change of one person.

        Raises:
            ReportingCircle: the person would stand above himself or herself.
            LastAdministrator: it would leave nobody who can set the tenant up.
        """
        after = replace(self, people={**self.people, person.id: person})
        if person.supervisor_id is not None and person.id in after.people_in_circles():
            raise ReportingCircle(person.id, person.supervisor_id)
        if self.people[person.id].is_administrator and not after.has_administrator:
            raise LastAdministrator(person.id)
        return after

    @property
    def has_administrator(self) -> bool:
        """Whether anybody can set the tenant up."""
        return any(person.is_administrator for person in self.people.values())

    def people_in_circles(self) -> frozenset[PersonId]:
        """People who stand above themselves."""
        return in_circles({person.id: person.supervisor_id for person in self.people.values()})

    def teams_in_circles(self) -> frozenset[TeamId]:
        """Teams that stand above themselves."""
        return in_circles({team.id: team.parent_id for team in self.teams.values()})
