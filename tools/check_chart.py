"""Lints the Helm chart with every example, by both majors of Helm, and the YAML of hand. Run by `make chart`."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from charting.helm_binaries import helm_binaries

ROOT = Path(__file__).resolve().parent.parent
CHART = ROOT / "helm" / "throughline"
_YAMLLINT = (
    "{extends: default, rules: {line-length: disable, document-start: disable, braces: {max-spaces-inside: 0},"
    " indentation: {indent-sequences: whatever}, comments: {min-spaces-from-content: 1}}}"
)


def main() -> int:
    """Names what fails."""
    examples = sorted((CHART / "ci").glob("*.yaml"))
    failed = []
    for helm in helm_binaries():
        for example in examples:
            command = [str(helm), "lint", "--strict", "--quiet", str(CHART), "--values", str(example)]
            failed += _fault(f"{helm.name} lint {example.name}", command)
    written = [str(CHART / "Chart.yaml"), str(CHART / "values.yaml"), *map(str, examples)]
    failed += _fault("yamllint", [sys.executable, "-m", "yamllint", "--strict", "-d", _YAMLLINT, *written])
    print("\n".join(failed) or f"chart: Helm 3 and 4 find nothing in {len(examples)} examples")
    return 1 if failed else 0


def _fault(title: str, command: list[str]) -> list[str]:
    done = subprocess.run(command, check=False, capture_output=True, text=True)
    return [f"{title}:\n{done.stdout}{done.stderr}"] if done.returncode else []


if __name__ == "__main__":
    sys.exit(main())
