"""How good lead scores are on real leads: `make evaluate`, with THROUGHLINE_DATA naming the folder of the data sets.

`x-education-leads` is parted 70/30 ten times, rows that are equal in all but their ids on one side, and a card is
trained and judged by the code that the product runs. Only what is there at capture is used: form fields and behaviour
on the website. What is typed in after contact is left out, and so is `Last Activity`, half of which are acts of the
seller. Two fields are partly filled in during the first call, so all is told once more without them; and once more with
all leads of equal answers on one side, whatever else differs, which no model can know.
"""

import csv
import gzip
import os
import sys
from collections.abc import Mapping
from pathlib import Path

import numpy as np

from scoring.domain.training import holdout
from scoring.domain.training.example import Example, Examples
from scoring.domain.training.train import Judgement, Plan, train_on

LEAST_AUC, MOST_ECE = 0.868, 0.028
SEEDS = range(10)
IDS = ("Prospect ID", "Lead Number")
AFTER_CAPTURE = (
    *("Tags", "Lead Quality", "Lead Profile", "Last Activity", "Last Notable Activity"),
    *("Asymmetrique Activity Index", "Asymmetrique Profile Index"),
    *("Asymmetrique Activity Score", "Asymmetrique Profile Score"),
)
PARTLY_AFTER = ("What is your current occupation", "What matters most to you in choosing a course")


def main() -> int:
    """Prints the figures; 1 where a bar is missed."""
    folder = os.environ.get("THROUGHLINE_DATA")
    if not folder:
        sys.stdout.write("evaluate: set THROUGHLINE_DATA to the folder that holds x-education-leads\n")
        return 2
    with gzip.open(Path(folder) / "x-education-leads" / "leads.csv.gz", "rt", encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    sys.stdout.write(f"x-education-leads: {len(rows)} leads, 70/30, {len(SEEDS)} seeds, equal rows on one side\n")
    whole = _evaluated(rows, left_out=())
    _evaluated(rows, left_out=PARTLY_AFTER)
    _evaluated(rows, left_out=(), by_answers=True)
    is_good = whole[0] >= LEAST_AUC and whole[1] <= MOST_ECE
    sys.stdout.write(f"bars: AUC >= {LEAST_AUC}, ECE <= {MOST_ECE}: {'met' if is_good else 'MISSED'}\n")
    return 0 if is_good else 1


def _evaluated(
    rows: list[dict[str, str]], left_out: tuple[str, ...], *, by_answers: bool = False
) -> tuple[float, float]:
    examples = Examples([_example(row, left_out, by_answers=by_answers) for row in rows])
    found = [_judged(examples, seed) for seed in SEEDS]
    mean = {
        name: float(np.mean([getattr(one, name) for one in found]))
        for name in ("auc", "log_loss", "brier_score", "calibration_error", "calibration_error_of_truth")
    }
    kept = "all capture-time fields" if not left_out else f"without {' and '.join(left_out)}"
    kept += ", equal answers on one side" if by_answers else ""
    sys.stdout.write(
        f"{kept}: AUC {mean['auc']:.4f} (sd {np.std([one.auc for one in found]):.4f}), log loss {mean['log_loss']:.4f},"
        f" Brier {mean['brier_score']:.4f}, ECE {mean['calibration_error']:.4f}"
        f" (truth would show {mean['calibration_error_of_truth']:.4f}),"
        f" top tenth won {np.mean([one.lift[0].share_won for one in found]):.3f}\n"
    )
    return mean["auc"], mean["calibration_error"]


def _judged(examples: Examples, seed: int) -> Judgement:
    learn, judge = holdout.by_chance(examples, 0.3, seed)
    return train_on(examples, learn, judge, Plan(seed=seed)).judgement


def _example(row: Mapping[str, str], left_out: tuple[str, ...], *, by_answers: bool) -> Example:
    unused = {*IDS, *AFTER_CAPTURE, *left_out, "Converted"}
    fields = {f"form.{name}": answer for name, answer in row.items() if name not in unused}
    key = "\x1f".join(answer for name, answer in row.items() if name not in IDS)
    return Example(fields, float(row["Converted"]), row_key="" if by_answers else key)


if __name__ == "__main__":
    sys.exit(main())
