"""What all models of the chart's values have in common."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, ConfigDict, Field


class Model(BaseModel):
    """A part of the values. Fields are named as in YAML; a key that is no field is a fault."""

    model_config = ConfigDict(extra="forbid", frozen=True)


def described(text: str, default: Any = ..., **rules: Any) -> Any:
    """A key of the values, with its line in schema, `values.yaml` and table."""
    return Field(default=default, description=text, **rules)
