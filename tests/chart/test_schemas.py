"""What the chart renders fits the schemas: Kubernetes' own for three minor versions, and those of each custom resource.

The latter are in a folder that THROUGHLINE_CRD_SCHEMAS names, as `<group>/<kind>_<version>.json`; without it that check is
skipped and says so. A custom kind that the folder does not know fails.
"""

from __future__ import annotations

import json
import os
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


@cache
def _validator(api_version: str, kind: str) -> Any:
    group, _, version = api_version.partition("/")
    path = Path(_SCHEMAS) / group / f"{kind.lower()}_{version}.json"
    assert path.is_file(), f"no schema of {api_version} {kind}"
    schema = json.loads(path.read_text())
    schema.setdefault("additionalProperties", False)
    schema["properties"].update({"metadata": {"type": "object"}, "apiVersion": {}, "kind": {}})
    return jsonschema.Draft7Validator(schema)
