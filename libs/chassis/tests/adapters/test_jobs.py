"""What recurs goes on after a fault."""

from __future__ import annotations

import asyncio

from chassis.database import Database
from chassis.jobs import recur
from chassis.service import Job


async def test_a_job_that_fails_in_a_way_nobody_thought_of_is_run_again(ledger: Database) -> None:
    tries: list[int] = []
    has_run = asyncio.Event()

    async def fail_once() -> None:
        tries.append(len(tries))
        if len(tries) == 1:
            raise KeyError("a case that nobody thought of")
        has_run.set()

    running = asyncio.ensure_future(recur(ledger, Job("ledger.fails_once", 0.01, fail_once)))
    told = asyncio.ensure_future(has_run.wait())
    await asyncio.wait([running, told], return_when=asyncio.FIRST_COMPLETED)
    has_ended = running.done()
    for task in (running, told):
        task.cancel()
    await asyncio.gather(running, told, return_exceptions=True)

    assert has_run.is_set()
    assert not has_ended
