"""`python -m scoring.adapters.training`: reads what is to be trained as JSON, writes what came of it.

A process of its own, so that the service neither holds numpy's memory nor stands still while a model is fitted, and so
that a fault in it ends a training and nothing else.
"""

import base64
import json
import os
import sys
from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from typing import Any

from scorecard import ArtifactInvalid, decode
from scoring.adapters.training.chart import drawn
from scoring.domain.training.example import Example, Examples
from scoring.domain.training.train import Judgement, Plan, TooLittleData, Trained, judged, split, train_on


def main() -> None:
    """Trains once."""
    os.nice(10)  # callers come first
    order = json.load(sys.stdin)
    try:
        outcome = _outcome(order)
    except TooLittleData as refusal:
        outcome = {"failure": "TOO_LITTLE_DATA", "figures": refusal.figures}
    except ArtifactInvalid as fault:
        sys.stderr.write(f"the card cannot be used: {fault}\n")
        sys.exit(1)
    json.dump(outcome, sys.stdout)


def _outcome(order: Mapping[str, Any]) -> dict[str, Any]:
    examples = _examples([Example.from_document(one) for one in order["examples"]])
    plan = Plan(
        least_per_class=order["least_per_class"],
        judged_share=order["judged_share"],
        excluded=frozenset(order["excluded"]),
    )
    parts = split(examples, plan)
    trained = train_on(examples, parts.learn, parts.judge, plan, is_by_time=parts.is_by_time)
    decode(trained.content)  # what cannot be read back is no model
    report = _report(trained) | {"compared_model_id": ""}
    if live := order["live"]:
        judge = parts.judge[examples.is_outcome[parts.judge]]
        card = decode(base64.b64decode(live["content"])).card
        compared = judged(card, examples.at(judge), base_rate=0.5)
        report |= {"compared_model_id": live["model_id"], "compared_log_loss": compared.log_loss}
    return {
        "content": base64.b64encode(trained.content).decode(),
        "chart": base64.b64encode(drawn(report)).decode(),
        "report": report,
    }


def _examples(rows: Sequence[Example]) -> Examples:
    """The rows, those with equal answers as one lead told twice where answers are rich enough to tell leads apart.

    Where most leads share their answers with another one, as with a handful of drop-down lists, equal answers say
    nothing of duplicates, and keeping them together would leave nothing to judge by.
    """
    distinct = {tuple(sorted(row.fields.items())) for row in rows}
    if 2 * len(distinct) < len(rows):
        return Examples(rows)
    return Examples([replace(row, row_key="") for row in rows])


def _report(trained: Trained) -> dict[str, Any]:
    judgement: Judgement = trained.judgement
    figures = asdict(judgement)
    return {
        "fields": [field.name for field in trained.card.fields],
        "learned_rows": trained.learned_rows,
        "learned_won": trained.learned_won,
        "opinions": trained.opinions,
        "is_by_time": trained.is_by_time,
        "judged_rows": figures.pop("rows"),
        "judged_won": figures.pop("won"),
        **figures,
    }


if __name__ == "__main__":
    main()
