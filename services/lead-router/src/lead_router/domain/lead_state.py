"""Where a lead can stand, and which moves lead from where to where."""

from enum import StrEnum


class LeadState(StrEnum):
    """Every submission is in exactly one of the nine; together they are all that was received."""

    WAITING = "waiting"
    OFFERED = "offered"
    ASSIGNED = "assigned"
    POOLED = "pooled"
    MERGED = "merged"
    REJECTED = "rejected"
    CONVERTED = "converted"
    CLOSED = "closed"
    ERASED = "erased"


class WaitingReason(StrEnum):
    """Why nobody owns a waiting lead yet."""

    NEXT_SHIFT = "next_shift"
    """Someone suitable comes on shift within the policy's `max_wait_hours`."""
    FULL = "full"
    """Everybody suitable is full; the lead keeps its place in order."""
    SUPERVISOR = "supervisor"
    """Nobody is eligible: it stands in the supervisor's queue."""


class Move(StrEnum):
    """What may be asked of a lead; the name stands in the error of a refused move."""

    ASSIGN = "assign"
    OFFER = "offer"
    ACCEPT = "accept"
    DECLINE = "decline"
    EXPIRE_OFFER = "expire_offer"
    QUEUE = "queue"
    POOL = "pool"
    ROTATE = "rotate"
    CLAIM = "claim"
    OVERRIDE = "override"
    REROUTE = "reroute"
    JOIN = "join"
    MERGE = "merge"
    PART = "part"
    REJECT = "reject"
    REOPEN = "reopen"
    CONVERT = "convert"
    UNDO_CONVERSION = "undo_conversion"
    CLOSE = "close"
    ERASE = "erase"
    FOLLOW_UP = "follow_up"
    FALL_SILENT = "fall_silent"
    UPDATE = "update"
    SCORE = "score"
    ATTACH = "attach"
    PAUSE_CLOCK = "pause_clock"
    RESUME_CLOCK = "resume_clock"
    RATE = "rate"
    EXTEND = "extend_protection"


_S = LeadState
OPEN = frozenset({_S.WAITING, _S.OFFERED, _S.ASSIGNED, _S.POOLED})
"""States in which work on the lead is still to come."""

ALLOWED_FROM: dict[Move, frozenset[LeadState]] = {
    Move.ASSIGN: frozenset({_S.WAITING}),
    Move.OFFER: frozenset({_S.WAITING}),
    Move.ACCEPT: frozenset({_S.OFFERED}),
    Move.DECLINE: frozenset({_S.OFFERED}),
    Move.EXPIRE_OFFER: frozenset({_S.OFFERED}),
    Move.QUEUE: frozenset({_S.WAITING}),
    Move.POOL: frozenset({_S.WAITING, _S.ASSIGNED}),
    Move.ROTATE: frozenset({_S.POOLED}),
    Move.CLAIM: frozenset({_S.POOLED}),
    Move.OVERRIDE: OPEN,
    Move.REROUTE: frozenset({_S.OFFERED, _S.ASSIGNED}),
    Move.JOIN: OPEN | {_S.CONVERTED},
    Move.MERGE: OPEN,
    Move.PART: frozenset({_S.MERGED}),
    Move.REJECT: OPEN,
    Move.REOPEN: frozenset({_S.REJECTED, _S.CLOSED}),
    Move.CONVERT: frozenset({_S.ASSIGNED}),
    Move.UNDO_CONVERSION: frozenset({_S.CONVERTED}),
    Move.CLOSE: OPEN,
    Move.ERASE: frozenset(LeadState) - {_S.ERASED},
    Move.FOLLOW_UP: frozenset({_S.ASSIGNED}),
    Move.FALL_SILENT: frozenset({_S.ASSIGNED}),
    Move.UPDATE: OPEN,
    Move.SCORE: OPEN,
    Move.ATTACH: frozenset({_S.ASSIGNED}),
    Move.PAUSE_CLOCK: OPEN,
    Move.RESUME_CLOCK: OPEN,
    Move.RATE: OPEN | {_S.CONVERTED, _S.CLOSED},
    Move.EXTEND: frozenset({_S.ASSIGNED}),
}
"""The whole life cycle in one table; a move from any other state raises `LeadStateForbids`."""
