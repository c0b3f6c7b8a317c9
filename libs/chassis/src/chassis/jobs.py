"""Runs what recurs by real time: each job in one process of the service at a time."""

import asyncio

import structlog
from sqlalchemy.exc import DBAPIError

from chassis.database import Database
from chassis.errors import Unreachable
from chassis.leadership import leadership
from chassis.service import Job

log = structlog.get_logger(__name__)

_PAUSE_S = 5.0


async def recur(database: Database, job: Job) -> None:
    """Runs the job as often as it says until cancelled, while this process leads it."""
    while True:
        try:
            async with leadership(database, f"job.{job.name}") as connection:
                while connection is not None:
                    await job.run()
                    await asyncio.sleep(job.every_s)
        except (Unreachable, DBAPIError, OSError) as fault:
            log.warning("job.interrupted", job=job.name, fault=type(fault).__name__)
        except Exception as fault:  # logged in full: what one job does wrong must not end the calls beside it
            log.error("job.failed", job=job.name, exc_info=fault)
        await asyncio.sleep(min(job.every_s, _PAUSE_S))
