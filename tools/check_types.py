"""Runs `mypy --strict` over all members at once, then over the tests of each. Run by `make types`.

Tests go member by member because their folders are no packages: two members may both have a `builders.py`.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
SHARED = [ROOT / "tests", ROOT / "tools"]  # what pytest puts on the path of all tests


def main() -> int:
    sources = sorted([*ROOT.glob("libs/*/src"), *ROOT.glob("services/*/src")])
    passed = [
        _mypy(
            "members, tools and the example for partners",
            [*sources, ROOT / "tools", ROOT / "docs" / "partners"],
            bases=[],
        )
    ]
    members = sorted([*ROOT.glob("libs/*/tests"), *ROOT.glob("services/*/tests")])
    passed += [
        _mypy(f"tests of {tests.parent.name}", [tests], bases=[tests.parent, *SHARED])
        for tests in members
        if any(tests.rglob("*.py"))
    ]
    if any((ROOT / "tests").rglob("*.py")):
        passed.append(_mypy("tests of the suite", [ROOT / "tests"], bases=SHARED))
    return 0 if all(passed) else 1


def _mypy(title: str, paths: list[Path], bases: list[Path]) -> bool:
    print(f"types: {title}", flush=True)
    environment = os.environ | {"MYPYPATH": os.pathsep.join(map(str, bases))}
    options = ["--explicit-package-bases"] if bases else []
    command = [sys.executable, "-m", "mypy", *options, *(str(path.relative_to(ROOT)) for path in paths)]
    return subprocess.run(command, cwd=ROOT, env=environment, check=False).returncode == 0


if __name__ == "__main__":
    sys.exit(main())
