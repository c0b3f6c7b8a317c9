"""One transaction per use case, with the service's own repositories on it."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Generic, TypeVar

from chassis import context
from chassis.database import Database, Transaction, current_transaction
from chassis.errors import Unauthenticated

W = TypeVar("W")


class UnitOfWork(Generic[W]):
    """Begins transactions for the tenant of the running request and hands out what a use case works with.

    While an event or a timer is handled, `begin` joins the transaction of that handling: effect and mark commit
    together, and use cases need not know who called them.
    """

    def __init__(self, database: Database, make_work: Callable[[Transaction], W]) -> None:
        self._database = database
        self._make_work = make_work

    @asynccontextmanager
    async def begin(self) -> AsyncIterator[W]:
        """One transaction; leaving by an exception rolls it back.

        Raises:
            Answered: the request's key has an answer already; `answered` turns it into that answer.
            InFlight: a request with the same key is still running.
            KeyReused: the key was used with another request.
        """
        if (ambient := current_transaction()) is not None:
            yield self._make_work(ambient)
            return
        request = context.current()
        if request.tenant_id is None:
            raise Unauthenticated("the call names no tenant")
        async with self._database.transaction(request.tenant_id) as transaction:
            await transaction.answers.recall(request)
            yield self._make_work(transaction)
