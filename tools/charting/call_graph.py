"""Who calls whom, and who uses what: the one table that network, mesh and broker rules of the chart come from.

It is written here by hand and held against the code by `tests/chart/test_call_graph.py`, which builds every service.
"""

from __future__ import annotations

from charting.model import Model, described

SERVICES = ("collab", "gateway", "lead-router", "pipeline", "scoring")
DIRECTORY = ["tenant", "team", "person", "calendar"]
NOTICE = "notice"


class Contacts(Model):
    """What one service reaches, and what it needs for that."""

    calls: list[str] = described("Services that it calls over gRPC.")
    produces: list[str] = described(
        "Aggregates on whose topics it writes; the topic of `lead` is `throughline.lead.v1`."
    )
    consumers: dict[str, list[str]] = described("Aggregates whose topics each of its consumer groups reads, by group.")
    reads: list[str] = described("Aggregates whose topics it reads without a group.")
    database: str = described("Its database in PostgreSQL; roles are `<database>_owner`, `_login`, `_app`, `_system`.")
    objectStore: bool = described("Whether it reaches the object store.")
    mail: bool = described("Whether it sends mail.")
    webhooks: bool = described("Whether it calls addresses outside that customers choose.")
    http: bool = described("Whether it serves HTTP, too, on port 8080.")
    secretEnv: list[str] = described(
        "Keys of its Secret that become settings: `client-secret` of collab is COLLAB_CLIENT_SECRET."
    )
    secretEnvIfThere: list[str] = described("The same, of keys that may be absent.")
    secretFiles: list[str] = described(
        "Keys of its Secret that are mounted as files: of `sealing-key`, the setting names the path."
    )


def _contacts(
    service: str,
    *,
    calls: list[str] | None = None,
    produces: list[str],
    consumers: dict[str, list[str]],
    reads: list[str] | None = None,
    secrets: list[str] | None = None,
    secrets_if_there: list[str] | None = None,
    secret_files: list[str] | None = None,
    uses: frozenset[str] = frozenset(),
) -> Contacts:
    return Contacts(
        calls=calls or [],
        produces=[*produces, NOTICE],
        consumers={f"{service}.directory": DIRECTORY, **consumers},
        reads=reads or [],
        database=service.replace("-", "_"),
        objectStore="objects" in uses,
        mail="mail" in uses,
        webhooks="webhooks" in uses,
        http="http" in uses,
        secretEnv=["database-url", "client-secret", *(secrets or [])],
        secretEnvIfThere=secrets_if_there or [],
        secretFiles=secret_files or [],
    )


_GATEWAY_READS = [
    "api_key", "calendar", "customer", "file", "first_contact_summary", "follow_up", "lead", "lead_duplicate",
    "lead_model", "metric", "opportunity", "person", "task", "team", "tenant", "water_line", "webhook",
]  # fmt: skip

CALL_GRAPH = {
    "collab": _contacts(
        "collab",
        produces=["tenant", "team", "person", "calendar", "customer", "task"],
        consumers={
            "collab.notifications": ["lead", "first_contact_summary", "water_line"],
            "collab.timeline": ["lead", "opportunity", "follow_up", "customer", "task"],
            "collab.tasks": ["lead", "customer"],
        },
        secrets_if_there=["smtp-url"],
        uses=frozenset({"mail"}),
    ),
    "gateway": _contacts(
        "gateway",
        calls=["collab", "lead-router", "pipeline", "scoring"],
        produces=["webhook", "api_key"],
        consumers={"gateway.notices": [NOTICE], "gateway.webhooks": _GATEWAY_READS},
        reads=[NOTICE],
        secrets_if_there=["objects-options"],
        secret_files=["api-key-signing-key", "sealing-key"],
        uses=frozenset({"objects", "webhooks", "http"}),
    ),
    "lead-router": _contacts(
        "lead-router",
        calls=["pipeline", "scoring"],
        produces=["lead", "lead_duplicate"],
        consumers={
            "lead-router.follow-ups": ["follow_up"],
            "lead-router.search": ["lead"],
            "lead-router.people": ["person"],
            "lead-router.models": ["lead_model"],
            "lead-router.lead-watch": ["lead"],
            "lead-router.duplicates": ["lead"],
        },
    ),
    "pipeline": _contacts(
        "pipeline",
        calls=["collab", "lead-router"],
        produces=["follow_up", "opportunity", "first_contact_summary", "file"],
        consumers={"pipeline.lead-facts": ["lead"], "pipeline.customer-facts": ["customer"]},
        secrets=["file-ticket-key"],
        secrets_if_there=["objects-options"],
        uses=frozenset({"objects"}),
    ),
    "scoring": _contacts(
        "scoring",
        produces=["metric", "water_line", "lead_model"],
        consumers={
            "scoring.warehouse": ["lead", "follow_up", "opportunity", "customer"],
            "scoring.tenants": ["tenant"],
        },
    ),
}
