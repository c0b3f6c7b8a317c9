"""Facts about files as messages and notices."""

from collections.abc import Sequence

from chassis.files.file import FileChanged, FileDownloaded, FileEvent
from chassis.outbox import Outbox
from chassis.proto_values import number_of
from pipeline.application.referrers import FOLLOW_UPS, OPPORTUNITIES
from throughline.common.v1.notice_pb2 import Notice
from throughline.pipeline.v1 import events_pb2 as pb
from throughline.pipeline.v1 import file_service_pb2

FILE = "file"


def append_file_event(outbox: Outbox, event: FileEvent) -> None:
    """Adds a fact; the uploader's screens are told that a file was checked, all who watch it that it was fetched."""
    if isinstance(event, FileChanged):
        _append_change(outbox, event)
    else:
        _append_download(outbox, event)


def _append_change(outbox: Outbox, event: FileChanged) -> None:
    file = event.file
    message = pb.FileChanged(
        file_id=file.id,
        kind=file.kind,
        state=number_of(file_service_pb2.FileState, file.state),
        refusal=number_of(file_service_pb2.FileRefusal, file.refusal or ""),
        content_type=file.content_type,
        size_bytes=file.size,
        uploaded_by=file.uploaded_by,
    )
    outbox.append(aggregate=FILE, aggregate_id=file.id, version=file.version, message=message, occurred_at=event.at)
    if file.owner_id is not None:
        notice = Notice(
            kind=f"file.{file.state}",
            resource=f"files/{file.id}",
            version=file.version,
            person_ids=[file.owner_id],
            references={"kind": file.kind},
        )
        outbox.notice(notice)


def _append_download(outbox: Outbox, event: FileDownloaded) -> None:
    file = event.file
    message = pb.FileDownloaded(
        file_id=file.id,
        kind=file.kind,
        person_id=event.person_id or "",
        file_link_id=event.link_id,
        opportunity_ids=_ids(event.resources, OPPORTUNITIES),
        follow_up_ids=_ids(event.resources, FOLLOW_UPS),
    )
    outbox.append(aggregate=FILE, aggregate_id=file.id, version=file.version, message=message, occurred_at=event.at)
    if event.link_id and file.owner_id is not None:
        notice = Notice(
            kind="file.downloaded_by_link",
            resource=f"files/{file.id}",
            version=file.version,
            person_ids=[file.owner_id],
            references={"file_link_id": event.link_id},
        )
        outbox.notice(notice)


def _ids(resources: Sequence[str], kind: str) -> list[str]:

    return [name.partition("/")[2] for name in resources if name.startswith(f"{kind}/")]
