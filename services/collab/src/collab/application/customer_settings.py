"""Read and set how the tenant keeps its customers."""

from collections import defaultdict
from dataclasses import dataclass, replace

from collab.application.customer_ports import CustomerUnitOfWork, CustomerWork
from collab.domain.completeness import completeness
from collab.domain.contact import Contact
from collab.domain.customer_events import CustomerChanged
from collab.domain.customer_settings import CustomerSettings, Grade
from collab.domain.ids import CustomerId

_AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class PutCustomerSettings:
    """The settings that are to hold."""

    version: int
    """As the caller saw it."""
    key_fields: tuple[str, ...]
    grades: tuple[Grade, ...]
    target_percent: int


@dataclass(frozen=True, slots=True)
class ReckonedSettings:
    """The settings, and how many customers were reckoned anew."""

    settings: CustomerSettings
    recomputed: int


@dataclass(frozen=True, slots=True)
class CustomerSettingsKeeper:
    """Completeness is stored with each customer, so other key fields mean reckoning all of them anew.

    That happens in the same transaction: no list ever mixes two settings. The cost is that customers are not changed
    meanwhile, some seconds per 100,000 of them; settings change a few times a year.
    """

    unit_of_work: CustomerUnitOfWork

    async def get(self) -> CustomerSettings:
        """The settings that hold."""
        async with self.unit_of_work.begin() as work:
            return await work.customer_settings.get()

    async def put(self, command: PutCustomerSettings) -> ReckonedSettings:
        """Keeps the settings and returns them.

        Raises:
            Stale: they have changed since.
            Invalid: names everything that cannot be.
        """
        async with self.unit_of_work.begin() as work:
            before = await work.customer_settings.lock()
            before.require_version(command.version)
            after = before.put(command.key_fields, command.grades, command.target_percent)
            recomputed = 0
            if after is not before:
                await work.customer_settings.save(after)
                work.audit.record(
                    action="customer_settings.put",
                    resource="customer-settings",
                    before=_facts(before),
                    after=_facts(after),
                )
            if after.key_fields != before.key_fields:
                recomputed = await _reckon_anew(work, after)
            return await work.answer(ReckonedSettings(after, recomputed))


async def _reckon_anew(work: CustomerWork, settings: CustomerSettings) -> int:
    count, last = 0, ""
    while customers := await work.customers.after(last, _AT_ONCE):
        contacts: defaultdict[CustomerId, list[Contact]] = defaultdict(list)
        for contact in await work.contacts.of([customer.id for customer in customers]):
            contacts[contact.customer_id].append(contact)
        reckoned = [
            replace(customer, completeness=completeness(customer.profile, contacts[customer.id], settings.key_fields))
            for customer in customers
        ]
        await work.customers.set_completeness([(customer.id, customer.completeness) for customer in reckoned])
        for before, after in zip(customers, reckoned, strict=True):
            if before.completeness.percent != after.completeness.percent:
                work.outbox.append(CustomerChanged(after, ("completeness",)))
        count, last = count + len(customers), customers[-1].id
    return count


def _facts(settings: CustomerSettings) -> dict[str, object]:
    return {
        "version": settings.version,
        "key_fields": settings.key_fields,
        "grades": {grade.code: grade.name for grade in settings.grades},
        "target_percent": settings.target_percent,
    }
