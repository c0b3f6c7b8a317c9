"""What every implementation of the port `LeadFunnels` does. Subclasses give the fixture `unit_of_work`."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from chassis.authorization import Scope
from scoring.adapters.kafka.facts import told_by
from scoring.application.ports import UnitOfWork, Viewpoint
from scoring.domain.funnel import FunnelQuestion, FunnelRow, Grouping
from scoring.domain.lead_progress import LeadProgress
from scoring.domain.opportunity_progress import WITHDRAWN, OpportunityProgress
from throughline.lead_router.v1 import events_pb2 as lead_events
from throughline.pipeline.v1 import events_pb2 as pipeline_events

from .builders import ANNA, BO, CHEN, HOUR, MONDAY, NORTH, SOUTH, Life, Telling, a_life, a_sale, all_told

SHANGHAI = ZoneInfo("Asia/Shanghai")
EVERYTHING = Scope("all")
MUCH_LATER = MONDAY + timedelta(days=365)


async def tell(unit_of_work: UnitOfWork, tellings: Iterable[Telling]) -> None:
    async with unit_of_work.begin() as work:
        for telling in tellings:
            match told_by(telling.event()):
                case LeadProgress() as told:
                    await work.funnels.note([told])
                case OpportunityProgress() as told:
                    await work.funnels.note_opportunities([told])


async def count(
    unit_of_work: UnitOfWork,
    group_by: Grouping = Grouping.NOTHING,
    scope: Scope = EVERYTHING,
    zone: ZoneInfo = SHANGHAI,
    **bounds: Any,
) -> dict[str, FunnelRow]:
    async with unit_of_work.begin() as work:
        rows = await work.funnels.count(FunnelQuestion(group_by, **bounds), Viewpoint(scope, zone, MUCH_LATER))
    return {row.group: row for row in rows}


class LeadFunnelsContract:
    @pytest.fixture
    def unit_of_work(self) -> UnitOfWork:
        raise NotImplementedError

    async def test_nothing_told_counts_nothing(self, unit_of_work: UnitOfWork) -> None:
        assert await count(unit_of_work) == {}

    async def test_a_lead_counts_at_every_step_it_ever_reached(self, unit_of_work: UnitOfWork) -> None:
        life = a_life().assign(ANNA).fall_silent().follow_up().take_in().close()

        await tell(unit_of_work, life.told)

        expected = FunnelRow("", received=1, joined=1, assigned=1, followed_up=1, silent=1, closed=1)
        assert await count(unit_of_work) == {"": expected}

    async def test_a_conversion_counts_until_it_is_taken_back_and_again_when_it_is_repeated(
        self, unit_of_work: UnitOfWork
    ) -> None:
        undone = a_life().assign(ANNA).convert().undo_conversion()
        repeated = a_life().assign(ANNA).convert().undo_conversion().convert()

        await tell(unit_of_work, reversed(all_told([undone, repeated])))

        [row] = (await count(unit_of_work)).values()
        assert (row.received, row.converted) == (2, 1)
        taken_back_at = undone.told[-1].recorded_at
        [before] = (await count(unit_of_work, known_at=taken_back_at)).values()
        assert before.converted == 2

    async def test_a_withdrawn_opportunity_does_not_count(self, unit_of_work: UnitOfWork) -> None:
        await tell(unit_of_work, all_told([a_sale(), a_sale().withdraw()]))

        [row] = (await count(unit_of_work)).values()
        assert row.opportunities_created == 1

    async def test_facts_of_a_lead_that_nobody_received_yet_are_kept_for_it(self, unit_of_work: UnitOfWork) -> None:
        received, *rest = a_life().assign(ANNA).follow_up().told
        await tell(unit_of_work, rest)
        before = await count(unit_of_work)

        await tell(unit_of_work, [received])

        assert before == {}
        assert await count(unit_of_work) == {"": FunnelRow("", received=1, assigned=1, followed_up=1)}

    async def test_a_lead_belongs_to_its_newest_owner_whatever_arrives_last(self, unit_of_work: UnitOfWork) -> None:
        life = a_life().assign(ANNA).assign(CHEN)

        await tell(unit_of_work, reversed(life.told))

        assert set(await count(unit_of_work, Grouping.REP)) == {CHEN.person_id}
        assert set(await count(unit_of_work, Grouping.TEAM)) == {SOUTH}

    async def test_a_lead_that_waits_again_belongs_to_nobody(self, unit_of_work: UnitOfWork) -> None:
        await tell(unit_of_work, a_life().assign(ANNA).queue().told)

        assert await count(unit_of_work, Grouping.REP) == {"": FunnelRow("", received=1, assigned=1)}

    async def test_sources_are_counted_apart_and_a_joined_submission_under_its_own(
        self, unit_of_work: UnitOfWork
    ) -> None:
        await tell(unit_of_work, all_told([a_life(source="website").take_in("expo"), a_life(source="referral")]))

        assert await count(unit_of_work, Grouping.SOURCE) == {
            "website": FunnelRow("website", received=1),
            "expo": FunnelRow("expo", joined=1),
            "referral": FunnelRow("referral", received=1),
        }

    async def test_days_begin_at_midnight_of_the_tenant_s_zone(self, unit_of_work: UnitOfWork) -> None:
        midnight = MONDAY.astimezone(SHANGHAI).replace(hour=0, minute=0)
        await tell(
            unit_of_work,
            all_told([Life(at=midnight - timedelta(microseconds=1)).receive(), Life(at=midnight).receive()]),
        )

        assert set(await count(unit_of_work, Grouping.DAY)) == {"2026-03-08", "2026-03-09"}
        assert set(await count(unit_of_work, Grouping.DAY, zone=ZoneInfo("America/New_York"))) == {"2026-03-08"}

    async def test_a_span_holds_its_begin_and_not_its_end(self, unit_of_work: UnitOfWork) -> None:
        lives = [Life(source=name, at=MONDAY + hours * HOUR).receive() for hours, name in enumerate(("a", "b", "c"))]
        await tell(unit_of_work, all_told(lives))

        found = await count(
            unit_of_work, Grouping.SOURCE, received_from=MONDAY + HOUR, received_before=MONDAY + 2 * HOUR
        )

        assert set(found) == {"b"}

    async def test_a_withdrawn_silence_does_not_count(self, unit_of_work: UnitOfWork) -> None:
        life = a_life().assign(ANNA).fall_silent().follow_up(hours_ago=1)

        await tell(unit_of_work, reversed(life.told))

        assert (await count(unit_of_work))[""].silent == 0

    async def test_a_withdrawal_leaves_an_earlier_silence_alone(self, unit_of_work: UnitOfWork) -> None:
        life = a_life().assign(ANNA).fall_silent().assign(BO).fall_silent().follow_up(hours_ago=1)

        await tell(unit_of_work, life.told)

        assert life.withdrawn == 1
        assert (await count(unit_of_work))[""].silent == 1

    async def test_a_withdrawn_warning_leaves_the_silence_alone(self, unit_of_work: UnitOfWork) -> None:
        life = a_life().assign(ANNA).fall_silent()
        warning = lead_events.LeadAlarmWithdrawn(lead_id=life.lead_id, is_follow_up_alarm=False)

        await tell(unit_of_work, [*life.told, Telling(warning, life.version + 1)])

        assert (await count(unit_of_work))[""].silent == 1

    async def test_a_received_lead_that_was_joined_later_counts_as_joined_alone(self, unit_of_work: UnitOfWork) -> None:
        first, second = a_life(), a_life()
        joined = lead_events.LeadJoined(lead_id=first.lead_id, submission_id=second.lead_id, source="website")

        await tell(unit_of_work, [*all_told([first, second]), Telling(joined, 2)])

        assert await count(unit_of_work) == {"": FunnelRow("", received=1, joined=1)}

    async def test_a_join_that_was_undone_counts_nowhere(self, unit_of_work: UnitOfWork) -> None:
        await tell(unit_of_work, reversed(a_life().take_in().let_go().told))

        assert await count(unit_of_work) == {"": FunnelRow("", received=1)}

    async def test_a_join_counts_until_its_undoing_is_known(self, unit_of_work: UnitOfWork) -> None:
        life = a_life().take_in()
        before_the_undoing = life.at
        await tell(unit_of_work, life.let_go().told)

        assert (await count(unit_of_work, known_at=before_the_undoing))[""].joined == 1

    async def test_a_past_question_sees_only_what_was_recorded_before(self, unit_of_work: UnitOfWork) -> None:
        life = a_life().assign(ANNA).follow_up()
        await tell(unit_of_work, life.told)
        followed_up_recorded_at = life.told[-1].recorded_at

        then = await count(unit_of_work, known_at=followed_up_recorded_at)
        afterwards = await count(unit_of_work, known_at=followed_up_recorded_at + timedelta(microseconds=1))

        assert then == {"": FunnelRow("", received=1, assigned=1)}
        assert afterwards == {"": FunnelRow("", received=1, assigned=1, followed_up=1)}

    async def test_a_follow_up_told_late_was_not_known_when_it_happened(self, unit_of_work: UnitOfWork) -> None:
        life = a_life().assign(ANNA)
        happened_at = life.at
        late = pipeline_events.FollowUpRecorded(lead_id=life.lead_id)
        late.occurred_at.FromDatetime(happened_at)

        await tell(unit_of_work, [*life.told, Telling(late, 1, happened_at, happened_at + 30 * HOUR)])

        assert (await count(unit_of_work, known_at=happened_at + HOUR))[""].followed_up == 0
        assert (await count(unit_of_work))[""].followed_up == 1

    async def test_a_past_question_is_grouped_by_the_owner_of_that_time(self, unit_of_work: UnitOfWork) -> None:
        life = a_life().assign(ANNA)
        before_the_change = life.at
        life.assign(CHEN)
        await tell(unit_of_work, life.told)

        found = await count(unit_of_work, Grouping.REP, known_at=before_the_change)

        assert set(found) == {ANNA.person_id}

    async def test_a_rep_s_scope_holds_the_rep_s_leads_alone(self, unit_of_work: UnitOfWork) -> None:
        await tell(unit_of_work, all_told([a_life().assign(ANNA), a_life().assign(BO), a_life()]))

        found = await count(unit_of_work, Grouping.REP, Scope("own", ANNA.person_id))

        assert set(found) == {ANNA.person_id}

    async def test_a_team_s_scope_holds_its_leads_and_those_of_nobody(self, unit_of_work: UnitOfWork) -> None:
        lives = [a_life().assign(ANNA).take_in(), a_life().assign(CHEN).take_in(), a_life().take_in()]
        await tell(unit_of_work, all_told(lives))

        found = await count(unit_of_work, Grouping.TEAM, Scope("team", BO.person_id, frozenset({NORTH})))

        assert {team: (row.received, row.joined) for team, row in found.items()} == {NORTH: (1, 1), "": (1, 1)}

    async def test_no_scope_holds_nothing(self, unit_of_work: UnitOfWork) -> None:
        await tell(unit_of_work, a_life().assign(ANNA).take_in().told)

        assert await count(unit_of_work, scope=Scope("none")) == {}

    async def test_snapshots_fill_a_new_consumer_with_the_present_state(self, unit_of_work: UnitOfWork) -> None:
        lives = [a_life().assign(ANNA).follow_up().take_in(), a_life().assign(BO).fall_silent(), a_life().close()]

        await tell(unit_of_work, [snapshot for life in lives for snapshot in life.snapshots()])

        assert await count(unit_of_work, Grouping.REP) == {
            ANNA.person_id: FunnelRow(ANNA.person_id, received=1, joined=1, assigned=1, followed_up=1),
            BO.person_id: FunnelRow(BO.person_id, received=1, assigned=1, silent=1),
            "": FunnelRow("", received=1, closed=1),
        }

    async def test_snapshots_beside_the_history_change_nothing(self, unit_of_work: UnitOfWork) -> None:
        lives = [a_life().assign(ANNA).fall_silent().follow_up(hours_ago=1), a_life().assign(BO).assign(CHEN).take_in()]
        await tell(unit_of_work, all_told(lives))
        known_at = MONDAY + 2 * HOUR
        before = await count(unit_of_work, Grouping.REP), await count(unit_of_work, Grouping.REP, known_at=known_at)

        await tell(unit_of_work, [snapshot for life in lives for snapshot in life.snapshots()])

        after = await count(unit_of_work, Grouping.REP), await count(unit_of_work, Grouping.REP, known_at=known_at)
        assert after == before

    async def test_opportunities_count_as_they_stand_beside_the_leads(self, unit_of_work: UnitOfWork) -> None:
        sales = [a_sale().win(), a_sale().lose(), a_sale().lose().reopen(), a_sale().advance()]

        await tell(unit_of_work, [*all_told([a_life().assign(ANNA)]), *reversed(all_told(sales))])

        expected = FunnelRow(
            "",
            received=1,
            assigned=1,
            opportunities_created=4,
            opportunities_won=1,
            opportunities_lost=1,
            decided_won=1,
            decided_lost=1,
        )
        assert await count(unit_of_work) == {"": expected}

    async def test_opportunity_belongs_to_its_owner_its_day_and_the_source_of_its_lead(
        self, unit_of_work: UnitOfWork
    ) -> None:
        life = a_life(source="expo")
        sale = a_sale(lead_id=life.lead_id, at=MONDAY + timedelta(days=1)).give(CHEN).win()
        await tell(unit_of_work, all_told([life, sale]))

        by_rep = await count(unit_of_work, Grouping.REP)
        by_team = await count(unit_of_work, Grouping.TEAM)
        by_day = await count(unit_of_work, Grouping.DAY)
        by_source = await count(unit_of_work, Grouping.SOURCE)

        assert by_rep[CHEN.person_id].opportunities_won == by_team[SOUTH].opportunities_won == 1
        assert (by_day["2026-03-09"].received, by_day["2026-03-10"].opportunities_created) == (1, 1)
        assert (by_source["expo"].received, by_source["expo"].opportunities_won) == (1, 1)

    async def test_past_question_sees_opportunities_as_they_were_known(self, unit_of_work: UnitOfWork) -> None:
        sale = a_sale().advance()
        before = sale.at
        await tell(unit_of_work, sale.give(CHEN).win().told)

        then = await count(unit_of_work, Grouping.REP, known_at=before)

        assert then == {ANNA.person_id: FunnelRow(ANNA.person_id, opportunities_created=1)}

    async def test_scope_holds_opportunities_as_it_holds_leads(self, unit_of_work: UnitOfWork) -> None:
        await tell(unit_of_work, all_told([a_sale(owner=ANNA), a_sale(owner=BO), a_sale(owner=CHEN)]))

        own = await count(unit_of_work, Grouping.REP, Scope("own", ANNA.person_id))
        team = await count(unit_of_work, Grouping.REP, Scope("team", ANNA.person_id, frozenset({NORTH})))

        assert set(own) == {ANNA.person_id}
        assert set(team) == {ANNA.person_id, BO.person_id}
        assert await count(unit_of_work, scope=Scope("none")) == {}

    async def test_weeks_and_months_begin_as_the_tenant_s_calendar_says(self, unit_of_work: UnitOfWork) -> None:
        new_year = datetime(2026, 12, 31, 16, tzinfo=UTC)  # midnight of 1 January in Shanghai
        await tell(unit_of_work, a_life(at=new_year).told)

        assert set(await count(unit_of_work, Grouping.MONTH)) == {"2027-01"}
        assert set(await count(unit_of_work, Grouping.WEEK)) == {"2026-W53"}

    async def test_groups_are_parted_by_further_dimensions(self, unit_of_work: UnitOfWork) -> None:
        life = a_life(industry="food", product_line="crm", region="east").assign(ANNA)
        sale = a_sale(lead_id=life.lead_id, product_line="erp").advance()
        question = FunnelQuestion(Grouping.INDUSTRY, then_by=(Grouping.PRODUCT_LINE, Grouping.STAGE))
        await tell(unit_of_work, all_told([life, sale]))

        async with unit_of_work.begin() as work:
            rows = await work.funnels.count(question, Viewpoint(EVERYTHING, SHANGHAI, MUCH_LATER))

        assert {row.groups: (row.received, row.with_opportunity, row.opportunities_created) for row in rows} == {
            ("food", "crm", ""): (1, 1, 0),
            ("food", "erp", "propose"): (0, 0, 1),
        }
        assert set(await count(unit_of_work, Grouping.REGION)) == {"east"}

    async def test_decisions_count_when_they_fall_whenever_the_opportunity_was_created(
        self, unit_of_work: UnitOfWork
    ) -> None:
        decided = a_sale()
        decided.at = MONDAY + timedelta(days=40)
        await tell(unit_of_work, all_told([decided.win(), a_sale().win().reopen()]))

        by_month = await count(unit_of_work, Grouping.MONTH)

        assert (by_month["2026-03"].opportunities_won, by_month["2026-03"].decided_won) == (1, 0)
        assert by_month["2026-04"].decided_won == 1

    async def test_a_lead_whose_only_opportunity_was_withdrawn_has_none(self, unit_of_work: UnitOfWork) -> None:
        life = a_life()
        sale = a_sale(lead_id=life.lead_id)
        await tell(unit_of_work, all_told([life, sale]))
        created = told_by(sale.told[0].event())
        assert isinstance(created, OpportunityProgress)

        async with unit_of_work.begin() as work:
            await work.funnels.note_opportunities([replace(created, version=2, state=WITHDRAWN)])

        assert await count(unit_of_work) == {"": FunnelRow("", received=1)}
