"""What the models are worth, in figures: age of the live ones, and how far their chances are from what happens."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Sequence
from weakref import WeakSet

from opentelemetry.metrics import CallbackOptions, Observation

from chassis import metric_names as names
from chassis import telemetry
from chassis.database import Database
from chassis.every_tenant import for_every_tenant
from scoring.application.watch_models import ModelHealth, ModelWatch

LOOK_EVERY_S = 300.0
_FRESH_S = 3 * LOOK_EVERY_S
"""What is older was seen before another process took over: it would contradict what that one sees."""


class LiveModels:
    """The live models of all tenants."""

    def __init__(self, database: Database, watch: ModelWatch, clock: Callable[[], float] = time.monotonic) -> None:
        self._watch = watch
        self._clock = clock
        self._under_way: list[ModelHealth] = []
        self._look_at_all = for_every_tenant(database, "scoring.watch_models", self._look)
        self.seen: list[ModelHealth] = []
        """As looked at last."""
        self._looked_s = clock()
        _watched.add(self)

    async def look(self) -> None:
        """Looks at the live model of every tenant."""
        self._under_way = []
        await self._look_at_all()
        self.seen = self._under_way
        self._looked_s = self._clock()

    @property
    def fresh(self) -> Sequence[ModelHealth]:
        """As looked at last, while this is the process that looks."""
        return self.seen if self._clock() - self._looked_s < _FRESH_S else ()

    async def _look(self) -> None:
        if (health := await self._watch()) is not None:
            self._under_way.append(health)


_watched: WeakSet[LiveModels] = WeakSet()


def _age(_: CallbackOptions) -> Iterable[Observation]:
    ages = [each.age_s for models in _watched for each in models.fresh]
    return [Observation(max(ages))] if ages else []


def _drift(_: CallbackOptions) -> Iterable[Observation]:
    # Of the tenant whose model is farthest off, whichever way.
    drifts = [abs(each.drift) for models in _watched for each in models.fresh if each.drift is not None]
    return [Observation(max(drifts))] if drifts else []


telemetry.gauge(names.LEAD_MODEL_AGE, _age)
telemetry.gauge(names.LEAD_MODEL_DRIFT, _drift)
