"""Refuses contracts that break callers of the last release. Run by `make lint`.

The rules are `breaking` in `buf.yaml`: what is on the wire, in binary or JSON, keeps its meaning. Before the first
release tag (`v0.1.0`) nothing is promised and nothing is compared.
"""

from __future__ import annotations

import io
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path

from generate_contracts import write_descriptors

ROOT = Path(__file__).resolve().parent.parent
BUF = Path(sys.executable).parent / "buf"


def main() -> int:
    release = _last_release()
    if release is None:
        print("breaking changes: no release yet, so nothing is promised")
        return 0
    with tempfile.TemporaryDirectory() as folder:
        archive = subprocess.run(["git", "archive", release, "proto"], cwd=ROOT, check=True, capture_output=True)
        with tarfile.open(fileobj=io.BytesIO(archive.stdout)) as files:
            files.extractall(folder, filter="data")
        faults = breaking_changes(before=Path(folder, "proto"), after=ROOT / "proto")
    print("\n".join(faults) or f"breaking changes: none since {release}")
    return 1 if faults else 0


def breaking_changes(*, before: Path, after: Path) -> list[str]:
    """What callers of `before` can no longer rely on in `after`, one line each; both are folders of protos.

    Raises:
        SystemExit: one of them does not compile.
        RuntimeError: buf failed for another reason than a breaking change.
    """
    with tempfile.TemporaryDirectory() as folder:
        old, new = Path(folder, "before.binpb"), Path(folder, "after.binpb")
        write_descriptors(before, old)
        write_descriptors(after, new)
        command = [BUF, "breaking", new, "--against", old, "--config", ROOT / "buf.yaml", "--path", "throughline"]
        result = subprocess.run(list(map(str, command)), check=False, capture_output=True, text=True)
    if result.returncode not in {0, 100}:  # 100 is buf's own code for "found something"
        raise RuntimeError(result.stderr)
    return result.stdout.splitlines()


def _last_release() -> str | None:
    command = ["git", "describe", "--tags", "--abbrev=0", "--match", "v[0-9]*"]
    result = subprocess.run(command, cwd=ROOT, check=False, capture_output=True, text=True)
    return result.stdout.strip() or None


if __name__ == "__main__":
    sys.exit(main())
