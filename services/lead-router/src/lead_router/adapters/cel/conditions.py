"""Conditions of a policy over the lead alone or the rep alone, by Google's CEL: typed, bounded, never `eval`.

`lead` and `rep` are maps of the fields that matching knows: texts, lists of texts and whole numbers. A condition that
fails on what it is given, for example on a field that is not there, does not hold.
"""

from collections.abc import Mapping, Sequence
from functools import lru_cache

from cel_expr_python import cel

from chassis.errors import Violation

Value = str | int | bool | list[str]
_MAP = cel.Type.Map(cel.Type.STRING, cel.Type.DYN)
_ENVIRONMENT = cel.NewEnv(variables={"lead": _MAP, "rep": _MAP})


class CelConditions:
    """Evaluates conditions; each is compiled once per process."""

    def faults(self, path: str, expression: str) -> Sequence[Violation]:
        """What is wrong with an expression; nothing where it is sound."""
        try:
            _compiled(expression)
        except RuntimeError as fault:
            return [Violation(path, "cel", str(fault).splitlines()[0])]
        return []

    def over_lead(self, expressions: Sequence[str], lead: Mapping[str, Value]) -> Mapping[str, bool]:
        """Of each expression whether it holds for the lead."""
        return {expression: _holds(expression, {"lead": dict(lead), "rep": {}}) for expression in expressions}

    def over_rep(self, expressions: Sequence[str], rep: Mapping[str, Value]) -> Mapping[str, bool]:
        """Of each expression whether it holds for the rep."""
        return {expression: _holds(expression, {"lead": {}, "rep": dict(rep)}) for expression in expressions}


@lru_cache(maxsize=4096)
def _compiled(expression: str) -> cel.Expression:
    return _ENVIRONMENT.compile(expression)


def _holds(expression: str, data: dict[str, dict[str, Value]]) -> bool:
    value = _compiled(expression).eval(data=data)
    return value.type() == cel.Type.BOOL and bool(value.value())
