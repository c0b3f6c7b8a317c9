"""Leads to train from, whose chance hangs on their source and visits alone."""

from __future__ import annotations

import random
from collections.abc import Iterator

from throughline.scoring.v1 import model_service_pb2 as pb


def examples(count: int, *, seed: int = 3, upside_down: bool = False) -> Iterator[pb.TrainingExample]:
    """Referrals with many visits are won, or lost where all is upside down."""
    chance = random.Random(seed)
    for at in range(count):
        is_referral, visits = chance.random() < 0.4, chance.randrange(40)
        is_won = chance.random() < (0.55 if is_referral else 0.12) + visits / 100
        yield pb.TrainingExample(
            example_id=f"{seed}-{at}",
            fields={
                "source": "referral" if is_referral else "expo",
                "form.visits": str(visits),
                "form.note": f"{at % 400}",
            },
            is_won=is_won != upside_down,
        )
