"""Opens a file as bytes: regular files only, never more than the caps allow, unpacked on the way."""

from __future__ import annotations

import gzip
import io
import os
import stat
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from io import BufferedReader
from pathlib import Path
from typing import IO

from throughline_cli.lead_files.faults import FileRefused
from throughline_cli.lead_files.limits import Limits

_GZIP_MAGIC = b"\x1f\x8b"
_ZIP_MAGIC = b"PK\x03\x04"
_BUFFER_BYTES = 128 * 1024


@contextmanager
def regular_file(path: Path, limits: Limits) -> Iterator[BufferedReader]:
    """A regular file of allowed size, opened for reading.

    Raises:
        FileRefused: MISSING, NOT_A_FILE (a folder, pipe or device), UNREADABLE, TOO_LARGE.
    """
    try:
        # A pipe would keep us waiting for its writer, were it not for O_NONBLOCK.
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    except FileNotFoundError as error:
        raise FileRefused("MISSING", path) from error
    except OSError as error:
        raise FileRefused("UNREADABLE", path, cause=error.strerror) from error
    with _closed_on_fault(descriptor):
        found = os.fstat(descriptor)
        if not stat.S_ISREG(found.st_mode):
            raise FileRefused("NOT_A_FILE", path)
        if found.st_size > limits.file_bytes:
            raise FileRefused("TOO_LARGE", path, bytes=found.st_size, limit=limits.file_bytes)
    with os.fdopen(descriptor, "rb") as file:
        yield file


@contextmanager
def _closed_on_fault(descriptor: int) -> Iterator[None]:
    try:
        yield
    except BaseException:
        os.close(descriptor)
        raise


@contextmanager
def text_bytes(path: Path, limits: Limits) -> Iterator[IO[bytes]]:
    """The bytes of a CSV file, unpacked where it is packed by gzip.

    Raises:
        FileRefused: also NOT_TEXT (an .xlsx or another archive), and while reading UNPACKED_TOO_LARGE, RATIO_TOO_LARGE,
            BROKEN_ARCHIVE.
    """
    with regular_file(path, limits) as file:
        magic = file.read(4)
        file.seek(0)
        if magic == _ZIP_MAGIC:
            raise FileRefused("NOT_TEXT", path)
        if not magic.startswith(_GZIP_MAGIC):
            yield file
            return
        with gzip.GzipFile(fileobj=file, mode="rb") as unpacked:
            yield BufferedReader(_Unpacked(unpacked, file, path, limits), _BUFFER_BYTES)


class _Unpacked(io.RawIOBase):
    """Bytes out of a gzip file, no more than the caps allow."""

    def __init__(self, unpacked: gzip.GzipFile, packed: IO[bytes], path: Path, limits: Limits) -> None:
        self._unpacked = unpacked
        self._packed = packed
        self._path = path
        self._limits = limits
        self._given = 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: bytearray | memoryview) -> int:  # type: ignore[override]  # io asks for any buffer
        try:
            chunk = self._unpacked.read1(len(buffer))
        except (EOFError, gzip.BadGzipFile, zlib.error) as error:
            raise FileRefused("BROKEN_ARCHIVE", self._path, cause=error) from error
        self._given += len(chunk)
        check_unpacked(self._given, self._packed.tell(), self._path, self._limits)
        buffer[: len(chunk)] = chunk
        return len(chunk)


def check_unpacked(unpacked: int, packed: int, path: Path, limits: Limits) -> None:
    """Refuses bombs: files that unpack to far more than they are.

    Raises:
        FileRefused: UNPACKED_TOO_LARGE, RATIO_TOO_LARGE.
    """
    if unpacked > limits.unpacked_bytes:
        raise FileRefused("UNPACKED_TOO_LARGE", path, limit=limits.unpacked_bytes)
    if unpacked > limits.ratio_from_bytes and unpacked > limits.ratio * max(1, packed):
        raise FileRefused("RATIO_TOO_LARGE", path, limit=limits.ratio)
