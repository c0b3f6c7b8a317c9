"""Trains in a child process, so that what serves holds none of its memory."""

import asyncio
import base64
import json
import os
import sys
from collections.abc import Sequence
from typing import Any

import structlog

from scoring.application.model_ports import KnownLead, TrainingOutcome
from scoring.domain.lead_model import LeadModel
from scoring.domain.model_training import FAULT, TrainingOrder

log = structlog.get_logger(__name__)

_PROGRAM = (sys.executable, "-m", "scoring.adapters.training")
_MOST_S = 900
_OPINION_WEIGHT = 0.25
"""What a rep says of a score counts a quarter of an outcome: it comes early, and it may be wrong."""


class ChildProcessTrainer:
    """The port `Trainer` as a child process that dies with its parent's pipe.

    Args:
        program: what it runs; reads its order as JSON and writes what came of it.
    """

    def __init__(self, program: Sequence[str] = _PROGRAM) -> None:
        self._program = program

    async def __call__(
        self, order: TrainingOrder, leads: Sequence[KnownLead], live: LeadModel | None
    ) -> TrainingOutcome:
        """What the child made of it; a failure `FAULT` where the child broke or took longer than a quarter hour."""
        child = await asyncio.create_subprocess_exec(
            *self._program,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            env={**os.environ, "OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"},
        )
        try:
            async with asyncio.timeout(_MOST_S):
                told = await _told_by(child, _document(order, leads, live))
        except TimeoutError:
            log.warning("training.too_long", limit_s=_MOST_S)
            return TrainingOutcome(failure=FAULT, figures={"limit_s": _MOST_S})
        finally:
            if child.returncode is None:
                child.kill()
                await child.wait()
        if child.returncode != 0:
            log.warning("training.broke", exit_status=child.returncode)
            return TrainingOutcome(failure=FAULT, figures={"exit_status": child.returncode or 0})
        return _outcome(json.loads(told))


async def _told_by(child: asyncio.subprocess.Process, document: bytes) -> bytes:
    """What the child wrote; nothing where it ended before it read, which its status tells of."""
    try:
        told, _ = await child.communicate(document)
    except RuntimeError:  # how uvloop says that the pipe to the child is closed already
        await child.wait()
        return b""
    return told


def _document(order: TrainingOrder, leads: Sequence[KnownLead], live: LeadModel | None) -> bytes:
    document = {
        "excluded": list(order.excluded_fields),
        "least_per_class": order.least_per_class,
        "judged_share": order.judged_share_pct / 100,
        "live": {"model_id": live.id, "content": base64.b64encode(live.content).decode()} if live else None,
        "examples": [
            {
                "fields": dict(lead.fields),
                "won": lead.won,
                "happened_at_s": lead.happened_at.timestamp() if lead.happened_at else None,
                "row_key": lead.example_id,
                "weight": 1.0 if lead.is_outcome else _OPINION_WEIGHT,
                "is_outcome": lead.is_outcome,
            }
            for lead in leads
        ],
    }
    return json.dumps(document).encode()


def _outcome(told: dict[str, Any]) -> TrainingOutcome:
    if "failure" in told:
        return TrainingOutcome(failure=told["failure"], figures=told["figures"])
    return TrainingOutcome(base64.b64decode(told["content"]), base64.b64decode(told["chart"]), told["report"])
