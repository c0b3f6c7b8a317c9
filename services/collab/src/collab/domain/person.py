"""A person of a tenant: who this is, where in the company, and what the person may do."""

from dataclasses import dataclass

from chassis.errors import Stale
from chassis.ids import PersonId, TeamId

ADMIN = "admin"


@dataclass(frozen=True, slots=True)
class Person:
    """One person. Active people have distinct subjects; employee numbers are never used twice."""

    id: PersonId
    employee_no: str
    """Empty only for the first administrator, until a file names the person with a number."""
    name: str
    subject: str
    """How the identity provider calls the person."""
    team_id: TeamId
    roles: frozenset[str]
    supervisor_id: PersonId | None = None
    email: str = ""
    title: str = ""
    is_active: bool = True
    version: int = 1

    @property
    def is_administrator(self) -> bool:
        """Whether this person can set the tenant up."""
        return self.is_active and ADMIN in self.roles

    def require_version(self, seen: int) -> None:
        """Refuses a change by somebody who saw an older version.

        Raises:
            Stale: with the present version.
        """
        if seen != self.version:
            raise Stale("person", self.id, self.version)
