"""The definitions that every tenant begins with: one for each figure that the API answers with."""

from collections.abc import Mapping
from typing import Any

from scoring.domain.funnel import COUNTS
from scoring.domain.metric import Band, Metric, Unit

_LEAD = ("一条线索，按收到时刻计入", "one lead, at the moment of its receipt")
_SUBMISSION = ("一次提交，按并入时刻计入", "one submission, at the moment it was joined")
_OPPORTUNITY = ("一个商机，按创建时刻计入", "one opportunity, at the moment of its creation")
_DECISION = ("一个商机，按赢单或输单时刻计入", "one opportunity, at the moment it was won or lost")
_CUSTOMER = ("一个在用客户，按期末状态计入", "one customer in use, as it stands at the end of the span")
_REP = ("一名销售，按线索收到时刻计入", "one rep, by the moment leads were received")

_COUNTED: Mapping[str, tuple[str, str, str, str, str, tuple[str, str]]] = {
    "received": ("leads_received", "收到线索数", "Leads received", "收到的线索，不含并入其他线索的提交",
                 "leads received, without submissions that were joined to another lead", _LEAD),
    "joined": ("submissions_joined", "并入提交数", "Submissions joined", "并入已有线索且未撤销的提交",
               "submissions joined to a lead, undone ones left out", _SUBMISSION),
    "assigned": ("leads_assigned", "已分配线索数", "Leads assigned", "曾有负责人的线索",
                 "leads that ever had an owner", _LEAD),
    "followed_up": ("leads_followed_up", "已跟进线索数", "Leads followed up", "至少有一次跟进的线索",
                    "leads with at least one follow-up", _LEAD),
    "silent": ("leads_silent", "48小时未跟进线索数", "Leads that fell silent",
               "分配后48小时内无跟进的线索，事后证明已跟进的除外",
               "leads without follow-up for 48 hours, withdrawn alarms left out", _LEAD),
    "closed": ("leads_closed", "无果关闭线索数", "Leads closed", "未成交而关闭的线索",
               "leads closed without a sale", _LEAD),
    "converted": ("leads_converted", "已转化线索数", "Leads converted", "已转为客户的线索",
                  "leads that became a customer", _LEAD),
    "opportunities_created": ("opportunities_created", "新增商机数", "Opportunities created", "新建的商机",
                              "opportunities created", _OPPORTUNITY),
    "opportunities_won": ("opportunities_won", "新增商机中已赢单数", "Opportunities won",
                          "期内新建、现为赢单的商机", "opportunities created in the span that stand as won",
                          _OPPORTUNITY),
    "opportunities_lost": ("opportunities_lost", "新增商机中已输单数", "Opportunities lost",
                           "期内新建、现为输单的商机", "opportunities created in the span that stand as lost",
                           _OPPORTUNITY),
    "with_opportunity": ("leads_with_opportunity", "已转商机线索数", "Leads with an opportunity",
                         "至少产生一个商机的线索", "leads from which an opportunity came", _LEAD),
    "decided_won": ("opportunities_decided_won", "期内赢单数", "Opportunities won in the span",
                    "期内赢单且未重新打开的商机，不论何时创建",
                    "opportunities won in the span and not reopened, whenever created", _DECISION),
    "decided_lost": ("opportunities_decided_lost", "期内输单数", "Opportunities lost in the span",
                     "期内输单且未重新打开的商机，不论何时创建",
                     "opportunities lost in the span and not reopened, whenever created", _DECISION),
}  # fmt: skip

CODE_OF: Mapping[str, str] = {count: _COUNTED[count][0] for count in COUNTS}
"""Code of the metric that defines a count of the funnel."""


def _counted(count: str) -> Metric:
    code, name_zh, name_en, formula_zh, formula_en, (grain_zh, grain_en) = _COUNTED[count]
    return Metric(
        code=code,
        version=0,
        name_zh=name_zh,
        name_en=name_en,
        owner_role="director",
        formula_zh=formula_zh,
        formula_en=formula_en,
        grain_zh=grain_zh,
        grain_en=grain_en,
        numerator=(count,),
    )


_WATER_LINES = (
    Metric(
        code="lead_to_opportunity",
        version=0,
        name_zh="线索转商机率",
        name_en="Lead to opportunity",
        owner_role="director",
        formula_zh="期内收到的线索中，已产生商机的占比",
        formula_en="share of the leads received in the span from which an opportunity came",
        grain_zh=_LEAD[0],
        grain_en=_LEAD[1],
        unit=Unit.PERCENT,
        numerator=("with_opportunity",),
        denominator=("received",),
        band=Band(healthy_from=350, healthy_to=450, alarm_below=300),
    ),
    Metric(
        code="opportunity_to_contract",
        version=0,
        name_zh="商机转合同率",
        name_en="Opportunity to contract",
        owner_role="director",
        formula_zh="期内有结果的商机中赢单的占比；合同功能上线前，以赢单代表签约；22% 为行业均值",
        formula_en="share of won among the opportunities decided in the span; won stands for a contract until contracts"
        " are kept; 22 % is the mean of the industry",
        grain_zh=_DECISION[0],
        grain_en=_DECISION[1],
        unit=Unit.PERCENT,
        numerator=("decided_won",),
        denominator=("decided_won", "decided_lost"),
        band=Band(healthy_from=220, alarm_below=150),
    ),
    Metric(
        code="data_completeness",
        version=0,
        name_zh="客户资料完整度",
        name_en="Data completeness",
        owner_role="director",
        formula_zh="在用客户的关键字段完整度（整数百分比）的平均值",
        formula_en="mean over customers in use of the share of key fields that are filled, each in whole percent",
        grain_zh=_CUSTOMER[0],
        grain_en=_CUSTOMER[1],
        unit=Unit.MEAN_PERCENT,
        numerator=("completeness_points",),
        denominator=("customers",),
        band=Band(healthy_from=920, alarm_below=920, minimum=5),
    ),
)
_CUSTOMERS = Metric(
    code="customers",
    version=0,
    name_zh="在用客户数",
    name_en="Customers in use",
    owner_role="director",
    formula_zh="未归档的客户",
    formula_en="customers that are not archived",
    grain_zh=_CUSTOMER[0],
    grain_en=_CUSTOMER[1],
    numerator=("customers",),
)


def _elsewhere(code: str, answered_by: str, unit: Unit, grain: tuple[str, str], **words: Any) -> Metric:
    return Metric(
        code=code,
        version=0,
        owner_role="director",
        answered_by=answered_by,
        unit=unit,
        grain_zh=grain[0],
        grain_en=grain[1],
        **words,
    )


_ELSEWHERE = (
    _elsewhere(
        "skip_rate", "OpportunityService.GetSkipRate", Unit.PERCENT,
        ("一次阶段前进，按移动时刻计入", "one move forward, at the moment it was made"),
        name_zh="跨阶段跳转率", name_en="Skip rate", formula_zh="阶段前进中跳过阶段的占比",
        formula_en="share of moves forward that jumped over a stage",
    ),
    _elsewhere(
        "key_fields_filled", "CustomerService.GetCompleteness", Unit.PERCENT, _CUSTOMER,
        name_zh="关键字段填写率", name_en="Key fields filled", formula_zh="在用客户的全部关键字段中已填写的占比",
        formula_en="share of all key fields of customers in use that are filled",
    ),
    _elsewhere(
        "response_median", "LeadService.GetResponseTimes", Unit.MINUTES, _REP,
        name_zh="首次响应时长中位数", name_en="Median response time", formula_zh="从收到线索到首次跟进的分钟数的中位数",
        formula_en="median minutes from receipt to the first follow-up",
    ),
    _elsewhere(
        "response_p90", "LeadService.GetResponseTimes", Unit.MINUTES, _REP,
        name_zh="首次响应时长90分位数", name_en="90th percentile of response time",
        formula_zh="从收到线索到首次跟进的分钟数的90分位数",
        formula_en="90th percentile of minutes from receipt to the first follow-up",
    ),
    _elsewhere(
        "leads_reached_share", "LeadService.GetResponseTimes", Unit.PERCENT, _LEAD,
        name_zh="48小时触达率", name_en="Reached within 48 hours",
        formula_zh="已跟进或已沉默的线索中，48小时内跟进的占比",
        formula_en="share followed up within 48 hours among leads that were followed up or fell silent",
    ),
    _elsewhere(
        "conservation_gap", "LeadService.GetConservation", Unit.COUNT, _LEAD,
        name_zh="线索守恒缺口", name_en="Gap of the conservation law",
        formula_zh="收到的提交数减去九种去向之和，应为 0",
        formula_en="submissions received less the sum of the nine places where they may stand; should be 0",
    ),
)  # fmt: skip

DEFAULT_METRICS: Mapping[str, Metric] = {
    metric.code: metric for metric in (*map(_counted, COUNTS), _CUSTOMERS, *_WATER_LINES, *_ELSEWHERE)
}
"""By code."""
