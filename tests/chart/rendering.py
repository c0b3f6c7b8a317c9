"""Runs Helm, and makes what it writes easy to ask."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path
from typing import Any

import yaml
from charting.helm_binaries import helm_binaries

ROOT = Path(__file__).resolve().parents[2]
CHART = ROOT / "helm" / "throughline"
EXAMPLES = ("minimal", "production", "existing-secrets", "managed-infrastructure", "mesh-mTLS", "ingress-only")
NAMESPACE = "sales"
Object = dict[str, Any]


class Refused(Exception):
    """Helm refused the values; the text is what it said."""


@dataclass(frozen=True)
class Workload:
    """A pod of the chart, with the object that makes it."""

    owner: Object
    template: Object

    @property
    def name(self) -> str:
        """Kind and name of the owner."""
        return f"{self.owner['kind']}/{self.owner['metadata']['name']}"

    @property
    def spec(self) -> Object:
        """The pod's."""
        spec: Object = self.template["spec"]
        return spec

    @property
    def labels(self) -> Mapping[str, str]:
        """The pod's."""
        labels: Mapping[str, str] = self.template["metadata"]["labels"]
        return labels

    @property
    def role(self) -> str:
        """Serve, worker or migrate."""
        return self.labels["app.kubernetes.io/component"]

    @property
    def service(self) -> str:
        """Whose pod it is."""
        return self.labels["app.kubernetes.io/name"]

    @property
    def containers(self) -> Sequence[Object]:
        """All of them, init containers included."""
        return [*self.spec.get("initContainers", []), *self.spec["containers"]]


@dataclass(frozen=True)
class Rendered:
    """What Helm writes for some values."""

    text: str
    values: Object

    @cached_property
    def objects(self) -> list[Object]:
        """All of them."""
        return [each for each in yaml.load_all(self.text, _LOADER) if each]

    def of_kind(self, *kinds: str) -> list[Object]:
        """Those of some kinds."""
        return [each for each in self.objects if each["kind"] in kinds]

    def named(self, kind: str, name: str) -> Object:
        """One."""
        return next(each for each in self.of_kind(kind) if each["metadata"]["name"] == name)

    @property
    def pods(self) -> Iterator[Workload]:
        """All pods, of Deployments and Jobs."""
        for each in self.of_kind("Deployment", "Job", "StatefulSet", "DaemonSet"):
            yield Workload(each, each["spec"]["template"])

    @property
    def lasting(self) -> Iterator[Workload]:
        """Pods that are meant to stay."""
        return (pod for pod in self.pods if pod.owner["kind"] == "Deployment")


_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def example(name: str) -> Path:
    """A file of values in `ci/`."""
    return CHART / "ci" / f"{name}.yaml"


def merged(base: Object, over: Object) -> Object:
    """Values as Helm merges them: maps by key, all else whole."""
    both = dict(base)
    for key, value in over.items():
        both[key] = merged(both[key], value) if isinstance(value, dict) and isinstance(both.get(key), dict) else value
    return both


@cache
def defaults() -> Object:
    """Of all values."""
    read: Object = yaml.load((CHART / "values.yaml").read_text(), _LOADER)
    return read


def template(values: Path, *further: str, chart: Path = CHART, major: int = 4, release: str = "throughline") -> str:
    """What Helm writes.

    Args:
        values: a file.
        further: options, such as `--set=a=b`.
        chart: a folder; another one for a changed copy.
        major: 3 or 4.
        release: its name.
    Raises:
        Refused: the values do not fit.
    """
    binary = helm_binaries()[0 if major == 3 else 1]
    command = [
        str(binary),
        "template",
        release,
        str(chart),
        "--namespace",
        NAMESPACE,
        "--values",
        str(values),
        *further,
    ]
    done = subprocess.run(command, check=False, capture_output=True, text=True, timeout=60)
    if done.returncode:
        raise Refused(done.stderr + done.stdout)
    return done.stdout


@cache
def rendered(name: str) -> Rendered:
    """An example, by Helm 4; rendered once."""
    path = example(name)
    return Rendered(template(path), merged(defaults(), yaml.load(path.read_text(), _LOADER)))
