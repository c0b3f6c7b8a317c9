"""Files from the announcement to the download: gateway, pipeline, database and object store together."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pytest_asyncio
from sqlalchemy import text

from chassis.clock import BusinessClock
from chassis.files.object_store import PIECE_BYTES, SMALLEST_PIECE_BYTES
from support.filing import TENANT, FilingDesk, a_filing_desk

if TYPE_CHECKING:
    from support.databases import DatabaseFactory
    from support.tokens import TokenIssuer

TEXT = "需求访谈纪要：客户关心交付周期。\n".encode()
LONG = TEXT * (2 * PIECE_BYTES // len(TEXT) + 1)


@pytest_asyncio.fixture
async def desk(
    database_factory: DatabaseFactory, token_issuer: TokenIssuer, tmp_path: Path
) -> AsyncIterator[FilingDesk]:
    async with a_filing_desk(database_factory("pipeline"), token_issuer, tmp_path / "objects") as opened:
        yield opened


async def test_a_file_is_sent_checked_and_fetched_and_each_download_is_counted(desk: FilingDesk) -> None:
    announced = await desk.announce(len(TEXT))
    sent = await desk.send(announced["path"], TEXT)
    file_id = announced["file"]["file_id"]
    in_quarantine = await desk.file(file_id)
    refused = await desk.call("POST", f"/v1/files/{file_id}:download", variant="ORIGINAL")
    await desk.settle()
    download = (await desk.call("POST", f"/v1/files/{file_id}:download", variant="ORIGINAL")).json()

    whole = await desk.http.get(download["path"])
    rest = await desk.http.get(download["path"], headers={"range": "bytes=10-19"})
    counted = (await desk.call("GET", f"/v1/files/{file_id}/downloads")).json()

    assert sent.json() == {
        "file_id": file_id,
        "offset": str(len(TEXT)),
        "size_bytes": str(len(TEXT)),
        "state": "QUARANTINED",
    }
    assert in_quarantine["state"] == "QUARANTINED"
    assert (refused.status_code, refused.json()["reason"]) == (409, "FILE_STATE_FORBIDS")
    assert whole.content == TEXT
    assert whole.headers["content-type"] == "text/plain"
    assert whole.headers["content-disposition"].startswith("attachment; filename*=UTF-8''%E7%BA%AA")
    assert (rest.status_code, rest.content) == (206, TEXT[10:20])
    assert rest.headers["content-range"] == f"bytes 10-19/{len(TEXT)}"
    assert [one["downloads"] for one in counted["counts"]] == ["1"]
    assert all("/upload/" not in name for name in desk.kept())


async def test_a_broken_upload_goes_on_where_it_ended(desk: FilingDesk) -> None:
    announced, size = await desk.announce(len(LONG)), len(LONG)
    half = PIECE_BYTES + SMALLEST_PIECE_BYTES
    first = await desk.send(announced["path"], LONG[:half], content_range=f"bytes 0-{half - 1}/{size}")

    again = await desk.send(announced["path"], LONG[:half], content_range=f"bytes 0-{half - 1}/{size}")
    looked = await desk.http.head(announced["path"], headers=desk.as_("anna"))
    offset = int(looked.headers["upload-offset"])
    last = await desk.send(announced["path"], LONG[offset:], content_range=f"bytes {offset}-{size - 1}/{size}")
    await desk.settle()

    assert first.json()["state"] == "UPLOADING"
    assert (again.status_code, again.json()["reason"], again.headers["upload-offset"]) == (
        409,
        "FILE_OFFSET_WRONG",
        str(half),
    )
    assert offset == half
    assert last.json()["state"] == "QUARANTINED"
    assert (await desk.file(announced["file"]["file_id"]))["size_bytes"] == str(size)


async def test_a_refused_file_says_why_and_leaves_no_bytes(desk: FilingDesk) -> None:
    refused = await desk.filed(b"MZ\x90\0 a program that calls itself a report", name="报告.pdf")

    assert (refused["state"], refused["refusal"]) == ("REFUSED", "TYPE_NOT_ALLOWED")
    assert desk.kept() == []


async def test_what_the_headers_say_must_be_true(desk: FilingDesk) -> None:
    announced = await desk.announce(len(TEXT))

    async def too_much() -> AsyncIterator[bytes]:
        yield TEXT
        yield b"more"

    async def too_little() -> AsyncIterator[bytes]:
        yield TEXT[:-5]

    lying = await desk.send(announced["path"], too_little(), content_length=str(len(TEXT)))
    longer = await desk.send(announced["path"], too_much())
    other_length = await desk.send(announced["path"], TEXT[:-5])
    outside = await desk.send(announced["path"], TEXT, content_range=f"bytes 5-{len(TEXT) + 4}/{len(TEXT) + 5}")

    assert [lying.status_code, longer.status_code, other_length.status_code, outside.status_code] == [
        400,
        413,
        400,
        400,
    ]
    assert lying.json()["violations"][0]["reason"] == "body.length"
    assert desk.kept() == []


async def test_names_sizes_and_kinds_that_cannot_be_are_named_at_once(desk: FilingDesk) -> None:
    await desk.call("PUT", "/v1/file-settings", "dora", largest_bytes=1000, version=0)

    answer = await desk.call("POST", "/v1/files", name="../../etc/passwd", kind="minutes", size_bytes="1001")

    assert answer.status_code == 400
    assert [(one["field"], one["reason"]) for one in answer.json()["violations"]] == [
        ("name", "name.path"),
        ("size_bytes", "file.size"),
    ]


async def test_a_ticket_is_good_for_its_file_its_holder_and_its_use_alone(desk: FilingDesk) -> None:
    mine, other = await desk.announce(len(TEXT)), await desk.announce(len(TEXT))
    by_another = await desk.send(mine["path"], TEXT, "bo")
    for_another = await desk.send(mine["path"].replace(mine["file"]["file_id"], other["file"]["file_id"]), TEXT)
    for_reading = await desk.http.get(mine["path"].replace("/upload", "/content"))
    forged = await desk.send(mine["path"][:-4] + "AAAA", TEXT)
    unknown = await desk.http.get(f"/v1/files/{mine['file']['file_id']}/content?ticket=nobody.knows.this")

    answers = [by_another, for_another, for_reading, forged, unknown]
    assert [(one.status_code, one.json()["reason"]) for one in answers] == [(403, "FILE_TICKET_INVALID")] * 5


async def test_somebody_elses_file_looks_like_a_missing_one(desk: FilingDesk) -> None:
    file = await desk.filed(TEXT)

    foreign = await desk.call("GET", f"/v1/files/{file['file_id']}", "bo")

    assert foreign.status_code == 404
    assert (await desk.call("GET", f"/v1/files/{file['file_id']}", "dora")).status_code == 200


async def test_a_customers_link_is_counted_by_itself_and_ends_when_it_is_taken_back(desk: FilingDesk) -> None:
    file = await desk.filed(TEXT)
    shared = (await desk.call("POST", f"/v1/files/{file['file_id']}:share", days=3)).json()
    link_id = shared["link"]["file_link_id"]

    fetched = [await desk.http.get(shared["path"]) for _ in range(3)]
    counted = (await desk.call("GET", f"/v1/files/{file['file_id']}/downloads")).json()
    await desk.call("POST", f"/v1/file-links/{link_id}:revoke", request_id="once")
    ended = await desk.http.get(shared["path"])

    assert [one.content for one in fetched] == [TEXT] * 3
    assert [(one["file_link_id"], one["downloads"]) for one in counted["counts"]] == [(link_id, "3")]
    assert (ended.status_code, ended.json()["reason"]) == (403, "FILE_TICKET_INVALID")


async def test_what_nothing_refers_to_is_gone_after_a_day_and_so_is_an_upload_without_end(desk: FilingDesk) -> None:
    file, unfinished = await desk.filed(TEXT), await desk.announce(len(LONG))
    part = SMALLEST_PIECE_BYTES
    await desk.send(unfinished["path"], LONG[:part], content_range=f"bytes 0-{part - 1}/{len(LONG)}")
    clock = BusinessClock(desk.service.runtime.database, is_movable=True)

    await clock.move(timedelta(hours=23), hold_timers=False)
    await desk.settle()
    before = desk.kept()
    await clock.move(timedelta(hours=25), hold_timers=False)
    await desk.settle()

    assert len(before) == 2
    assert desk.kept() == []
    for one in (file, unfinished["file"]):
        assert (await desk.file(one["file_id"]))["state"] == "REMOVED"


async def test_every_step_of_a_file_is_in_the_audit(desk: FilingDesk) -> None:
    file = await desk.filed(TEXT)

    async with desk.service.runtime.database.transaction(TENANT) as transaction:
        rows = (await transaction.connection.execute(text("SELECT action FROM audit ORDER BY id"))).all()

    assert [row.action for row in rows] == ["file.announce", "file.receive", "file.check"]
    assert file["state"] == "READY"
