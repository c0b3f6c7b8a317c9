"""Calls any method of any service by its descriptor, over the chassis' channels."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from typing import Any

import grpc
from google.protobuf.message import Message

from chassis.channels import Channels
from chassis.errors import NotFound, Unreachable
from chassis.methods import all_methods
from gateway.transcoding.routes import Route


class GrpcUpstream:
    """Speaks for the running request: token, language, tenant and trace go along."""

    def __init__(self, channels: Channels, *, timeout_s: float = 300.0, stream_timeout_s: float = 300.0) -> None:
        """Takes open channels.

        Args:
            channels: one for each service.
            timeout_s: most for a call with one request, whatever its contract allows.
            stream_timeout_s: for a stream of requests, from its first line to the answer.
        """
        self._channels = channels
        self._timeout_s = timeout_s
        self._stream_timeout_s = stream_timeout_s
        self._calls: dict[tuple[str, str], Any] = {}

    async def unary(self, service: str, route: Route, request: Message) -> Message:
        """One request, one response, within the time that the contract allows."""
        deadline_s = min(self._timeout_s, all_methods()[route.grpc_path].deadline_s)
        answer: Message = await self._call("unary_unary", service, route)(request, timeout=deadline_s)
        return answer

    async def client_stream(self, service: str, route: Route, requests: AsyncIterator[Message]) -> Message:
        """Many requests, one response. An exception of `requests` ends the call and passes."""
        call = self._call("stream_unary", service, route)(timeout=self._stream_timeout_s)
        try:
            async for request in requests:
                if not await _written(call, request):
                    break
            else:
                await call.done_writing()
            answer: Message = await call
        except BaseException:
            call.cancel()
            raise
        return answer

    async def server_stream(self, service: str, route: Route, request: Message) -> AsyncGenerator[Message, None]:
        """One request, many responses. Closing it ends the call."""
        call = self._call("unary_stream", service, route)(request)
        try:
            async for response in call:
                yield response
        finally:
            call.cancel()

    def _call(self, shape: str, service: str, route: Route) -> Any:
        if service not in self._channels.peers:
            if route.owner is None:
                raise NotFound("service", service)
            raise Unreachable(service)
        key = (service, route.grpc_path)
        if key not in self._calls:
            make = getattr(self._channels.to(service), shape)
            self._calls[key] = make(
                route.grpc_path,
                request_serializer=route.request.message_class.SerializeToString,
                response_deserializer=route.response.message_class.FromString,
            )
        return self._calls[key]


async def _written(call: Any, request: Message) -> bool:
    """Writes one message; False where the other side has ended the call, whose answer then says why."""
    try:
        await call.write(request)
    except (asyncio.InvalidStateError, grpc.aio.AioRpcError):
        return False
    return True
