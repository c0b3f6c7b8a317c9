"""Joins the links into the one interceptor that gRPC knows, for unary and streaming methods alike."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import aclosing
from functools import partial
from typing import Any, TypeAlias

import grpc
from google.protobuf.message import DecodeError

from chassis.errors import Invalid, Violation
from chassis.interceptors.call import Call, Link, Malformed, Proceed
from chassis.methods import MethodRule, all_methods

Context: TypeAlias = "grpc.aio.ServicerContext[Any, Any]"
Handler: TypeAlias = "grpc.RpcMethodHandler[Any, Any]"

EXEMPT = ("/grpc.health.v1.Health/", "/grpc.reflection.")
"""Anyone may ask whether a server lives and what it offers; kubelet and grpcurl carry no tokens."""


class Chain(grpc.aio.ServerInterceptor):
    """Runs every call of our contracts inside the links, the first of them outermost."""

    def __init__(self, links: Sequence[Link]) -> None:
        self._links = tuple(links)
        self._wrapped: dict[str, Handler] = {}

    async def intercept_service(
        self,
        continuation: Callable[[grpc.HandlerCallDetails], Awaitable[Any]],
        handler_call_details: grpc.HandlerCallDetails,
    ) -> Any:
        method = handler_call_details.method
        if (known := self._wrapped.get(method)) is not None:
            return known
        handler: Handler | None = await continuation(handler_call_details)
        if handler is None or method.startswith(EXEMPT):
            return handler  # None makes gRPC answer UNIMPLEMENTED.
        # A method that is in no contract has no rule, so the access link turns everybody away.
        rule = all_methods().get(method) or MethodRule(method, "", False, False, False, False, False)
        wrapped = self._wrapped[method] = self._wrap(rule, handler)
        return wrapped

    def _wrap(self, rule: MethodRule, handler: Handler) -> Handler:
        make, end = {
            (False, False): (grpc.unary_unary_rpc_method_handler, _answer),
            (False, True): (grpc.unary_stream_rpc_method_handler, _send_answers),
            (True, False): (grpc.stream_unary_rpc_method_handler, _answer),
            (True, True): (grpc.stream_stream_rpc_method_handler, _send_answers),
        }[handler.request_streaming, handler.response_streaming]
        servicer = handler.unary_unary or handler.unary_stream or handler.stream_unary or handler.stream_stream
        run = self._joined(partial(end, servicer))
        reads_stream = handler.request_streaming

        async def called(incoming: Any, context: Context) -> Any:
            return await run(Call(rule, context, _checked(incoming) if reads_stream else incoming))

        wrapped: Handler = make(
            called,
            request_deserializer=_reading(handler.request_deserializer),
            response_serializer=handler.response_serializer,
        )
        return wrapped

    def _joined(self, servicer: Proceed) -> Proceed:
        """One function of all links and the servicer, made once per method: a call only runs down it."""
        proceed = servicer
        for link in reversed(self._links):
            proceed = partial(link.around, proceed)
        return proceed


async def _answer(servicer: Any, call: Call) -> Any:
    return await servicer(call.incoming, call.context)


async def _send_answers(servicer: Any, call: Call) -> None:
    async with aclosing(servicer(call.incoming, call.context)) as answers:
        async for answer in answers:
            await call.context.write(answer)


def malformed(found: Malformed) -> Invalid:
    """The refusal of bytes that are no message of the expected type."""
    return Invalid([Violation("", "malformed", f"is no {found.expected}")])


def _reading(deserialize: Any) -> Any:
    """Bytes that cannot be read become a `Malformed`, for gRPC itself would call the caller's fault INTERNAL."""

    def read(raw: bytes) -> Any:
        try:
            return deserialize(raw)
        except DecodeError:
            return Malformed(_type_of(deserialize))

    return read


def _type_of(deserialize: Any) -> str:
    owner = getattr(deserialize, "__self__", None)
    descriptor = getattr(owner, "DESCRIPTOR", None)
    return str(getattr(descriptor, "full_name", "message of this method"))


async def _checked(requests: AsyncIterator[Any]) -> AsyncIterator[Any]:
    async for request in requests:
        if isinstance(request, Malformed):
            raise malformed(request)
        yield request
