"""Files, tickets, links and counts as callers see them."""

from chassis.files.downloads import DownloadGrant, Downloads, DownloadTicket, SharedFile
from chassis.files.file import File, FileLink, Variant
from chassis.files.ports import FileSettings
from chassis.files.postgres_files import DownloadCount
from chassis.files.uploads import Announced
from chassis.proto_values import number_of, timestamp_of, word_of
from throughline.pipeline.v1 import file_service_pb2 as pb


def file_message(file: File) -> pb.File:
    """A file as callers see it."""
    return pb.File(
        file_id=file.id,
        name=file.name,
        kind=file.kind,
        announced_bytes=file.announced_size,
        state=number_of(pb.FileState, file.state),
        refusal=number_of(pb.FileRefusal, file.refusal or ""),
        content_type=file.content_type,
        size_bytes=file.size,
        sha256=file.sha256,
        has_thumbnail=file.has_thumbnail,
        uploaded_by=file.uploaded_by,
        created_at=timestamp_of(file.created_at),
        checked_at=timestamp_of(file.checked_at) if file.checked_at else None,
        version=file.version,
    )


def link_message(link: FileLink) -> pb.FileLink:
    """A link as callers see it; its ticket is told once, to whom made it."""
    return pb.FileLink(
        file_link_id=link.id,
        file_id=link.file_id,
        made_by=link.made_by,
        made_at=timestamp_of(link.made_at),
        expires_at=timestamp_of(link.expires_at),
        revoked_at=timestamp_of(link.revoked_at) if link.revoked_at else None,
    )


def created(announced: Announced) -> pb.CreateUploadResponse:
    """The answer to an announcement."""
    return pb.CreateUploadResponse(
        file=file_message(announced.file),
        ticket=announced.ticket,
        path=upload_path(announced.file.id, announced.ticket),
        expires_at=timestamp_of(announced.ends_at),
    )


def renewed(announced: Announced) -> pb.RenewUploadResponse:
    """The answer with another ticket."""
    return pb.RenewUploadResponse(
        file=file_message(announced.file),
        ticket=announced.ticket,
        path=upload_path(announced.file.id, announced.ticket),
        expires_at=timestamp_of(announced.ends_at),
    )


def download(ticket: DownloadTicket) -> pb.CreateDownloadResponse:
    """The answer with a ticket for a download."""
    return pb.CreateDownloadResponse(
        file=file_message(ticket.file),
        ticket=ticket.ticket,
        path=content_path(ticket.file.id, ticket.ticket),
        expires_at=timestamp_of(ticket.ends_at),
    )


def shared(one: SharedFile) -> pb.ShareFileResponse:
    """The answer with a link."""
    return pb.ShareFileResponse(link=link_message(one.link), path=content_path(one.link.file_id, one.ticket))


def revoked(link: FileLink) -> pb.RevokeFileLinkResponse:
    """The answer with a link that has ended."""
    return pb.RevokeFileLinkResponse(link=link_message(link))


def finished(file: File) -> pb.FinishUploadResponse:
    """The answer to the end of an upload."""
    return pb.FinishUploadResponse(file=file_message(file))


def downloads(found: Downloads) -> pb.GetFileDownloadsResponse:
    """The counts of a file as callers see them."""
    counts = [_count(one) for one in found.counts]
    return pb.GetFileDownloadsResponse(counts=counts, links=[link_message(link) for link in found.links])


def settings_message(settings: FileSettings) -> pb.FileSettings:
    """The settings as callers see them."""
    return pb.FileSettings(largest_bytes=settings.largest_bytes, version=settings.version)


def updated(settings: FileSettings) -> pb.UpdateFileSettingsResponse:
    """The answer to a change of the settings."""
    return pb.UpdateFileSettingsResponse(settings=settings_message(settings))


def variant_of(request: pb.CreateDownloadRequest) -> Variant:
    """What of the file a request asks for."""
    return Variant(word_of(pb.FileVariant, request.variant) or Variant.ORIGINAL)


def upload_path(file_id: str, ticket: str) -> str:
    """Where the gateway takes the bytes. A ticket is of letters, digits, `.`, `-` and `_` alone."""
    return f"/v1/files/{file_id}/upload?ticket={ticket}"


def content_path(file_id: str, ticket: str) -> str:
    """Where the gateway sends the bytes."""
    return f"/v1/files/{file_id}/content?ticket={ticket}"


def opened(grant: DownloadGrant) -> pb.OpenDownloadResponse:
    """The answer that tells where bytes are."""
    return pb.OpenDownloadResponse(file=file_message(grant.file), key=grant.key, content_type=grant.content_type)


def _count(one: DownloadCount) -> pb.FileDownloadCount:
    kind, _, person_id = one.holder.partition(":")
    return pb.FileDownloadCount(
        person_id=person_id if kind == "person" and not one.is_link else "",
        file_link_id=one.holder if one.is_link else "",
        downloads=one.downloads,
        last_at=timestamp_of(one.last_at),
    )
