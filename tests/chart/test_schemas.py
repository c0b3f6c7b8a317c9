"""What the chart renders fits the schemas: Kubernetes' own for three minor versions, and those of each custom resource.

The latter are in a folder that THROUGHLINE_CRD_SCHEMAS names, as `<group>/<kind>_<version>.json`; without it that check is
skipped and says so. A custom kind that the folder does not know fails.
"""

from __future__ import annotations

import json
import os
from copy import deepcopy
from functools import cache
from pathlib import Path
from typing import Any

import jsonschema  # type: ignore[import-untyped]  # its stubs are a package that nothing else needs
import kubernetes_validate  # type: ignore[import-untyped]  # carries no types
import pytest

from .rendering import EXAMPLES, Object, Rendered, example, rendered, template

pytestmark = pytest.mark.chart

MINORS = ("1.33", "1.34", "1.35")
_SCHEMAS = os.environ.get("THROUGHLINE_CRD_SCHEMAS", "")
_BUILT_IN = ("", "apps", "batch", "policy", "autoscaling", "networking.k8s.io")


def _group(each: Object) -> str:
    group, _, version = each["apiVersion"].rpartition("/")
    return str(group if version else "")


def _linkerd() -> Rendered:
    return Rendered(template(example("mesh-mTLS"), "--set=mesh.kind=linkerd"), {})


@pytest.mark.parametrize("name", EXAMPLES)
@pytest.mark.parametrize("minor", MINORS)
def test_built_in_kinds_fit_kubernetes(name: str, minor: str) -> None:
    for each in rendered(name).objects:
        if _group(each) in _BUILT_IN:
            kubernetes_validate.validate(each, minor, strict=True)


@pytest.mark.skipif(not _SCHEMAS, reason="THROUGHLINE_CRD_SCHEMAS names no folder with schemas of custom resources")
@pytest.mark.parametrize("name", [*EXAMPLES, "linkerd"])
def test_custom_kinds_fit_their_schemas(name: str) -> None:
    render = _linkerd() if name == "linkerd" else rendered(name)
    for each in render.objects:
        if _group(each) not in _BUILT_IN:
            found = [error.message for error in _validator(each["apiVersion"], each["kind"]).iter_errors(each)]
            assert not found, f"{each['kind']}/{each['metadata']['name']}"


@pytest.mark.skipif(not _SCHEMAS, reason="THROUGHLINE_CRD_SCHEMAS names no folder with schemas of custom resources")
def test_a_key_that_a_schema_does_not_name_is_found_however_deep() -> None:
    (topic, *_) = deepcopy(rendered("managed-infrastructure").of_kind("KafkaTopic"))
    (monitor, *_) = deepcopy(rendered("production").of_kind("ServiceMonitor"))
    topic["spec"]["partition"] = 24
    monitor["spec"]["endpoints"][0]["intervall"] = "30s"

    found = [
        error.message
        for each in (topic, monitor)
        for error in _validator(each["apiVersion"], each["kind"]).iter_errors(each)
    ]

    assert len(found) == 2
    assert "'partition'" in found[0]
    assert "'intervall'" in found[1]


@cache
def _validator(api_version: str, kind: str) -> Any:
    group, _, version = api_version.partition("/")
    path = Path(_SCHEMAS) / group / f"{kind.lower()}_{version}.json"
    assert path.is_file(), f"no schema of {api_version} {kind}"
    schema = _strict(json.loads(path.read_text()))
    schema["properties"].update({"metadata": {"type": "object"}, "apiVersion": {}, "kind": {}})
    return jsonschema.Draft7Validator(schema)


def _strict(schema: Any) -> Any:
    """With every key that no schema names refused: an API server drops it without a word."""
    if isinstance(schema, list):
        return [_strict(each) for each in schema]
    if not isinstance(schema, dict):
        return schema
    made = {key: _strict(each) for key, each in schema.items()}
    is_open = schema.get("x-kubernetes-preserve-unknown-fields") or schema.get("x-kubernetes-embedded-resource")
    if isinstance(schema.get("properties"), dict) and schema.get("type") == "object" and not is_open:
        made.setdefault("additionalProperties", False)
    return made
