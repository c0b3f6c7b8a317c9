"""Keep what type a lead or a customer is of."""

from dataclasses import dataclass

from pipeline.application.ports import UnitOfWork


@dataclass(frozen=True, slots=True)
class NoteCustomerType:
    """What an event told, and the version of the lead or the customer it told of."""

    subject_id: str
    customer_type: str
    version: int


@dataclass(frozen=True, slots=True)
class NoteCustomerTypeHandler:
    """Repeated and late events change nothing: the newest version stays."""

    unit_of_work: UnitOfWork

    async def __call__(self, command: NoteCustomerType) -> None:
        """Keeps the type."""
        async with self.unit_of_work.begin() as work:
            await work.customer_types.put(command.subject_id, command.customer_type, command.version)
