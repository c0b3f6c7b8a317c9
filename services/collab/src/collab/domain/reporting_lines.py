"""Lines from each to the one above, as they are between people and between teams."""

from collections.abc import Mapping
from typing import TypeVar

K = TypeVar("K")


def in_circles(above: Mapping[K, K | None]) -> frozenset[K]:
    """All who stand on a line that leads back to themselves; those who only report into a circle are not among them.

    Args:
        above: who stands above each; None, or one that is no key, ends the line.
    """
    settled: set[K] = set()
    circles: set[K] = set()
    for start in above:
        walked: dict[K, None] = {}
        current: K | None = start
        while current is not None and current in above and current not in settled and current not in walked:
            walked[current] = None
            current = above[current]
        if current is not None and current in walked:
            line = list(walked)
            circles.update(line[line.index(current) :])
        settled.update(walked)
    return frozenset(circles)
