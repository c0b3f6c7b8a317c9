"""`Outgoing` in the four shapes that gRPC has for calls."""

from __future__ import annotations

from collections.abc import AsyncIterator, Generator
from typing import Any

import grpc

from chassis.methods import all_methods
from chassis.outgoing import Outgoing, keyed, method_of


def interceptors_of(outgoing: Outgoing) -> list[grpc.aio.ClientInterceptor]:
    """One interceptor for each kind of call."""
    return [_UnaryUnary(outgoing), _UnaryStream(outgoing), _StreamUnary(outgoing), _StreamStream(outgoing)]


class _Shape:
    def __init__(self, outgoing: Outgoing) -> None:
        self._outgoing = outgoing

    async def _begin_stream(self, continuation: Any, details: Any, request: Any) -> Any:
        with self._outgoing.translated():
            return await continuation(await self._outgoing.prepared(details, streams=True), request)

    async def _responses(self, method: str, call: Any) -> AsyncIterator[Any]:
        with self._outgoing.observed(method):
            try:
                async for response in call:
                    yield response
            finally:
                call.cancel()  # without effect on a call that has ended


class _UnaryUnary(_Shape, grpc.aio.UnaryUnaryClientInterceptor):
    async def intercept_unary_unary(self, continuation: Any, client_call_details: Any, request: Any) -> Any:
        method = method_of(client_call_details)
        with self._outgoing.observed(method):
            prepared = await self._outgoing.prepared(client_call_details, streams=False)
            return await (await continuation(prepared, keyed(request, all_methods().get(method))))


class _StreamUnary(_Shape, grpc.aio.StreamUnaryClientInterceptor):
    async def intercept_stream_unary(self, continuation: Any, client_call_details: Any, request_iterator: Any) -> Any:
        call = await self._begin_stream(continuation, client_call_details, request_iterator)
        return _AnswerOf(call, self._outgoing, method_of(client_call_details))


class _UnaryStream(_Shape, grpc.aio.UnaryStreamClientInterceptor):
    async def intercept_unary_stream(self, continuation: Any, client_call_details: Any, request: Any) -> Any:
        call = await self._begin_stream(continuation, client_call_details, request)
        return self._responses(method_of(client_call_details), call)


class _StreamStream(_Shape, grpc.aio.StreamStreamClientInterceptor):
    async def intercept_stream_stream(self, continuation: Any, client_call_details: Any, request_iterator: Any) -> Any:
        call = await self._begin_stream(continuation, client_call_details, request_iterator)
        return self._responses(method_of(client_call_details), call)


class _AnswerOf:
    """The call of a client stream, for its writer, and its answer, for whoever awaits it."""

    def __init__(self, call: Any, outgoing: Outgoing, method: str) -> None:
        self._call = call
        self._outgoing = outgoing
        self._method = method

    def __await__(self) -> Generator[Any, None, Any]:
        return self._answer().__await__()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._call, name)

    async def _answer(self) -> Any:
        with self._outgoing.observed(self._method):
            return await self._call
