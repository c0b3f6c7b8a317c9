"""Times the score of one lead, with its reasons, against the least that such a score could cost.

    python tests/load/bench_score.py

Prints microseconds of processor time per lead for cards of 10 and 30 fields: the score with every contribution, and the
score as the router keeps it, with all reasons in order; and how many of the latter one core gives in a
second. The limit beside them is one look-up in a dict for each field.
"""

import random
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from lead_router.application.model_ports import LIVE, Announcement
from lead_router.application.scoring_models import ActiveModel
from load.measuring.figures import Figure, Options, Report
from load.measuring.figures import main as run
from scorecard import ChoiceField, NumberField, Scorecard

_TIMES = 200


def measure(options: Options) -> Report:
    """Scores of leads by cards of two sizes."""
    figures = [figure for size in (10, 30) for figure in _measured(size, options.seconds)]
    return Report("one lead score with its reasons, processor time", figures)


def _measured(size: int, seconds: float) -> list[Figure]:
    dice = random.Random(size)
    card, lead = _card(dice, size), _lead(dice, size)
    model = ActiveModel(Announcement(LIVE, 1, "bench", ""), card)
    tables = [{lead[name]: at} for at, name in enumerate(lead)]
    floor_us = _least_us(lambda: [table[answer] for table, answer in zip(tables, lead.values(), strict=True)], seconds)
    explained_us, kept_us = _least_us(lambda: card.score(lead), seconds), _least_us(lambda: model.score(lead), seconds)
    of = f"{size} fields"
    return [
        Figure(f"{of}, score and contributions", explained_us, "µs", floor_us, "look-ups"),
        Figure(f"{of}, as the router keeps it", kept_us, "µs", floor_us, "look-ups"),
        Figure(f"{of}, as the router keeps it, one core", 1e6 / kept_us, "scores/s", 1e6 / floor_us, "look-ups"),
    ]


def _card(dice: random.Random, size: int) -> Scorecard:
    fields: list[ChoiceField | NumberField] = []
    for at in range(size):
        if at % 2:
            edges = tuple(float(edge) for edge in range(20))
            points = tuple(dice.randrange(-(10**6), 10**6) for _ in range(21))
            fields.append(NumberField(f"form.number_{at}", edges, points, 0))
        else:
            answers = {f"answer {answer}": dice.randrange(-(10**6), 10**6) for answer in range(20)}
            fields.append(ChoiceField(f"form.choice_{at}", answers, 0, 0))
    return Scorecard(-(10**6), fields)


def _lead(dice: random.Random, size: int) -> Mapping[str, str]:
    return {
        f"form.number_{at}" if at % 2 else f"form.choice_{at}": (
            str(dice.randrange(25)) if at % 2 else f"Answer {dice.randrange(25)}"
        )
        for at in range(size)
    }


def _least_us(work: Callable[[], object], seconds: float) -> float:
    """Microseconds of processor time of one run; the best of many, since whatever else the machine does only adds."""
    best, until = float("inf"), time.perf_counter() + max(seconds, 0.2)
    while time.perf_counter() < until:
        begun = time.process_time()
        for _ in range(_TIMES):
            work()
        best = min(best, (time.process_time() - begun) / _TIMES)
    return best * 1e6


if __name__ == "__main__":
    sys.exit(run(measure, seconds=0.5))
