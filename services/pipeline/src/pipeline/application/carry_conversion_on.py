"""Carry a conversion on, step by step, until it rests.

Steps in other services come first and are noted after; whoever is killed in between repeats the step, which finds what
it did. The opportunity is this service's own: it and its note commit together. An error that a repeat cannot mend turns
the conversion round; any other leaves it where it stands, to be tried again.
"""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass

from chassis.errors import AlreadyExists, Invalid, NotFound, Refused, ThroughlineError
from chassis.failpoints import failpoints
from pipeline.application.conversion_ports import CustomerMaster, LeadDossiers
from pipeline.application.convert_lead import audited
from pipeline.application.opportunity_changes import audited as audited_opportunity
from pipeline.application.opportunity_changes import store
from pipeline.application.ports import UnitOfWork, Work
from pipeline.application.stage_models import active_model, as_model
from pipeline.domain.conversion import Conversion, Step
from pipeline.domain.errors import CustomerIsArchived
from pipeline.domain.ids import ConversionId
from pipeline.domain.opportunity import Opportunity, OpportunityDetails

FOR_GOOD = (Refused, NotFound, Invalid, AlreadyExists)
"""What a repeat would meet again: the other service has understood, and says no. A missing right of this service is not
among them: operators mend it."""
_WITHDRAWN = "conversion taken back"
_REINSTATED = "conversion not taken back"
OPPORTUNITY_CHANGED = "opportunity.changed"


@dataclass(frozen=True, slots=True)
class ConversionCarrier:
    """For one conversion at a time, under this service's own identity, outside of any transaction."""

    unit_of_work: UnitOfWork
    leads: LeadDossiers
    customers: CustomerMaster

    async def __call__(self, conversion_id: str) -> None:
        """Takes every step that can be taken now.

        Raises:
            Unreachable: a service does not answer; all that was done so far is noted.
        """
        conversion = await self._read(ConversionId(conversion_id))
        while (step := conversion.next_step) is not None:
            move = self._revert if conversion.is_reverting else self._do
            conversion = await move(conversion, step)

    async def _read(self, conversion_id: ConversionId) -> Conversion:
        async with self.unit_of_work.begin() as work:
            conversion = await work.conversions.get(conversion_id)
        if conversion is None:
            raise NotFound("conversion", conversion_id)
        return conversion

    async def _do(self, conversion: Conversion, step: Step) -> Conversion:
        try:
            match step:
                case Step.CUSTOMER:
                    return await self._keep_customer(conversion)
                case Step.CONTACT:
                    return await self._keep_contact(conversion)
                case Step.OPPORTUNITY:
                    return await self._open_opportunity(conversion)
                case Step.LEAD:
                    return await self._mark_lead(conversion)
        except FOR_GOOD as refusal:
            return await self._refuse(conversion, refusal)

    async def _keep_customer(self, conversion: Conversion) -> Conversion:
        if conversion.is_new_customer:
            dossier = await self.leads.get(conversion.lead_id)
            async with self.unit_of_work.begin() as work:
                summary = await work.first_contacts.get(conversion.lead_id)
            await self.customers.keep_customer(
                conversion.customer_id,
                dossier,
                name=conversion.customer_name or dossier.company,
                owner_id=conversion.owner_id,
                pain_points=summary.content.pain_point if summary and summary.content else "",
            )
        elif (await self.customers.get(conversion.customer_id)).is_archived:
            raise CustomerIsArchived(conversion.customer_id)
        failpoints.reach("conversion.done.customer")
        async with self.unit_of_work.begin() as work:
            held = await _held(work, conversion)
            held.complete(Step.CUSTOMER, at=work.now)
            return await _keep(work, held, conversion)

    async def _keep_contact(self, conversion: Conversion) -> Conversion:
        dossier = await self.leads.get(conversion.lead_id)
        contact_id = None
        if dossier.names_somebody and conversion.contact_id is not None:
            contact_id = await self.customers.keep_contact(conversion.customer_id, conversion.contact_id, dossier)
        failpoints.reach("conversion.done.contact")
        async with self.unit_of_work.begin() as work:
            held = await _held(work, conversion)
            held.complete_contact(contact_id, at=work.now)
            return await _keep(work, held, conversion)

    async def _open_opportunity(self, conversion: Conversion) -> Conversion:
        sale = conversion.sale
        async with self.unit_of_work.begin() as work:
            held = await _held(work, conversion)
            opportunity = Opportunity.created(
                held.opportunity_id,
                customer_id=held.customer_id,
                lead_id=held.lead_id,
                product_line=sale.product_line,
                model=as_model(await active_model(work, sale.product_line)),
                details=OpportunityDetails(
                    sale.title, held.owner_id, held.team_id, sale.amount, sale.expected_close_date
                ),
                by=held.requested_by,
                at=work.now,
            )
            await store(work, opportunity, action="opportunity.create", before=None)
            failpoints.reach("conversion.done.opportunity")
            held.complete(Step.OPPORTUNITY, at=work.now)
            return await _keep(work, held, conversion)

    async def _mark_lead(self, conversion: Conversion) -> Conversion:
        await self.leads.mark_converted(conversion.lead_id, conversion.customer_id, conversion.opportunity_id)
        failpoints.reach("conversion.done.lead")
        async with self.unit_of_work.begin() as work:
            held = await _held(work, conversion)
            held.complete(Step.LEAD, at=work.now)
            return await _keep(work, held, conversion)

    async def _refuse(self, conversion: Conversion, refusal: ThroughlineError) -> Conversion:
        async with self.unit_of_work.begin() as work:
            held = await _held(work, conversion)
            held.refuse(refusal.reason, at=work.now)
            return await _keep(work, held, conversion)

    async def _revert(self, conversion: Conversion, step: Step) -> Conversion:
        match step:
            case Step.OPPORTUNITY:
                return await self._withdraw_opportunity(conversion)
            case Step.CONTACT | Step.CUSTOMER:
                return await self._take_back(conversion)
            case Step.LEAD:
                return await self._give_lead_back(conversion)

    async def _withdraw_opportunity(self, conversion: Conversion) -> Conversion:
        """Of a conversion that failed; where somebody has worked on the opportunity, it and its customer stay."""
        async with self.unit_of_work.begin() as work:
            held = await _held(work, conversion)
            if await withdrawn(work, held):
                held.revert([Step.OPPORTUNITY], at=work.now)
            else:
                held.keep([OPPORTUNITY_CHANGED], at=work.now)
            return await _keep(work, held, conversion)

    async def _take_back(self, conversion: Conversion) -> Conversion:
        added = await self._added_to(conversion) or await self.customers.take_back(conversion)
        failpoints.reach("conversion.reverted.customer")
        async with self.unit_of_work.begin() as work:
            held = await _held(work, conversion)
            if not added:
                held.revert([step for step in (Step.CONTACT, Step.CUSTOMER) if held.has_done(step)], at=work.now)
            elif held.is_undoing:
                held.stand_again(added, opportunity_version=await _reinstated(work, held), at=work.now)
            else:
                held.keep(added, at=work.now)
            return await _keep(work, held, conversion)

    async def _added_to(self, conversion: Conversion) -> Sequence[str]:
        async with self.unit_of_work.begin() as work:
            return await work.conversions.added_to(conversion)

    async def _give_lead_back(self, conversion: Conversion) -> Conversion:
        with suppress(NotFound):  # a lead that is gone needs no giving back
            await self.leads.undo_conversion(conversion.lead_id, conversion.opportunity_id)
        failpoints.reach("conversion.reverted.lead")
        async with self.unit_of_work.begin() as work:
            held = await _held(work, conversion)
            held.revert([Step.LEAD], at=work.now)
            return await _keep(work, held, conversion)


async def withdrawn(work: Work, conversion: Conversion) -> bool:
    """Takes the conversion's opportunity out of all counts; False where somebody has worked on it."""
    opportunity = await work.opportunities.lock(conversion.opportunity_id)
    if opportunity is None or opportunity.version != conversion.opportunity_version:
        return False
    before = audited_opportunity(opportunity)
    opportunity.withdraw(reason=_WITHDRAWN, by=conversion.undone_by or conversion.requested_by, at=work.now)
    await store(work, opportunity, action="opportunity.withdraw", before=before)
    return True


async def _reinstated(work: Work, conversion: Conversion) -> int:
    """Opens the conversion's opportunity again; returns its version."""
    opportunity = await work.opportunities.lock(conversion.opportunity_id)
    if opportunity is None:
        raise NotFound("opportunity", conversion.opportunity_id)
    before = audited_opportunity(opportunity)
    opportunity.reinstate(reason=_REINSTATED, by=conversion.requested_by, at=work.now)
    await store(work, opportunity, action="opportunity.reinstate", before=before)
    return opportunity.version


async def _held(work: Work, seen: Conversion) -> Conversion:
    """The conversion, held as it was seen: nobody else carries it on meanwhile.

    Raises:
        Stale: somebody does, or an operator has changed it by hand; the carrier looks at it afresh then.
    """
    held = await work.conversions.lock(seen.id)
    if held is None:
        raise NotFound("conversion", seen.id)
    held.require_version(seen.version)
    return held


async def _keep(work: Work, conversion: Conversion, before: Conversion) -> Conversion:
    await work.conversions.save(conversion)
    await work.processes.went_on(conversion.id, is_at_rest=conversion.is_at_rest)
    work.audit.record(
        action=f"conversion.{conversion.state}",
        resource=f"conversions/{conversion.id}",
        before=audited(before),
        after=audited(conversion),
    )
    if conversion.is_at_rest:
        work.outbox.tell_of_conversion(conversion)
    return conversion
