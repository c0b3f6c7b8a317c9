"""`values.yaml`: the manual of the chart, every key with its comment."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator
from typing import Any

import yaml
from pydantic import BaseModel

_WIDTH = 118
_HEAD = """\
# All values of the chart, with their defaults. Written by tools/generate_chart.py from the models in tools/charting.
# What a production install sets is in ci/production.yaml; the least that starts, in ci/minimal.yaml.
"""


def values_file_of(model: type[BaseModel]) -> str:
    """The whole file."""
    return _HEAD + "".join(f"\n{each}" for each in _keys(model(), 0))


def _keys(values: BaseModel, depth: int) -> Iterator[str]:
    for name, field in type(values).model_fields.items():
        indent = "  " * depth
        value = getattr(values, name)
        comment = textwrap.fill(
            field.description or "",
            _WIDTH,
            initial_indent=f"{indent}# ",
            subsequent_indent=f"{indent}# ",
            break_on_hyphens=False,
        )
        key = f"{comment}\n{indent}{field.alias or name}:"
        if isinstance(value, BaseModel):
            yield f"{key}\n" + "".join(_keys(value, depth + 1))
        else:
            yield f"{key}{_plain(value, indent)}"


def _plain(value: Any, indent: str) -> str:
    if isinstance(value, list) and value and isinstance(value[0], BaseModel):
        value = [each.model_dump(by_alias=True) for each in value]
    if isinstance(value, list | dict) and value:
        text = yaml.safe_dump(value, sort_keys=False, default_flow_style=False, allow_unicode=True, width=1000)
        return "\n" + textwrap.indent(text, f"{indent}  ")
    if isinstance(value, str):
        return f' "{value}"\n'
    return f" {yaml.safe_dump(value, default_flow_style=True).splitlines()[0]}\n"
