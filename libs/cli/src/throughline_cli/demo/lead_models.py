"""The first lead scores: a model learns from earlier leads and scores a new one, a second follows and is rolled back.

A month is too short to tell which leads are won, so both learn from the year before, which is brought in by the API as
a company would bring its old system's leads: first the older three quarters, then all. Three leads that differ in
nothing but who asks show what each change does. Played again, it shows what is there and changes nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from sample_company import SampleCompany
from sample_company.equal_enquiries import equal_enquiries
from sample_company.model import Lead
from sample_company.past_leads import PastLead, past_leads
from throughline_cli.business_clock import settle
from throughline_cli.demo.ending import ended
from throughline_cli.demo.messages import submission
from throughline_cli.demo.stage import Stage
from throughline_cli.demo.training_examples import training_example
from throughline_cli.failures import Problem
from throughline_cli.gateway import Json

_FIRST: Final = 1200
"""Leads that the first model learns from and is judged by."""
_AT_ONCE: Final = 800
_ENDED: Final = frozenset({"SUCCEEDED", "FAILED"})
_WORSE: Final = "MODEL_WORSE"
_FORCED: Final = "演示：为展示回滚而发布"
_BACK: Final = "演示：回到上一个模型"
_ROUTER: Final = "lead-router"
_ACTIVATED: Final = "model.activate"


@dataclass(frozen=True, slots=True)
class LeadModels:
    """Plays once for a tenant."""

    stage: Stage
    company: SampleCompany

    def played(self) -> Json:
        """The models with their reports, the three leads with their scores; `failure` where there was too little."""
        asking = equal_enquiries(self.company)
        leads = self._asked(asking)
        failure: Json = {}
        if len(leads) < len(asking):
            failure = self._play(*asking)
            leads = self._asked(asking)
        return {
            "failure": failure,
            "models": [
                {**model, "report": self.stage.admin.get(f"/v1/lead-models/{model['model_id']}/report")["report"]}
                for model in self._models()
            ],
            "leads": leads,
        }

    def _play(self, before: Lead, then: Lead, at_last: Lead) -> Json:
        """The whole story, or on where it was broken off; gives the training that had too little, if any."""
        past = past_leads(self.company)
        first = self._trained(past[:_FIRST], "first")
        if first["failure"]:
            return first
        self._publish(first["model_id"], "first")
        self._submit(before)
        second = self._trained(past[_FIRST:], "second")
        if second["failure"]:
            return second
        self._publish(second["model_id"], "second")
        self._submit(then)
        self.stage.admin.post(
            "/v1/lead-models:roll-back", {"reason": _BACK, "request_id": self.stage.key("model:roll-back")}
        )
        self._await_router(first["model_id"], times=2)
        self._submit(at_last)
        return {}

    def _trained(self, past: Sequence[PastLead], name: str) -> Json:
        """The training that learned from these and all that were brought before."""
        admin = self.stage.admin
        for start in range(0, len(past), _AT_ONCE):
            examples = [training_example(each) for each in past[start : start + _AT_ONCE]]
            key = self.stage.key(f"examples:{past[start].lead.key}")
            admin.post("/v1/lead-models:import-examples", {"examples": examples, "request_id": key})
        order = {"source": "IMPORTED", "request_id": self.stage.key(f"train:{name}")}
        training_id = admin.post("/v1/lead-models:train", order)["training"]["training_id"]
        training: Json = ended(
            lambda: admin.get(f"/v1/lead-model-trainings/{training_id}")["training"],
            lambda found: found["state"] in _ENDED,
            what="lead-models:train",
            patience_s=300,
        )
        return training

    def _publish(self, model_id: str, name: str) -> None:
        """Makes the model live. One that did worse than the live one is refused, and published with a reason."""
        path, key = f"/v1/lead-models/{model_id}:publish", self.stage.key(f"publish:{name}")
        try:
            self.stage.admin.post(path, {"request_id": key})
        except Problem as problem:
            if problem.reason != _WORSE:
                raise
            self.stage.admin.post(path, {"force_reason": _FORCED, "request_id": f"{key}:forced"})
        self._await_router(model_id, times=1)

    def _await_router(self, model_id: str, *, times: int) -> None:
        """Until the router has put the model to use so many times: it scores by it then."""
        settle(self.stage.operator)
        ended(lambda: self._activations(model_id), lambda count: count >= times, what=f"lead-models/{model_id}")

    def _activations(self, model_id: str) -> int:
        """How often the router has put the model to use, by its audit."""
        rows = self.stage.admin.get(
            f"/v1/operations/{_ROUTER}/audit", resource=f"lead-models/{model_id}", page_size=200
        )["rows"]
        return sum(row["action"] == _ACTIVATED for row in rows)

    def _submit(self, lead: Lead) -> None:
        body: dict[str, Any] = {"submission": submission(lead), "request_id": self.stage.key(lead.key)}
        self.stage.admin.post("/v1/leads", body)

    def _models(self) -> list[Json]:
        """The oldest first."""
        found = self.stage.admin.pages("/v1/lead-models", "models", page_size=50)
        return sorted(found, key=lambda model: int(model["number"]))

    def _asked(self, asking: Sequence[Lead]) -> list[Json]:
        """Those of the leads that are there, in their order."""
        found = self.stage.admin.pages("/v1/leads", "leads", source=asking[0].source, page_size=200)
        by_id = {lead["origin"]["external_id"]: lead for lead in found if lead["origin"]}
        return [by_id[each.external_id] for each in asking if each.external_id in by_id]
