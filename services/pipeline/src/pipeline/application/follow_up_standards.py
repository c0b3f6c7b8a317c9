"""Publish and read standards of effective follow-ups; count how many met them."""

from collections.abc import Sequence
from dataclasses import dataclass

from chassis import context
from chassis.authorization import Authorizer
from chassis.errors import Stale
from chassis.ids import new_id
from chassis.pages import Cursor
from pipeline.application.follow_up_ports import PublishedStandard
from pipeline.application.ports import UnitOfWork, Work
from pipeline.domain.effective_ratio import EffectiveRatio, EffectiveRatioQuestion
from pipeline.domain.follow_up_standard import Criterion, FollowUpStandard, built_in
from pipeline.domain.ids import FollowUpStandardId

_BY = "service:pipeline"


@dataclass(frozen=True, slots=True)
class PublishFollowUpStandard:
    """What is to hold for a type of customer, and the version of its own standard that the caller saw."""

    customer_type: str
    criteria: tuple[Criterion, ...]
    document_kinds: tuple[str, ...]
    version: int
    note: str


@dataclass(frozen=True, slots=True)
class FollowUpStandardDesk:
    """Publishes and shows standards, and what came of them."""

    unit_of_work: UnitOfWork
    authorizer: Authorizer

    async def publish(self, command: PublishFollowUpStandard) -> PublishedStandard:
        """Makes the standard hold for new follow-ups.

        Raises:
            Stale: another version was published since the caller looked.
        """
        async with self.unit_of_work.begin() as work:
            await work.follow_up_standards.hold(command.customer_type)
            newest = await work.follow_up_standards.newest(command.customer_type)
            current = newest.standard.version if newest else 0
            if current != command.version:
                raise Stale("follow-up standard", command.customer_type or "general", current)
            standard = FollowUpStandard(
                FollowUpStandardId(new_id()),
                command.customer_type,
                current + 1,
                command.criteria,
                command.document_kinds,
            )
            published = PublishedStandard(standard, work.now, context.current().principal.actor, command.note)
            await work.follow_up_standards.add(published)
            work.audit.record(
                action="follow_up_standard.publish",
                resource=f"follow-up-standards/{standard.id}",
                before={"customer_type": standard.customer_type, "version": current},
                after={
                    "customer_type": standard.customer_type,
                    "version": standard.version,
                    "criteria": [criterion.value for criterion in standard.criteria],
                    "document_kinds": list(standard.document_kinds),
                    "note": command.note,
                },
            )
            return await work.answer(published)

    async def active(self, customer_type: str) -> PublishedStandard:
        """What new follow-ups of the type are held against."""
        async with self.unit_of_work.begin() as work:
            return await active_standard(work, customer_type)

    async def page(self, customer_type: str | None, after: Cursor | None, size: int) -> Sequence[PublishedStandard]:
        """Published versions of a type, or of all, newest first."""
        async with self.unit_of_work.begin() as work:
            return await work.follow_up_standards.page(customer_type, after, size)

    async def ratio(self, question: EffectiveRatioQuestion) -> EffectiveRatio:
        """The ratio of the follow-ups that the caller may see.

        Raises:
            Invalid: the span ends before it begins.
        """
        question.require_span()
        async with self.unit_of_work.begin() as work:
            scope = self.authorizer.scope("follow_up.read")
            return EffectiveRatio.of(await work.follow_ups.effective_ratios(question, scope, work.now))


async def active_standard(work: Work, customer_type: str) -> PublishedStandard:
    """The type's own standard, else the tenant's general one, else the built-in one of the type."""
    own = await work.follow_up_standards.newest(customer_type)
    general = await work.follow_up_standards.newest("") if own is None and customer_type else None
    return own or general or PublishedStandard(built_in(customer_type), None, _BY, "")
