"""Tenants: requests to commands, results to messages."""

from chassis.ids import TenantId
from chassis.proto_values import timestamp_of
from collab.application.create_tenant import CreatedTenant, CreateTenant
from collab.domain.tenant import Tenant
from throughline.collab.v1 import tenant_service_pb2 as pb

_ZONE, _CURRENCY, _LOCALE = "Asia/Shanghai", "CNY", "zh-CN"


def create_tenant(request: pb.CreateTenantRequest) -> CreateTenant:
    """The command that a request asks for."""
    return CreateTenant(
        tenant_id=TenantId(request.tenant_id.lower()) if request.tenant_id else None,
        name=request.name.strip(),
        zone=request.zone or _ZONE,
        currency=request.currency or _CURRENCY,
        locale=request.locale or _LOCALE,
        admin_subject=request.admin_subject,
        admin_name=request.admin_name.strip(),
    )


def created(result: CreatedTenant) -> pb.CreateTenantResponse:
    """The answer to a making."""
    return pb.CreateTenantResponse(tenant=tenant_message(result.tenant), admin_id=result.admin_id)


def tenant_message(tenant: Tenant) -> pb.Tenant:
    """A tenant as callers see it."""
    return pb.Tenant(
        tenant_id=tenant.id,
        name=tenant.name,
        zone=tenant.zone,
        currency=tenant.currency,
        locale=tenant.locale,
        is_active=tenant.is_active,
        created_at=timestamp_of(tenant.created_at),
    )
