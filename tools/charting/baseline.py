"""What of a render may not change unsaid from one release to the next, kept in `tests/chart/baseline`."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import yaml

from charting.helm_binaries import helm_binaries

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / "tests" / "chart" / "baseline"
EXAMPLES = ("minimal", "production", "existing-secrets", "managed-infrastructure", "mesh-mTLS", "ingress-only")
Baseline = dict[str, Any]


def baseline_of(objects: Iterable[Mapping[str, Any]]) -> Baseline:
    """By kind and name, what cannot be changed in place, or what others hold on to.

    That is the selector of workloads, services, budgets and monitors, the cluster address and ports of services, the
    template of a StatefulSet, the target of an autoscaler, and of secrets and certificates the name that pods mount.
    Jobs outside hooks are named after what they run, so their names do not count.
    """
    return {key: kept for each in objects for key, kept in [(_key(each), _kept(each))] if kept is not None}


def _key(each: Mapping[str, Any]) -> str:
    return f"{each['kind']}/{each['metadata']['name']}"


def _kept(each: Mapping[str, Any]) -> Baseline | None:
    kind, spec = each["kind"], each.get("spec", {})
    if kind == "Job" and "helm.sh/hook" not in each["metadata"].get("annotations", {}):
        return None
    names = (
        "selector",
        "clusterIP",
        "ports",
        "scaleTargetRef",
        "secretName",
        "topicName",
        "partitions",
        "name",
        "owner",
        "cluster",
    )
    kept = {name: spec[name] for name in names if name in spec}
    if kind == "StatefulSet":
        kept["template"] = spec["template"]
    return kept


def differences(before: Baseline, now: Baseline, upgrading: str) -> Iterator[str]:
    """What vanished or changed and is not named, as `Kind/name`, in the text of UPGRADING.md."""
    for key, kept in before.items():
        if f"`{key}`" in upgrading:
            continue
        if key not in now:
            yield f"{key}: vanished"
        else:
            yield from (
                f"{key}: {name} changed" for name in sorted({*kept, *now[key]}) if kept.get(name) != now[key].get(name)
            )


def write_baselines() -> None:
    """Of all examples, as the chart renders them now."""
    FOLDER.mkdir(exist_ok=True)
    for example in EXAMPLES:
        chart = ROOT / "helm" / "throughline"
        values = chart / "ci" / f"{example}.yaml"
        command = [
            str(helm_binaries()[1]),
            "template",
            "throughline",
            str(chart),
            "--namespace",
            "sales",
            "--values",
            str(values),
        ]
        text = subprocess.run(command, check=True, capture_output=True, text=True).stdout
        kept = baseline_of(each for each in yaml.safe_load_all(text) if each)
        lines = ",\n".join(f" {json.dumps(key)}: {json.dumps(kept[key], sort_keys=True)}" for key in sorted(kept))
        (FOLDER / f"{example}.json").write_text(f"{{\n{lines}\n}}\n")
