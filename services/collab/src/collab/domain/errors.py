"""Why a change of the directory or of a customer is refused."""

from chassis.errors import Refused
from chassis.ids import PersonId
from collab.domain.ids import ContactId, CustomerId, MergeId, TaskId


class ReportingCircle(Refused):
    """Reporting lines would lead back to where they begin."""

    reason = "REPORTING_CIRCLE"

    def __init__(self, person_id: PersonId, supervisor_id: PersonId) -> None:
        super().__init__(
            f"With {supervisor_id} as supervisor of {person_id}, reporting lines would form a circle.",
            person_id=person_id,
            supervisor_id=supervisor_id,
        )


class LastAdministrator(Refused):
    """Nobody would be left who can set the tenant up."""

    reason = "LAST_ADMINISTRATOR"

    def __init__(self, person_id: PersonId) -> None:
        super().__init__(f"{person_id} is the last active administrator of the tenant.", person_id=person_id)


class CustomerIsArchived(Refused):
    """It is changed again once it is restored."""

    reason = "CUSTOMER_ARCHIVED"

    def __init__(self, customer_id: CustomerId) -> None:
        super().__init__(f"Customer {customer_id} is archived.", customer_id=customer_id)


class ContactIsArchived(Refused):
    """It is not changed any more."""

    reason = "CONTACT_ARCHIVED"

    def __init__(self, contact_id: ContactId) -> None:
        super().__init__(f"Contact {contact_id} is archived.", contact_id=contact_id)


class ContactCircle(Refused):
    """Contacts would report to one another in a circle."""

    reason = "CONTACT_CIRCLE"

    def __init__(self, contact_id: ContactId, reports_to: ContactId) -> None:
        super().__init__(
            f"If contact {contact_id} reported to {reports_to}, reporting lines would form a circle.",
            contact_id=contact_id,
            reports_to=reports_to,
        )


class CustomerIsMerged(Refused):
    """Another one is changed in its place."""

    reason = "CUSTOMER_MERGED"

    def __init__(self, customer_id: CustomerId, merged_into: CustomerId) -> None:
        super().__init__(
            f"Customer {customer_id} was merged into {merged_into}.", customer_id=customer_id, merged_into=merged_into
        )


class MergeIsUndone(Refused):
    """It was taken back before."""

    reason = "CUSTOMER_MERGE_UNDONE"

    def __init__(self, merge_id: MergeId) -> None:
        super().__init__(f"Merge {merge_id} was taken back before.", merge_id=merge_id)


class CreditCodeHeld(Refused):
    """A customer cannot come back while another one of its family has its credit code, set there by hand."""

    reason = "CUSTOMER_CODE_HELD"

    def __init__(self, customer_id: CustomerId, holder_id: CustomerId) -> None:
        super().__init__(
            f"Customer {holder_id} holds the credit code of {customer_id}.",
            customer_id=customer_id,
            holder_id=holder_id,
        )


class TaskStateForbids(Refused):
    """A task that is closed is reopened before it is changed, and one that is open is not reopened."""

    reason = "TASK_STATE_FORBIDS"

    def __init__(self, task_id: TaskId, state: str, move: str) -> None:
        super().__init__(f"Task {task_id} is {state}, which forbids {move}.", task_id=task_id, state=state, move=move)
