"""Decides and commits submissions of one tenant together that arrive together.

While a batch is under way, callers queue up; the next batch takes all of them, up to `MOST_TOGETHER`. So an idle router
answers at once, and a busy one pays for a commit once per batch. Each caller gets its own answer or its own error.
"""

import asyncio
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import Context
from dataclasses import dataclass, field
from functools import partial
from time import perf_counter

from google.protobuf.message import Message
from opentelemetry import context as trace_context
from sqlalchemy.exc import DBAPIError

from chassis import context
from chassis.context import RequestContext
from chassis.database import Database, is_conflict
from chassis.errors import ThroughlineError, Unreachable
from chassis.idempotency import Answered
from chassis.ids import TenantId
from lead_router.adapters.measures import note_submitted
from lead_router.adapters.postgres.unit_of_work import PostgresWork
from lead_router.application.submission import Submission, Submitted
from lead_router.application.submit_leads import MOST_TOGETHER, Entry, SubmitLeads

Render = Callable[[Submitted], Message]
_MOST_REPEATS = 5


@dataclass(slots=True)
class _Call:
    entry: Entry
    request: RequestContext
    render: Render
    answer: asyncio.Future[Message] = field(default_factory=lambda: asyncio.get_running_loop().create_future())


@dataclass(slots=True)
class _Queue:
    waiting: deque[_Call] = field(default_factory=deque)
    running: asyncio.Task[None] | None = None


class LeadBatcher:
    """Submits leads for many callers at once."""

    def __init__(self, database: Database, submit: SubmitLeads) -> None:
        self._database = database
        self._submit = submit
        self._queues: dict[TenantId, _Queue] = {}

    async def submit(self, submission: Submission, request: RequestContext, render: Render) -> Message:
        """Takes one submission in, together with others, and returns its rendered answer.

        Raises:
            ThroughlineError: this submission's own fault.
            Unreachable: PostgreSQL does not answer; whether it took effect is told by a repeat under the same key.
        """
        if request.tenant_id is None:
            raise LookupError("access is checked before")
        in_name_of_caller = partial(_in_name_of, request, trace_context.get_current())
        call = _Call(Entry(submission, request, perf_counter(), in_name_of_caller), request, render)
        queue = self._queues.setdefault(request.tenant_id, _Queue())
        queue.waiting.append(call)
        if queue.running is None:
            # The task serves many callers: it must not inherit the trace of the one that happened to start it.
            queue.running = Context().run(asyncio.create_task, self._work_off(request.tenant_id, queue))
        return await call.answer

    async def _work_off(self, tenant_id: TenantId, queue: _Queue) -> None:
        while queue.waiting:
            batch = [queue.waiting.popleft() for _ in range(min(MOST_TOGETHER, len(queue.waiting)))]
            await self._answer(tenant_id, batch)
        del self._queues[tenant_id]

    async def _answer(self, tenant_id: TenantId, batch: Sequence[_Call]) -> None:
        """Answers every call, whatever happens. A fault that nobody expected is answered to the call that has it."""
        try:
            await self._run(tenant_id, batch)
        except Exception as fault:  # noqa: BLE001 - the fault belongs to the callers, who wait for it
            if len(batch) > 1 and not isinstance(fault, Unreachable):
                for call in batch:
                    await self._answer(tenant_id, [call])
                return
            for call in batch:
                if not call.answer.done():
                    call.answer.set_exception(fault)

    async def _run(self, tenant_id: TenantId, batch: Sequence[_Call]) -> None:
        for call, result in zip(batch, await self._committed(tenant_id, batch), strict=True):
            if call.answer.done():
                continue  # the caller has gone away; the lead is in all the same
            if isinstance(result, Exception):
                call.answer.set_exception(result)
            else:
                call.answer.set_result(result)

    async def _committed(self, tenant_id: TenantId, batch: Sequence[_Call]) -> list[Message | Exception]:
        """One transaction; a deadlock repeats it whole."""
        for _ in range(_MOST_REPEATS):
            try:
                return await self._commit(tenant_id, batch)
            except DBAPIError as fault:
                if not is_conflict(fault):
                    raise
        raise Unreachable("PostgreSQL")

    async def _commit(self, tenant_id: TenantId, batch: Sequence[_Call]) -> list[Message | Exception]:
        async with self._database.transaction(tenant_id) as transaction:
            known = await transaction.answers.recall_many([call.request for call in batch])
            new = [call for call, answer in zip(batch, known, strict=True) if answer is None]
            with context.bind(batch[0].request):
                made = await self._submit(PostgresWork(transaction), [call.entry for call in new]) if new else []
            rendered = [_rendered(call, one) for call, one in zip(new, made, strict=True)]
            answers = [(call.request, one) for call, one in zip(new, rendered, strict=True) if isinstance(one, Message)]
            await transaction.answers.remember_many(answers)
        note_submitted(zip((call.entry for call in new), made, strict=True))
        fresh = iter(rendered)
        return [_known(answer) if answer is not None else next(fresh) for answer in known]


@contextmanager
def _in_name_of(request: RequestContext, trace: trace_context.Context) -> Iterator[None]:
    token = trace_context.attach(trace)
    try:
        with context.bind(request):
            yield
    finally:
        trace_context.detach(token)


def _rendered(call: _Call, result: Submitted | ThroughlineError) -> Message | ThroughlineError:
    if isinstance(result, ThroughlineError):
        return result
    with context.bind(call.request):
        return call.render(result)


def _known(answer: Exception) -> Message | Exception:
    return answer.answer if isinstance(answer, Answered) else answer
