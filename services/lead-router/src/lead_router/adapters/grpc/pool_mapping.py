"""Pools in and out."""

from chassis.money import money_of
from chassis.proto_values import number_of, timestamp_of, word_of
from lead_router.application.keep_pools import PutPool
from lead_router.application.stored_lead import StoredLead
from lead_router.domain.ids import PoolId
from lead_router.domain.lead_ending import LeadQuality
from lead_router.domain.pool import Pool, PoolRules, RecycleAfter, RecycleRule
from throughline.lead_router.v1 import lead_pb2
from throughline.lead_router.v1 import pool_service_pb2 as pb

_LIMITS = (
    *("claims_per_day", "views_per_day", "cool_down_days", "protection_days", "extension_days", "most_extensions"),
    *("newcomer_hours", "newcomer_days", "rotate_after_days"),
)


def put_pool(request: pb.PutPoolRequest) -> PutPool:
    """The command that a request asks for."""
    rules = request.rules
    return PutPool(
        PoolId(request.pool_id.lower()),
        request.version,
        PoolRules(
            name=rules.name,
            team_ids=frozenset(team.lower() for team in rules.team_ids),
            next_pool_id=PoolId(rules.next_pool_id.lower()) if rules.next_pool_id else None,
            recycle_rules=tuple(map(_rule, rules.recycle_rules)),
            **{name: getattr(rules, name) for name in _LIMITS},
        ),
    )


def pool_message(pool: Pool) -> pb.Pool:
    """A pool with its rules."""
    rules = pool.rules
    message = pb.PoolRules(
        name=rules.name,
        team_ids=sorted(rules.team_ids),
        next_pool_id=rules.next_pool_id or "",
        recycle_rules=map(_rule_message, rules.recycle_rules),
        **{name: getattr(rules, name) for name in _LIMITS},
    )
    return pb.Pool(pool_id=pool.id, version=pool.version, rules=message, leads=pool.leads)


def pool_lead(stored: StoredLead, currency: str) -> pb.PoolLead:
    """A lead in a pool, without who it is."""
    lead, profile = stored.lead, stored.lead.details.profile
    pooled_at = lead.standing.pooled_at
    return pb.PoolLead(
        lead_id=lead.id,
        source=lead.details.origin.source,
        industry=profile.industry,
        region=profile.region,
        segment=number_of(lead_pb2.Segment, profile.segment),
        product_line=profile.product_line,
        worth=money_of(stored.worth, currency),
        is_urgent=lead.is_urgent,
        quality=number_of(lead_pb2.LeadQuality, lead.quality.value if lead.quality else ""),
        received_at=timestamp_of(lead.received_at),
        pooled_at=timestamp_of(pooled_at) if pooled_at else None,
    )


def _rule(rule: pb.RecycleRule) -> RecycleRule:
    return RecycleRule(
        id=rule.id,
        after=RecycleAfter(word_of(pb.RecycleAfter, rule.after)),
        days=rule.days,
        grades=frozenset(LeadQuality(word_of(lead_pb2.LeadQuality, grade)) for grade in rule.grades),
        product_lines=frozenset(rule.product_lines),
        # As leads keep it: in capitals.
        segments=frozenset(word_of(lead_pb2.Segment, segment).upper() for segment in rule.segments),
    )


def _rule_message(rule: RecycleRule) -> pb.RecycleRule:
    return pb.RecycleRule(
        id=rule.id,
        after=number_of(pb.RecycleAfter, rule.after.value),
        days=rule.days,
        grades=[number_of(lead_pb2.LeadQuality, grade.value) for grade in sorted(rule.grades)],
        product_lines=sorted(rule.product_lines),
        segments=[number_of(lead_pb2.Segment, segment) for segment in sorted(rule.segments)],
    )
