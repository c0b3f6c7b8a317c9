"""The same request under the same key gets the same answer, for 24 hours.

The answer is stored in the command's own transaction, so there is no moment at which one exists without the other.
"""

import hashlib
from collections.abc import Awaitable, Callable, Sequence
from contextvars import ContextVar
from typing import TypeVar, cast

from google.protobuf import descriptor_pool
from google.protobuf.any_pb2 import Any as AnyMessage
from google.protobuf.message import Message
from google.protobuf.message_factory import GetMessageClass
from sqlalchemy import Column, LargeBinary, PrimaryKeyConstraint, Table, Text, text
from sqlalchemy.ext.asyncio import AsyncConnection

from chassis.context import RequestContext, current_or_none
from chassis.errors import InFlight, KeyReused
from chassis.failpoints import failpoints
from chassis.ids import TenantId
from chassis.tables import metadata, moment, tenant_column

idempotency = Table(
    "idempotency",
    metadata,
    tenant_column(),
    Column("caller", Text, nullable=False),
    Column("method", Text, nullable=False),
    Column("key", Text, nullable=False),
    Column("request_hash", LargeBinary, nullable=False),
    Column("answer", LargeBinary, nullable=False),
    moment("expires_at"),
    PrimaryKeyConstraint("tenant_id", "caller", "method", "key"),
)

_TRY_LOCK = text("SELECT pg_try_advisory_xact_lock(:bucket)")
_RECALL = text(
    "SELECT request_hash, answer FROM idempotency WHERE tenant_id = :tenant AND caller = :caller"
    " AND method = :method AND key = :key AND expires_at > clock_timestamp()"
)
_TRY_LOCKS = text(
    "SELECT b.bucket, pg_try_advisory_xact_lock(b.bucket) AS is_held"
    " FROM unnest(CAST(:buckets AS bigint[])) AS b (bucket)"
)
_RECALL_MANY = text(
    "SELECT i.caller, i.method, i.key, i.request_hash, i.answer FROM unnest(CAST(:callers AS text[]),"
    " CAST(:methods AS text[]), CAST(:keys AS text[])) AS q (caller, method, key) JOIN idempotency i"
    " ON i.tenant_id = CAST(:tenant AS uuid) AND i.caller = q.caller AND i.method = q.method AND i.key = q.key"
    " WHERE i.expires_at > clock_timestamp()"
)
_REMEMBER = text(
    "INSERT INTO idempotency (tenant_id, caller, method, key, request_hash, answer, expires_at)"
    " SELECT CAST(:tenant AS uuid), a.*, clock_timestamp() + interval '24 hours' FROM unnest(CAST(:callers AS text[]),"
    " CAST(:methods AS text[]), CAST(:keys AS text[]), CAST(:hashes AS bytea[]), CAST(:answers AS bytea[])) AS a"
    " ON CONFLICT (tenant_id, caller, method, key) DO UPDATE"
    " SET request_hash = excluded.request_hash, answer = excluded.answer, expires_at = excluded.expires_at"
)

R = TypeVar("R")
M = TypeVar("M", bound=Message)
Render = Callable[[object], Message]

_render: ContextVar[Render | None] = ContextVar("render_answer", default=None)


class Answered(Exception):
    """The request was answered before. Carries that answer; not an error, so no caller sees it as one."""

    def __init__(self, answer: Message) -> None:
        super().__init__("answered before")
        self.answer = answer


async def answered(result: Awaitable[R], render: Callable[[R], M]) -> M:
    """Awaits a use case and renders its result; a repeated request gets the first answer instead.

    The same rendering is what `Answers.remember` stores, so that a repeat cannot differ from the first answer.
    """
    mark = _render.set(cast(Render, render))
    try:
        answer = render(await result)
        failpoints.reach("command.committed")
        return answer
    except Answered as repeat:
        return cast(M, repeat.answer)
    finally:
        _render.reset(mark)


class Answers:
    """Answers of one transaction."""

    def __init__(self, connection: AsyncConnection, tenant_id: TenantId) -> None:
        self._connection = connection
        self._tenant_id = tenant_id

    async def recall(self, request: RequestContext) -> None:
        """Raises the stored answer where there is one, and holds the key until the transaction ends.

        Raises:
            Answered: with the answer given before.
            InFlight: a request with the same key is still running.
            KeyReused: the key was used with another request.
        """
        if not request.request_id:
            return
        key = self._key(request)
        if not await self._connection.scalar(_TRY_LOCK, {"bucket": _bucket(key)}):
            raise InFlight(request.request_id)
        row = (await self._connection.execute(_RECALL, key)).one_or_none()
        if row is None:
            return
        if row.request_hash != request.request_hash:
            raise KeyReused(request.request_id)
        raise Answered(_unpack(row.answer))

    async def recall_many(self, requests: Sequence[RequestContext]) -> list[Answered | InFlight | KeyReused | None]:
        """As `recall` for requests that are handled together, in three statements; None for those to be carried out.

        Of requests that carry the same key only the first is carried out; the others are in flight.
        """
        keyed = {at: self._key(request) for at, request in enumerate(requests) if request.request_id}
        found: list[Answered | InFlight | KeyReused | None] = [None] * len(requests)
        if not keyed:
            return found
        buckets = {at: _bucket(key) for at, key in keyed.items()}
        rows = await self._connection.execute(_TRY_LOCKS, {"buckets": sorted(set(buckets.values()))})
        free = {row.bucket for row in rows if row.is_held}
        columns = {f"{name}s": [str(key[name]) for key in keyed.values()] for name in ("caller", "method", "key")}
        stored = await self._connection.execute(_RECALL_MANY, {"tenant": self._tenant_id, **columns})
        answers = {(row.caller, row.method, row.key): row for row in stored}
        for at, key in keyed.items():
            request = requests[at]
            row = answers.get((key["caller"], key["method"], key["key"]))
            if buckets[at] not in free:
                found[at] = InFlight(request.request_id)
            elif row is not None:
                same = row.request_hash == request.request_hash
                found[at] = Answered(_unpack(row.answer)) if same else KeyReused(request.request_id)
            else:
                free.discard(buckets[at])
        return found

    async def remember_many(self, answers: Sequence[tuple[RequestContext, Message]]) -> None:
        """As `remember` for requests that were handled together, with rendered answers; their keys must differ."""
        keyed = [(request, answer) for request, answer in answers if request.request_id]
        if not keyed:
            return
        columns = {
            "callers": [request.principal.actor for request, _ in keyed],
            "methods": [request.method for request, _ in keyed],
            "keys": [request.request_id for request, _ in keyed],
            "hashes": [request.request_hash for request, _ in keyed],
            "answers": [_pack(answer) for _, answer in keyed],
        }
        await self._connection.execute(_REMEMBER, {"tenant": self._tenant_id, **columns})

    async def remember(self, result: R) -> R:
        """Stores the rendered result as the answer to any repeat, and passes it on. Without a key it stores nothing."""
        request, render = current_or_none(), _render.get()
        if request is not None and request.request_id and render is not None:
            await self.remember_many([(request, render(result))])
        failpoints.reach("command.before_commit")
        return result

    def _key(self, request: RequestContext) -> dict[str, object]:
        return {
            "tenant": self._tenant_id,
            "caller": request.principal.actor,
            "method": request.method,
            "key": request.request_id,
        }


def _bucket(key: dict[str, object]) -> int:
    digest = hashlib.blake2b("\x1f".join(map(str, key.values())).encode(), digest_size=8).digest()
    return int.from_bytes(digest, "big", signed=True)


def _pack(answer: Message) -> bytes:
    packed = AnyMessage()
    packed.Pack(answer)
    return packed.SerializeToString()


def _unpack(stored: bytes) -> Message:
    packed = AnyMessage.FromString(stored)
    descriptor = descriptor_pool.Default().FindMessageTypeByName(packed.TypeName())
    return GetMessageClass(descriptor).FromString(packed.value)
