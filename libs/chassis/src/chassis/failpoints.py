"""Places at which a fault test may kill the process. Disarmed unless a setting says otherwise; never in production."""

import os
import signal


class Failpoints:
    """Counts how often a place is reached and dies by SIGKILL at the chosen time, as a power cut would."""

    def __init__(self) -> None:
        self._armed: dict[str, int] = {}

    def arm(self, plan: str) -> None:
        """Arms places by a plan such as `relay.sent:3,timer.handled:1`: die at the third and at the first time.

        Raises:
            ValueError: the plan is not of this form.
        """
        for entry in filter(None, plan.split(",")):
            place, _, count = entry.partition(":")
            self._armed[place] = int(count)

    def reach(self, place: str) -> None:
        """Dies here when the place is armed and its count has come."""
        if place not in self._armed:
            return
        self._armed[place] -= 1
        if self._armed[place] <= 0:
            os.kill(os.getpid(), signal.SIGKILL)


failpoints = Failpoints()
