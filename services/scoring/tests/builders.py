"""Events as the router and the pipeline tell them, and whole lives of leads made of them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from google.protobuf.message import Message

from chassis.event_headers import Event
from chassis.ids import PersonId, TeamId, TenantId, new_id
from chassis.inbox import Record
from chassis.proto_values import timestamp_of
from throughline.lead_router.v1 import events_pb2 as lead_events
from throughline.lead_router.v1 import lead_pb2
from throughline.pipeline.v1 import events_pb2 as pipeline_events
from throughline.pipeline.v1 import opportunity_pb2

TENANT = TenantId("01900000-0000-7000-8000-00000000000a")
MONDAY = datetime(2026, 3, 9, 1, 0, tzinfo=UTC)
"""09:00 in Asia/Shanghai."""
HOUR = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Rep:
    """Somebody who owns leads."""

    person_id: PersonId
    team_id: TeamId


NORTH, SOUTH = TeamId("01900000-0000-7000-8000-0000000000b1"), TeamId("01900000-0000-7000-8000-0000000000b2")
ANNA = Rep(PersonId("01900000-0000-7000-8000-0000000000c1"), NORTH)
BO = Rep(PersonId("01900000-0000-7000-8000-0000000000c2"), NORTH)
CHEN = Rep(PersonId("01900000-0000-7000-8000-0000000000c3"), SOUTH)


_AGGREGATES = {"FollowUp": "follow_up", "Opportunity": "opportunity", "Customer": "customer"}


@dataclass(frozen=True, slots=True)
class Telling:
    """One event on its way to us."""

    message: Message
    version: int = 1
    occurred_at: datetime = MONDAY
    recorded_at: datetime = MONDAY
    tenant_id: TenantId = TENANT
    event_id: str = field(default_factory=new_id)

    @property
    def subject(self) -> str:
        """The id that orders it."""
        names = ("opportunity_id", "lead_id", "customer_id")
        told = getattr(self.message, "customer", self.message)
        return next((str(found) for name in names if (found := getattr(told, name, ""))), "")

    def event(self) -> Event[Any]:
        """As a handler gets it."""
        return Event(
            id=self.event_id,
            tenant_id=self.tenant_id,
            type=self.message.DESCRIPTOR.full_name,
            aggregate_id=self.subject,
            aggregate_version=self.version,
            occurred_at=self.occurred_at,
            recorded_at=self.recorded_at,
            actor="service:lead-router",
            causation_id="",
            traceparent="",
            message=self.message,
        )

    def record(self) -> Record:
        """As the broker gives it."""
        headers = {
            "ce_specversion": "1.0",
            "ce_id": self.event_id,
            "ce_type": self.message.DESCRIPTOR.full_name,
            "ce_subject": self.subject,
            "ce_time": self.occurred_at.isoformat(),
            "tenant": self.tenant_id,
            "aggregate_version": str(self.version),
            "recorded_at": self.recorded_at.isoformat(),
            "actor": "service:lead-router",
            "causation_id": "",
            "traceparent": "",
        }
        kind = self.message.DESCRIPTOR.name
        aggregate = next((name for word, name in _AGGREGATES.items() if kind.startswith(word)), "lead")
        return Record(f"throughline.{aggregate}.v1", 0, 0, self.subject, headers, self.message.SerializeToString())


@dataclass(slots=True)
class Life:
    """A lead that lives as the router lets it, and tells of it. Every move is recorded when it happens."""

    source: str = "website"
    at: datetime = MONDAY
    product_line: str = ""
    region: str = ""
    industry: str = ""
    tenant_id: TenantId = TENANT
    lead_id: str = field(default_factory=new_id)
    told: list[Telling] = field(default_factory=list)
    version: int = 0
    state: str = "waiting"
    owner: Rep | None = None
    received_at: datetime | None = None
    assigned_at: datetime | None = None
    first_touched_at: datetime | None = None
    is_silent: bool = False
    withdrawn: int = 0
    joined: list[str] = field(default_factory=list)
    taken_back: list[str] = field(default_factory=list)

    def receive(self) -> Life:
        """It comes in."""
        self.received_at = self.at
        self._tell(
            lead_events.LeadReceived(
                lead_id=self.lead_id, source=self.source, received_at=timestamp_of(self.at), **self._profile
            )
        )
        return self

    def assign(self, rep: Rep) -> Life:
        """It gets an owner, or another one."""
        kind = lead_events.LeadReassigned if self.owner else lead_events.LeadAssigned
        self._become("assigned", rep)
        self.assigned_at = self.at
        self._tell(kind(lead_id=self.lead_id, owner_id=rep.person_id, team_id=rep.team_id))
        return self

    def queue(self) -> Life:
        """It loses its owner and waits."""
        self._become("waiting", None)
        self.assigned_at = None
        self._tell(lead_events.LeadQueued(lead_id=self.lead_id))
        return self

    def fall_silent(self) -> Life:
        """48 hours passed."""
        self.is_silent = True
        due_at = timestamp_of(self.at)
        self._tell(lead_events.LeadFellSilent(lead_id=self.lead_id, owner_id=self._owner_id, due_at=due_at))
        return self

    def follow_up(self, *, hours_ago: int = 0) -> Life:
        """Somebody contacted the customer, and both services tell. Before the deadline, it withdraws the alarm."""
        happened_at = self.at - hours_ago * HOUR
        moment = timestamp_of(happened_at)
        follow_up_id = new_id()
        recorded = pipeline_events.FollowUpRecorded(
            follow_up_id=follow_up_id, lead_id=self.lead_id, person_id=self._owner_id, occurred_at=moment
        )
        self.told.append(Telling(recorded, 1, happened_at, self.at, self.tenant_id))
        self.first_touched_at = min(self.first_touched_at or happened_at, happened_at)
        self._tell(lead_events.LeadFollowedUp(lead_id=self.lead_id, follow_up_id=follow_up_id, followed_up_at=moment))
        if self.is_silent and hours_ago > 0:
            self.withdrawn += 1
            self._tell(
                lead_events.LeadAlarmWithdrawn(lead_id=self.lead_id, followed_up_at=moment, is_follow_up_alarm=True)
            )
        self.is_silent = False
        return self

    def take_in(self, source: str = "expo") -> Life:
        """Another submission turns out to be this lead."""
        submission_id = new_id()
        self.joined.append(submission_id)
        self._tell(lead_events.LeadJoined(lead_id=self.lead_id, submission_id=submission_id, source=source))
        return self

    def let_go(self) -> Life:
        """The import that brought the last joined submission is undone."""
        gone = self.joined.pop()
        self.taken_back.append(gone)
        self._tell(lead_events.LeadJoinUndone(lead_id=self.lead_id, submission_id=gone, source="expo"))
        rejected = lead_events.LeadRejected(lead_id=gone, reason="IMPORT_UNDONE", source="expo")
        self.told.append(Telling(rejected, 3, self.at, self.at, self.tenant_id))
        return self

    def reject(self) -> Life:
        """The import that brought it is undone."""
        self._become("rejected", None)
        self.assigned_at = None
        self._tell(lead_events.LeadRejected(lead_id=self.lead_id, reason="IMPORT_UNDONE", source=self.source))
        return self

    def close(self) -> Life:
        """It ends without a sale."""
        self.state = "closed"
        self._tell(lead_events.LeadClosed(lead_id=self.lead_id, owner_id=self._owner_id, team_id=self._team_id))
        return self

    def convert(self) -> Life:
        """It becomes a customer and an opportunity."""
        self.state, self.is_silent = "converted", False
        self._tell(lead_events.LeadConverted(lead_id=self.lead_id, owner_id=self._owner_id, team_id=self._team_id))
        return self

    def undo_conversion(self) -> Life:
        """It is its owner's again."""
        self.state = "assigned"
        undone = lead_events.LeadConversionUndone(lead_id=self.lead_id, owner_id=self._owner_id, team_id=self._team_id)
        self._tell(undone)
        return self

    def snapshots(self) -> list[Telling]:
        """The present state of the lead, and of the submissions that were joined to it."""
        snapshot = lead_events.LeadSnapshot(
            lead_id=self.lead_id,
            state=lead_pb2.LeadState.Value(f"LEAD_STATE_{self.state.upper()}"),
            to_be_activated=self.is_silent,
            owner_id=self._owner_id,
            team_id=self._team_id,
            source=self.source,
            received_at=timestamp_of(self.received_at or self.at),
            **self._profile,
        )
        if self.assigned_at and self.state == "assigned":
            snapshot.assigned_at.CopyFrom(timestamp_of(self.assigned_at))
        if self.first_touched_at:
            snapshot.first_touched_at.CopyFrom(timestamp_of(self.first_touched_at))
        merged = [telling for telling in self.told if isinstance(telling.message, lead_events.LeadJoined)]
        return [
            Telling(snapshot, self.version, self.at, self.at, self.tenant_id),
            *(self._submission_snapshot(telling) for telling in merged),
        ]

    def _submission_snapshot(self, joined: Telling) -> Telling:
        submission_id = joined.message.submission_id  # type: ignore[attr-defined]  # it is a LeadJoined
        snapshot = lead_events.LeadSnapshot(
            lead_id=submission_id,
            state=lead_pb2.LEAD_STATE_REJECTED if submission_id in self.taken_back else lead_pb2.LEAD_STATE_MERGED,
            source=joined.message.source,  # type: ignore[attr-defined]  # builders give messages of this kind
            received_at=timestamp_of(joined.occurred_at),
            merged_into="" if submission_id in self.taken_back else self.lead_id,
        )
        return Telling(snapshot, 3, self.at, self.at, self.tenant_id)

    @property
    def _profile(self) -> dict[str, Any]:
        return {"product_line": self.product_line, "region": self.region, "industry": self.industry}

    @property
    def _owner_id(self) -> str:
        return self.owner.person_id if self.owner else ""

    @property
    def _team_id(self) -> str:
        return self.owner.team_id if self.owner else ""

    def _become(self, state: str, owner: Rep | None) -> None:
        self.state, self.owner, self.is_silent = state, owner, False

    def _tell(self, message: Message) -> None:
        self.version += 1
        self.told.append(Telling(message, self.version, self.at, self.at, self.tenant_id))
        self.at += HOUR


def a_life(**facts: Any) -> Life:
    """A lead that has just been received."""
    return Life(**facts).receive()


def all_told(lives: Iterable[Life | Sale]) -> list[Telling]:
    """Everything that is told of some leads and opportunities."""
    return [telling for life in lives for telling in life.told]


@dataclass(slots=True)
class Sale:
    """An opportunity as the pipeline leads it, which tells of itself. Every move is recorded when it happens."""

    owner: Rep = ANNA
    lead_id: str = ""
    at: datetime = MONDAY
    tenant_id: TenantId = TENANT
    opportunity_id: str = field(default_factory=new_id)
    told: list[Telling] = field(default_factory=list)
    version: int = 0
    state: str = "open"
    created_at: datetime = MONDAY
    decided_at: datetime | None = None
    product_line: str = ""
    stage: str = "qualify"

    def create(self) -> Sale:
        """It comes about."""
        self.created_at = self.at
        return self._tell(pipeline_events.OpportunityCreated)

    def advance(self) -> Sale:
        """To another stage."""
        self.stage = "propose"
        return self._tell(pipeline_events.OpportunityStageChanged)

    def give(self, rep: Rep) -> Sale:
        """It gets another owner."""
        self.owner = rep
        return self._tell(pipeline_events.OpportunityChanged)

    def win(self) -> Sale:
        """The customer buys."""
        self.state, self.decided_at = "won", self.at
        return self._tell(pipeline_events.OpportunityWon)

    def lose(self) -> Sale:
        """The customer does not."""
        self.state, self.decided_at = "lost", self.at
        return self._tell(pipeline_events.OpportunityLost)

    def reopen(self) -> Sale:
        """It is open again."""
        self.state, self.decided_at = "open", None
        return self._tell(pipeline_events.OpportunityReopened)

    def withdraw(self) -> Sale:
        """It was made by mistake."""
        self.state = "withdrawn"
        return self._tell(pipeline_events.OpportunityWithdrawn)

    def snapshots(self) -> list[Telling]:
        """How it stands."""
        return [self._telling(pipeline_events.OpportunitySnapshot)]

    def _tell(self, kind: type[Message]) -> Sale:
        self.version += 1
        self.told.append(self._telling(kind))
        self.at += HOUR
        return self

    def _telling(self, kind: Any) -> Telling:
        message = kind(
            opportunity_id=self.opportunity_id,
            customer_id=new_id(),
            lead_id=self.lead_id,
            owner_id=self.owner.person_id,
            team_id=self.owner.team_id,
            state=opportunity_pb2.OpportunityState.Value(f"OPPORTUNITY_STATE_{self.state.upper()}"),
            created_at=timestamp_of(self.created_at),
            product_line=self.product_line,
            stage=self.stage,
        )
        if self.decided_at and kind is pipeline_events.OpportunitySnapshot:
            message.closed_at.CopyFrom(timestamp_of(self.decided_at))
        return Telling(message, self.version, self.at, self.at, self.tenant_id)


def a_sale(**facts: Any) -> Sale:
    """An opportunity that has just been created."""
    return Sale(**facts).create()
