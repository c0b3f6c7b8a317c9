"""Why a change of the directory is refused."""

from chassis.errors import Refused
from chassis.ids import PersonId


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
