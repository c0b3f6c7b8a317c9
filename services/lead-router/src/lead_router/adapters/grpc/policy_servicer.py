"""PolicyService: versions of the routing policy."""

from typing import Any

import grpc
from google.protobuf.json_format import MessageToDict
from google.protobuf.struct_pb2 import Struct

from chassis.idempotency import answered
from chassis.pages import cursor_of, size_of, token_after
from chassis.proto_values import timestamp_of
from lead_router.application.publish_policy import PolicyDesk, PublishPolicy
from lead_router.application.published_policy import PublishedPolicy
from throughline.lead_router.v1 import policy_service_pb2 as pb
from throughline.lead_router.v1.policy_service_pb2_grpc import PolicyServiceServicer

Context = grpc.aio.ServicerContext[object, object]

_LARGEST_VERSION = 2**31 - 1


class PolicyServicer(PolicyServiceServicer):
    """Parse, call, render."""

    def __init__(self, desk: PolicyDesk) -> None:
        self._desk = desk

    async def GetActivePolicy(self, request: pb.GetActivePolicyRequest, context: Context) -> pb.GetActivePolicyResponse:
        return pb.GetActivePolicyResponse(policy=_message(await self._desk.active(), is_active=True))

    async def ListPolicies(self, request: pb.ListPoliciesRequest, context: Context) -> pb.ListPoliciesResponse:
        size = size_of(request)
        cursor = cursor_of(request)
        found = await self._desk.page(cursor.number(_LARGEST_VERSION) if cursor else 0, size + 1)
        page = found[:size]
        token = token_after(request, key=(str(page[-1].version),), id=page[-1].policy_id) if len(found) > size else ""
        newest = found[0].version if found and cursor is None else 0
        messages = [_message(policy, is_active=policy.version == newest) for policy in page]
        return pb.ListPoliciesResponse(policies=messages, next_page_token=token)

    async def PublishPolicy(self, request: pb.PublishPolicyRequest, context: Context) -> pb.PublishPolicyResponse:
        command = PublishPolicy(_plain(request.document), request.version, request.note)
        return await answered(self._desk.publish(command), _published)


def _published(policy: PublishedPolicy) -> pb.PublishPolicyResponse:
    return pb.PublishPolicyResponse(policy=_message(policy, is_active=True))


def _message(policy: PublishedPolicy, *, is_active: bool) -> pb.RoutingPolicy:
    message = pb.RoutingPolicy(
        policy_id=policy.policy_id,
        version=policy.version,
        published_at=timestamp_of(policy.published_at),
        published_by=policy.published_by,
        note=policy.note,
        is_active=is_active,
    )
    message.document.update(policy.document)
    return message


def _plain(document: Struct) -> dict[str, Any]:
    """The document with whole numbers as integers: protobuf's Struct knows only doubles."""
    plain: dict[str, Any] = _whole(MessageToDict(document))
    return plain


def _whole(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _whole(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [_whole(inner) for inner in value]
    return int(value) if isinstance(value, float) and value.is_integer() else value
