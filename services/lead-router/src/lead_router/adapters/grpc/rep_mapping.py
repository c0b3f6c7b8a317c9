"""Profiles in, reps out."""

from chassis.proto_values import moment_of, timestamp_of, word_of
from chassis.shifts import Interval, Shift
from lead_router.application.keep_reps import PauseRep, PutRepProfile, RankedRep, ResumeRep
from lead_router.domain.ids import RepId
from lead_router.domain.rep_profile import RepProfile, require_sound
from lead_router.domain.routing.ledger import UNITS
from throughline.lead_router.v1 import lead_pb2
from throughline.lead_router.v1 import rep_service_pb2 as pb


def put_rep_profile(request: pb.PutRepProfileRequest) -> PutRepProfile:
    """The command that a request asks for.

    Raises:
        Invalid: a shift or a leave ends before it begins; each is named.
    """
    return PutRepProfile(RepId(request.rep_id), _profile(request.profile), request.version)


def pause_rep(request: pb.PauseRepRequest) -> PauseRep:
    """The command that a request asks for."""
    return PauseRep(RepId(request.rep_id), request.version, request.reason)


def resume_rep(request: pb.ResumeRepRequest) -> ResumeRep:
    """The command that a request asks for."""
    return ResumeRep(RepId(request.rep_id), request.version)


def rep_message(ranked: RankedRep) -> pb.Rep:
    """A rep with load and place in the ledger."""
    rep = ranked.rep
    return pb.Rep(
        rep_id=rep.id,
        version=rep.version,
        team_id=rep.team_id,
        supervisor_id=rep.supervisor_id or "",
        profile=_profile_message(rep.profile),
        is_paused=rep.is_paused,
        pause_reason=rep.pause_reason,
        is_active=not rep.has_left,
        open_leads=rep.load.open_leads,
        leads_today=rep.load.leads_today,
        leads_total=rep.load.leads_total,
        balance=rep.account.balance(ranked.group) // UNITS,
        worth_received=rep.load.worth_total,
    )


def _profile(message: pb.RepProfile) -> RepProfile:
    shifts = tuple((shift.weekday - 1, shift.start_minute, shift.end_minute) for shift in message.shifts)
    leave = tuple((moment_of(getattr(away, "from")), moment_of(away.to)) for away in message.leave)
    require_sound(shifts, leave)
    return RepProfile(
        industries=tuple(message.industries),
        regions=tuple(message.regions),
        segments=tuple(word_of(lead_pb2.Segment, segment).upper() for segment in message.segments if segment),
        product_lines=tuple(message.product_lines),
        languages=tuple(message.languages),
        shifts=tuple((weekday, Shift(start, end)) for weekday, start, end in shifts),
        leave=tuple(Interval(start, end) for start, end in leave),
        open_cap=message.open_cap,
        daily_cap=message.daily_cap,
        weight_pct=message.weight_pct,
        joined_at=moment_of(message.joined_at) if message.HasField("joined_at") else None,
        owned_customer_ids=tuple(message.owned_customer_ids),
        territories=tuple(message.territories),
        median_response_minutes=message.median_response_minutes,
    )


def _profile_message(profile: RepProfile) -> pb.RepProfile:
    message = pb.RepProfile(
        industries=profile.industries,
        regions=profile.regions,
        segments=[lead_pb2.Segment.Value(f"SEGMENT_{segment}") for segment in profile.segments],
        product_lines=profile.product_lines,
        languages=profile.languages,
        shifts=[
            pb.Shift(weekday=weekday + 1, start_minute=shift.start_minute, end_minute=shift.end_minute)
            for weekday, shift in profile.shifts
        ],
        open_cap=profile.open_cap,
        daily_cap=profile.daily_cap,
        weight_pct=profile.weight_pct,
        joined_at=timestamp_of(profile.joined_at) if profile.joined_at else None,
        owned_customer_ids=profile.owned_customer_ids,
        territories=profile.territories,
        median_response_minutes=profile.median_response_minutes,
    )
    for away in profile.leave:
        row = message.leave.add(to=timestamp_of(away.end))
        getattr(row, "from").CopyFrom(timestamp_of(away.start))
    return message
