"""A public pool 公海: a lead that fell silent is put into it, and two reps reach for it at the same instant.

Played again, it shows the pool as it stands and moves nothing.
"""

from __future__ import annotations

import uuid
from concurrent.futures import Executor
from dataclasses import dataclass
from typing import Any, Final

from sample_company import SampleCompany
from throughline_cli.demo.stage import Stage
from throughline_cli.failures import Problem
from throughline_cli.gateway import Json

_NAME: Final = "华东公海"
_RULES: Final = {
    "name": _NAME,
    "claims_per_day": 5,
    "views_per_day": 50,
    "cool_down_days": 30,
    "protection_days": 15,
    "extension_days": 7,
    "most_extensions": 1,
    "recycle_rules": [{"id": "silent-30", "after": "SILENCE", "days": 30, "segments": ["SMB"]}],
}
_RETURNED: Final = "演示：48小时无跟进，放入公海"


@dataclass(frozen=True, slots=True)
class PoolClaim:
    """The director fills the pool; of two reps with room one gets the lead and the other is told."""

    stage: Stage
    company: SampleCompany
    workers: Executor

    def played(self) -> Json:
        """The pool, the lead, and what each rep was answered; without a lead where the pool was there before."""
        director = self.stage.of(self.stage.person_with_role(self.company, "director").person_id)
        pool_id = str(uuid.uuid5(uuid.UUID(self.stage.tenant_id), "pool"))
        known = [pool for pool in director.get("/v1/pools")["pools"] if pool["pool_id"] == pool_id]
        if known:
            return {"pool": known[0], "lead": {}, "claims": []}
        body = {"version": "0", "rules": _RULES, "request_id": self.stage.key("pool")}
        director.put(f"/v1/pools/{pool_id}", body)
        lead = self._silent_lead()
        claims: list[Json] = []
        if lead:
            reps = self._reps_with_room(former_owner=str(lead["owner_id"]))
            lead = director.post(
                f"/v1/leads/{lead['lead_id']}:return",
                {
                    "version": lead["version"],
                    "pool_id": pool_id,
                    "reason": "UNREACHABLE",
                    "note": _RETURNED,
                    "request_id": self.stage.key("pool:return"),
                },
            )["lead"]
            claims = list(self.workers.map(lambda rep: self._claim(rep, str(lead["lead_id"])), reps))
        pool = next(pool for pool in director.get("/v1/pools")["pools"] if pool["pool_id"] == pool_id)
        return {"pool": pool, "lead": lead, "claims": claims}

    def _silent_lead(self) -> Json:
        silent = self.stage.admin.pages("/v1/leads", "leads", to_be_activated=True, page_size=200)
        found: Json = next(iter(silent), {})
        return found

    def _reps_with_room(self, *, former_owner: str) -> list[Json]:
        reps = self.stage.admin.pages("/v1/reps", "reps", page_size=200)
        free = [
            rep
            for rep in reps
            if rep["rep_id"] != former_owner
            and not rep["is_paused"]
            and rep["is_active"]
            and int(rep["open_leads"]) < int(rep["profile"]["open_cap"])
        ]
        return sorted(free, key=lambda rep: (int(rep["open_leads"]), rep["rep_id"]))[:2]

    def _claim(self, rep: Json, lead_id: str) -> dict[str, Any]:
        """What one rep was answered: `CLAIMED`, or the reason of the refusal."""
        rep_id = str(rep["rep_id"])
        try:
            self.stage.of(rep_id).post(
                f"/v1/pool-leads/{lead_id}:claim", {"request_id": self.stage.key(f"pool:claim:{rep_id}")}
            )
        except Problem as problem:
            return {"rep_id": rep_id, "name": self.stage.name(rep_id), "answer": problem.reason}
        return {"rep_id": rep_id, "name": self.stage.name(rep_id), "answer": "CLAIMED"}
