"""One value, one spelling: JSON that is the same bytes for the same document on any machine."""

import base64
import hashlib
import json
from collections.abc import Callable
from dataclasses import fields
from operator import attrgetter
from typing import Any

import numpy as np
import numpy.typing as npt

# `json.dumps` with any option would build an encoder for each document.
_ENCODER = json.JSONEncoder(ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False)

_READERS: dict[type[Any], tuple[tuple[str, ...], Callable[[Any], tuple[Any, ...]]]] = {}


def encode(document: Any) -> bytes:
    """UTF-8 JSON with sorted keys and no blanks.

    Raises:
        ValueError: a float that is not finite.
        TypeError: anything but dict, list, tuple, str, int, float, bool and None.
    """
    return _ENCODER.encode(document).encode()


def digest(content: bytes) -> str:
    """SHA-256, hex."""
    return hashlib.sha256(content).hexdigest()


def fields_of(value: Any) -> dict[str, Any]:
    """A dataclass of two or more plain fields as a dict of them, without the deep copies that `asdict` makes."""
    kind = type(value)
    if kind not in _READERS:
        names = tuple(field.name for field in fields(kind))
        _READERS[kind] = names, attrgetter(*names)
    names, get = _READERS[kind]
    return dict(zip(names, get(value), strict=True))


def pack(column: npt.NDArray[np.integer[Any]], kind: str) -> str:
    """An integer column as base64 of little-endian words.

    A thousand candidates cost ten microseconds so, and a hundred times that as digits.

    Args:
        kind: numpy name of the word, `<i4` or `<i8`.
    """
    if not column.size:
        return ""  # as nearly all columns of exclusions are
    return base64.b64encode(column.astype(kind).tobytes()).decode()


def unpack(packed: str, kind: str) -> list[int]:
    """The column that `pack` wrote."""
    unpacked: list[int] = np.frombuffer(base64.b64decode(packed), dtype=kind).tolist()
    return unpacked
