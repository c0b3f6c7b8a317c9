"""Terms that add up exactly, one rep at a time and all at once."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from lead_router.domain.ids import RepId
from lead_router.domain.routing.fixed_point import MAX_LIFT, MAX_WORTH, MIN_LIFT, PPM
from lead_router.domain.routing.prices import PriceTable
from lead_router.domain.routing.score import terms_of
from lead_router.domain.routing.skill import SkillTable

from .builders import MINUTE, NOW, a_policy, a_rep, a_snapshot, a_table, decided, groups_of, some_tables, tags

WORTHS = st.integers(0, MAX_WORTH)
LIFTS = st.integers(MIN_LIFT, MAX_LIFT)
SHARES = st.integers(0, PPM)


@given(worth=WORTHS, lifts=st.tuples(LIFTS, LIFTS, LIFTS), kept=SHARES, price=WORTHS, credit=st.integers(-PPM, PPM))
def test_the_terms_telescope_to_the_total(
    worth: int, lifts: tuple[int, int, int], kept: int, price: int, credit: int
) -> None:
    terms = terms_of(worth, lifts=lifts, kept_ppm=kept, price=price, credit_ppm=credit)

    after_delay = terms.worth + terms.profile + terms.performance + terms.segment_fit + terms.speed
    assert terms.total == after_delay - price + worth * credit // PPM
    exact = worth * lifts[0] * lifts[1] * lifts[2] * kept / PPM**4
    assert abs(after_delay - exact) <= 20 + exact * 1e-9


def test_a_lead_in_average_hands_without_delay_is_worth_its_worth() -> None:
    terms = terms_of(12_345, lifts=(PPM, PPM, PPM), kept_ppm=PPM, price=0, credit_ppm=0)

    assert tuple(terms) == (12_345, 0, 0, 0, 0, 0, 0)


REPS = st.lists(
    st.fixed_dictionaries(
        {
            "response": st.integers(0, 4000),
            "carried": st.integers(-(10**13), 10**13),
            "rep_lift": LIFTS,
            "cell_lift": LIFTS,
            "price": st.integers(0, 10**8),
            "industry": st.sampled_from(["clinic", "hospital"]),
        }
    ),
    min_size=1,
    max_size=6,
)
LEADS = st.lists(
    st.tuples(st.integers(0, 10**11), SHARES, st.sampled_from(["KA", "SMB"]), st.integers(0, 5000)),
    min_size=1,
    max_size=6,
)


@given(reps=REPS, leads=LEADS)
def test_the_columns_agree_with_the_terms_to_the_hundredth(
    reps: list[dict[str, int]], leads: list[tuple[int, int, str, int]]
) -> None:
    policy = a_policy()
    rows = [
        a_rep(
            f"rep-{at}",
            median_response_minutes=rep["response"],
            carried=rep["carried"],
            tags=tags(industry=str(rep["industry"]), segment="KA"),
        )
        for at, rep in enumerate(reps)
    ]
    names = [RepId(f"rep-{at}") for at in range(len(reps))]
    skill = SkillTable(
        1,
        SkillTable.before_evidence(policy.lifts).by_class,
        {name: rep["rep_lift"] for name, rep in zip(names, reps, strict=True)},
        {(name, "KA"): rep["cell_lift"] for name, rep in zip(names, reps, strict=True)},
    )
    prices = PriceTable(1, prices={name: (rep["price"], 0) for name, rep in zip(names, reps, strict=True)})
    snapshots = [
        a_snapshot(
            f"lead-{at}",
            amount=amount,
            win_probability_ppm=chance,
            segment=segment,
            received_at=NOW - waited * MINUTE,
            tags={"industry": ("clinic",), "segment": (segment,)},
        )
        for at, (amount, chance, segment, waited) in enumerate(leads)
    ]

    decisions = decided(snapshots, rows, policy, tables=some_tables(policy, skill=skill, prices=prices))

    for decision in decisions:
        for place, total in zip(decision.batch.candidates.tolist(), decision.totals.tolist(), strict=True):
            assert decision.terms(decision.batch.reps.roster.ids[place]).total == total


def test_wide_tables_are_valued_block_by_block_as_narrow_ones_are() -> None:
    policy = a_policy()
    table = a_table(*(a_rep(f"rep-{at:05}", median_response_minutes=at % 300) for at in range(3000)))
    leads = [a_snapshot(f"lead-{at:02}", amount=10**6 + at) for at in range(20)]

    together = decided(leads, table, policy, groups=groups_of(table))

    assert len({decision.rep_id for decision in together}) == 20
    for decision in together[::6]:
        best = int(decision.totals.argmax())
        rep = table.roster.ids[int(decision.batch.candidates[best])]
        assert decision.terms(rep).total == np.max(decision.totals)
