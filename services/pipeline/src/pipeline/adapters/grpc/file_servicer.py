"""FileService: what files are and where they stand. Their bytes pass elsewhere."""

from dataclasses import dataclass
from datetime import timedelta

import grpc

from chassis.files.downloads import DownloadDesk
from chassis.files.file import FileId
from chassis.files.uploads import AnnounceFile, SettingsDesk, UploadDesk
from chassis.idempotency import answered
from pipeline.adapters.grpc import file_mapping as render
from pipeline.application.referrers import FOLLOW_UPS, LEADS, OPPORTUNITIES
from throughline.pipeline.v1 import file_service_pb2 as pb
from throughline.pipeline.v1.file_service_pb2_grpc import FileServiceServicer

Context = grpc.aio.ServicerContext[object, object]
_LINK_DAYS = 14


@dataclass(frozen=True, slots=True)
class FileUseCases:
    """What the servicer calls."""

    uploads: UploadDesk
    downloads: DownloadDesk
    settings: SettingsDesk


class FileServicer(FileServiceServicer):
    """Parse, call, render."""

    def __init__(self, use_cases: FileUseCases) -> None:
        self._uploads = use_cases.uploads
        self._downloads = use_cases.downloads
        self._settings = use_cases.settings

    async def CreateUpload(self, request: pb.CreateUploadRequest, context: Context) -> pb.CreateUploadResponse:
        command = AnnounceFile(request.name, request.kind, request.size_bytes)
        return await answered(self._uploads.announce(command), render.created)

    async def RenewUpload(self, request: pb.RenewUploadRequest, context: Context) -> pb.RenewUploadResponse:
        return render.renewed(await self._uploads.renew(FileId(request.file_id)))

    async def GetFile(self, request: pb.GetFileRequest, context: Context) -> pb.GetFileResponse:
        return pb.GetFileResponse(file=render.file_message(await self._downloads.get(FileId(request.file_id))))

    async def ListFiles(self, request: pb.ListFilesRequest, context: Context) -> pb.ListFilesResponse:
        found = await self._downloads.of_resources(_resources_of(request))
        return pb.ListFilesResponse(files=[render.file_message(file) for file in found])

    async def CreateDownload(self, request: pb.CreateDownloadRequest, context: Context) -> pb.CreateDownloadResponse:
        variant = render.variant_of(request)
        return render.download(await self._downloads.ticket(FileId(request.file_id), variant))

    async def ShareFile(self, request: pb.ShareFileRequest, context: Context) -> pb.ShareFileResponse:
        lasting = timedelta(days=request.days or _LINK_DAYS)
        return await answered(self._downloads.share(FileId(request.file_id), lasting), render.shared)

    async def RevokeFileLink(self, request: pb.RevokeFileLinkRequest, context: Context) -> pb.RevokeFileLinkResponse:
        return await answered(self._downloads.revoke(request.file_link_id), render.revoked)

    async def GetFileDownloads(
        self, request: pb.GetFileDownloadsRequest, context: Context
    ) -> pb.GetFileDownloadsResponse:
        return render.downloads(await self._downloads.downloads(FileId(request.file_id)))

    async def GetFileSettings(self, request: pb.GetFileSettingsRequest, context: Context) -> pb.GetFileSettingsResponse:
        return pb.GetFileSettingsResponse(settings=render.settings_message(await self._settings.get()))

    async def UpdateFileSettings(
        self, request: pb.UpdateFileSettingsRequest, context: Context
    ) -> pb.UpdateFileSettingsResponse:
        return await answered(self._settings.keep(request.largest_bytes, request.version), render.updated)

    async def OpenUpload(self, request: pb.OpenUploadRequest, context: Context) -> pb.OpenUploadResponse:
        grant = await self._uploads.open(request.ticket, request.holder)
        return pb.OpenUploadResponse(file=render.file_message(grant.file), prefix=grant.prefix)

    async def FinishUpload(self, request: pb.FinishUploadRequest, context: Context) -> pb.FinishUploadResponse:
        return await answered(self._uploads.finish(request.ticket, request.holder), render.finished)

    async def OpenDownload(self, request: pb.OpenDownloadRequest, context: Context) -> pb.OpenDownloadResponse:
        return await answered(self._downloads.open(request.ticket, counts=request.counts), render.opened)


def _resources_of(request: pb.ListFilesRequest) -> list[str]:
    named = {FOLLOW_UPS: request.follow_up_id, OPPORTUNITIES: request.opportunity_id, LEADS: request.lead_id}
    return [f"{kind}/{id_}" for kind, id_ in named.items() if id_]
