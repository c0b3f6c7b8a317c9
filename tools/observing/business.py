"""What the product is for, in figures."""

from __future__ import annotations

from collections.abc import Iterator

from chassis import metric_names as names
from chassis.metric_names import Metric
from observing.panels import HERE, WINDOW, Panel, Query, Row
from observing.promql import Series

HOURS = "6h"
"""Owners are found now and then, not every second."""


def business() -> Iterator[Row]:
    """Leads on their way, what must not be lost, and what learns or is told to others."""

    def of(metric: Metric) -> Series:
        return Series(metric, common=(HERE,))

    decided, waited = of(names.LEAD_ASSIGNMENT_DURATION), of(names.LEAD_OWNER_WAIT)
    yield Row(
        "Leads 线索",
        (
            Panel(
                "Submissions by what became of them",
                "ops",
                (
                    Query(decided.rate(WINDOW, names.OUTCOME, part="count"), "{{outcome}}"),
                    Query(of(names.LEAD_DEDUPLICATIONS).rate(WINDOW), "joined"),
                ),
            ),
            Panel(
                "From the call to the committed decision",
                "s",
                tuple(
                    Query(decided.quantile(share, WINDOW), f"p{share * 100:g}", has_exemplars=True)
                    for share in (0.5, 0.99)
                ),
                red_from=0.5,
            ),
            Panel(
                "From receipt to the first owner",
                "s",
                tuple(Query(waited.quantile(share, HOURS), f"p{share * 100:g}") for share in (0.5, 0.9, 0.99)),
                about="In business time, over six hours. Leads that still wait are not in it; see leads by state.",
                red_from=7200,
            ),
            Panel(
                "First owners by how they came to the lead",
                "ops",
                (Query(waited.rate(HOURS, names.BECAUSE, part="count"), "{{because}}"),),
            ),
            Panel("Leads by state", "short", (Query(of(names.LEADS).most(names.STATE), "{{state}}"),), is_stacked=True),
        ),
    )
    yield Row(
        "Nothing is lost 守恒",
        (
            Panel(
                "Conservation gap",
                "short",
                (Query(of(names.LEAD_CONSERVATION_GAP).most(), "gap"),),
                about="Leads received that stand in no state, and leads in a state that were never received.",
                is_single=True,
                red_from=1,
            ),
            Panel("Counted", "s", (Query(of(names.LEADS_COUNTED_AGE).least(), "ago"),), is_single=True, red_from=600),
            Panel("Qualified leads", "short", (Query(of(names.LEADS_QUALIFIED).most(), "qualified"),), is_single=True),
            Panel(
                "Records in which services differ",
                "short",
                (Query(of(names.RECONCILIATION_DIFFERENCES).most(names.CHECK, names.COPY), "{{check}} in {{copy}}"),),
                red_from=1,
            ),
            Panel(
                "Services were compared",
                "s",
                (Query(of(names.RECONCILIATION_AGE).least(), "ago"),),
                is_single=True,
                red_from=7200,
            ),
            Panel(
                "Comparisons not made",
                "short",
                (Query(of(names.RECONCILIATION_UNANSWERED).least(), "not made"),),
                is_single=True,
                red_from=1,
            ),
        ),
    )
    attempts = of(names.WEBHOOK_ATTEMPTS)
    yield Row(
        "Models and webhooks 模型与推送",
        (
            Panel(
                "Age of the oldest live model", "s", (Query(of(names.LEAD_MODEL_AGE).most(), "age"),), is_single=True
            ),
            Panel(
                "Calibration drift", "percentunit", (Query(of(names.LEAD_MODEL_DRIFT).most(), "drift"),), red_from=0.1
            ),
            Panel(
                "Webhook tries by outcome",
                "ops",
                (Query(attempts.rate(WINDOW, names.OUTCOME, part="count"), "{{outcome}}"),),
            ),
            Panel("Webhook tries, p99", "s", (Query(attempts.quantile(0.99, WINDOW), "p99"),)),
        ),
    )
