"""What PromQL expressions name, read from their text: independent of the code that wrote them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

_QUOTED = r'"(?:[^"\\]|\\.)*"'
_SELECTOR = re.compile(
    rf"\b(?P<name>[a-z]\w*(?::\w+)*)(?P<braces>\{{(?:[^\"}}]|{_QUOTED})*\}})|\b(?P<bare>[a-z]+_[a-z_]\w*)\b(?!\s*\()"
)
_MATCHER = re.compile(rf"(?P<label>\w+)(?P<operator>=~|!=|!~|=)(?P<value>{_QUOTED})")
_GROUPS = re.compile(r"\b(?:by|on|without|ignoring)\s*\((?P<labels>[^)]*)\)")


@dataclass(frozen=True, slots=True)
class Selected:
    """Series that an expression asks for."""

    name: str
    matchers: tuple[tuple[str, str, str], ...]
    """Label, operator, value without quotes."""

    @property
    def labels(self) -> set[str]:
        """Labels that narrow it."""
        return {label for label, _, _ in self.matchers}


def selected(expression: str) -> list[Selected]:
    """Every selector of an expression."""
    bare = _GROUPS.sub(" ", expression)
    return [_selected(match) for match in _SELECTOR.finditer(bare)]


def grouped_by(expression: str) -> set[str]:
    """Every label by which an expression groups."""
    groups = (match["labels"].split(",") for match in _GROUPS.finditer(expression))
    return {label.strip() for group in groups for label in group} - {""}


def every_selected(expressions: Iterable[str]) -> Iterator[Selected]:
    """Every selector of all expressions."""
    for expression in expressions:
        yield from selected(expression)


def _selected(match: re.Match[str]) -> Selected:
    matchers = tuple(
        (found["label"], found["operator"], found["value"][1:-1]) for found in _MATCHER.finditer(match["braces"] or "")
    )
    return Selected(match["name"] or match["bare"], matchers)
