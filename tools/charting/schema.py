"""The JSON schema of the values: strict on each level, every key described."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from pydantic import BaseModel

Schema = dict[str, Any]


def schema_of(model: type[BaseModel], renamed: Sequence[dict[str, Any]] = ()) -> Schema:
    """In draft 7, which Helm 3 and Helm 4 both read, and without references, for people to read.

    Args:
        model: of all values.
        renamed: rows of files/renamed-keys.yaml; old keys pass, so that a template can say what they are now.
    """
    whole = model.model_json_schema(by_alias=True)
    schema: Schema = {"$schema": "http://json-schema.org/draft-07/schema#", **_inlined(whole, whole.get("$defs", {}))}
    for row in renamed:
        _admit(schema, row["old"].split("."), f"Has another name: {row['new']}.")
    return schema


def _inlined(node: Schema, definitions: Schema) -> Schema:
    """Without references and titles; a default that is the sum of its keys' defaults is left out."""
    if "$ref" in node:
        target = definitions[node["$ref"].rpartition("/")[2]]
        node = {**target, **{key: value for key, value in node.items() if key != "$ref"}}
    kept = {key: value for key, value in node.items() if key not in ("title", "$defs", "properties")}
    if "properties" in node:
        kept.pop("default", None)
        kept["properties"] = {name: _inlined(each, definitions) for name, each in node["properties"].items()}
    for key in ("items", "additionalProperties"):
        if isinstance(kept.get(key), dict):
            kept[key] = _inlined(kept[key], definitions)
    return kept


def _admit(schema: Schema, path: Sequence[str], text: str) -> None:
    for part in path[:-1]:
        properties = schema.setdefault("properties", {})
        schema = properties.setdefault(part, {"type": "object", "description": text, "additionalProperties": False})
    schema.setdefault("properties", {})[path[-1]] = {"description": text, "default": None}
