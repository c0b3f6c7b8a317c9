"""Make a tenant with its first team, its first administrator and the usual calendar."""

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from uuid import UUID

from chassis import context
from chassis.chinese_holidays import CalendarDay
from chassis.context import RequestContext
from chassis.errors import AlreadyExists
from chassis.ids import PersonId, TenantId, new_id
from collab.application.ports import UnitOfWork, Work
from collab.domain.events import CalendarChanged, PersonChanged, TeamChanged, TenantChanged
from collab.domain.tenant import Founding, Tenant, found_tenant


@dataclass(frozen=True, slots=True)
class CreateTenant:
    """A company that is to use the suite, and who sets it up."""

    tenant_id: TenantId | None
    """None to have one made."""
    name: str
    zone: str
    currency: str
    locale: str
    admin_subject: str
    admin_name: str


@dataclass(frozen=True, slots=True)
class CreatedTenant:
    """The tenant and its first administrator."""

    tenant: Tenant
    admin_id: PersonId


@dataclass(frozen=True, slots=True)
class CreateTenantHandler:
    """Works in a transaction of the tenant that is made, though the operator who calls belongs to none.

    The answer to the request's key is kept in that tenant too. So that a repeat finds it, a tenant whose id is left to
    us gets one that follows from caller and key. A repeat under the same id and in the same words, whatever its key,
    finds the tenant that is there.
    """

    unit_of_work: UnitOfWork
    holidays: Callable[[], Mapping[int, Sequence[CalendarDay]]]
    """Published public holidays by year."""

    async def __call__(self, command: CreateTenant) -> CreatedTenant:
        """Makes the tenant, or returns it where it was made in the same words.

        Raises:
            AlreadyExists: the id is taken by a tenant with other facts.
            Invalid: names every fact that cannot be.
        """
        request = context.current()
        tenant_id = command.tenant_id or _id_for(request)
        with context.bind(replace(request, tenant_id=tenant_id)):
            async with self.unit_of_work.begin() as work:
                return await work.answer(await self._create(work, tenant_id, command))

    async def _create(self, work: Work, tenant_id: TenantId, command: CreateTenant) -> CreatedTenant:
        founding = found_tenant(
            tenant_id,
            name=command.name,
            zone=command.zone,
            currency=command.currency,
            locale=command.locale,
            admin_subject=command.admin_subject,
            admin_name=command.admin_name,
            holidays=self.holidays(),
            at=work.now,
            make_id=new_id,
        )
        if not await work.tenants.add(founding.tenant):
            return await _found_before(work, founding)
        await _keep(work, founding)
        return CreatedTenant(founding.tenant, founding.administrator.id)


async def _keep(work: Work, founding: Founding) -> None:
    await work.teams.save_many([founding.team])
    await work.people.save_many([founding.administrator])
    await work.calendars.save(founding.calendar)
    work.outbox.append(TenantChanged(founding.tenant))
    work.outbox.append(TeamChanged(founding.team))
    work.outbox.append(PersonChanged(founding.administrator))
    work.outbox.append(CalendarChanged(founding.tenant.id, founding.calendar))
    tenant = founding.tenant
    work.audit.record(
        action="tenant.create",
        resource=f"tenants/{tenant.id}",
        after={
            "zone": tenant.zone,
            "currency": tenant.currency,
            "locale": tenant.locale,
            "founder_id": tenant.founder_id,
        },
    )


async def _found_before(work: Work, founding: Founding) -> CreatedTenant:
    tenant = await work.tenants.lock()
    founder = await work.people.get(tenant.founder_id)
    same_founder = founder is not None and founder.subject == founding.administrator.subject
    if not same_founder or not tenant.has_facts_of(founding.tenant):
        raise AlreadyExists("tenant", tenant.id)
    return CreatedTenant(tenant, tenant.founder_id)


def _id_for(request: RequestContext) -> TenantId:
    """An id that follows from caller and key (UUID version 8, RFC 9562); a new one for a request without key."""
    if not request.request_id:
        return TenantId(new_id())
    digest = hashlib.sha256(f"{request.method}\n{request.principal.actor}\n{request.request_id}".encode()).digest()
    number = int.from_bytes(digest[:16], "big")
    number = number & ~(0xF << 76) | (8 << 76)
    number = number & ~(0x3 << 62) | (2 << 62)
    return TenantId(str(UUID(int=number)))
