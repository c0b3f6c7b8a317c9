"""How readers of the embedded broker rest between looks, so that an idle suite costs next to nothing."""

import threading

from chassis.kafka_clients import KafkaSettings

_SHORTEST_S = 0.1
_LONGEST_S = 0.25
_LONGEST_WITH_DOORBELL_S = 1.0
_GROWTH = 1.2


class IdlePause:
    """A pause that grows while no records come. Readers of Apache Kafka make none: it holds a fetch until one comes.

    Args:
        has_doorbell: somebody ends the pause when records have come (`chassis.doorbell`), so that it may grow longer.
    """

    def __init__(self, kafka: KafkaSettings, *, has_doorbell: bool = False) -> None:
        self._is_wanted = kafka.is_embedded
        self._longest_s = _LONGEST_WITH_DOORBELL_S if has_doorbell else _LONGEST_S
        self._pause_s = _SHORTEST_S
        self._ended = threading.Event()

    def end(self) -> None:
        """Ends the running pause, or the next one; called from any thread."""
        self._ended.set()

    def rest(self, *, records_came: bool) -> None:
        """Rests after a look. Blocks."""
        if not self._is_wanted:
            return
        self._pause_s = _SHORTEST_S if records_came else min(_GROWTH * self._pause_s, self._longest_s)
        if self._ended.wait(self._pause_s):
            self._pause_s = _SHORTEST_S  # what has come may not be there at the first look
        self._ended.clear()
