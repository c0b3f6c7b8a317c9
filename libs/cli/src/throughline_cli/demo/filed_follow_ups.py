"""Follow-ups with files: one is words alone, one has all that makes it effective, one files the same minutes again.

Played on one open lead of a key account. Its three documents make the lead a qualified one. Played again, it shows the
lead that is qualified by then and changes nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final

from sample_company.documents import Document, competitor_brief, interview_minutes, roi_sheet
from sample_company.model import Lead, Segment
from throughline_cli.business_clock import settle
from throughline_cli.demo.book import Book
from throughline_cli.demo.ending import ended
from throughline_cli.demo.messages import utc
from throughline_cli.demo.stage import Stage
from throughline_cli.failures import Problem
from throughline_cli.gateway import Gateway, Json
from throughline_cli.times import moment

_UNCHECKED: Final = frozenset({"UPLOADING", "QUARANTINED"})
_HAS_ITS_BYTES: Final = "FILE_STATE_FORBIDS"
_LOOKED_AT: Final = 400
_NEXT_STEP: Final = "已约定演示方案，客户准备场地"
_NEXT_STEP_AFTER: Final = timedelta(days=45)
_NEWS: Final = "设备科主任同意，采购部新任经办人加入"


@dataclass(frozen=True, slots=True)
class _Contact:
    """One follow-up of the story."""

    name: str
    summary: str
    documents: tuple[Document, ...] = ()
    is_whole: bool = True
    """Whether it names a next step and what is new in the decision chain."""


@dataclass(frozen=True, slots=True)
class FiledFollowUps:
    """Plays on the first open lead of a key account whose owner we know."""

    stage: Stage
    book: Book

    def played(self) -> Json:
        """The lead with its follow-ups, the oldest first, verdicts and files; empty where there is no such lead."""
        found = self._qualified()
        if not found and (chosen := self._chosen()):
            lead, known = chosen
            owner = self.stage.of(lead["owner_id"])
            for contact in _story_of(known):
                self._record(owner, lead, contact)
            settle(self.stage.operator)  # the router has heard of the documents
            found = self.stage.admin.get(f"/v1/leads/{lead['lead_id']}")["lead"]
        if not found:
            return {}
        reader = self.stage.of(found["owner_id"]) if found["owner_id"] else self.stage.admin
        recorded = reader.get("/v1/follow-ups", lead_id=found["lead_id"], page_size=200)["follow_ups"]
        return {
            "lead": found,
            "owner": self.stage.name(found["owner_id"]),
            "follow_ups": list(reversed(recorded)),
            "files": reader.get("/v1/files", lead_id=found["lead_id"])["files"],
            "ratio": self.stage.admin.get("/v1/effective-ratio")["total"],
        }

    def _qualified(self) -> Json:
        return next(self.stage.admin.pages("/v1/leads", "leads", qualified=True, page_size=1, limit=1), {})

    def _chosen(self) -> tuple[Json, Lead] | None:
        keys = {standing.lead_id: key for key, standing in self.book.standings.items()}
        open_leads = self.stage.admin.pages("/v1/leads", "leads", states=["ASSIGNED"], page_size=200, limit=_LOOKED_AT)
        for lead in sorted(open_leads, key=lambda one: str(one["lead_id"])):
            known = self.book.lead(keys[lead["lead_id"]]) if lead["lead_id"] in keys else None
            if known is not None and known.segment == Segment.KA and self.stage.person(lead["owner_id"]):
                return lead, known
        return None

    def _record(self, owner: Gateway, lead: Json, contact: _Contact) -> None:
        key = self.stage.key(f"{lead['lead_id']}:filed:{contact.name}")
        body: dict[str, Any] = {
            "lead_id": lead["lead_id"],
            "channel": "VISIT" if contact.documents else "PHONE",
            "summary": contact.summary,
            "file_ids": self._filed(owner, key, contact.documents),
            "request_id": key,
        }
        if contact.is_whole:
            due = moment(lead["received_at"]) + _NEXT_STEP_AFTER
            body |= {"next_action": _NEXT_STEP, "next_action_at": utc(due), "decision_chain_update": _NEWS}
        owner.post("/v1/follow-ups", body)

    def _filed(self, owner: Gateway, key: str, documents: Sequence[Document]) -> list[str]:
        return [self._upload(owner, f"{key}:{place}", document) for place, document in enumerate(documents)]

    def _upload(self, owner: Gateway, key: str, document: Document) -> str:
        """Announces a file, sends its bytes under the ticket, and waits until it is checked."""
        announced = {"name": document.name, "kind": document.kind, "size_bytes": str(len(document.content))}
        opened = owner.post("/v1/files", {**announced, "request_id": key})
        path = f"/v1/files/{opened['file']['file_id']}"
        try:
            owner.put_bytes(opened["path"], document.content)
        except Problem as problem:
            if problem.reason != _HAS_ITS_BYTES:
                raise
        ended(
            lambda: owner.get(path)["file"],
            lambda file: file["state"] not in _UNCHECKED,
            what=document.name,
        )
        return str(opened["file"]["file_id"])


def _story_of(lead: Lead) -> tuple[_Contact, ...]:
    minutes, chart, sheet = interview_minutes(lead), competitor_brief(lead), roi_sheet(lead)
    return (
        _Contact("words", "电话联系，客户说再考虑考虑。", is_whole=False),
        _Contact("minutes", "到院面谈需求，纪要已附。", (minutes,)),
        _Contact("again", "再次拜访，附上次的纪要。", (minutes,)),
        _Contact("analysis", "送去竞品分析与投资回报测算。", (chart, sheet)),
    )
