"""Random lives of leads, for properties."""

from datetime import datetime, timedelta

from hypothesis import strategies as st

from chassis.authorization import Scope
from scoring.domain.funnel import FunnelQuestion, Grouping

from .builders import ANNA, BO, CHEN, HOUR, MONDAY, Life, Sale

REPS = st.sampled_from([ANNA, BO, CHEN])
SOURCES = st.sampled_from(["website", "expo", "referral"])
DIMENSIONS = st.sampled_from([grouping for grouping in Grouping if grouping is not Grouping.NOTHING])
WORDS = st.sampled_from(["", "x", "y"])
"""Values of dimensions, of which one is not known."""
MOMENTS = st.integers(-2, 80).map(lambda hours: MONDAY + hours * HOUR)
"""On the hour, as all that happens in these lives, so that bounds are met exactly."""
_MOVES = (
    "assign", "queue", "fall_silent", "follow_up", "follow_up_late", "take_in", "let_go", "convert", "close", "reject"
)  # fmt: skip


@st.composite
def lives(draw: st.DrawFn) -> Life:
    """A lead received within three days, with up to six moves that its state allows."""
    life = Life(
        draw(SOURCES),
        MONDAY + timedelta(hours=draw(st.integers(0, 70))),
        product_line=draw(WORDS),
        region=draw(WORDS),
        industry=draw(WORDS),
    ).receive()
    for move in draw(st.lists(st.sampled_from(_MOVES), max_size=6)):
        if life.state not in {"closed", "rejected"}:
            _move(draw, life, move)
    return life


def _move(draw: st.DrawFn, life: Life, move: str) -> None:
    if life.state == "converted":
        if move in {"take_in", "convert"}:
            life.take_in(draw(SOURCES)) if move == "take_in" else life.undo_conversion()
        return
    match move:
        case "assign":
            life.assign(draw(REPS))
        case "take_in":
            life.take_in(draw(SOURCES))
        case "let_go" if life.joined:
            life.let_go()
        case "close" | "reject":
            getattr(life, move)()
        case _ if life.owner is not None:
            _work(draw, life, move)


def _work(draw: st.DrawFn, life: Life, move: str) -> None:
    """What happens only while somebody owns the lead."""
    match move:
        case "queue":
            life.queue()
        case "convert":
            life.convert()
        case "fall_silent" if not life.is_silent:
            life.fall_silent()
        case "follow_up":
            life.follow_up()
        case "follow_up_late":
            life.follow_up(hours_ago=draw(st.integers(1, 3)))


@st.composite
def sales(draw: st.DrawFn, lead_id: str) -> Sale:
    """An opportunity created within three days, with up to five moves that its state allows."""
    at = MONDAY + timedelta(hours=draw(st.integers(0, 70)))
    sale = Sale(draw(REPS), lead_id, at, product_line=draw(WORDS)).create()
    for move in draw(st.lists(st.sampled_from(["advance", "give", "win", "lose", "reopen", "withdraw"]), max_size=5)):
        match move, sale.state:
            case "give", "open":
                sale.give(draw(REPS))
            case (("advance" | "win" | "lose" | "withdraw"), "open"):
                getattr(sale, move)()
            case "reopen", ("won" | "lost"):
                sale.reopen()
    return sale


@st.composite
def companies(draw: st.DrawFn) -> list[Life | Sale]:
    """Up to six leads, and opportunities of which some came from them."""
    leads = draw(st.lists(lives(), max_size=6))
    origins = st.sampled_from([*(life.lead_id for life in leads), ""])
    return [*leads, *draw(st.lists(origins.flatmap(sales), max_size=4))]


def questions() -> st.SearchStrategy[FunnelQuestion]:
    """Any question about the funnel of these lives."""
    moment = st.none() | MOMENTS
    alone = st.sampled_from(Grouping).map(lambda grouping: [grouping])
    several = st.lists(DIMENSIONS, min_size=2, max_size=3, unique=True)
    return st.builds(_question, alone | several, st.tuples(moment, moment, moment))


def _question(by: list[Grouping], bounds: tuple[datetime | None, datetime | None, datetime | None]) -> FunnelQuestion:
    return FunnelQuestion(by[0], bounds[0], bounds[1], bounds[2], tuple(by[1:]))


def scopes() -> st.SearchStrategy[Scope]:
    """Any scope that a caller may have."""
    return st.one_of(
        st.just(Scope("all")),
        st.just(Scope("none")),
        st.builds(lambda rep: Scope("own", rep.person_id), REPS),
        st.builds(lambda rep: Scope("team", rep.person_id, frozenset({rep.team_id})), REPS),
    )
