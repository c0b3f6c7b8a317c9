"""Reckon metrics over the warehouse, by the definitions that hold, within what the caller may see."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from itertools import islice

from chassis.errors import Invalid, NotFound, Violation
from scoring.application.count_funnel import FUNNEL, FunnelCounter
from scoring.application.metrics import active_metrics
from scoring.application.ports import Viewpoint, Work
from scoring.domain.customer_progress import CUSTOMER_DIMENSIONS, CustomerRow
from scoring.domain.errors import MetricNotCounted
from scoring.domain.funnel import COUNTS, Funnel, FunnelQuestion, FunnelRow, Grouping
from scoring.domain.metric import CUSTOMER_FIGURES, Metric, Reckoned
from scoring.domain.periods import periods

_MOST_PERIODS = 60
_LOOK_BACK = timedelta(days=365)
"""How far a question about customers over time goes that names no beginning."""


@dataclass(frozen=True, slots=True)
class MetricTable:
    """A metric, reckoned: by group, and over everything."""

    metric: Metric
    rows: Sequence[tuple[str, Reckoned]]
    total: Reckoned


@dataclass(slots=True)
class _Figures:
    """What was counted."""

    groups: defaultdict[str, dict[str, int]] = field(default_factory=lambda: defaultdict(dict))
    total: dict[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class MetricReckoner:
    """Answers what callers ask about metrics."""

    counter: FunnelCounter

    async def one(self, code: str, question: FunnelQuestion) -> MetricTable:
        """One metric.

        Raises:
            NotFound: there is none of this code.
            MetricNotCounted: another call answers it.
            Invalid: the span ends before it begins, or has too many periods.
        """
        question.require_sound()
        async with self.counter.unit_of_work.begin() as work:
            metric = (await active_metrics(work)).get(code)
            if metric is None:
                raise NotFound("metric", code)
            if not metric.is_counted:
                raise MetricNotCounted(code, metric.answered_by)
            return (await metric_tables(work, [metric], question, await self.counter.view(work, FUNNEL)))[0]

    async def water_lines(self, question: FunnelQuestion) -> Sequence[MetricTable]:
        """All metrics whose fall alarms, in order of their codes.

        Raises:
            Invalid: the span ends before it begins, or has too many periods.
        """
        question.require_sound()
        async with self.counter.unit_of_work.begin() as work:
            view = await self.counter.view(work, FUNNEL)
            return await metric_tables(work, water_lines(await active_metrics(work)), question, view)


def water_lines(metrics: Mapping[str, Metric]) -> Sequence[Metric]:
    """Those whose fall alarms and that the warehouse can reckon, in order of their codes."""
    return [metric for _, metric in sorted(metrics.items()) if metric.is_water_line and metric.is_counted]


async def metric_tables(
    work: Work, metrics: Sequence[Metric], question: FunnelQuestion, view: Viewpoint
) -> Sequence[MetricTable]:
    """The metrics over one counting of what they are made of."""
    needed = frozenset().union(*(metric.figures for metric in metrics))
    figures = _Figures()
    if needed.intersection(COUNTS):
        _add_funnel(figures, await work.funnels.count(question, view))
    if needed.intersection(CUSTOMER_FIGURES):
        await _add_customers(work, figures, question, view)
    return [_table(metric, figures, question.group_by) for metric in metrics]


def _add_funnel(figures: _Figures, rows: Sequence[FunnelRow]) -> None:
    for row in rows:
        figures.groups[row.group].update({name: getattr(row, name) for name in COUNTS})
    total = Funnel.of(rows).total
    figures.total.update({name: getattr(total, name) for name in COUNTS})


async def _add_customers(work: Work, figures: _Figures, question: FunnelQuestion, view: Viewpoint) -> None:
    ungrouped = replace(question, group_by=Grouping.NOTHING)
    for whole in await work.customers.count(ungrouped, view):
        figures.total.update(_counts(whole))
    if question.group_by in CUSTOMER_DIMENSIONS:
        for row in await work.customers.count(question, view):
            figures.groups[row.group].update(_counts(row))
    elif question.group_by.is_time:
        end = min(question.received_before or view.now, view.now)
        every = periods(question.group_by, question.received_from or end - _LOOK_BACK, end, view.zone)
        spans = list(islice(every, _MOST_PERIODS + 1))
        if len(spans) > _MOST_PERIODS:
            message = f"customers are counted at the end of each period, for at most {_MOST_PERIODS} of them"
            raise Invalid([Violation("from", "span.periods", message)])
        for span in spans:
            for row in await work.customers.count(replace(ungrouped, received_before=min(span.ends_at, end)), view):
                figures.groups[span.name].update(_counts(row))


def _counts(row: CustomerRow) -> dict[str, int]:
    return {"customers": row.customers, "completeness_points": row.completeness_points}


def _table(metric: Metric, figures: _Figures, group_by: Grouping) -> MetricTable:
    known = {group: counted for group, counted in figures.groups.items() if metric.figures & counted.keys()}
    rows = [(group, metric.reckon(counted)) for group, counted in known.items()]
    rows = [(group, each) for group, each in rows if each.numerator or each.denominator]
    if group_by.is_time:
        rows.sort(key=lambda row: row[0])
    else:
        rows.sort(key=lambda row: (-row[1].denominator, -row[1].numerator, row[0]))
    return MetricTable(metric, rows, metric.reckon(figures.total))
