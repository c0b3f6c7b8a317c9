"""The command line as a user has it: a process of its own, on the embedded suite of one data folder."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx

ANSWER_S = 500


@dataclass(frozen=True, slots=True)
class CommandLine:
    """`throughline` on the suite of a data folder."""

    folder: Path
    _told: dict[tuple[str, ...], str] = field(default_factory=dict, compare=False)
    """Tokens and the address, until a test gives the next command: asking a process for one takes a second."""

    def __call__(self, *arguments: str) -> str:
        """What a command prints; it must succeed."""
        self._told.clear()
        return self._printed(*arguments)

    def json(self, *arguments: str) -> Any:
        """The document that a command prints."""
        return json.loads(self(*arguments, "--json"))

    def phase(self) -> str:
        """How the suite stands, such as `ready`; the command fails where it is anything else."""
        return str(json.loads(self._run("status", "--json").stdout)["phase"])

    def get(self, path: str, *, subject: str = "") -> Any:
        """What the REST interface answers to a person, or to the tenant's administrator."""
        return self._call("GET", path, subject, None)

    def post(self, path: str, body: Any, *, subject: str) -> Any:
        """What a person's command is answered."""
        return self._call("POST", path, subject, body)

    def answer(self, method: str, path: str, *, subject: str = "", body: Any = None) -> httpx.Response:
        """What the REST interface answers, refusals too."""
        token = self._known("token", *(["--as", subject] if subject else [])).strip()
        url = json.loads(self._known("status", "--json"))["endpoints"]["http"] + path
        headers = {"authorization": f"Bearer {token}"}
        return httpx.request(method, url, headers=headers, json=body, timeout=ANSWER_S, trust_env=False)

    def _call(self, method: str, path: str, subject: str, body: Any) -> Any:
        answer = self.answer(method, path, subject=subject, body=body)
        assert answer.is_success, answer.text
        return answer.json()

    def begin(self, *arguments: str) -> subprocess.Popen[bytes]:
        """A command that goes on by itself."""
        self._told.clear()
        return subprocess.Popen(
            self._command(arguments), env=self._environment(), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )

    def _known(self, *arguments: str) -> str:
        if arguments not in self._told:
            self._told[arguments] = self._printed(*arguments)
        return self._told[arguments]

    def _printed(self, *arguments: str) -> str:
        done = self._run(*arguments)
        assert done.returncode == 0, f"{' '.join(arguments)}: {done.stdout[-2000:]}{done.stderr[-2000:]}"
        return done.stdout

    def _run(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        command, environment = self._command(arguments), self._environment()
        return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=ANSWER_S, check=False)

    def _command(self, arguments: tuple[str, ...]) -> list[str]:
        return [sys.executable, "-m", "throughline_cli", *arguments]

    def _environment(self) -> dict[str, str]:
        kept = {name: value for name, value in os.environ.items() if not name.startswith("THROUGHLINE_")}
        return {**kept, "THROUGHLINE_DATA_DIR": str(self.folder), "LANG": "en_GB.UTF-8"}
