"""Training: what is learned, what is judged, and when there is too little."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from scorecard import decode, digest
from scoring.domain.training import holdout, measures
from scoring.domain.training.example import Example, Examples
from scoring.domain.training.train import Plan, TooLittleData, Trained, judged, train

FAST = Plan(least_per_class=40, strengths=(1.0,), most_ranges=8, least_rows=10)


def made_up(rows: int, *, seed: int = 7, with_time: bool = False, opinions: int = 0) -> Examples:
    """Leads whose odds of a win are 1 to 4, times 9 for referrals, and more with each visit."""
    chance = np.random.default_rng(seed)
    examples = []
    for at in range(rows + opinions):
        is_referral, visits = chance.random() < 0.3, int(chance.integers(0, 12))
        log_odds = -1.4 + 2.2 * is_referral + 0.2 * (visits - 6)
        fields = {
            "source": "Referral" if is_referral else "expo",
            "form.visits": str(visits),
            "form.name": f"person {at}",
        }
        won = float(chance.random() < 1 / (1 + np.exp(-log_odds)))
        moment = float(at) if with_time else None
        examples.append(Example(fields, won, moment, row_key=str(at), is_outcome=at < rows))
    return Examples(examples)


@pytest.fixture(scope="module")
def trained() -> Trained:
    return train(made_up(1500), FAST)


def test_a_card_finds_what_decides_and_says_it_in_odds(trained: Trained) -> None:
    referral, expo = (trained.card.score({"source": source, "form.visits": "6"}) for source in ("referral", "expo"))

    assert referral.log_odds - expo.log_odds == pytest.approx(2_200_000, abs=500_000)
    assert trained.judgement.auc > 0.75
    assert trained.judgement.log_loss < trained.judgement.base_log_loss
    assert trained.judgement.calibration_error < 0.06


def test_answers_that_few_gave_never_stand_in_a_card(trained: Trained) -> None:
    assert b"person" not in trained.content


def test_the_same_leads_make_the_same_card(trained: Trained) -> None:
    again = train(made_up(1500), FAST)

    assert digest(again.content) == digest(trained.content)
    assert decode(again.content).card.base == trained.card.base


def test_points_are_measured_against_the_average_lead(trained: Trained) -> None:
    examples = made_up(1500)
    learn, _ = holdout.by_chance(examples, FAST.judged_share, FAST.seed)
    scores = [trained.card.score(examples.rows[place].fields) for place in learn.tolist()]

    assert np.mean([score.log_odds for score in scores]) == pytest.approx(trained.card.base, abs=10)


def test_the_newest_leads_are_judged_where_all_tell_their_time() -> None:
    found = train(made_up(600, with_time=True), FAST)

    assert found.is_by_time
    assert (found.learned_rows, found.judgement.rows) == (420, 180)


def test_opinions_teach_and_are_not_judged() -> None:
    found = train(made_up(600, opinions=100), FAST)

    assert found.opinions > 0
    assert found.judgement.rows + found.learned_rows - found.opinions == 600


def test_too_little_data_is_said_with_figures() -> None:
    with pytest.raises(TooLittleData) as refusal:
        train(made_up(80), FAST)

    assert refusal.value.figures["needed"] == 40
    assert refusal.value.figures["learn_won"] + refusal.value.figures["learn_lost"] == 55


def test_a_card_judged_again_on_the_same_leads_gets_the_same_figures(trained: Trained) -> None:
    examples = made_up(1500)
    _, judge = holdout.by_chance(examples, FAST.judged_share, FAST.seed)

    again = judged(trained.card, examples.at(judge), base_rate=0.5)

    assert (again.auc, again.log_loss) == (trained.judgement.auc, trained.judgement.log_loss)


@given(st.lists(st.tuples(st.sampled_from("abcdefgh"), st.integers(0, 50)), min_size=4, max_size=60), st.integers(0, 9))
def test_equal_rows_stay_on_one_side(rows: list[tuple[str, int]], seed: int) -> None:
    examples = Examples([Example({"f": key}, 1.0, float(moment)) for key, moment in rows])
    fold = holdout.folds(examples, 3, seed)

    for learn, judge in (holdout.by_chance(examples, 0.3, seed), holdout.by_time(examples, 0.3)):
        assert not {rows[at][0] for at in learn.tolist()} & {rows[at][0] for at in judge.tolist()}
    assert all(len({fold[at] for at, row in enumerate(rows) if row[0] == key}) == 1 for key, _ in rows)


def test_measures_of_chances_that_are_known() -> None:
    chance, won = np.array([0.1, 0.4, 0.4, 0.9]), np.array([0.0, 0.0, 1.0, 1.0])

    assert measures.auc(chance, won) == pytest.approx(0.875)
    assert measures.brier_score(chance, won) == pytest.approx((0.01 + 0.16 + 0.36 + 0.01) / 4)
    assert measures.log_loss(np.full(4, 0.5), won) == pytest.approx(np.log(2))
    assert measures.lift(chance, won)[0].lift == pytest.approx(2.0)


def test_the_truth_is_off_by_chance_alone_and_less_with_more_leads() -> None:
    few, many = (np.random.default_rng(1).random(rows) for rows in (200, 5000))

    assert measures.calibration_error_of_truth(few) > measures.calibration_error_of_truth(many) > 0
