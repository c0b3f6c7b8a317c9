"""TenantService: tenants are made by operators and read by their people."""

import grpc

from chassis.idempotency import answered
from collab.adapters.grpc import tenant_mapping as mapping
from collab.application.create_tenant import CreateTenantHandler
from collab.application.read_tenant import TenantReader
from throughline.collab.v1 import tenant_service_pb2 as pb
from throughline.collab.v1.tenant_service_pb2_grpc import TenantServiceServicer

Context = grpc.aio.ServicerContext[object, object]


class TenantServicer(TenantServiceServicer):
    """Parse, call, render."""

    def __init__(self, create: CreateTenantHandler, read: TenantReader) -> None:
        self._create = create
        self._read = read

    async def CreateTenant(self, request: pb.CreateTenantRequest, context: Context) -> pb.CreateTenantResponse:
        return await answered(self._create(mapping.create_tenant(request)), mapping.created)

    async def GetTenant(self, request: pb.GetTenantRequest, context: Context) -> pb.GetTenantResponse:
        return pb.GetTenantResponse(tenant=mapping.tenant_message(await self._read()))
