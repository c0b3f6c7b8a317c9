"""Whatever fails, whoever clicks and whatever people do meanwhile: a lead is converted once, whole, or not at all."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any, TypeVar

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from chassis import context
from chassis.authorization import Authorizer
from chassis.context import Principal, RequestContext
from chassis.directory_snapshot import DirectoryPerson
from chassis.errors import Refused, ThroughlineError, Unreachable
from chassis.ids import PersonId, TenantId
from pipeline.application.carry_conversion_on import ConversionCarrier
from pipeline.application.conversion_ports import MatchOutcome
from pipeline.application.convert_lead import ConvertLead, ConvertLeadHandler
from pipeline.application.undo_conversion import UndoConversion, UndoConversionHandler
from pipeline.domain.conversion import Conversion, ConversionState, Sale, Step, StepState
from pipeline.domain.ids import CustomerId
from pipeline.domain.stage_move import State

from ..builders import ANNA, CUSTOMER, LEAD, NORTH, SUPERVISOR, TENANT
from ..in_memory_conversions import InMemoryUnitOfWork
from ..neighbours import InMemoryMaster, InMemoryRouter, Killed, Trouble, a_customer, a_lead

R = TypeVar("R")
CALLERS = {
    "anna": Principal("person", "anna", TENANT, frozenset({"person", "rep"}), ANNA, NORTH),
    "sun": Principal(
        "person", "sun", TENANT, frozenset({"person", "supervisor"}), SUPERVISOR, NORTH, frozenset({NORTH})
    ),
}
FAULTS = st.tuples(st.sampled_from(["before", "after"]), st.sampled_from([Killed(), Unreachable("a neighbour")]))
TROUBLES: st.SearchStrategy[list[Any]] = st.just([]) | st.builds(
    lambda calls, fault: [None] * calls + [fault], st.integers(0, 6), FAULTS
)
"""Nothing, or one fault after a number of calls that went well."""
CHOICES = st.sampled_from(["ask", "join", "new"])
OTHER = CustomerId("0190f3c4-0000-7000-8000-000000000301")


class OneCompany:
    """Everybody is active and in the north."""

    async def person(self, tenant_id: TenantId, person_id: PersonId) -> DirectoryPerson | None:
        return DirectoryPerson(person_id, "s", NORTH, None, frozenset({"rep"}), is_active=True)

    async def currency(self, tenant_id: TenantId) -> str:
        return "CNY"


class ConversionMachine(RuleBasedStateMachine):
    @initialize(verdict=st.sampled_from(MatchOutcome))
    def found(self, verdict: MatchOutcome) -> None:
        self.loop = asyncio.new_event_loop()
        self.trouble, authorizer = Trouble(), Authorizer.load("pipeline")
        self.router = InMemoryRouter(self.trouble, {LEAD: a_lead()})
        self.master = InMemoryMaster(self.trouble, {CUSTOMER: a_customer(), OTHER: a_customer(id=OTHER)}, verdict)
        self.work = InMemoryUnitOfWork()
        self.convert = ConvertLeadHandler(self.work, self.router, self.master, OneCompany(), authorizer)
        self.undo = UndoConversionHandler(self.work, self.master, authorizer)
        self.carry_on = ConversionCarrier(self.work, self.router, self.master)
        self.touched = set[str]()

    def teardown(self) -> None:
        if hasattr(self, "loop"):
            self.settle()
            self.loop.close()

    @rule(who=st.sampled_from(["anna", "sun"]), choice=CHOICES, trouble=TROUBLES)
    def click(self, who: str, choice: str, trouble: Any) -> None:
        self.trouble.plan = list(trouble)
        before = self.live
        made = self._try(self._click(who, choice))
        if before is not None and made is not None:
            assert made.id == before.id
        self._carry_on_all()

    @rule(choices=st.lists(CHOICES, min_size=2, max_size=4))
    def click_together(self, choices: list[str]) -> None:
        async def all_at_once() -> list[Conversion | BaseException]:
            clicks = (self._click("anna", choice) for choice in choices)
            return await asyncio.gather(*clicks, return_exceptions=True)

        answers = self.loop.run_until_complete(all_at_once())
        assert len({answer.id for answer in answers if isinstance(answer, Conversion)}) <= 1
        self._carry_on_all()

    @rule(trouble=TROUBLES)
    @precondition(lambda self: self.work.store.processes.due)
    def go_on(self, trouble: Any) -> None:
        self.trouble.plan = list(trouble)
        self._carry_on_all()

    @rule(
        who=st.sampled_from(["anna", "sun"]),
        trouble=TROUBLES | st.builds(lambda fault: [None, fault], FAULTS),
        is_touched_meanwhile=st.booleans(),
    )
    @precondition(lambda self: self.live is not None and self.live.state is ConversionState.DONE)
    def take_back(self, who: str, trouble: Any, is_touched_meanwhile: bool) -> None:
        live = self.live
        assert live is not None
        self.trouble.plan = list(trouble)
        command = UndoConversion(live.id, live.version, "误转化")
        begun = self._try(self._as(who, self.undo(command)))
        is_built_upon = live.id in self.touched or self._is_held_by_a_merge(live)
        if begun is not None:
            assert not is_built_upon
        elif not trouble:
            assert is_built_upon
        self._carry_on_all()
        if is_touched_meanwhile and self.live is not None:
            self._touch_customer(self.live)

    @rule()
    @precondition(lambda self: self.live is not None and self.live.customer_id in self.master.customers)
    def somebody_changes_the_customer(self) -> None:
        live = self.live
        assert live is not None
        self._touch_customer(live)

    @rule()
    @precondition(lambda self: self.live is not None and self.opportunity_of(self.live) is State.OPEN)
    def somebody_works_on_the_opportunity(self) -> None:
        live = self.live
        assert live is not None
        self.loop.run_until_complete(self._work_on(live))
        self.touched.add(live.id)

    @rule()
    @precondition(lambda self: self.work.store.processes.due and not self.master.customers[CUSTOMER].merged_into)
    def joined_customer_is_archived(self) -> None:
        self.master.archive(CUSTOMER)

    @rule(data=st.data())
    def two_customers_are_made_one(self, data: st.DataObject) -> None:
        records = self.master.customers
        standing = [one for one, record in records.items() if record.merged_into is None]
        survivors = [one for one in standing if not records[one].known.is_archived]
        if survivors and len(standing) > 1:
            survivor = data.draw(st.sampled_from(survivors))
            merged = data.draw(st.sampled_from([one for one in standing if one != survivor]))
            records[merged].merged_into = survivor

    @rule(data=st.data())
    @precondition(lambda self: any(record.merged_into for record in self.master.customers.values()))
    def two_customers_are_parted(self, data: st.DataObject) -> None:
        merged = [one for one, record in self.master.customers.items() if record.merged_into]
        self.master.customers[data.draw(st.sampled_from(merged))].merged_into = None

    @rule(state=st.sampled_from(["closed", "erased"]))
    @precondition(lambda self: self.work.store.processes.due)
    def lead_ends(self, state: str) -> None:
        if self.router.leads[LEAD].state == "assigned":
            self.router.end(LEAD, state)

    @rule()
    def settle(self) -> None:
        self.trouble.plan = []
        for _ in range(3):
            for conversion_id in list(self.work.store.processes.due):
                self.loop.run_until_complete(self._carry_on(conversion_id))
        assert not self.work.store.processes.due
        for conversion in self.work.store.conversions.kept.values():
            self._assert_whole(conversion)

    @invariant()
    def one_opportunity_counts_at_the_most(self) -> None:
        if not hasattr(self, "work"):
            return
        standing = [
            one
            for one in self.work.store.conversions.kept.values()
            if self.opportunity_of(one) not in {None, State.WITHDRAWN}
            and one.steps[Step.OPPORTUNITY].state is not StepState.KEPT
        ]
        assert len(standing) <= 1

    @property
    def live(self) -> Conversion | None:
        return self.loop.run_until_complete(self.work.store.conversions.live_of(LEAD))

    def opportunity_of(self, conversion: Conversion) -> State | None:
        found = self.loop.run_until_complete(self.work.store.opportunities.get(conversion.opportunity_id))
        return found.state if found else None

    def _assert_whole(self, conversion: Conversion) -> None:
        assert conversion.is_at_rest
        is_done = conversion.state is ConversionState.DONE
        is_kept = StepState.KEPT in {standing.state for standing in conversion.steps.values()}
        opportunity = self.opportunity_of(conversion)
        converted_into = self.router.converted_into.get(LEAD)
        if is_done:
            assert opportunity is State.OPEN
            assert converted_into == conversion.opportunity_id
            made_here = self.master.customers[conversion.customer_id].contacts
            assert not conversion.is_new_contact or conversion.contact_id in made_here
            return
        assert converted_into != conversion.opportunity_id
        if not is_kept:
            assert opportunity in {None, State.WITHDRAWN}
            if conversion.is_new_customer and conversion.customer_id in self.master.customers:
                assert self.master.customers[conversion.customer_id].known.is_archived
            if conversion.is_new_contact and not self.master.customers[CUSTOMER].known.is_archived:
                found = self.master.customers[conversion.customer_id].contacts
                assert conversion.contact_id is not None
                assert found[conversion.contact_id][1] == 0

    async def _click(self, who: str, choice: str) -> Conversion:
        command = ConvertLead(
            LEAD,
            CUSTOMER if choice == "join" else None,
            is_new_customer=choice == "new",
            customer_name="",
            sale=Sale("", "CT 采购", None, None),
        )
        return await self._as(who, self.convert(command))

    async def _carry_on(self, conversion_id: str) -> None:
        service = Principal("service", "service:pipeline", None, frozenset({"service"}))
        with context.bind(RequestContext(service, TENANT, "carry_on")):
            await self.carry_on(conversion_id)

    async def _as(self, who: str, coming: Coroutine[Any, Any, R]) -> R:
        with context.bind(RequestContext(CALLERS[who], TENANT, "/test")):
            return await coming

    def _touch_customer(self, conversion: Conversion) -> None:
        """A change goes to the survivor, whoever it is."""
        changed = self.master.survivor_of(conversion.customer_id).known.id
        self.master.touch(changed)
        if conversion.is_new_customer and changed == conversion.customer_id:
            self.touched.add(conversion.id)

    def _is_held_by_a_merge(self, conversion: Conversion) -> bool:
        return conversion.is_new_customer and len(self.master.family_of(conversion.customer_id)) > 1

    async def _work_on(self, conversion: Conversion) -> None:
        async with self.work.begin() as work:
            opportunity = await work.opportunities.lock(conversion.opportunity_id)
            opportunity.tick("pain_recorded", note="", by="person:x", at=self.work.now)
            await work.opportunities.save(opportunity)

    def _carry_on_all(self) -> None:
        for conversion_id in list(self.work.store.processes.due):
            self._try(self._carry_on(conversion_id))

    def _try(self, coming: Coroutine[Any, Any, R]) -> R | None:
        try:
            return self.loop.run_until_complete(coming)
        except (Killed, Unreachable, Refused, ThroughlineError):
            return None


ConversionMachine.TestCase.settings = settings(max_examples=100, stateful_step_count=12, deadline=None)
TestConversions = ConversionMachine.TestCase
