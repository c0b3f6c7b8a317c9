"""What reps write after a contact: what was said, what comes next, and the empty phrases that prove no work."""

from __future__ import annotations

from typing import Final

from sample_company.model import Channel, FollowUpTag

CHANNELS: Final = {Channel.PHONE: 48, Channel.CHAT: 24, Channel.VISIT: 13, Channel.EMAIL: 8, Channel.MEETING: 7}
"""How many in a hundred follow-ups go by each channel."""

FIRST: Final = {
    Channel.PHONE: (
        "{person}接听，确认需求为{product}，主要用于{industry}日常业务，已发产品资料。",
        "与{person}通话约十分钟，对方关心交期和安装条件，答应内部讨论后回复。",
        "首次联系，{person}介绍现用设备已超期，希望了解{product}的配置差异。",
        "电话确认采购背景：业务扩展，预算由分管领导审批，{person}负责收集参数。",
    ),
    Channel.CHAT: (
        "已添加企业微信，发送{product}彩页与装机清单，{person}表示先看资料。",
        "企业微信上与{person}确认了数量和到货时间要求，约好下次通话。",
    ),
    Channel.EMAIL: ("已向{person}邮件发送{product}技术参数与资质文件，对方回执确认收到。",),
    Channel.MEETING: ("与{person}视频会议，演示{product}主要功能，记录了三个待回复问题。",),
}
"""What is written after a first contact, by channel."""

LATER: Final = {
    Channel.PHONE: (
        "回访{person}，对方已将{product}方案报给领导，等待会议结论。",
        "电话跟进预算进度，{person}表示还需补充论证材料，已提供同级单位案例。",
        "{person}反馈科室更看重售后响应，已说明四小时到场承诺。",
    ),
    Channel.CHAT: (
        "与{person}核对配置清单，去掉两项选配，重新报价。",
        "{person}在微信上索要装机案例照片，已发三家同类单位资料。",
    ),
    Channel.VISIT: (
        "现场查看安装条件，{person}陪同，电源和空间符合要求。",
        "上门拜访{person}，与使用科室座谈，确认了必选功能清单。",
    ),
    Channel.EMAIL: ("按{person}要求修改报价单，含三年保修，已邮件发送。",),
    Channel.MEETING: ("线上演示{product}，参加人有{person}及使用人员两位，提问集中在数据接口。",),
}
"""What is written after a later contact, by channel."""

EMPTY: Final = {
    Channel.PHONE: ("已联系，客户考虑中。", "电话未接。", "客户在忙，晚点再说。"),
    Channel.CHAT: ("加了微信，后续跟进。", "保持联系。"),
}
"""Phrases that prove no work 伪跟进, by channel."""

ABOUT_TAG: Final = {
    FollowUpTag.PRICE_OBJECTION: "对方认为价格偏高，希望再降一成。",
    FollowUpTag.COMPETITOR_COMPARISON: "对方同时在看{rival}，要求给出对比表。",
    FollowUpTag.DECISION_PENDING: "最终要由老板拍板，目前还没有上会。",
    FollowUpTag.BUDGET_OPEN: "预算金额未定，要等下季度批复。",
    FollowUpTag.REQUIREMENT_CHANGED: "需求有变化，数量和选配要重新确认。",
}
NEXT_ACTIONS: Final = (
    "发送正式报价单",
    "约定现场演示",
    "提交技术参数对比表",
    "拜访分管领导",
    "确认装机场地条件",
    "邀请参观样板科室",
    "补充预算论证材料",
)
CLOSING: Final = {
    "price": "对方明确价格超出预算，暂不采购。",
    "competitor": "对方已与{rival}签约，本次机会结束。",
    "no_budget": "预算申请未获批准，项目搁置。",
    "unreachable": "多次电话无人接听，微信未通过。",
    "cancelled": "科室调整，项目取消。",
    "no_demand": "核实后无采购需求，仅为学习资料。",
}
