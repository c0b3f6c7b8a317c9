"""Every metric and attribute name of the suite. Nothing else spells one out, so dashboards and rules can be checked.

RPC and messaging names follow the OpenTelemetry semantic conventions; those of messaging are not stable yet, so the
version is pinned here. No tenant, user or lead id is ever a label: those stand on spans and logs.
"""

from __future__ import annotations

from typing import Final

SEMANTIC_CONVENTIONS: Final = "https://opentelemetry.io/schemas/1.44.0"

# RPC
RPC_SERVER_CALL_DURATION: Final = "rpc.server.call.duration"
RPC_CLIENT_CALL_DURATION: Final = "rpc.client.call.duration"

# HTTP, at the gateway
HTTP_SERVER_DURATION: Final = "http.server.request.duration"

# What keeps a service running
OUTBOX_DEPTH: Final = "throughline.outbox.depth"
OUTBOX_OLDEST_AGE: Final = "throughline.outbox.oldest_age"
CONSUMER_LAG: Final = "throughline.consumer.lag"
CONSUMER_LAG_TIME: Final = "throughline.consumer.lag.time"
DEAD_LETTERS: Final = "throughline.dead_letters"
DUPLICATES_DROPPED: Final = "throughline.inbox.duplicates"
TIMERS_DUE: Final = "throughline.timers.due"
TIMERS_FIRED: Final = "throughline.timers.fired"
TIMER_LATENESS: Final = "throughline.timer.lateness"
RECONCILIATION_DIFFERENCES: Final = "throughline.reconciliation.differences"
RECONCILIATION_UNANSWERED: Final = "throughline.reconciliation.unanswered"
RECONCILIATION_AGE: Final = "throughline.reconciliation.age"
PROCESSES_INTERRUPTED: Final = "throughline.processes.interrupted"
POOL_WAIT: Final = "throughline.database.pool.wait"
SHED_REQUESTS: Final = "throughline.rpc.shed"
RUNNING_REQUESTS: Final = "throughline.rpc.running"

# What the product is for
LEAD_ASSIGNMENT_DURATION: Final = "throughline.lead.assignment.duration"
LEAD_DEDUPLICATIONS: Final = "throughline.lead.deduplications"
LEADS: Final = "throughline.leads"
LEADS_QUALIFIED: Final = "throughline.leads.qualified"
LEAD_CONSERVATION_GAP: Final = "throughline.lead.conservation.gap"
LEAD_MODEL_AGE: Final = "throughline.lead_model.age"
LEAD_MODEL_DRIFT: Final = "throughline.lead_model.calibration.drift"
WEBHOOK_ATTEMPTS: Final = "throughline.webhook.attempt.duration"

# Labels
RPC_METHOD: Final = "rpc.method"
RPC_STATUS: Final = "rpc.response.status_code"
RPC_SYSTEM: Final = "rpc.system.name"
ERROR_TYPE: Final = "error.type"
SERVER_NAME: Final = "server.address"
HTTP_METHOD: Final = "http.request.method"
HTTP_ROUTE: Final = "http.route"
HTTP_STATUS: Final = "http.response.status_code"
CONSUMER: Final = "consumer"
TIMER_KIND: Final = "kind"
PROCESS_KIND: Final = "process"
STATE: Final = "state"
CHECK: Final = "check"
COPY: Final = "copy"
OUTCOME: Final = "outcome"

# On spans and logs only
TENANT: Final = "throughline.tenant"
PRINCIPAL_KIND: Final = "throughline.principal.kind"
ERROR_REASON: Final = "throughline.error.reason"

DURATION_BUCKETS_S: Final = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
"""Bounds of every histogram of seconds, 5 ms to 10 s."""

LATENESS_BUCKETS_S: Final = (0.1, 0.5, 1.0, 5.0, 15.0, 60.0, 300.0, 900.0, 3600.0)
"""Bounds of timer lateness, which is slow where it is not fine."""
