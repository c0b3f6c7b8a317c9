"""The table of all values, for the chart's README."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from pydantic import BaseModel

from charting.call_graph import SERVICES

_ANY = "<service>"


def table_of(model: type[BaseModel]) -> str:
    """In Markdown; what all services have is told once."""
    rows = list(_rows(model(), ""))
    told = dict.fromkeys(f"| `{key}` | {default} | {text} |" for key, default, text in rows)
    return "\n".join(["| key | default | what |", "|---|---|---|", *told]) + "\n"


def _rows(values: BaseModel, path: str) -> Iterator[tuple[str, str, str]]:
    for name, field in type(values).model_fields.items():
        key = f"{path}{field.alias or name}"
        value = getattr(values, name)
        if key == "callGraph":
            yield key, "the code's", field.description or ""
        elif isinstance(value, BaseModel):
            yield from _rows(value, f"{_general(key)}.")
        else:
            yield key, _shown(value), (field.description or "").replace("|", "\\|")


def _general(key: str) -> str:
    """`services.collab.serve` as `services.<service>.serve`, but not the settings that each has for itself."""
    parts = key.split(".")
    if parts[0] == "services" and len(parts) > 2 and parts[1] in SERVICES and parts[2] != "settings":
        parts[1] = _ANY
    return ".".join(parts)


def _shown(value: Any) -> str:
    if isinstance(value, list) and value and isinstance(value[0], BaseModel):
        value = [each.model_dump(by_alias=True, exclude_defaults=True) for each in value]
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return f"`{text}`" if text else "empty"
