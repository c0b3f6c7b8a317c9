"""The walk through the month, on a suite in memory: what is planned happens, and happens once, even after a crash."""

from __future__ import annotations

import io
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from sample_company import SampleCompany
from throughline_cli.catalogue import Texts
from throughline_cli.demo.book import Book
from throughline_cli.demo.setting_up import set_up
from throughline_cli.demo.stage import beginning, open_stage
from throughline_cli.demo.walk import Tally, Walk
from throughline_cli.endpoints import Target
from throughline_cli.failures import Problem
from throughline_cli.session import Session

from ...fake_gateway import URL
from ...fake_suite import FakeSuite

_LEADS = 400
_DAYS = 5
_BEGUN_AT = datetime(2026, 3, 1, 3, 0, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Demo:
    """Plays the demo on a suite, as often as asked."""

    folder: Path
    workers: ThreadPoolExecutor

    def play(self, suite: FakeSuite) -> tuple[Tally, SampleCompany]:
        """One run from whatever is there to the end."""
        session = Session(Texts("en"), {}, io.StringIO(), io.StringIO(), self.folder, suite.transport)
        session.target = Target(URL, token_url=f"{URL}/oauth/token", client_id="operator", client_secret="secret")
        with session.closing():
            stage, company = open_stage(session, _LEADS)
            set_up(stage, company, self.workers)
            book = Book(company)
            book.restore(stage.admin.pages("/v1/leads", "leads"))
            walk = Walk(stage, book, self.workers)
            walk.to(beginning(company) + timedelta(days=_DAYS), lambda now: None)
        return walk.tally, company


@pytest.fixture
def demo(tmp_path: Path) -> Iterator[Demo]:
    (tmp_path / "data").mkdir()
    with ThreadPoolExecutor(4) as workers:
        yield Demo(tmp_path / "data", workers)


def test_month_begins_on_the_day_after_the_tenant_was_made(demo: Demo) -> None:
    _, company = demo.play(FakeSuite(_BEGUN_AT))

    assert company.start.isoformat() == "2026-03-02"


def test_every_lead_that_came_is_there_once(demo: Demo) -> None:
    suite = FakeSuite(_BEGUN_AT)

    tally, company = demo.play(suite)

    came = [lead for lead in company.leads if lead.received_at <= beginning(company) + timedelta(days=_DAYS)]
    assert tally.created + tally.joined + tally.refused == len(came)
    assert tally.created == len(suite.leads)
    assert tally.joined > 0
    assert set(tally.decision_us) == set(suite.leads)


def test_follow_ups_are_recorded_by_owners_when_they_happen(demo: Demo) -> None:
    suite = FakeSuite(_BEGUN_AT)

    tally, company = demo.play(suite)

    plans = {plan.lead_key: plan for plan in company.plans}
    keys = {(lead.source, lead.external_id): lead.key for lead in reversed(company.leads)}
    end = suite.now
    expected = 0
    for lead in suite.leads.values():
        plan = plans.get(keys[lead["origin"]["source"], lead["origin"]["external_id"]])
        assigned_at = datetime.fromisoformat(lead["assigned_at"])
        expected += sum(assigned_at + follow_up.after <= end for follow_up in (plan.follow_ups if plan else ()))
    assert tally.follow_ups == len(suite.follow_ups) == expected
    states = Counter(lead["state"] for lead in suite.leads.values())
    assert (tally.closed, tally.converted) == (states["CLOSED"], states["CONVERTED"])


def test_nearly_every_first_contact_is_summed_up(demo: Demo) -> None:
    suite = FakeSuite(_BEGUN_AT)

    demo.play(suite)

    touched = {body["lead_id"] for body in suite.follow_ups}
    assert 0.9 * len(touched) < len(suite.summaries) < len(touched)


def test_planned_within_two_hours_is_recorded_within_two_hours(demo: Demo) -> None:
    suite = FakeSuite(_BEGUN_AT)
    recorded: dict[str, datetime] = {}
    record = suite._follow_up

    def noted(body: dict[str, str], caller: str) -> object:
        recorded[body["request_id"]] = suite.now
        return record(body, caller)

    suite._follow_up = noted  # type: ignore[assignment,method-assign]  # a spy in its place

    demo.play(suite)

    for body in suite.follow_ups:
        assigned_at = datetime.fromisoformat(suite.leads[body["lead_id"]]["assigned_at"])
        if datetime.fromisoformat(body["occurred_at"]) - assigned_at < timedelta(minutes=119):
            assert recorded[body["request_id"]] - assigned_at < timedelta(hours=2)


@pytest.mark.parametrize("breaks_after", [3, 20, 45, 90, 160])
def test_a_crash_half_way_loses_nothing_and_repeats_nothing(demo: Demo, breaks_after: int) -> None:
    whole, broken = FakeSuite(_BEGUN_AT), FakeSuite(_BEGUN_AT, breaks_after=breaks_after)
    demo.play(whole)
    with pytest.raises(Problem):
        demo.play(broken)

    demo.play(broken)

    assert max(broken.effects.values()) == 1
    assert len(broken.leads) == len(whole.leads)
    assert {body["request_id"] for body in broken.follow_ups} == {body["request_id"] for body in whole.follow_ups}


def test_a_second_run_changes_nothing(demo: Demo) -> None:
    suite = FakeSuite(_BEGUN_AT)
    demo.play(suite)
    before = len(suite.leads), len(suite.follow_ups)

    demo.play(suite)

    assert (len(suite.leads), len(suite.follow_ups)) == before
    assert max(suite.effects.values()) == 1
