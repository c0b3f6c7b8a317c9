"""One customer kept twice: typed off a card though the system says which it may be, merged, and parted again.

Played again, it shows the merge that was taken back and changes nothing.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from sample_company import SampleCompany
from sample_company.second_records import SecondRecord, second_record
from throughline_cli.business_clock import settle
from throughline_cli.demo.book import Book
from throughline_cli.demo.stage import Person, Stage
from throughline_cli.gateway import Gateway, Json

_TOLD: Final = "展会上收到名片，电话联系后登记。"
_MERGED: Final = "演示：电话与联系人相同，是同一家客户"
_PARTED: Final = "演示：核实后分开，两家各自记账"


@dataclass(frozen=True, slots=True)
class SecondCustomer:
    """Plays on the customer of the oldest conversion that a second record can be made of; the director merges."""

    stage: Stage
    book: Book
    company: SampleCompany

    def played(self) -> Json:
        """Both customers with their histories, and why they may be one; empty where there is no customer."""
        found = next(self._conversions(), None)
        if found is None:
            return {}
        conversion, record = found
        survivor_id = conversion["customer_id"]
        director = self.stage.of(self.stage.person_with_role(self.company, "director").person_id)
        merges_path = f"/v1/customers/{survivor_id}/merges"
        merges = director.get(merges_path)["merges"]
        matched: Json = {}
        if not merges:
            rival = self._rival(conversion["owner_id"])
            matched = self._match(self.stage.of(rival.person_id), record, survivor_id)
            self._merge(director, survivor_id, self._second(rival, record))
            merges = director.get(merges_path)["merges"]
        merge: Json = merges[-1]
        together: list[Json] = []
        if merge["undone_at"] is None:
            settle(self.stage.operator)
            together = _timeline(director, survivor_id)
            body = {"reason": _PARTED, "request_id": self.stage.key(f"{merge['merge_id']}:undo")}
            merge = director.post(f"/v1/customer-merges/{merge['merge_id']}:undo", body)["merge"]
            settle(self.stage.operator)
        return {
            "match": matched,
            "merge": merge,
            "timeline_while_merged": together,
            "customers": [self._shown(director, each) for each in (survivor_id, merge["merged_id"])],
        }

    def _conversions(self) -> Iterator[tuple[Json, SecondRecord]]:
        keys = {standing.lead_id: key for key, standing in self.book.standings.items()}
        done = self.stage.admin.pages("/v1/conversions", "conversions", page_size=200)
        for conversion in sorted(done, key=lambda one: str(one["conversion_id"])):
            if conversion["state"] == "DONE" and conversion["is_new_customer"] and conversion["lead_id"] in keys:
                record = second_record(self.book.lead(keys[conversion["lead_id"]]))
                if record is not None:
                    yield conversion, record

    def _rival(self, owner_id: str) -> Person:
        """A rep who does not own the customer."""
        numbers = self.stage.by_number()
        reps = (numbers[rep.employee_no] for rep in self.company.reps)
        return next(rep for rep in reps if rep.person_id != owner_id)

    def _match(self, rep: Gateway, record: SecondRecord, survivor_id: str) -> Json:
        """What the system says when the rep asks whether the company is known already."""
        asked = {"company": record.name, "person": record.person, "phone": record.phone, "city": record.city}
        answer = rep.post("/v1/customers:match", asked)
        named = [answer["joined"] or {}, *answer["suggestions"], *answer["linked"]]
        match: Json = next((one for one in named if one.get("customer_id") == survivor_id), {})
        return {"outcome": answer["outcome"], "typed": record.name, "match": match}

    def _second(self, rival: Person, record: SecondRecord) -> str:
        """The rep keeps it all the same, with the person and a follow-up."""
        rep, name = self.stage.of(rival.person_id), record.name
        profile = {"name": name, "region": record.region, "city": record.city, "source": "expo"}
        created = rep.post("/v1/customers", {"profile": profile, "request_id": self.stage.key(f"{name}:second")})
        customer_id = str(created["customer"]["customer_id"])
        contact = {"name": record.person, "phone": record.phone}
        rep.post(
            f"/v1/customers/{customer_id}/contacts",
            {"profile": contact, "request_id": self.stage.key(f"{customer_id}:contact")},
        )
        settle(self.stage.operator)  # whoever keeps follow-ups knows the customer
        told: dict[str, Any] = {"customer_id": customer_id, "channel": "PHONE", "summary": _TOLD}
        rep.post("/v1/follow-ups", told | {"request_id": self.stage.key(f"{customer_id}:told")})
        return customer_id

    def _merge(self, director: Gateway, survivor_id: str, merged_id: str) -> None:
        preview = director.post(f"/v1/customers/{survivor_id}:previewMerge", {"merged_id": merged_id})
        body = {
            "version": preview["survivor"]["version"],
            "merged_id": merged_id,
            "merged_version": preview["merged_version"],
            "reason": _MERGED,
            "request_id": self.stage.key(f"{survivor_id}:merge:{merged_id}"),
        }
        director.post(f"/v1/customers/{survivor_id}:merge", body)

    def _shown(self, director: Gateway, customer_id: str) -> Json:
        path = f"/v1/customers/{customer_id}"
        customer = director.get(path)["customer"]
        return {
            "customer": customer,
            "owner": self.stage.name(customer["owner_id"]),
            "changes": director.get(f"{path}/changes", page_size=200)["changes"],
            "timeline": _timeline(director, customer_id),
        }


def _timeline(director: Gateway, customer_id: str) -> list[Json]:
    """What happened to the customer, newest first."""
    return list(director.pages(f"/v1/customers/{customer_id}/timeline", "entries", page_size=200))
