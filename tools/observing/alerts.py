"""Alerts on conditions that are wrong by themselves, whatever a promise says of them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from chassis import metric_names as names
from observing.promql import NAMESPACE, SERVICE, Rule, Series

RUNBOOKS = "docs/operations/runbooks"


def annotated(alert: str, summary: str, description: str) -> Mapping[str, str]:
    """What an alert tells: every one names the page that says what to do."""
    return {"summary": summary, "description": description, "runbook": f"{RUNBOOKS}/{alert}.md"}


@dataclass(frozen=True, slots=True)
class Alert:
    """One condition."""

    name: str
    severity: str
    """`page` wakes somebody, `ticket` waits for the morning."""
    holds_for: str
    expr: str
    summary: str
    description: str
    """May use the labels of the series."""

    def rule(self) -> Rule:
        """As Prometheus' files have it."""
        return {
            "alert": self.name,
            "expr": self.expr,
            "for": self.holds_for,
            "labels": {"severity": self.severity},
            "annotations": annotated(self.name, self.summary, self.description),
        }


_OF_SERVICE = (NAMESPACE, names.SERVICE_NAME)
_FAULTS = "INTERNAL|UNKNOWN|DATA_LOSS|UNAVAILABLE|DEADLINE_EXCEEDED"
_SERVICE = "{{ $labels.service_name }}"


def alert_rules() -> Iterator[Rule]:
    """All of them."""
    for alert in (*_leads(), *_events(), *_deadlines(), *_agreement(), *_processes()):
        yield alert.rule()


def _leads() -> Iterator[Alert]:
    yield Alert(
        "LeadConservationGap",
        "page",
        "3m",
        f"{Series(names.LEAD_CONSERVATION_GAP).most(NAMESPACE)} > 0",
        "Leads are missing, or some were never received",
        "{{ $value }} leads were received and stand in no state, or stand in a state and were never received.",
    )
    yield Alert(
        "LeadsUncounted",
        "ticket",
        "5m",
        f"{Series(names.LEADS_COUNTED_AGE).least(NAMESPACE)} > 600",
        "Nobody counts the leads",
        "Leads were last counted {{ $value | humanizeDuration }} ago: a gap would not be seen.",
    )
    yield Alert(
        "LeadModelDrift",
        "ticket",
        "1h",
        f"{Series(names.LEAD_MODEL_DRIFT).most(NAMESPACE)} > 0.1",
        "A live lead model is no longer calibrated",
        "Its mean predicted chance is {{ $value | humanizePercentage }} off the share that was won.",
    )


def _events() -> Iterator[Alert]:
    yield Alert(
        "OutboxStalled",
        "page",
        "2m",
        f"{Series(names.OUTBOX_OLDEST_AGE).most(*_OF_SERVICE)} > 60",
        f"Events of {_SERVICE} do not leave",
        "The oldest event that is not sent is {{ $value | humanizeDuration }} old. Nothing is lost; nobody is told.",
    )
    yield Alert(
        "ConsumerBehind",
        "page",
        "5m",
        f"{Series(names.CONSUMER_LAG_TIME).most(NAMESPACE, names.CONSUMER)} > 120",
        "{{ $labels.consumer }} is behind",
        "It works on events that are {{ $value | humanizeDuration }} old.",
    )
    dead = Series(names.DEAD_LETTERS)
    yield Alert(
        "DeadLetters",
        "ticket",
        "1m",
        f"{dead.where(names.STATE, '=~', 'dead|unrouted').most(*_OF_SERVICE, names.STATE)} > 0",
        f"{_SERVICE} has events that it cannot apply",
        "{{ $value }} events are {{ $labels.state }}: they lie there until somebody looks, and later events of their"
        " keys wait behind them.",
    )
    yield Alert(
        "DeadLettersWaiting",
        "ticket",
        "30m",
        f"{dead.where(names.STATE, '=', 'waiting').most(*_OF_SERVICE)} > 0",
        f"{_SERVICE} has tried to apply events for half an hour",
        "{{ $value }} events are parked and tried again by themselves, in vain so far.",
    )
    outcomes = Series(names.WEBHOOK_ATTEMPTS)
    failed = outcomes.where(names.OUTCOME, "!=", "taken").rate("30m", NAMESPACE, part="count")
    tried = outcomes.rate("30m", NAMESPACE, part="count")
    yield Alert(
        "WebhooksFailing",
        "ticket",
        "30m",
        f"{failed} / {tried} > 0.5 and {tried} * 1800 >= 10",
        "Most deliveries of webhooks fail",
        "{{ $value | humanizePercentage }} of the tries of the last half hour were not taken.",
    )


def _deadlines() -> Iterator[Alert]:
    yield Alert(
        "TimersLate",
        "page",
        "2m",
        f"{Series(names.TIMERS_LATE).most(*_OF_SERVICE)} > 60",
        f"Deadlines of {_SERVICE} do not run",
        "The oldest due deadline should have run {{ $value | humanizeDuration }} ago.",
    )
    yield Alert(
        "TimersDead",
        "ticket",
        "1m",
        f"{Series(names.TIMERS_DUE).where(names.STATE, '=', 'dead').most(*_OF_SERVICE)} > 0",
        f"{_SERVICE} has given deadlines up",
        "{{ $value }} deadlines failed too often and wait for somebody.",
    )
    interrupted = Series(names.PROCESSES_INTERRUPTED).rate("15m", NAMESPACE, names.PROCESS_KIND)
    yield Alert(
        "ProcessesInterrupted",
        "ticket",
        "15m",
        f"{interrupted} * 900 > 10",
        "Durable processes of kind {{ $labels.process }} cannot go on",
        "{{ $value | humanize }} tries failed within 15 minutes.",
    )


def _agreement() -> Iterator[Alert]:
    yield Alert(
        "ReconciliationDifferences",
        "ticket",
        "5m",
        f"{Series(names.RECONCILIATION_DIFFERENCES).most(NAMESPACE, names.CHECK, names.COPY)} > 0",
        "{{ $labels.copy }} differs from the owner in {{ $labels.check }}",
        "{{ $value }} records at rest differ.",
    )
    age, unanswered = Series(names.RECONCILIATION_AGE), Series(names.RECONCILIATION_UNANSWERED)
    yield Alert(
        "ReconciliationOverdue",
        "ticket",
        "1h",
        f"{age.least(NAMESPACE)} > 7200 or {unanswered.least(NAMESPACE)} > 0",
        "Services are not compared",
        "The last whole comparison was too long ago, or a service does not answer: a difference would not be seen.",
    )


def _processes() -> Iterator[Alert]:
    told = f"count by ({NAMESPACE}, {SERVICE})"
    yield Alert(
        "ServiceSilent",
        "page",
        "5m",
        f"{told} (present_over_time(target_info[1d])) unless {told} (target_info)",
        f"{_SERVICE} is gone",
        "No process of it has been scraped for 5 minutes; within the last day there was one.",
    )
    yield Alert(
        "WorkerSilent",
        "page",
        "5m",
        f"{told} (target_info) unless {told} ({Series(names.OUTBOX_DEPTH).selector()})",
        f"{_SERVICE} has no worker",
        "It answers calls, but no process of the role `worker` tells of its outbox: events, deadlines and jobs stand.",
    )
    calls = Series(names.RPC_SERVER_CALL_DURATION)
    failed = calls.where(names.RPC_STATUS, "=~", _FAULTS).rate("10m", *_OF_SERVICE, part="count")
    answered = calls.rate("10m", *_OF_SERVICE, part="count")
    yield Alert(
        "ServiceFailing",
        "ticket",
        "10m",
        f"{failed} / {answered} > 0.05 and {answered} * 600 >= 20",
        f"{_SERVICE} fails calls",
        "{{ $value | humanizePercentage }} of the calls of the last 10 minutes ended by a fault of ours.",
    )
    yield Alert(
        "RequestsShed",
        "ticket",
        "5m",
        f"{Series(names.SHED_REQUESTS).rate('5m', *_OF_SERVICE)} > 0",
        f"{_SERVICE} refuses calls for want of room",
        "{{ $value | humanize }} calls a second are refused.",
    )
    yield Alert(
        "PoolExhausted",
        "ticket",
        "1m",
        f"{Series(names.POOL_TIMEOUTS).rate('10m', *_OF_SERVICE)} * 600 > 1",
        f"{_SERVICE} waits in vain for database connections",
        "{{ $value | humanize }} times within 10 minutes no connection came free in time.",
    )
