"""What can be wrong, judged from what was measured. Pure: measuring is `doctor.examination`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

_PATIENCE_S = 60.0
"""Longer than anything waits in a suite that is well."""
_SKEW_S = 5.0
"""Tokens and leases are off by then."""
_LEAST_DISK = 2 * 1024**3
_LEAST_MEMORY = 256 * 1024**2
_MIB = 1024**2


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is wrong. Its texts stand under `doctor.<code>` and, what to do, `doctor.<code>.do`."""

    code: str
    place: str
    """Service, process or host that it is about."""
    values: Mapping[str, object] = field(default_factory=dict)
    """For the placeholders of the texts."""


@dataclass(frozen=True, slots=True)
class Host:
    """What the machine has left."""

    disk_free: int
    """Bytes on the disk of the data folder."""
    memory_free: int | None
    """Bytes that programs can still have; None where the system does not say."""


def of_host(host: Host) -> Iterator[Finding]:
    """What is wrong with the machine."""
    if host.disk_free < _LEAST_DISK:
        yield Finding("disk", "host", {"free": host.disk_free // _MIB, "least": _LEAST_DISK // _MIB})
    if host.memory_free is not None and host.memory_free < _LEAST_MEMORY:
        yield Finding("memory", "host", {"free": host.memory_free // _MIB, "least": _LEAST_MEMORY // _MIB})


def of_process(name: str, state: str, note: str) -> Iterator[Finding]:
    """What is wrong with a process of the embedded suite: its database, its broker, a service."""
    if state != "ready":
        yield Finding("process", name, {"state": state, "note": note or "-"})


def of_backlog(service: str, backlog: Mapping[str, Any]) -> Iterator[Finding]:
    """What is wrong with a service that answers with this backlog."""
    oldest_s, late_s, skew_s = (float(backlog[name]) for name in ("outbox_oldest_s", "timers_late_s", "clock_skew_s"))
    if oldest_s > _PATIENCE_S:
        yield Finding("outbox", service, {"count": backlog["outbox_pending"], "seconds": round(oldest_s)})
    if late_s > _PATIENCE_S:
        yield Finding("timers_late", service, {"count": backlog["timers_due"], "seconds": round(late_s)})
    for code in ("timers_dead", "dead_letters_dead", "dead_letters_waiting"):
        if count := int(backlog[code]):
            yield Finding(code, service, {"count": count})
    if abs(skew_s) > _SKEW_S:
        yield Finding("clock", service, {"seconds": round(skew_s)})
    for consumer in backlog["consumers"]:
        if float(consumer["lag_s"]) > _PATIENCE_S:
            values = {
                "consumer": consumer["consumer"],
                "count": consumer["lag"],
                "seconds": round(float(consumer["lag_s"])),
            }
            yield Finding("lag", service, values)


def of_reconciliation(checks: Iterable[Mapping[str, Any]]) -> Iterator[Finding]:
    """Where services differ at rest. One that did not answer is named as such already."""
    for check in checks:
        if count := int(check["differences"]):
            values = {"check": check["code"], "owner": check["owner"], "count": count}
            yield Finding("differences", check["copy"], values)
