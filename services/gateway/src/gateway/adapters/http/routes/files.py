"""The bytes of files: `PUT /v1/files/{file_id}/upload` in one piece or several, `GET /v1/files/{file_id}/content`."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any
from urllib.parse import quote

from fastapi import APIRouter, Request, Response
from fastapi.responses import StreamingResponse

from chassis.errors import Invalid, Violation
from chassis.files.tickets import TicketInvalid
from gateway.adapters.http.bodies import JSON_TYPE, ClientGone, chunks_of
from gateway.adapters.http.callers import Callers
from gateway.adapters.http.exchange import SCOPE_KEY, Exchange
from gateway.adapters.http.query import parameters
from gateway.application.file_ports import Download, FileOwners, Objects
from gateway.application.take_uploads import Received, SenderGone, Sent, TakeUploads
from gateway.domain.byte_ranges import Part, asked_part
from gateway.errors import RangeNotSatisfiable
from gateway.transcoding import json_text
from gateway.transcoding.json_text import Json

PERMISSION = "file.write"
_IDLE_S = 60.0
"""Longest silence of somebody who sends."""


def file_routes(owners: FileOwners, objects: Objects, callers: Callers) -> APIRouter:
    """Upload and download of bytes."""
    router, uploads = APIRouter(), TakeUploads(owners, objects)

    @router.put("/v1/files/{file_id}/upload")
    async def send_content(request: Request, file_id: str) -> Response:
        exchange: Exchange = request.scope[SCOPE_KEY]
        principal = await callers.permitted(exchange, PERMISSION)
        if exchange.headers.get("content-encoding", "identity").lower() != "identity":
            raise Invalid([Violation("content-encoding", "encoding", "must not be compressed")])
        length = exchange.headers.get("content-length", "")
        sent = Sent(
            file_id=file_id,
            ticket=_ticket(exchange),
            holder=principal.actor,
            content_range=exchange.headers.get("content-range", ""),
            content_length=int(length) if length.isdecimal() else None,
        )
        try:
            return _progress(await uploads.take(sent, _chunks(request)))
        except SenderGone as error:
            raise ClientGone from error

    @router.head("/v1/files/{file_id}/upload")
    async def upload_progress(request: Request, file_id: str) -> Response:
        exchange: Exchange = request.scope[SCOPE_KEY]
        principal = await callers.permitted(exchange, PERMISSION)
        answer = _progress(await uploads.look(file_id, _ticket(exchange), principal.actor))
        return Response(headers=dict(answer.headers))

    @router.api_route("/v1/files/{file_id}/content", methods=["GET", "HEAD"])
    async def fetch_content(request: Request, file_id: str) -> Response:
        exchange: Exchange = request.scope[SCOPE_KEY]
        asked = exchange.headers.get("range", "")
        is_whole = not asked or asked.replace(" ", "").startswith("bytes=0-")
        counts = is_whole and exchange.method == "GET"
        download = await owners.open_download(_ticket(exchange), counts=counts)
        if download.file_id != file_id:
            raise TicketInvalid("it is for another file")
        return await _answer(exchange, download, objects, asked)

    return router


async def _answer(exchange: Exchange, download: Download, objects: Objects, asked: str) -> Response:
    size, tag = await objects.size(download.key), f'"{download.file_id}-{download.version}"'
    if exchange.headers.get("if-range", tag) != tag:
        asked = ""
    try:
        part = asked_part(asked, size)
    except ValueError as error:
        raise RangeNotSatisfiable(size) from error
    status, sent = (206, part) if part else (200, Part(0, size))
    headers = {
        "content-type": download.content_type,
        "content-length": str(sent.length),
        "content-disposition": _disposition(download),
        "accept-ranges": "bytes",
        "etag": tag,
    }
    if part:
        headers["content-range"] = f"bytes {part.first}-{part.end - 1}/{size}"
    if exchange.method == "HEAD":
        return Response(status_code=status, headers=headers)
    pieces = objects.read(download.key, sent.first, sent.end)
    first = await anext(pieces, b"")  # a store that does not answer is told by a status, not by a body that breaks off
    return StreamingResponse(_from(first, pieces), status, headers)


async def _from(first: bytes, rest: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    yield first
    async for piece in rest:
        yield piece


async def _chunks(request: Request) -> AsyncIterator[bytes]:
    """The body as it comes in. One who falls silent is taken for gone."""
    chunks = chunks_of(request.receive)
    while True:
        try:
            chunk = await asyncio.wait_for(anext(chunks, None), _IDLE_S)
        except (ClientGone, TimeoutError) as error:
            raise SenderGone from error
        if chunk is None:
            return
        yield chunk


def _ticket(exchange: Exchange) -> str:
    given = [value for name, value in parameters(exchange) if name == "ticket"]
    if len(given) != 1:
        raise TicketInvalid("there must be exactly one")
    return given[0]


def _disposition(download: Download) -> str:
    """Saved, not shown: what a browser would run on our own address it must not get."""
    kind = "inline" if download.is_thumbnail else "attachment"
    return f"{kind}; filename*=UTF-8''{quote(download.name, safe='')}"


def _progress(received: Received) -> Response:
    document: Json = {
        "file_id": received.file_id,
        "offset": str(received.offset),
        "size_bytes": str(received.size),
        "state": received.state.upper(),
    }
    headers = {"upload-offset": str(received.offset), "upload-length": str(received.size)}
    return Response(json_text.dump(document), media_type=JSON_TYPE, headers=headers)


def _problems(*statuses: int) -> dict[str, Any]:
    return {str(status): {"$ref": f"#/components/responses/Problem{status}"} for status in statuses}


_FILE = {"name": "file_id", "in": "path", "required": True, "description": "The file.", "schema": {"type": "string"}}
_TICKET = {
    "name": "ticket",
    "in": "query",
    "required": True,
    "description": "The ticket; it stands in the path that the call which made it answered with.",
    "schema": {"type": "string"},
}
_OFFSET = {"description": "Where the upload goes on.", "schema": {"type": "integer"}}
_BYTES = {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}}
_PUT = {
    "operationId": "SendFileContent",
    "tags": ["File"],
    "summary": "Sends the bytes of an announced file, at once or in parts",
    "description": (
        "A part says by `Content-Range: bytes FIRST-LAST/SIZE` which it is; parts come in order, and all but the last "
        "have at least 256 KiB. After a break, HEAD tells in `Upload-Offset` where to go on. With the last byte the "
        "file is quarantined and checked; a notice, or GetFile, tells what came of it.\n\n"
        f"Needs the permission `{PERMISSION}`, and the ticket's own holder."
    ),
    "parameters": [
        _FILE,
        _TICKET,
        {
            "name": "Content-Range",
            "in": "header",
            "required": False,
            "description": "Which part of the file the body is; left out for the whole.",
            "schema": {"type": "string"},
        },
    ],
    "requestBody": {"required": True, "content": _BYTES},
    "responses": {
        "200": {
            "description": "The bytes are kept.",
            "headers": {"Upload-Offset": _OFFSET},
            "content": {
                "application/json": {
                    "schema": {
                        "type": "object",
                        "properties": {
                            "file_id": {"type": "string"},
                            "offset": {"type": "string", "description": "Where the upload goes on."},
                            "size_bytes": {"type": "string", "description": "Bytes that were announced."},
                            "state": {"type": "string", "description": "State of the file."},
                        },
                        "required": ["file_id", "offset", "size_bytes", "state"],
                    }
                }
            },
        },
        **_problems(400, 401, 403, 404, 409, 413, 429, 500, 503),
    },
}
_HEAD = {
    "operationId": "GetUploadOffset",
    "tags": ["File"],
    "summary": "Tells where an upload goes on",
    "description": f"Needs the permission `{PERMISSION}`, and the ticket's own holder.",
    "parameters": [_FILE, _TICKET],
    "responses": {
        "200": {"description": "The offset.", "headers": {"Upload-Offset": _OFFSET}},
        **_problems(401, 403, 404, 429, 500, 503),
    },
}
_GET = {
    "operationId": "FetchFileContent",
    "tags": ["File"],
    "summary": "Sends the bytes of a file or of its thumbnail",
    "description": "The ticket is all it takes: it is short-lived, or a link that a customer was given. Ranges work.",
    "parameters": [_FILE, _TICKET],
    "security": [],
    "responses": {
        "200": {"description": "The content.", "content": _BYTES},
        "206": {"description": "The part that `Range` asks for.", "content": _BYTES},
        **_problems(403, 404, 409, 416, 429, 500, 503),
    },
}
PATHS: dict[str, Any] = {
    "/v1/files/{file_id}/upload": {"put": _PUT, "head": _HEAD},
    "/v1/files/{file_id}/content": {"get": _GET},
}
