"""Judges a content: its bytes are copied to a folder of this machine and opened there by a child with limits."""

import asyncio
import hashlib
import json
import shutil
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from chassis.failpoints import failpoints
from chassis.files.file import File, FileId, FileState, Refusal, Verdict, prefix_of
from chassis.files.object_store import ObjectStore
from chassis.ids import TenantId

WALL_S = 120.0
"""Longest time of one check: a child that waits uses no processor time."""
_AT_ONCE = 2
_FOLDER = "throughline-file-"
_LEFT_AFTER_S = 3600.0
"""Longer than any check: a folder this old was left by a process that was killed."""
_CHUNK = 1024 * 1024


class CheckFailed(Exception):
    """The child ended without a verdict in a way that the file is not to blame for."""


@dataclass(frozen=True, slots=True)
class Judged:
    """A verdict, and where what is kept of the content stands on this machine."""

    verdict: Verdict
    kept: Path
    thumbnail: Path


class Inspector:
    """Checks uploads of one service, two at a time."""

    def __init__(self, store: ObjectStore, service: str) -> None:
        self._store = store
        self._service = service
        self._slots = asyncio.Semaphore(_AT_ONCE)

    async def check(self, tenant_id: TenantId, file: File) -> Verdict:
        """Judges a file's upload and, where it is good, puts what is kept of it in its place.

        May be repeated, also by two processes at once: the same upload gives the same objects.

        Raises:
            Unreachable: the object store does not answer.
            CheckFailed: the child could not work.
        """
        if file.state is not FileState.QUARANTINED:
            raise ValueError(f"file {file.id} is {file.state}, not quarantined")
        prefix = prefix_of(self._service, tenant_id, FileId(file.id))
        async with self._slots:
            await asyncio.to_thread(sweep_folders, Path(tempfile.gettempdir()), time.time() - _LEFT_AFTER_S)
            with tempfile.TemporaryDirectory(prefix=_FOLDER) as name:
                folder = Path(name)
                here = await self._store.fetch_upload(
                    f"{prefix}/upload", folder / "source", at_most=file.announced_size
                )
                if here != file.announced_size:  # nobody should have said that the upload is complete
                    return Verdict(Refusal.DAMAGED)
                judged = await judged_in(folder)
                if judged.verdict.refusal is None:
                    await self._store.put_file(f"{prefix}/content", judged.kept)
                    if judged.verdict.has_thumbnail:
                        failpoints.reach("file.content_kept")
                        await self._store.put_file(f"{prefix}/thumbnail", judged.thumbnail)
                failpoints.reach("file.kept")
                return judged.verdict


async def judged_in(folder: Path) -> Judged:
    """Judges the content `source` of a folder.

    Raises:
        CheckFailed: the child could not work.
    """
    source, thumbnail = folder / "source", folder / "thumbnail"
    told = await _told_by_child(folder)
    if refusal := told.get("refusal"):
        return Judged(Verdict(Refusal(refusal)), source, thumbnail)
    kept = folder / "kept" if told["is_rewritten"] else source
    verdict = Verdict(
        content_type=told["content_type"],
        size=kept.stat().st_size,
        sha256=await asyncio.to_thread(_sha256, source),
        has_thumbnail=told["has_thumbnail"],
    )
    return Judged(verdict, kept, thumbnail)


async def _told_by_child(folder: Path) -> Mapping[str, Any]:
    async with _child(folder) as child:
        failpoints.reach("file.child")
        try:
            out, faults = await asyncio.wait_for(child.communicate(), WALL_S)
        except TimeoutError:
            return {"refusal": Refusal.CHECK_EXHAUSTED.value}
    if child.returncode == 0:
        told: Mapping[str, Any] = json.loads(out)
        return told
    if child.returncode is not None and child.returncode < 0:
        # Ended by a limit, or by a fault in a library: the file did it, and would do it again.
        return {"refusal": Refusal.CHECK_EXHAUSTED.value}
    # The name of the fault alone: what follows it may quote the file.
    raise CheckFailed(faults.decode(errors="replace").strip().rpartition("\n")[2].partition(":")[0][:100])


@asynccontextmanager
async def _child(folder: Path) -> AsyncIterator[asyncio.subprocess.Process]:
    """A child without our environment, and so without our secrets; gone when the block ends."""
    child = await asyncio.create_subprocess_exec(
        sys.executable,
        "-I",
        "-m",
        "chassis.files.content",
        str(folder),
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        env={"LANG": "C.UTF-8", "MALLOC_ARENA_MAX": "1", "OMP_NUM_THREADS": "1"},
        cwd=folder,
    )
    try:
        yield child
    finally:
        if child.returncode is None:
            child.kill()
            await child.wait()


def sweep_folders(within: Path, before: float) -> None:
    """Deletes folders of checks that a killed process has left, with the contents in them.

    Args:
        within: folder in which they are made.
        before: seconds since the epoch; folders that changed later stay.
    """
    for folder in within.glob(f"{_FOLDER}*"):
        try:
            is_left = folder.stat().st_mtime < before
        except FileNotFoundError:
            continue  # its own process, or another sweep, was faster
        if is_left:
            shutil.rmtree(folder, ignore_errors=True)


def _sha256(path: Path) -> str:
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK):
            digest.update(chunk)
    return digest.hexdigest()
