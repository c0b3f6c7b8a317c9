"""BehaviourService: the rules by which behaviour is recognised."""

import grpc

from chassis.idempotency import answered
from chassis.proto_values import timestamp_of
from lead_router.application.publish_behaviour_rules import BehaviourDesk, PublishBehaviourRules
from lead_router.application.signal_ports import PublishedRules
from lead_router.domain.signals.behaviour import BehaviourRule
from throughline.lead_router.v1 import behaviour_service_pb2 as pb
from throughline.lead_router.v1.behaviour_service_pb2_grpc import BehaviourServiceServicer

Context = grpc.aio.ServicerContext[object, object]


class BehaviourServicer(BehaviourServiceServicer):
    """Parse, call, render."""

    def __init__(self, desk: BehaviourDesk) -> None:
        self._desk = desk

    async def GetBehaviourRules(
        self, request: pb.GetBehaviourRulesRequest, context: Context
    ) -> pb.GetBehaviourRulesResponse:
        return pb.GetBehaviourRulesResponse(rules=_message(await self._desk.get(request.version)))

    async def PublishBehaviourRules(
        self, request: pb.PublishBehaviourRulesRequest, context: Context
    ) -> pb.PublishBehaviourRulesResponse:
        command = PublishBehaviourRules([_rule(rule) for rule in request.rules], request.version, request.note)
        return await answered(
            self._desk.publish(command), lambda one: pb.PublishBehaviourRulesResponse(rules=_message(one))
        )


def _rule(message: pb.BehaviourRule) -> BehaviourRule:
    return BehaviourRule(
        message.rule_id,
        getattr(message, "class"),
        message.when,
        message.window_days,
        message.boost_pct,
        message.is_urgent,
    )


def _message(published: PublishedRules) -> pb.BehaviourRules:
    message = pb.BehaviourRules(
        version=published.rules.version,
        published_at=timestamp_of(published.published_at) if published.published_at else None,
        published_by=published.published_by,
        note=published.note,
    )
    for rule in published.rules.rules:
        one = message.rules.add(
            rule_id=rule.id,
            when=rule.when,
            window_days=rule.window_days,
            boost_pct=rule.boost_pct,
            is_urgent=rule.is_urgent,
        )
        setattr(one, "class", rule.behaviour_class)
    return message
