"""The version before, from the repository's own history: its code in a folder, and its embedded suite from there."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
_START_S = 300


class NoHistory(RuntimeError):
    """The checkout does not tell what was before."""


def schemas(revision: str) -> dict[str, list[str]]:
    """The names of all migrations by service, in their order, as of a commit."""
    found: dict[str, list[str]] = {}
    for path in _git("ls-tree", "-r", "--name-only", revision, "services").splitlines():
        parts = path.split("/")
        if parts[2:4] == ["migrations", "versions"] and path.endswith(".py"):
            found.setdefault(parts[1], []).append(parts[-1])
    return {service: sorted(names) for service, names in found.items()}


def commit_before() -> str:
    """The newest commit at which every service's schema was older than today's, and grew into it.

    Raises:
        NoHistory: there is none in this checkout, as in one that was cloned without its past.
    """
    now = schemas("HEAD")
    for commit in _git("log", "--format=%H", "--", *(f"{ROOT}/services/{name}/migrations" for name in now)).split():
        then = schemas(f"{commit}^") if _is_there(f"{commit}^") else {}
        if now.keys() == then.keys() and all(_grew(then[service], now[service]) for service in now):
            return f"{commit}^"
    raise NoHistory("no commit of this checkout has an older schema of every service")


def _grew(then: list[str], now: list[str]) -> bool:
    return len(then) < len(now) and now[: len(then)] == then


@dataclass(frozen=True, slots=True)
class EarlierSuite:
    """The code of a commit below `code`, and the data folder of its suite."""

    code: Path
    data: Path

    @classmethod
    def unpack(cls, commit: str, folder: Path) -> EarlierSuite:
        """Lays the code out and generates its contracts, from its own `.proto` files by today's tools."""
        code = folder / "code"
        code.mkdir()
        archive = subprocess.run(
            ["git", "archive", commit, "libs", "services", "proto", "tools"], cwd=ROOT, capture_output=True, check=True
        )
        subprocess.run(["tar", "-x", "-C", str(code)], input=archive.stdout, check=True)
        subprocess.run([sys.executable, "tools/generate_contracts.py"], cwd=code, check=True, timeout=_START_S)
        return cls(code, folder / "data")

    def __call__(self, *arguments: str) -> Any:
        """What a command of its own command line answers."""
        command = [sys.executable, "-m", "throughline_cli", *arguments, "--json"]
        done = subprocess.run(
            command,
            env=self._environment(),
            cwd=self.code,
            capture_output=True,
            text=True,
            timeout=_START_S,
            check=False,
        )
        assert done.returncode == 0, f"{arguments}: {done.stdout[-2000:]}{done.stderr[-3000:]}"
        return json.loads(done.stdout) if done.stdout.strip() else None

    def environment_of(self, service: str) -> Mapping[str, str]:
        """The settings by which its process of a service runs."""
        plan = json.loads((self.data / "plan.json").read_text(encoding="utf-8"))
        found: Mapping[str, str] = next(each["environment"] for each in plan["services"] if each["name"] == service)
        return found

    def _environment(self) -> dict[str, str]:
        sources = [str(path) for kind in ("libs", "services") for path in sorted((self.code / kind).glob("*/src"))]
        kept = {name: value for name, value in os.environ.items() if not name.startswith("THROUGHLINE_")}
        return {
            **kept,
            "PYTHONPATH": os.pathsep.join(sources),
            "THROUGHLINE_DATA_DIR": str(self.data),
            "LANG": "en_GB.UTF-8",
        }


def _is_there(revision: str) -> bool:
    found = subprocess.run(
        ["git", "rev-parse", "--verify", "--quiet", revision], cwd=ROOT, capture_output=True, check=False
    )
    return found.returncode == 0


def _git(*arguments: str) -> str:
    done = subprocess.run(["git", *arguments], cwd=ROOT, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise NoHistory(done.stderr.strip())
    return done.stdout
