"""Keep what collab tells of customers that were merged."""

from dataclasses import dataclass

from pipeline.application.ports import UnitOfWork
from pipeline.domain.ids import CustomerId


@dataclass(frozen=True, slots=True)
class NoteCustomer:
    """Into which customer one was merged, and the version of it that was told of."""

    customer_id: CustomerId
    merged_into: CustomerId | None
    """None where it stands for itself."""
    version: int


@dataclass(frozen=True, slots=True)
class NoteCustomerHandler:
    """Repeated and late events change nothing: the newest version stays."""

    unit_of_work: UnitOfWork

    async def __call__(self, command: NoteCustomer) -> None:
        """Keeps it."""
        async with self.unit_of_work.begin() as work:
            await work.customer_merges.put(command.customer_id, command.merged_into, command.version)
