"""Looks at the machine, at the processes of the embedded suite and at every service."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

from embedded.services import SERVICES
from embedded.suite import Suite
from throughline_cli.doctor.findings import Finding, Host, of_backlog, of_host, of_process, of_reconciliation
from throughline_cli.failures import Failure
from throughline_cli.gateway import Gateway

_MEMORY = Path("/proc/meminfo")


def examine_machine(suite: Suite) -> Iterator[Finding]:
    """The host of the embedded suite and its processes."""
    folder = suite.folder.path
    existing = next(parent for parent in (folder, *folder.parents) if parent.exists())
    yield from of_host(Host(shutil.disk_usage(existing).free, _memory_free()))
    status = suite.status()
    if status.phase != "ready":
        yield Finding("phase", "suite", {"phase": status.phase, "note": status.failure or "-"})
    for process in status.processes:
        yield from of_process(process.name, process.state, process.note)


def examine_services(gateway: Gateway) -> Iterator[Finding]:
    """Every service, through the gateway, then all of them held against one another."""
    for service in SERVICES:
        try:
            backlog = gateway.get(f"/v1/operations/{service}/backlog")
        except Failure as failure:
            yield Finding("unreachable", service, {"cause": failure.values.get("title", failure.key)})
        else:
            yield from of_backlog(service, backlog)
    try:
        found = gateway.get("/v1/operations/reconciliation", examples=1)
    except Failure as failure:
        yield Finding("unreachable", "gateway", {"cause": failure.values.get("title", failure.key)})
    else:
        yield from of_reconciliation(found["checks"])


def _memory_free() -> int | None:
    """Bytes that programs can still have; None where the system does not say."""
    if not _MEMORY.exists():
        return None
    lines = (line.partition(":") for line in _MEMORY.read_text(encoding="utf-8").splitlines())
    sizes = {name: value.split() for name, _, value in lines}
    return int(sizes["MemAvailable"][0]) * 1024 if "MemAvailable" in sizes else None
