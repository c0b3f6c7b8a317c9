"""The demo's pool: two reps reach for one lead, and a second run moves nothing."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any, cast

from throughline_cli.demo.pool_claim import PoolClaim
from throughline_cli.failures import Problem

TENANT = "0190f3c4-0000-7000-8000-000000000001"


@dataclass
class Desk:
    """The router's answers, and the stage that asks them."""

    tenant_id: str = TENANT
    pools: list[dict[str, Any]] = field(default_factory=list)
    owner: str = ""
    returned: int = 0

    @property
    def admin(self) -> Any:
        return self.of("admin")

    def key(self, thing: str) -> str:
        return thing

    def name(self, person_id: str) -> str:
        return f"name of {person_id}"

    def person_with_role(self, company: object, role: str) -> Any:
        return SimpleNamespace(person_id=role)

    def of(self, person: str) -> Any:
        return SimpleNamespace(
            get=self._get, put=self._put, post=lambda *asked: self._post(person, *asked), pages=self._pages
        )

    def _get(self, path: str) -> dict[str, Any]:
        return {"pools": self.pools}

    def _put(self, path: str, body: dict[str, Any]) -> None:
        self.pools.append({"pool_id": path.rpartition("/")[2], "rules": body["rules"], "leads": "0"})

    def _post(self, person: str, path: str, body: dict[str, Any]) -> dict[str, Any]:
        if path.endswith(":return"):
            self.returned += 1
            return {"lead": {"lead_id": "lead", "owner_id": ""}}
        if self.owner:
            raise Problem(409, {"reason": "POOL_LEAD_TAKEN", "detail": "taken"}, "POST", path)
        self.owner = person
        return {}

    def _pages(self, path: str, key: str, **asked: object) -> Any:
        if key == "leads":
            return iter([{"lead_id": "lead", "version": "3", "owner_id": "old"}])
        full = {"profile": {"open_cap": 5}, "is_paused": False, "is_active": True}
        return iter(
            [full | {"rep_id": rep, "open_leads": held} for rep, held in (("a", 1), ("b", 5), ("c", 0), ("old", 0))]
        )


def test_of_two_reps_with_room_one_gets_the_lead_and_a_second_run_moves_nothing() -> None:
    desk = Desk()
    with ThreadPoolExecutor(2) as workers:
        claim = PoolClaim(cast("Any", desk), cast("Any", None), workers)

        first, again = claim.played(), claim.played()

    assert sorted(one["answer"] for one in first["claims"]) == ["CLAIMED", "POOL_LEAD_TAKEN"]
    assert {one["rep_id"] for one in first["claims"]} == {"a", "c"}
    assert (again["lead"], again["claims"], desk.returned) == ({}, [], 1)
