"""Asks the service that a ticket names what the ticket permits."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from chassis.channels import Channels
from chassis.context import Principal, RequestContext, bind, current_or_none
from chassis.files.tickets import TicketInvalid, addressee
from chassis.ids import TenantId
from chassis.proto_values import word_of
from gateway.application.file_ports import Download, Upload
from throughline.pipeline.v1 import file_service_pb2 as pb
from throughline.pipeline.v1.file_service_pb2_grpc import FileServiceStub

if TYPE_CHECKING:
    from throughline.pipeline.v1.file_service_pb2_grpc import FileServiceAsyncStub

_TENANT = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_ITSELF = Principal("service", "service:gateway", None, frozenset({"service"}))


class GrpcFileOwners:
    """The services with files behind the port `FileOwners`; today that is the pipeline."""

    def __init__(self, channels: Channels) -> None:
        self._channels = channels

    async def open_upload(self, ticket: str, holder: str) -> Upload:
        """Where the bytes of a ticket go."""
        with self._for_tenant_of(ticket) as stub:
            answer = await stub.OpenUpload(pb.OpenUploadRequest(ticket=ticket, holder=holder))
        file = answer.file
        return Upload(file.file_id, file.announced_bytes, word_of(pb.FileState, file.state), answer.prefix)

    async def finish_upload(self, ticket: str, holder: str) -> str:
        """Tells that all bytes are there; returns the file's state."""
        with self._for_tenant_of(ticket) as stub:
            answer = await stub.FinishUpload(pb.FinishUploadRequest(ticket=ticket, holder=holder))
        return word_of(pb.FileState, answer.file.state)

    async def open_download(self, ticket: str, *, counts: bool) -> Download:
        """Where the bytes of a ticket are; says whether the download is counted."""
        with self._for_tenant_of(ticket) as stub:
            answer = await stub.OpenDownload(pb.OpenDownloadRequest(ticket=ticket, counts=counts))
        file, is_thumbnail = answer.file, answer.key.endswith("/thumbnail")
        return Download(file.file_id, file.name, answer.content_type, answer.key, file.version, is_thumbnail)

    @contextmanager
    def _for_tenant_of(self, ticket: str) -> Iterator[FileServiceAsyncStub]:
        """The stub to ask, in the gateway's own name: a link for a customer comes without any caller.

        Raises:
            TicketInvalid: it names no service with files, or no tenant.
        """
        service, tenant = addressee(ticket)
        if service != "pipeline" or not _TENANT.fullmatch(tenant):
            raise TicketInvalid("it has not the form of a ticket")
        asked = current_or_none()
        own = RequestContext(
            _ITSELF,
            TenantId(tenant),
            method="files",
            locale=asked.locale if asked else "zh-CN",
            origin=asked.origin if asked else "",
        )
        with bind(own):
            stub: FileServiceAsyncStub = FileServiceStub(self._channels.to(service))
            yield stub
