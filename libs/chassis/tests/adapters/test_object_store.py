"""What the object store promises, on a folder and on an S3 bucket alike."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest

from chassis.errors import Unreachable
from chassis.files.object_store import PIECE_BYTES, ObjectStore, PieceTaken
from support.waiting import eventually

KEYS = {"access_key_id": "test", "secret_access_key": "test", "region": "us-east-1"}
LONG = os.urandom(1024) * (11 * 1024)
"""More than two parts of a large object, and more than two pieces."""


@pytest.fixture(scope="module")
def s3_endpoint(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """An S3 server of this machine, in a process of its own."""
    log = (tmp_path_factory.mktemp("s3") / "log").open("w+b")
    command = [sys.executable, "-W", "ignore", "-m", "moto.server", "-H", "127.0.0.1", "-p", "0"]
    with log, subprocess.Popen(command, stdout=log, stderr=log) as server:

        def address() -> str | None:
            log.seek(0)
            found = [line.split()[-1] for line in log.read().decode().splitlines() if "Running on http" in line]
            return found[0] if found else None

        try:
            endpoint = eventually(address, 60, what="the S3 server says where it listens")
            assert endpoint is not None
            yield endpoint
        finally:
            server.terminate()


@pytest.fixture(params=["folder", "s3"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> ObjectStore:
    """An empty store of each kind."""
    if request.param == "folder":
        return ObjectStore.open((tmp_path / "objects").as_uri())
    endpoint, bucket = request.getfixturevalue("s3_endpoint"), f"bucket-{time.monotonic_ns()}"
    assert httpx.put(f"{endpoint}/{bucket}").status_code == 200
    return ObjectStore.open(f"s3://{bucket}/pipeline", {"endpoint": endpoint, **KEYS})


async def whole(store: ObjectStore, key: str, first: int, end: int) -> bytes:
    return b"".join([piece async for piece in store.read(key, first, end)])


async def test_of_two_writers_at_one_offset_one_succeeds(store: ObjectStore) -> None:
    rivals = [store.put_piece("t/f/upload", 0, bytes([number]) * 10) for number in range(4)]

    ends = await asyncio.gather(*rivals, return_exceptions=True)

    assert sorted(type(end).__name__ for end in ends) == ["NoneType", *["PieceTaken"] * 3]
    with pytest.raises(PieceTaken):
        await store.put_piece("t/f/upload", 0, b"later")
    assert await store.uploaded("t/f/upload") == 10


async def test_an_upload_is_there_up_to_its_first_gap(store: ObjectStore, tmp_path: Path) -> None:
    for offset, piece in ((0, b"abc"), (3, b"def"), (9, b"xyz")):
        await store.put_piece("t/f/upload", offset, piece)

    there = await store.uploaded("t/f/upload")
    fetched = await store.fetch_upload("t/f/upload", tmp_path / "fetched", at_most=5)

    assert (there, fetched, (tmp_path / "fetched").read_bytes()) == (6, 5, b"abcde")
    assert await store.uploaded("t/other/upload") == 0


async def test_a_large_file_is_kept_whole_read_in_part_and_replaced(store: ObjectStore, tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_bytes(LONG)
    await store.put_file("t/f/original", file)

    size = await store.size("t/f/original")
    middle = await whole(store, "t/f/original", PIECE_BYTES - 5, 2 * PIECE_BYTES + 5)
    everything = await whole(store, "t/f/original", 0, size)
    file.write_bytes(b"short")
    await store.put_file("t/f/original", file)

    assert size == len(LONG)
    assert middle == LONG[PIECE_BYTES - 5 : 2 * PIECE_BYTES + 5]
    assert everything == LONG
    assert await whole(store, "t/f/original", 0, 5) == b"short"


async def test_all_under_a_prefix_is_deleted_and_nothing_beside_it(store: ObjectStore) -> None:
    for upload in ("t/f/upload", "t/f/deeper/upload", "t/f2/upload"):
        await store.put_piece(upload, 0, b"abc")

    assert await store.delete_under("t/f") == 2
    assert await store.delete_under("t/f") == 0
    assert [await store.uploaded(one) for one in ("t/f/upload", "t/f2/upload")] == [0, 3]


async def test_an_object_that_is_not_there_is_a_fault_of_the_store(store: ObjectStore) -> None:
    with pytest.raises(Unreachable):
        await store.size("t/f/original")
    with pytest.raises(Unreachable):
        await whole(store, "t/f/original", 0, 5)


async def test_a_store_that_is_down_is_told_of_within_seconds(free_port: Callable[[], int]) -> None:
    store = ObjectStore.open("s3://bucket", {"endpoint": f"http://127.0.0.1:{free_port()}", **KEYS})
    began = time.monotonic()

    with pytest.raises(Unreachable):
        await store.uploaded("t/f/upload")

    assert time.monotonic() - began < 20
