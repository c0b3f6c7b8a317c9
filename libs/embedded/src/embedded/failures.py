"""What went wrong with which process, its last words, and what to do about it."""

from __future__ import annotations

from pathlib import Path

import psutil

from embedded import ports

_LINES = 15
_TAIL_BYTES = 20_000


class ProcessFailed(RuntimeError):
    """One process of the suite failed; the text is meant for the person who started the suite."""

    def __init__(self, name: str, reason: str, *, log: Path | None = None, lines: str = "", advice: str = "") -> None:
        self.name = name
        self.log = log
        parts = [f"{name}: {reason}."]
        if lines:
            parts.append(f"Its last log lines:\n{lines}")
        if advice:
            parts.append(advice)
        elif log is not None:
            parts.append(f"The whole log is {log}. Once the cause is gone, start the suite again.")
        super().__init__("\n".join(parts))


def last_lines(log: Path, *, since: int = 0) -> str:
    """The last lines of a log file, of those written after the byte `since`, indented."""
    try:
        with log.open("rb") as file:
            end = file.seek(0, 2)
            file.seek(max(since, end - _TAIL_BYTES))
            text = file.read().decode("utf-8", errors="replace")
    except FileNotFoundError:
        return ""
    return "\n".join(f"  {line}" for line in text.splitlines()[-_LINES:])


def port_taken(name: str, purpose: str, port: int) -> ProcessFailed:
    """The failure of a process that finds its port taken."""
    return ProcessFailed(
        name,
        f"its {purpose} port {port} of {ports.HOST} is taken by {_who_listens(port)}",
        advice="End that program, or give the suite other ports: `throughline up --new-ports`.",
    )


def _who_listens(port: int) -> str:
    """The program that listens there, when this user may know."""
    try:
        connections = psutil.net_connections(kind="tcp")
    except psutil.AccessDenied:
        return "another program"
    for connection in connections:
        listens = connection.status == psutil.CONN_LISTEN and getattr(connection.laddr, "port", None) == port
        if listens and connection.pid:
            try:
                command = " ".join(psutil.Process(connection.pid).cmdline())
            except psutil.Error:
                continue
            return f"process {connection.pid} ({command[:120]})"
    return "another program"
