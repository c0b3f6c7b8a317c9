"""Paths of `google.api.http` rules, and the tree that finds the rule of a path.

A template is `/v1/leads/{lead_id}:override`: literals, variables of one segment each, and at the end a custom verb.
Variables hold no ':', so that a verb is never taken for the end of an id.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Generic, TypeVar
from urllib.parse import unquote_to_bytes

T = TypeVar("T")

_LITERAL = re.compile(r"[A-Za-z0-9._~-]+")
_VARIABLE = re.compile(r"\{([a-z][a-z0-9_]*(?:\.[a-z][a-z0-9_]*)*)(?:=\*)?\}")


@dataclass(frozen=True, slots=True)
class PathTemplate:
    """A parsed template."""

    segments: tuple[str | None, ...]
    """Literals, and None where a variable stands."""
    variables: tuple[str, ...]
    """Names of the variables in their order; a name with dots leads into a message."""
    verb: str = ""

    @classmethod
    def parse(cls, text: str) -> PathTemplate:
        """Reads a template.

        Raises:
            ValueError: it uses a form that we do not route, such as `**`, or is no template.
        """
        path, colon, verb = text.partition(":") if not text.endswith("}") else (text, "", "")
        if not path.startswith("/") or (colon and not _LITERAL.fullmatch(verb)):
            raise ValueError(f"no path template: {text}")
        segments: list[str | None] = []
        variables: list[str] = []
        for part in path[1:].split("/"):
            if found := _VARIABLE.fullmatch(part):
                segments.append(None)
                variables.append(found[1])
            elif _LITERAL.fullmatch(part):
                segments.append(part)
            else:
                raise ValueError(f"no segment that can be routed: {part!r} in {text}")
        return cls(tuple(segments), tuple(variables), verb)

    def __str__(self) -> str:
        names = iter(self.variables)
        path = "".join(f"/{{{next(names)}}}" if segment is None else f"/{segment}" for segment in self.segments)
        return f"{path}:{self.verb}" if self.verb else path


@dataclass(slots=True)
class _Node(Generic[T]):
    literals: dict[str, _Node[T]] = field(default_factory=dict)
    variable: _Node[T] | None = None
    ends: dict[tuple[str, str], tuple[T, tuple[str, ...]]] = field(default_factory=dict)
    """What is reached by (verb, HTTP method), and the names of the variables on the way."""


@dataclass(frozen=True, slots=True)
class Match(Generic[T]):
    """What a path leads to."""

    found: T | None
    """None where the path exists, but not for this HTTP method."""
    values: Mapping[str, str]
    """Value of each variable, percent-decoding done."""
    allowed: frozenset[str] = frozenset()
    """HTTP methods of the path, filled where nothing was found."""


class PathTree(Generic[T]):
    """All templates, found in time that grows with the length of the path only. Literals win over variables."""

    def __init__(self) -> None:
        self._root: _Node[T] = _Node()

    def add(self, http_method: str, template: PathTemplate, target: T) -> None:
        """Puts a target in.

        Raises:
            ValueError: another template already matches the same paths.
        """
        node = self._root
        for segment in template.segments:
            if segment is not None:
                node = node.literals.setdefault(segment, _Node())
            else:
                node.variable = node.variable or _Node()
                node = node.variable
        if (template.verb, http_method) in node.ends:
            raise ValueError(f"{http_method} {template} is routed twice")
        node.ends[template.verb, http_method] = (target, template.variables)

    def match(self, http_method: str, raw_path: str) -> Match[T] | None:
        """What the path, still percent-encoded, leads to; None where there is no such path."""
        head, _, last = raw_path.removeprefix("/").rpartition("/")
        last, _, verb = last.partition(":")
        try:
            segments = [_decoded(part) for part in ([*head.split("/"), last] if head else [last])]
        except UnicodeDecodeError:
            return None
        allowed: set[str] = set()
        for node, values in _walk(self._root, segments, 0, ()):
            if end := node.ends.get((verb, http_method)):
                target, names = end
                return Match(target, dict(zip(names, values, strict=True)))
            allowed.update(method for found_verb, method in node.ends if found_verb == verb)
        return Match(None, {}, frozenset(allowed)) if allowed else None


def _walk(
    node: _Node[T], segments: list[str], place: int, values: tuple[str, ...]
) -> Iterator[tuple[_Node[T], tuple[str, ...]]]:
    if place == len(segments):
        yield node, values
        return
    segment = segments[place]
    if (literal := node.literals.get(segment)) is not None:
        yield from _walk(literal, segments, place + 1, values)
    if node.variable is not None and segment:
        yield from _walk(node.variable, segments, place + 1, (*values, segment))


def _decoded(segment: str) -> str:
    return unquote_to_bytes(segment).decode("utf-8") if "%" in segment else segment
