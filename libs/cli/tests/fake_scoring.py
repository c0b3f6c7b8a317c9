"""Scoring and the router in memory, as far as the demo's models see them."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import httpx

from .fake_gateway import problem

Json = dict[str, Any]


class FakeScoring:
    """Serves requests as `httpx.MockTransport` hands them over. The second model is worse than the first."""

    def __init__(self, *, needed: int = 100) -> None:
        self.needed = needed
        self.examples: dict[str, Json] = {}
        self.models: list[Json] = []
        self.leads: list[Json] = []
        self.activations: list[str] = []
        self.commands: list[str] = []
        self._answers: dict[str, Json] = {}

    def serve(self, request: httpx.Request) -> httpx.Response:
        if request.url.path.startswith("/oauth/"):
            return httpx.Response(200, json={"access_token": "token", "expires_in": 3600})
        body: Json = json.loads(request.content) if request.content else {}
        key = body.get("request_id", "")
        if key in self._answers:
            return httpx.Response(200, json=self._answers[key])
        answer = self._route(request.method, request.url.path.removeprefix("/v1/"), body, request)
        if isinstance(answer, httpx.Response):
            return answer
        if key:
            self._answers[key] = answer
        return httpx.Response(200, json=answer)

    def forget(self, leads: list[Json]) -> None:
        """As if these had never come."""
        self._answers = {key: answer for key, answer in self._answers.items() if answer.get("lead") not in leads}

    def _route(self, method: str, path: str, body: Json, request: httpx.Request) -> Json | httpx.Response:
        if path.startswith("lead-models/") and path.endswith(":publish"):
            return self._publish(path.removeprefix("lead-models/").removesuffix(":publish"), body)
        if path.startswith("lead-model-trainings/"):
            return {"training": self._training(int(path.rpartition("/")[2]))}
        if path.startswith("lead-models/"):
            return {"report": {"model_id": path.split("/")[1]}}
        routes: dict[tuple[str, str], Callable[[], Json]] = {
            ("POST", "clock:settle"): lambda: {"business_now": "2026-03-31T16:00:00Z"},
            ("POST", "lead-models:import-examples"): lambda: self._import(body["examples"]),
            ("POST", "lead-models:train"): self._train,
            ("POST", "lead-models:roll-back"): self._roll_back,
            ("GET", "lead-models"): lambda: {"models": self.models, "next_page_token": ""},
            ("GET", "operations/lead-router/audit"): lambda: self._audit(request.url.params["resource"]),
            ("POST", "leads"): lambda: self._submit(body["submission"]),
            ("GET", "leads"): lambda: {"leads": self.leads, "next_page_token": ""},
        }
        return routes[method, path]()

    def _import(self, examples: list[Json]) -> Json:
        self.examples |= {example["example_id"]: example for example in examples}
        return {"kept": len(examples), "total": str(len(self.examples))}

    def _train(self) -> Json:
        self.commands.append(f"train on {len(self.examples)}")
        number = len(self.models) + 1
        if sum(example["is_won"] for example in self.examples.values()) >= self.needed:
            self.models.append(
                {"model_id": f"m{number}", "number": number, "state": "CANDIDATE", "force_reason": ""},
            )
        return {"training": self._training(number)}

    def _training(self, number: int) -> Json:
        is_there = number <= len(self.models)
        return {
            "training_id": str(number),
            "state": "SUCCEEDED" if is_there else "FAILED",
            "model_id": f"m{number}" if is_there else "",
            "failure": "" if is_there else "TOO_LITTLE_DATA",
            "figures": {} if is_there else {"needed": str(self.needed)},
        }

    def _publish(self, model_id: str, body: Json) -> Json | httpx.Response:
        if model_id == "m2" and not body.get("force_reason"):
            return problem(409, "MODEL_WORSE", "worse")
        self._put_to_use(model_id, f"publish {model_id}")
        return {"model": {}}

    def _roll_back(self) -> Json:
        self._put_to_use("m1", "roll back to m1")
        return {"model": {}}

    def _put_to_use(self, model_id: str, command: str) -> None:
        self.commands.append(command)
        self.activations.append(model_id)
        for model in self.models:
            is_live = model["model_id"] == model_id
            model["state"] = "LIVE" if is_live else "RETIRED" if model["state"] == "LIVE" else model["state"]

    def _audit(self, resource: str) -> Json:
        model_id = resource.removeprefix("lead-models/")
        return {"rows": [{"action": "model.activate"} for each in self.activations if each == model_id]}

    def _submit(self, submission: Json) -> Json:
        live = next(model["model_id"] for model in self.models if model["state"] == "LIVE")
        self.commands.append(f"lead scored by {live}")
        self.leads.insert(0, {"origin": submission["origin"], "score": {"model_id": live}})
        return {"lead": self.leads[0]}
