"""Which class a rep is in for a lead, by the weight table."""

from lead_router.domain.routing.profile_match import CLASS_NAMES, matcher

from .builders import a_policy, a_rep, a_snapshot, a_table, tags

WEIGHTS = {"industry": 40, "region": 30, "language": 10}


def class_of(rep: dict[str, frozenset[str]], segment: str = "", **lead: str) -> str:
    policy = a_policy(match={"weights": WEIGHTS})
    table = a_table(a_rep("ann", tags=rep))
    snapshot = a_snapshot(segment=segment, tags={key: (value,) for key, value in lead.items()})
    return CLASS_NAMES[int(matcher(policy.match, table.profiles).classes(snapshot)[0])]


def test_a_rep_who_states_the_leads_values_fits() -> None:
    assert class_of(tags(industry="clinic", region="浙江"), industry="clinic", region="浙江") == "fits"


def test_a_rep_who_states_nothing_is_neutral() -> None:
    assert class_of({}, industry="clinic", region="浙江") == "neutral"


def test_a_rep_who_states_only_others_is_other() -> None:
    assert class_of(tags(industry="hospital", region="江苏"), industry="clinic", region="浙江") == "other"


def test_only_dimensions_that_the_lead_states_count() -> None:
    rep = tags(industry="clinic", region="江苏")

    assert class_of(rep, industry="clinic") == "fits"
    assert class_of(rep) == "neutral"


def test_the_heavier_dimension_decides() -> None:
    rep = tags(industry="clinic", region="江苏", language="zh")

    assert class_of(rep, industry="clinic", region="浙江") == "neutral"
    assert class_of(rep, industry="clinic", language="en") == "fits"
    assert class_of(rep, region="浙江", language="en") == "other"
    assert class_of(rep, industry="hospital", region="江苏") == "neutral"


def test_one_of_several_values_of_the_lead_is_enough() -> None:
    policy = a_policy(match={"weights": {"product_line": 10}})
    table = a_table(a_rep("ann", tags=tags(product_line="imaging")))
    snapshot = a_snapshot(tags={"product_line": ("surgical", "imaging")})

    assert matcher(policy.match, table.profiles).classes(snapshot).tolist() == [0]


def test_a_key_account_specialist_on_an_smb_lead_is_flagged() -> None:
    specialist = tags(industry="clinic", segment="KA")
    both = tags(industry="clinic", segment=["KA", "SMB"])

    assert class_of(specialist, "SMB", industry="clinic") == "fits_ka_on_smb"
    assert class_of(specialist, "KA", industry="clinic") == "fits"
    assert class_of(both, "SMB", industry="clinic") == "fits"


def test_the_thresholds_are_the_policys() -> None:
    table = a_table(a_rep("ann", tags=tags(industry="clinic", region="江苏")))
    snapshot = a_snapshot(tags={"industry": ("clinic",), "region": ("浙江",)})
    lenient = a_policy(match={"weights": {"industry": 50, "region": 50}, "fits_from_pct": 50})
    strict = a_policy(match={"weights": {"industry": 50, "region": 50}, "fits_from_pct": 51})

    assert matcher(lenient.match, table.profiles).classes(snapshot).tolist() == [0]
    assert matcher(strict.match, table.profiles).classes(snapshot).tolist() == [1]
