"""End a person's access everywhere."""

from dataclasses import dataclass, replace

from chassis.errors import NotFound
from chassis.ids import PersonId
from collab.application.directory_changes import keep_people, read_staff
from collab.application.ports import UnitOfWork
from collab.domain.directory_import import Change
from collab.domain.person import Person
from collab.domain.versions import succeeded


@dataclass(frozen=True, slots=True)
class DeactivatePerson:
    """Who is to lose access."""

    person_id: PersonId
    version: int
    """As the caller saw it."""


@dataclass(frozen=True, slots=True)
class DeactivatePersonHandler:
    """Every other service learns of it by an event and lets the person in no more, within seconds."""

    unit_of_work: UnitOfWork

    async def __call__(self, command: DeactivatePerson) -> Person:
        """Deactivates the person and returns it; one who is inactive stays so.

        Raises:
            NotFound: there is no such person.
            Stale: the person has changed since.
            LastAdministrator: nobody would be left who can set the tenant up.
        """
        async with self.unit_of_work.begin() as work:
            await work.tenants.lock()
            staff = await read_staff(work)
            person = staff.people.get(command.person_id)
            if person is None:
                raise NotFound("person", command.person_id)
            person.require_version(command.version)
            after = succeeded(person, replace(person, is_active=False))
            staff.with_changed(after)
            await keep_people(work, [Change(person, after)], "person.deactivate")
            return await work.answer(after)
