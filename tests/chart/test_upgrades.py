"""An upgrade changes nothing that cannot be changed, unless UPGRADING.md says so.

`baseline/` holds what the last release rendered; until there is one, what the chart rendered when it came. The second test takes
a made-up release before it, which differs in all that counts, and wants every difference found.
"""

from __future__ import annotations

import json
from copy import deepcopy

import pytest
from charting.baseline import FOLDER, baseline_of, differences

from .rendering import EXAMPLES, ROOT, rendered

UPGRADING = ROOT / "UPGRADING.md"


@pytest.mark.parametrize("name", EXAMPLES)
def test_upgrade_from_the_last_release_changes_only_what_is_said(name: str) -> None:
    before = json.loads((FOLDER / f"{name}.json").read_text())
    said = UPGRADING.read_text() if UPGRADING.is_file() else ""

    assert not list(differences(before, baseline_of(rendered(name).objects), said))


def test_every_difference_that_counts_is_found_and_can_be_announced() -> None:
    now = baseline_of(rendered("production").objects)
    before = deepcopy(now)
    before["Deployment/throughline-collab-serve"]["selector"]["matchLabels"]["app"] = "collab"
    before["Service/throughline-collab-headless"]["clusterIP"] = "10.0.0.1"
    before["StatefulSet/throughline-store"] = {"selector": {}, "template": {}}

    found = list(differences(before, now, ""))
    announced = list(differences(before, now, "- `StatefulSet/throughline-store` goes: nobody wrote to it."))

    assert sorted(found) == [
        "Deployment/throughline-collab-serve: selector changed",
        "Service/throughline-collab-headless: clusterIP changed",
        "StatefulSet/throughline-store: vanished",
    ]
    assert len(announced) == 2
