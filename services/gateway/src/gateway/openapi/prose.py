"""Comments of the contracts as texts of the document."""

from __future__ import annotations

import re

_SENTENCE_END = re.compile(r"(?<=[.!?。])\s")


def summary_of(comment: str) -> str:
    """The first sentence, without its full stop."""
    first = _SENTENCE_END.split(comment.replace("\n", " "), maxsplit=1)[0]
    return first.strip().removesuffix(".")


def description_of(comment: str) -> str:
    """The whole comment, lines joined to paragraphs."""
    paragraphs = (" ".join(paragraph.split("\n")) for paragraph in re.split(r"\n\s*\n", comment))
    return "\n\n".join(paragraph.strip() for paragraph in paragraphs if paragraph.strip())
