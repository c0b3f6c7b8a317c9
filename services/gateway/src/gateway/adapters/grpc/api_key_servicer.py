"""ApiKeyService: keys for systems outside."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

import grpc

from chassis.idempotency import answered
from chassis.ids import PersonId
from chassis.pages import cursor_of, size_of, token_after
from chassis.proto_values import moment_of, number_of, timestamp_of
from gateway.application.manage_api_keys import ApiKeyKeeper, CreateApiKey, ShownKey
from gateway.domain.api_key import USUAL_RATE_PER_S, ApiKey
from gateway.domain.ids import ApiKeyId
from throughline.gateway.v1 import api_key_service_pb2 as pb
from throughline.gateway.v1.api_key_service_pb2_grpc import ApiKeyServiceServicer

Context = grpc.aio.ServicerContext[object, object]


class ApiKeyServicer(ApiKeyServiceServicer):
    """Parse, call, render."""

    def __init__(self, keep: ApiKeyKeeper, real_now: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self._keep = keep
        self._real_now = real_now

    async def CreateApiKey(self, request: pb.CreateApiKeyRequest, context: Context) -> pb.CreateApiKeyResponse:
        return await answered(self._keep.create(_command(request)), self._created)

    async def GetApiKey(self, request: pb.GetApiKeyRequest, context: Context) -> pb.GetApiKeyResponse:
        found = await self._keep.get(ApiKeyId(request.api_key_id.lower()))
        return pb.GetApiKeyResponse(api_key=self._message(found))

    async def ListApiKeys(self, request: pb.ListApiKeysRequest, context: Context) -> pb.ListApiKeysResponse:
        size = size_of(request)
        person_id = PersonId(request.person_id.lower()) if request.person_id else None
        found = await self._keep.page(person_id, cursor_of(request), size + 1, with_ended=request.with_ended)
        page = found[:size]
        token = token_after(request, key=(), id=page[-1].id) if len(found) > size else ""
        return pb.ListApiKeysResponse(api_keys=[self._message(each) for each in page], next_page_token=token)

    async def RevokeApiKey(self, request: pb.RevokeApiKeyRequest, context: Context) -> pb.RevokeApiKeyResponse:
        return await answered(self._keep.revoke(ApiKeyId(request.api_key_id.lower())), self._revoked)

    def _created(self, made: ShownKey) -> pb.CreateApiKeyResponse:
        return pb.CreateApiKeyResponse(api_key=self._message(made.key), key=made.text)

    def _revoked(self, key: ApiKey) -> pb.RevokeApiKeyResponse:
        return pb.RevokeApiKeyResponse(api_key=self._message(key))

    def _message(self, key: ApiKey) -> pb.ApiKey:
        return pb.ApiKey(
            api_key_id=key.id,
            name=key.name,
            person_id=key.person_id,
            permissions=key.permissions,
            prefix=key.prefix,
            state=number_of(pb.ApiKeyState, key.state_at(self._real_now())),
            rate_per_s=key.rate_per_s,
            expires_at=timestamp_of(key.expires_at),
            last_used_at=timestamp_of(key.last_used_at) if key.last_used_at else None,
            revoked_at=timestamp_of(key.revoked_at) if key.revoked_at else None,
            created_by=key.created_by.removeprefix("person:"),
            created_at=timestamp_of(key.created_at),
        )


def _command(request: pb.CreateApiKeyRequest) -> CreateApiKey:
    return CreateApiKey(
        name=request.name,
        permissions=tuple(request.permissions),
        person_id=PersonId(request.person_id.lower()) if request.person_id else None,
        expires_at=moment_of(request.expires_at) if request.HasField("expires_at") else None,
        rate_per_s=request.rate_per_s or USUAL_RATE_PER_S,
    )
