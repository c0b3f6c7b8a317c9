"""Put teams and people in from a file's rows, all or none."""

from dataclasses import dataclass

from chassis.ids import new_id
from collab.application.directory_changes import keep_people, keep_teams, read_staff
from collab.application.ports import UnitOfWork
from collab.domain.directory_import import ImportPlan, PersonRow, TeamRow, plan_import

_ACTION = "directory.import"


@dataclass(frozen=True, slots=True)
class ImportDirectory:
    """Rows of a file."""

    teams: tuple[TeamRow, ...]
    people: tuple[PersonRow, ...]
    dry_run: bool = False
    """True to check only."""


@dataclass(frozen=True, slots=True)
class ImportDirectoryHandler:
    """The same rows a second time change nothing."""

    unit_of_work: UnitOfWork
    grantable: frozenset[str]
    """Roles that a person may be given."""

    async def __call__(self, command: ImportDirectory) -> ImportPlan:
        """Keeps what the rows change, and returns it; with `dry_run` it is only returned.

        Raises:
            Invalid: names every fault of every row; nothing is kept then.
        """
        async with self.unit_of_work.begin() as work:
            await work.tenants.lock()
            staff = await read_staff(work)
            plan = plan_import(command.teams, command.people, staff, grantable=self.grantable, make_id=new_id)
            if not command.dry_run:
                await keep_teams(work, plan.teams, _ACTION)
                await keep_people(work, plan.people, _ACTION)
            return await work.answer(plan)
