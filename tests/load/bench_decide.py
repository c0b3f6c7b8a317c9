"""Times one routing decision against the least that numpy could do: the largest of a sum of as many columns as terms.

    python tests/load/bench_decide.py

Prints, for 50, 1,000 and 5,000 candidates, microseconds of processor time per lead: decided in a batch of 64, decided
alone, the floor, how many floors a decision in a batch costs, and the writing of its receipt. The best of many runs
counts, since whatever else the machine does only adds.
"""

import random
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import numpy as np

from lead_router.domain.ids import GroupId, LeadId, RepId
from lead_router.domain.routing.availability import Moment
from lead_router.domain.routing.decide import decide
from lead_router.domain.routing.decision import Decision
from lead_router.domain.routing.lead_snapshot import LeadSnapshot
from lead_router.domain.routing.ledger import GroupAccount
from lead_router.domain.routing.policy_document import parse
from lead_router.domain.routing.prices import PriceTable
from lead_router.domain.routing.receipt import write_receipt
from lead_router.domain.routing.rep_row import RepRow
from lead_router.domain.routing.rep_table import RepTable
from lead_router.domain.routing.score import Terms
from lead_router.domain.routing.skill import SkillTable
from lead_router.domain.routing.tables import RoutingTables
from lead_router.domain.routing.worth import WorthTable
from load.measuring.figures import Figure, Options, Report
from load.measuring.figures import main as run

NOW = datetime(2026, 3, 2, 3, 0, tzinfo=UTC)
MOMENT = Moment(NOW, NOW.date(), NOW + timedelta(hours=13))
INDUSTRIES, REGIONS = ("hospital", "clinic", "pharmacy", "lab"), ("浙江", "江苏", "上海", "北京", "广东")
LINES, SEGMENTS = ("imaging", "surgical", "reagents"), ("KA", "SMB")
POLICY = parse({}, policy_id="bench", version=1)
GROUP = GroupId("team")
BATCH = 64


def measure(options: Options) -> Report:
    """One decision over teams of three sizes."""
    figures = [figure for size in (50, 1000, 5000) for figure in _measured(size, options.seconds)]
    return Report("one routing decision, processor time", figures)


def _measured(size: int, seconds: float) -> list[Figure]:
    dice = random.Random(size)
    reps = RepTable.from_rows(_rep(dice, at) for at in range(size))
    tables = _tables(dice, size)
    leads = [_lead(dice, at) for at in range(BATCH)]
    decisions = _decide(leads, reps, tables)
    batch_us = _least_us(lambda: _decide(leads, reps, tables), seconds) / BATCH
    alone_us = _least_us(lambda: _decide(leads[:1], reps, tables), seconds)
    receipt_us = _least_us(lambda: write_receipt(decisions[BATCH // 2]), seconds)
    floor_us = _least_us(_floor(size), seconds)
    of = f"{size:,} candidates"
    return [
        Figure(f"{of}, in a batch of {BATCH}", batch_us, "µs", floor_us, "numpy floor"),
        Figure(f"{of}, alone", alone_us, "µs", floor_us, "numpy floor"),
        Figure(f"{of}, its receipt", receipt_us, "µs", batch_us, "decision in a batch"),
    ]


def _decide(leads: list[LeadSnapshot], reps: RepTable, tables: RoutingTables) -> tuple[Decision, ...]:
    groups = {GROUP: GroupAccount(group_id=GROUP, weight_present=100 * reps.size)}
    return decide(leads, reps=reps, policy=POLICY, tables=tables, groups=groups, moment=MOMENT)


def _floor(size: int) -> Callable[[], object]:
    """One addition per term beyond the first, and the largest of the sums."""
    columns = [np.arange(size, dtype=np.int64) * (at + 1) for at in range(len(Terms._fields))]
    total = np.empty(size, dtype=np.int64)

    def run() -> object:
        np.add(columns[0], columns[1], out=total)
        for column in columns[2:]:
            np.add(total, column, out=total)
        return total.argmax()

    return run


def _least_us(work: Callable[[], object], seconds: float) -> float:
    """Processor time of the quickest run within so many seconds, in microseconds."""
    work()
    least, until = float("inf"), time.monotonic() + seconds
    while time.monotonic() < until:
        repeats = 5
        began = time.process_time_ns()
        for _ in range(repeats):
            work()
        least = min(least, (time.process_time_ns() - began) / repeats / 1000)
    return least


def _rep(dice: random.Random, at: int) -> RepRow:
    tags = {
        "industry": frozenset(dice.sample(INDUSTRIES, 2)),
        "region": frozenset(dice.sample(REGIONS, 2)),
        "product_line": frozenset(dice.sample(LINES, 1)),
        "segment": frozenset(dice.sample(SEGMENTS, dice.randint(1, 2))),
    }
    return RepRow(
        rep_id=RepId(f"rep-{at:05}"),
        change_seq=at + 1,
        group_id=GROUP,
        daily_cap=50,
        open_cap=500,
        last_lead_at=NOW - timedelta(seconds=dice.randint(1, 90_000)),
        shifts=((NOW - timedelta(hours=2), NOW + timedelta(hours=7)),),
        median_response_minutes=dice.randint(5, 240),
        tags=tags,
        carried=dice.randint(-(10**9), 10**9),
        is_present=True,
    )


def _tables(dice: random.Random, size: int) -> RoutingTables:
    """All three lifts and prices in use: no term may be left out of what is timed."""
    reps = [RepId(f"rep-{at:05}") for at in range(size)]
    skill = SkillTable(
        1,
        SkillTable.before_evidence(POLICY.lifts).by_class,
        {rep: dice.randint(700_000, 1_400_000) for rep in reps},
        {(rep, segment): dice.randint(800_000, 1_250_000) for rep in reps for segment in SEGMENTS},
    )
    prices = PriceTable(1, prices={rep: (dice.randint(0, 50_000), 0) for rep in reps})
    return RoutingTables(skill, WorthTable(1, 500_000, 2_000_000), prices)


def _lead(dice: random.Random, at: int) -> LeadSnapshot:
    segment = dice.choice(SEGMENTS)
    return LeadSnapshot(
        lead_id=LeadId(f"lead-{at:03}"),
        received_at=NOW - timedelta(minutes=dice.randint(0, 90)),
        segment=segment,
        tags={
            "industry": (dice.choice(INDUSTRIES),),
            "region": (dice.choice(REGIONS),),
            "product_line": (dice.choice(LINES),),
            "segment": (segment,),
        },
        amount=dice.randint(10**6, 10**7),
        win_probability_ppm=dice.randint(50_000, 200_000),
        model="bench",
    )


if __name__ == "__main__":
    sys.exit(run(measure, seconds=2.0))
