"""The 63 people: who they are, which team they are in, and whom they report to."""

from __future__ import annotations

from dataclasses import dataclass
from random import Random
from typing import Final

from sample_company.model import Person, Team
from sample_company.person_names import draw_distinct_names

MAIL_DOMAIN: Final = "hengyue.example"


@dataclass(frozen=True, slots=True)
class Unit:
    """A team as the plan of posts has it: a head and `members` people of one title."""

    key: str
    name: str
    kind: str
    parent: str | None
    head_title: str
    head_roles: tuple[str, ...]
    members: int = 0
    member_titles: tuple[str, ...] = ()
    member_roles: tuple[str, ...] = ()


_SUPERVISOR: Final = ("supervisor",)
_REP: Final = ("rep",)
_KA_TITLES: Final = ("大客户经理", "高级大客户经理", "大客户经理", "大客户代表")
_SMB_TITLES: Final = ("销售代表", "销售代表", "高级销售代表", "见习销售代表")

UNITS: Final = (
    Unit("company", "衡岳医疗", "company", None, "销售总监", ("director",)),
    Unit("sales", "销售中心", "sales", "company", "", ()),
    Unit("ka-zj", "浙江大客户组", "sales", "sales", "浙江大客户主管", _SUPERVISOR, 5, _KA_TITLES, _REP),
    Unit("ka-sj", "苏沪大客户组", "sales", "sales", "苏沪大客户主管", _SUPERVISOR, 6, _KA_TITLES, _REP),
    Unit("ka-ah", "安徽大客户组", "sales", "sales", "安徽大客户主管", _SUPERVISOR, 3, _KA_TITLES, _REP),
    Unit("smb-zj", "浙江中小客户组", "sales", "sales", "浙江中小客户主管", _SUPERVISOR, 5, _SMB_TITLES, _REP),
    Unit("smb-sj", "苏沪皖中小客户组", "sales", "sales", "苏沪皖中小客户主管", _SUPERVISOR, 5, _SMB_TITLES, _REP),
    Unit("channel", "渠道合作组", "sales", "sales", "渠道主管", _SUPERVISOR, 4, ("渠道经理", "渠道代表"), _REP),
    Unit("marketing", "市场部", "marketing", "company", "市场部经理", ("marketing", "supervisor"), 3,
         ("市场专员", "线上推广专员", "会展专员"), ("marketing",)),
    Unit("presales", "售前技术部", "presales", "company", "售前经理", ("presales", "supervisor"), 5,
         ("影像应用工程师", "检验应用工程师", "手术室方案工程师", "康复应用工程师", "口腔应用工程师"), ("presales",)),
    Unit("legal", "法务部", "legal", "company", "法务经理", ("legal", "supervisor"), 1, ("合同专员",), ("legal",)),
    Unit("delivery", "交付部", "delivery", "company", "交付经理", ("delivery", "supervisor"), 4,
         ("装机工程师", "装机工程师", "物流专员", "培训专员"), ("delivery",)),
    Unit("finance", "财务部", "finance", "company", "财务经理", ("finance", "supervisor"), 3,
         ("应收会计", "开票专员", "出纳"), ("finance",)),
    Unit("success", "客户成功部", "customer_success", "company", "客户成功经理", ("customer_success", "supervisor"), 3,
         ("客户成功专员",), ("customer_success",)),
    Unit("compliance", "合规部", "compliance", "company", "合规经理", ("compliance", "supervisor"), 1,
         ("质量合规专员",), ("compliance",)),
    Unit("operations", "信息部", "operations", "company", "系统管理员", ("admin",)),
)  # fmt: skip
"""The director heads both the company and the sales centre, so that post is filled once."""


@dataclass(frozen=True, slots=True)
class Staff:
    """Teams, people, and the employee numbers of the reps by key of their team."""

    teams: tuple[Team, ...]
    people: tuple[Person, ...]
    reps_of: dict[str, tuple[str, ...]]


def make_staff(random: Random) -> Staff:
    """Fills every post with a person. Employee numbers go by rank: the director, heads of teams, then members."""
    headed = [unit for unit in UNITS if unit.head_title]
    heads = {unit.key: _employee_no(rank) for rank, unit in enumerate(headed)}
    heads["sales"] = heads["company"]
    posts = [(unit, unit.head_title, unit.head_roles, heads.get(unit.parent or "")) for unit in headed]
    posts += [
        (unit, unit.member_titles[seat % len(unit.member_titles)], unit.member_roles, heads[unit.key])
        for unit in UNITS
        for seat in range(unit.members)
    ]
    people = tuple(
        Person(_employee_no(rank), name.full, name.login, f"{name.login}@{MAIL_DOMAIN}", unit.name, above, roles, title)
        for rank, ((unit, title, roles, above), name) in enumerate(
            zip(posts, draw_distinct_names(random), strict=False)
        )
    )
    names = {unit.key: unit.name for unit in UNITS}
    teams = tuple(
        Team(unit.key, unit.name, unit.kind, names[unit.parent] if unit.parent else None, heads[unit.key])
        for unit in UNITS
    )
    return Staff(teams, people, {unit.key: _members(people, unit) for unit in UNITS if unit.member_roles == _REP})


def _employee_no(rank: int) -> str:
    return f"HY{rank + 1:03d}"


def _members(people: tuple[Person, ...], unit: Unit) -> tuple[str, ...]:
    return tuple(each.employee_no for each in people if each.team == unit.name and each.roles == unit.member_roles)
