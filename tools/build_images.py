"""Builds the image of every service, weighs it, and lists its components in `build/images/`. Run by `make images`.

Of local bases unless PYTHON_IMAGE and RUNTIME_IMAGE name others. THROUGHLINE_REGISTRY is put before the names of the
images. Needs an engine: `docker/engine start`.
"""

from __future__ import annotations

import argparse
import json
import os
import ssl
import subprocess
import sys
import time
import tomllib
from pathlib import Path

import container_engine
from container_engine import EngineFailed, docker
from image_components import components_of

ROOT = Path(__file__).resolve().parent.parent
REPORTS = ROOT / "build" / "images"
BUDGETS_MB = {"collab": 350, "gateway": 350, "lead-router": 350, "pipeline": 400, "scoring": 520}
BASES = {"PYTHON_IMAGE": "throughline-base/python:bookworm", "RUNTIME_IMAGE": "throughline-base/distroless:bookworm"}
_BUILD_LIMIT_S = 1200


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("services", nargs="*", metavar="SERVICE", help=f"of {', '.join(BUDGETS_MB)}; all when none")
    services = parser.parse_args().services or list(BUDGETS_MB)
    if not container_engine.answers():
        print("images: no container engine answers; `docker/engine start` starts one", file=sys.stderr)
        return 3
    try:
        bases = {name: os.environ.get(name, "") for name in BASES}
        if not all(bases.values()):
            make_bases()
            bases = BASES
        return max(_made(service, bases) for service in services)
    except EngineFailed as failure:
        print(failure, file=sys.stderr)
        return 1


def name_of(service: str) -> str:
    """The image of a service at the version of this checkout."""
    manifest = tomllib.loads((ROOT / "services" / service / "pyproject.toml").read_text())
    return f"{os.environ.get('THROUGHLINE_REGISTRY', '')}throughline-{service}:{manifest['project']['version']}"


def make_bases() -> None:
    """Makes the local base images unless they are there.

    Raises:
        EngineFailed: they cannot be made; what could not be done was said.
    """
    if subprocess.run([ROOT / "docker" / "bases" / "make"], check=False).returncode:
        raise EngineFailed("the base images cannot be made")


def build(image: str, recipe: str, context: Path, arguments: dict[str, str]) -> None:
    """Builds one image with this machine's index and certificates at hand.

    Raises:
        EngineFailed: with what the builder said.
    """
    REPORTS.mkdir(parents=True, exist_ok=True)
    given = [part for name, value in arguments.items() for part in ("--build-arg", f"{name}={value}")]
    command = ["build", "--quiet", "--file", str(context / recipe), "--network", "host", "--tag", image]
    docker(*command, *given, *_secrets(), str(context), timeout_s=_BUILD_LIMIT_S)


def _made(service: str, bases: dict[str, str]) -> int:
    """Builds, weighs and lists one; 1 when it is too heavy."""
    image = name_of(service)
    began = time.monotonic()
    arguments = bases | {"SERVICE": service, "VERSION": image.rpartition(":")[2], "REVISION": _revision()}
    build(image, "docker/Dockerfile", ROOT, arguments)
    took_s = time.monotonic() - began
    (REPORTS / f"{service}.cdx.json").write_text(components_of(image))
    size_mb = container_engine.inspected(image)["Size"] / 1e6
    report = {"image": image, "size_mb": round(size_mb), "budget_mb": BUDGETS_MB[service], "build_s": round(took_s, 1)}
    (REPORTS / f"{service}.json").write_text(json.dumps(report, indent=1))
    is_light = size_mb <= BUDGETS_MB[service]
    verdict = "" if is_light else "  TOO HEAVY"
    print(f"{image:32} {size_mb:5.0f} of {BUDGETS_MB[service]} MB  built in {took_s:5.1f} s{verdict}", flush=True)
    return 0 if is_light else 1


def _secrets() -> list[str]:
    """This machine's package index and the certificates that it trusts; neither stays in a layer."""
    secrets = []
    store = os.environ.get("SSL_CERT_FILE") or ssl.get_default_verify_paths().cafile or ""
    if Path(store).is_file():
        secrets += ["--secret", f"id=ca,src={store}"]
    if index := os.environ.get("PIP_INDEX_URL") or _pip_setting("global.index-url"):
        place = REPORTS / "index"
        place.touch(mode=0o600)
        place.write_text(index)
        secrets += ["--secret", f"id=index,src={place}"]
    return secrets


def _pip_setting(name: str) -> str:
    command = [sys.executable, "-m", "pip", "config", "get", name]
    return subprocess.run(command, capture_output=True, text=True, check=False).stdout.strip()


def _revision() -> str:
    command = ["git", "-C", str(ROOT), "describe", "--always", "--abbrev=40", "--dirty", "--exclude=*"]
    return subprocess.run(command, capture_output=True, text=True, check=False).stdout.strip() or "unknown"


if __name__ == "__main__":
    sys.exit(main())
