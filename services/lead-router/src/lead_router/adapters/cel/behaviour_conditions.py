"""Conditions of behaviour rules over counts of signals, by Google's CEL: typed, bounded, never `eval`."""

from collections.abc import Mapping, Sequence
from functools import lru_cache

from cel_expr_python import cel

from chassis.errors import Violation
from lead_router.domain.signals.signal import HALF_LIFE_DAYS

_ENVIRONMENT = cel.NewEnv(variables={"n": cel.Type.Map(cel.Type.STRING, cel.Type.INT)})
_NONE = dict.fromkeys(HALF_LIFE_DAYS, 0)


class CelBehaviourConditions:
    """Evaluates conditions; each is compiled once per process."""

    def faults(self, path: str, expression: str) -> Sequence[Violation]:
        """What is wrong with an expression; nothing where it is sound and says yes or no."""
        try:
            value = _compiled(expression).eval(data={"n": _NONE})
        except RuntimeError as fault:
            return [Violation(path, "cel", str(fault).splitlines()[0])]
        if value.type() != cel.Type.BOOL:
            return [Violation(path, "cel", "must say yes or no")]
        return []

    def holds(self, expression: str, counts: Mapping[str, int]) -> bool:
        """Whether it holds for how many signals there were of each subject."""
        value = _compiled(expression).eval(data={"n": dict(counts)})
        return value.type() == cel.Type.BOOL and bool(value.value())


@lru_cache(maxsize=4096)
def _compiled(expression: str) -> cel.Expression:
    return _ENVIRONMENT.compile(expression)
