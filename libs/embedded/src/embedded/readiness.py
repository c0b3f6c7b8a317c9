"""Asks services whether they are ready to serve."""

from __future__ import annotations

import grpc
import httpx
from grpc_health.v1 import health_pb2

from embedded.plan import GrpcReady, HttpReady, ServiceSpec
from embedded.ports import is_listening

_SERVICE = "readiness"
_TIMEOUT_S = 2.0
_OPTIONS = (("grpc.enable_http_proxy", 0),)


def why_not_ready(service: ServiceSpec) -> str:
    """What still speaks against it, in a few words; an empty text when it is ready."""
    for check in service.ready:
        reason = _grpc(check) if isinstance(check, GrpcReady) else _http(check)
        if reason:
            return reason
    return ""


def _grpc(check: GrpcReady) -> str:
    host, _, port = check.address.rpartition(":")
    if not is_listening(int(port), host=host):  # cheap, as this is asked many times while a service starts
        return f"no answer at {check.address}"
    # A channel for each question: one that is kept backs off for seconds after a refused connection.
    with grpc.insecure_channel(check.address, options=_OPTIONS) as channel:
        request = health_pb2.HealthCheckRequest(service=_SERVICE)
        try:
            answer = _check_of(channel)(request, timeout=_TIMEOUT_S)
        except grpc.RpcError as error:
            return f"no answer at {check.address} ({error.code().name.lower()})"
    if answer.status == health_pb2.HealthCheckResponse.SERVING:
        return ""
    status = health_pb2.HealthCheckResponse.ServingStatus.Name(answer.status)
    return f"says {status} at {check.address}"


def _check_of(
    channel: grpc.Channel,
) -> grpc.UnaryUnaryMultiCallable[health_pb2.HealthCheckRequest, health_pb2.HealthCheckResponse]:
    """The method of the health service; its generated stub has no type hints."""
    return channel.unary_unary(
        "/grpc.health.v1.Health/Check",
        request_serializer=health_pb2.HealthCheckRequest.SerializeToString,
        response_deserializer=health_pb2.HealthCheckResponse.FromString,
    )


def _http(check: HttpReady) -> str:
    try:
        # The machine's proxy settings are for addresses elsewhere.
        answer = httpx.get(check.url, timeout=_TIMEOUT_S, trust_env=False)
    except httpx.TransportError as error:
        return f"no answer at {check.url} ({type(error).__name__})"
    return "" if answer.is_success else f"answers {answer.status_code} at {check.url}"
