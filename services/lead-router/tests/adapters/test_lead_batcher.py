"""Leads that share a transaction do not share each other's faults."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import pytest

from lead_router.application.ports import Work
from lead_router.application.submit_leads import Entry, SubmitLeads
from throughline.lead_router.v1 import lead_service_pb2 as pb

from ..desk import REPS, RouterDesk

_POISON = "13490009999"


class Brittle:
    """The use case, with a fault for one phone number that nobody has thought of."""

    def __init__(self, submit: SubmitLeads) -> None:
        self._submit = submit

    async def __call__(self, work: Work, entries: Sequence[Entry]) -> Sequence[object]:
        made: Sequence[object] = await self._submit(work, entries)
        if any(_POISON.encode() in entry.submission.raw for entry in entries):
            raise ZeroDivisionError("nobody has thought of this")
        return made


async def test_a_fault_that_nobody_expected_fails_one_lead_and_not_its_neighbours(
    desk: RouterDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    await desk.hire(*REPS[:2])
    batcher = desk.leads._batcher
    monkeypatch.setattr(batcher, "_submit", Brittle(batcher._submit))
    phones = ["13490001234", _POISON, "13490001235", "13490001236"]

    answers = await asyncio.gather(*(desk.submit(phone=phone) for phone in phones), return_exceptions=True)

    created = [answer for answer in answers if isinstance(answer, pb.SubmitLeadResponse)]
    assert [answer.lead.identity.phone[-4:] for answer in created] == ["1234", "1235", "1236"]
    assert [type(answer) for answer in answers if isinstance(answer, Exception)] == [ZeroDivisionError]
    counts = await desk.conservation()
    assert (counts.received, counts.assigned, counts.gap) == (3, 3, 0)
