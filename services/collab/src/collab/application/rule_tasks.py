"""Tasks that follow from facts, and that other facts close again."""

from dataclasses import dataclass
from datetime import datetime

from chassis import context
from chassis.ids import PersonId, new_id
from collab.application.customer_ports import CustomerUnitOfWork
from collab.application.match_customers import held_against_customers
from collab.application.task_book import TaskBook
from collab.application.task_ports import TaskUnitOfWork
from collab.domain.customer_identity import identity_of
from collab.domain.ids import CustomerId, LeadId, TaskId
from collab.domain.task import (
    CHECK_DUPLICATE_CUSTOMER,
    FOLLOW_UP_SILENT_LEAD,
    Assignee,
    Task,
    TaskSubject,
    TaskText,
)

_DAYS_FOR_A_SILENT_LEAD, _DAYS_FOR_A_DUPLICATE = 1, 3
"""Working days from the fact to the due time."""


@dataclass(frozen=True, slots=True)
class RuleTasks:
    """Of one cause there is one open task, however often the fact arrives."""

    unit_of_work: TaskUnitOfWork
    customers: CustomerUnitOfWork
    book: TaskBook

    async def lead_fell_silent(self, lead_id: LeadId, owner_id: PersonId, at: datetime) -> None:
        """The owner is to follow it up by the next working day."""
        subject = TaskSubject(lead_id=lead_id)
        await self._open(FOLLOW_UP_SILENT_LEAD, _silent(lead_id), owner_id, subject, at, days=_DAYS_FOR_A_SILENT_LEAD)

    async def lead_followed_up(self, lead_id: LeadId, evidence: str) -> None:
        """It was followed up."""
        await self._close(_silent(lead_id), evidence, is_done=True)

    async def lead_needs_nothing(self, lead_id: LeadId, reason: str) -> None:
        """It is somebody else's, or it has ended."""
        await self._close(_silent(lead_id), reason, is_done=False)

    async def customer_created(self, customer_id: CustomerId, at: datetime) -> None:
        """The owner is to look at customers made before that it may be; of two made at once, one owner is."""
        async with self.customers.begin() as work:
            customer = await work.customers.get(customer_id)
            if customer is None or customer.owner is None or customer.merged_into is not None:
                return
            verdict = await held_against_customers(work, identity_of(customer.profile), but=customer_id)
            owner_id = customer.owner.person_id
            made = (customer.created_at, customer.id)
            earlier = [each for each in verdict.likely if (each.customer.created_at, each.customer.id) < made]
        if earlier:
            subject = TaskSubject(customer_id=customer_id)
            await self._open(
                CHECK_DUPLICATE_CUSTOMER, _duplicate(customer_id), owner_id, subject, at, days=_DAYS_FOR_A_DUPLICATE
            )

    async def customers_merged(self, merged_id: CustomerId, survivor_id: CustomerId) -> None:
        """Somebody has looked, and made them one."""
        for customer_id in (merged_id, survivor_id):
            await self._close(_duplicate(customer_id), f"customers/{survivor_id}", is_done=True)

    async def _open(
        self, kind: str, cause: str, owner_id: PersonId, subject: TaskSubject, at: datetime, *, days: int
    ) -> None:
        async with self.unit_of_work.begin() as work:
            person = await work.people.get(owner_id)
            if person is None or not person.is_active or await work.tasks.lock_open_for(cause) is not None:
                return
            working = await self.book.company.working_days(work.tenant_id)
            task = Task(
                id=TaskId(new_id()),
                text=TaskText(""),
                assignee=Assignee(person.id, person.team_id),
                subject=subject,
                due_at=working.after(at, days),
                created_at=work.now,
                updated_at=work.now,
                kind=kind,
                cause=cause,
            )
            await self.book.keep_new(work, task)

    async def _close(self, cause: str, note: str, *, is_done: bool) -> None:
        async with self.unit_of_work.begin() as work:
            before = await work.tasks.lock_open_for(cause)
            if before is None:
                return
            actor = context.current().principal.actor
            close = before.completed if is_done else before.cancelled
            action = "task.complete" if is_done else "task.cancel"
            await self.book.keep_change(work, before, close(note, actor, work.now), action)


def _silent(lead_id: LeadId) -> str:
    return f"lead.silent/{lead_id}"


def _duplicate(customer_id: CustomerId) -> str:
    return f"customer.duplicate/{customer_id}"
