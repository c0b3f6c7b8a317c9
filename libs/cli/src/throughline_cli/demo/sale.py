"""What follows the bell: an opportunity that goes as far as its evidence carries it, a conversion that is taken back.

Played again, both find what they did and change nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from throughline_cli.demo.stage import Stage
from throughline_cli.failures import Problem
from throughline_cli.gateway import Gateway, Json

_FIRST_STAGE: Final = "first_contact"
_UNMET: Final = "STAGE_GATE_UNMET"
_BUILT_UPON: Final = "CONVERSION_BUILT_UPON"
_REASON: Final = "演示：转化有误，退回线索"
_TRIED: Final = 20


@dataclass(frozen=True, slots=True)
class Sale:
    """Plays with the oldest open opportunity and the newest conversion."""

    stage: Stage

    def moved_on(self) -> Json:
        """The opportunity after its first stage, with what each refusal named; empty where there is none."""
        found = list(self.stage.admin.pages("/v1/opportunities", "opportunities", state="OPEN", page_size=200))
        if not found:
            return {}
        opportunity: Json = min(found, key=lambda one: str(one["opportunity_id"]))
        owner = self.stage.of(opportunity["owner_id"])
        refused_first = []
        if opportunity["stage"] == _FIRST_STAGE:
            refused_first = self._refused(owner, opportunity)
            for item in opportunity["missing_items"]:
                opportunity = self._move(owner, opportunity, "tick", item_code=item["item_code"])
            opportunity = self._move(owner, opportunity, "advance")
        path = f"/v1/opportunities/{opportunity['opportunity_id']}"
        return {
            "opportunity": opportunity,
            "owner": self.stage.name(opportunity["owner_id"]),
            "refused_first": refused_first,
            "refused": self._refused(owner, opportunity),
            "history": owner.get(f"{path}/stage-history")["entries"],
        }

    def taken_back(self) -> Json:
        """A conversion that was undone, with its lead; empty where every one has been built upon."""
        conversions = list(self.stage.admin.pages("/v1/conversions", "conversions", page_size=200))
        done = [one for one in conversions if one["state"] == "DONE"][:_TRIED]
        undone = next((one for one in conversions if one["state"] == "UNDONE"), None)
        undone = undone or next(filter(None, map(self._undo, done)), None)
        if undone is None:
            return {}
        lead = self.stage.admin.get(f"/v1/leads/{undone['lead_id']}")["lead"]
        return {"conversion": undone, "lead": lead, "owner": self.stage.name(undone["owner_id"])}

    def _refused(self, owner: Gateway, opportunity: Json) -> list[Json]:
        """What is missing for the next stage, as the refusal to go there names it; empty where nothing is."""
        try:
            self._move(owner, opportunity, "advance")
        except Problem as problem:
            if problem.reason != _UNMET:
                raise
            return list(opportunity["missing_items"])
        return []

    def _move(self, owner: Gateway, opportunity: Json, move: str, **what: str) -> Json:
        opportunity_id, version = opportunity["opportunity_id"], opportunity["version"]
        body = {"version": version, "request_id": self.stage.key(f"{opportunity_id}:{move}:{version}"), **what}
        moved: Json = owner.post(f"/v1/opportunities/{opportunity_id}:{move}", body)["opportunity"]
        return moved

    def _undo(self, conversion: Json) -> Json | None:
        conversion_id, version = conversion["conversion_id"], conversion["version"]
        body = {"version": version, "reason": _REASON, "request_id": self.stage.key(f"{conversion_id}:undo")}
        try:
            owner = self.stage.of(conversion["owner_id"])
            undone: Json = owner.post(f"/v1/conversions/{conversion_id}:undo", body)["conversion"]
        except Problem as problem:
            if problem.reason != _BUILT_UPON:
                raise
            return None
        return undone
