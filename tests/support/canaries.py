"""Planted personal data, and whether any of it has come to light in what a process tells of itself."""

from __future__ import annotations

import io
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import structlog

from chassis import logs, telemetry

CANARIES = ("13812345678", "+86 138 1234 5678", "zhang.san@example.com", "eyJhbGciOiJub25lIn0.eyJzdWIiOiJ4In0.c2ln")
"""A phone number twice, an e-mail address and a token."""
PLANTED = " ".join(CANARIES)


@dataclass(frozen=True, slots=True)
class Told:
    """Everything that this process says of its work, while it is overheard."""

    recorded: telemetry.Recorded
    written: io.StringIO

    @property
    def logs(self) -> str:
        """All lines so far."""
        return self.written.getvalue()

    @property
    def spans(self) -> str:
        """All spans that have ended, as JSON."""
        return "".join(span.to_json() for span in self.recorded.spans.get_finished_spans())

    @property
    def metrics(self) -> str:
        """All that was measured, as JSON."""
        measured = self.recorded.metrics.get_metrics_data()
        return measured.to_json() if measured else ""

    def assert_no_canary(self) -> None:
        """Fails for each place in which one stands."""
        for place, text in (("logs", self.logs), ("spans", self.spans), ("metrics", self.metrics)):
            assert text, f"no {place} were told"
            assert [canary for canary in CANARIES if canary in text] == [], f"in the {place}"


@contextmanager
def overheard() -> Iterator[Told]:
    """Logs as a service writes them, with spans and metrics, until the block ends."""
    root = logging.getLogger()
    handlers, level = list(root.handlers), root.level
    told = Told(telemetry.record_for_tests(), io.StringIO())
    logs.configure("test", "debug", told.written)
    try:
        yield told
    finally:
        root.handlers[:], root.level = handlers, level
        structlog.reset_defaults()
