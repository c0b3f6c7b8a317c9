"""Has a suite's past events sent to an event broker that came up empty."""

from __future__ import annotations

import importlib
from typing import cast

from embedded.failures import ProcessFailed
from embedded.plan import Plan, Refill


def name_of(refill: Refill) -> str:
    """The "module:function" by which the supervisor, another process, finds the function again.

    Raises:
        ValueError: it is not a function of a module (a lambda, a method, something of `__main__`).
    """
    module, name = getattr(refill, "__module__", ""), getattr(refill, "__qualname__", "")
    if not module or module == "__main__" or not name.isidentifier():
        message = f"The refill must be a function of an importable module, not {refill!r}."
        raise ValueError(message)
    return f"{module}:{name}"


def call_refill(plan: Plan) -> None:
    """Calls the plan's refill, if it has one.

    Raises:
        ProcessFailed: the refill raised anything.
    """
    if plan.refill is None:
        return
    module, _, name = plan.refill.partition(":")
    try:
        refill = cast("Refill", getattr(importlib.import_module(module), name))
        refill(plan.endpoints)
    except Exception as error:
        reason = f"past events could not be sent to it ({type(error).__name__}: {error})"
        advice = "Run `throughline events republish`, or start the suite again."
        raise ProcessFailed("broker", reason, advice=advice) from error
