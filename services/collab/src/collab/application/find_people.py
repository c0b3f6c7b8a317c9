"""Read people and teams."""

from collections.abc import Sequence
from dataclasses import dataclass

from chassis import context
from chassis.authorization import Authorizer, Resource
from chassis.errors import Forbidden, NotFound
from chassis.ids import PersonId
from chassis.pages import Cursor
from collab.application.ports import PeopleFilter, UnitOfWork
from collab.domain.person import Person
from collab.domain.team import Team

_READ = "directory.read"


@dataclass(frozen=True, slots=True)
class PeopleFinder:
    """Answers what callers ask about people and teams, within what they may see."""

    unit_of_work: UnitOfWork
    authorizer: Authorizer

    async def get(self, person_id: PersonId) -> Person:
        """One person.

        Raises:
            NotFound: there is none for this caller.
        """
        async with self.unit_of_work.begin() as work:
            person = await work.people.get(person_id)
        if person is None or not self._may_see(person):
            raise NotFound("person", person_id)
        return person

    async def me(self) -> tuple[Person, list[str]]:
        """The person who calls, with the permissions that the person's roles give.

        Raises:
            Forbidden: a service calls.
        """
        caller = context.current().principal
        if caller.person_id is None:
            raise Forbidden("directory.self")
        async with self.unit_of_work.begin() as work:
            person = await work.people.get(caller.person_id)
        if person is None:
            raise NotFound("person", caller.person_id)
        return person, self.authorizer.permissions()

    async def get_many(self, person_ids: Sequence[PersonId]) -> list[Person]:
        """Those that exist for the caller, in the order asked for."""
        async with self.unit_of_work.begin() as work:
            found = {person.id: person for person in await work.people.get_many(person_ids)}
        asked = [found[person_id] for person_id in dict.fromkeys(person_ids) if person_id in found]
        return [person for person in asked if self._may_see(person)]

    async def page(self, wanted: PeopleFilter, after: Cursor | None, size: int) -> Sequence[Person]:
        """People by name, at most `size`."""
        async with self.unit_of_work.begin() as work:
            return await work.people.page(wanted, self.authorizer.scope(_READ), after, size)

    async def teams(self, after: Cursor | None, size: int) -> Sequence[Team]:
        """Teams by name, at most `size`. Who may read the directory at all sees every team."""
        async with self.unit_of_work.begin() as work:
            return await work.teams.page(after, size)

    def _may_see(self, person: Person) -> bool:
        return self.authorizer.allows(_READ, Resource(owner_id=person.id, team_id=person.team_id))
