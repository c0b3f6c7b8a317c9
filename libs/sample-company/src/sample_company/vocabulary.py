"""Codes that the sample data use, each with its Chinese label."""

from __future__ import annotations

from typing import Final

INDUSTRIES: Final = {
    "public_hospital": "公立医院",
    "private_hospital": "民营医院",
    "clinic": "诊所门诊",
    "checkup_centre": "体检中心",
    "dealer": "经销商",
}
PRODUCT_LINES: Final = {
    "imaging": "医学影像",
    "ivd": "体外诊断",
    "surgery": "手术与麻醉",
    "rehabilitation": "康复理疗",
    "dental": "口腔设备",
    "consumables": "医用耗材",
}
SOURCES: Final = {
    "website": "官网表单",
    "baidu": "百度推广",
    "wechat": "微信公众号",
    "expo": "展会",
    "hotline": "400电话",
    "referral": "转介绍",
}
BUDGET_TIERS: Final = {
    "under_100k": "10万元以下",
    "100k_500k": "10万至50万元",
    "500k_2m": "50万至200万元",
    "over_2m": "200万元以上",
}
PURCHASE_STAGES: Final = {
    "learning": "了解阶段",
    "comparing": "选型对比",
    "budgeting": "预算申报",
    "tendering": "招标采购",
}
TECH_PREFERENCES: Final = {
    "domestic": "国产优先",
    "imported": "进口优先",
    "value": "性价比优先",
}
DECISION_ROLES: Final = {
    "decider": "决策人",
    "influencer": "影响人",
    "user": "使用人",
    "buyer": "采购执行人",
}
INTENT_LEVELS: Final = {"high": "高意向", "medium": "中意向", "low": "低意向"}
CLOSE_REASONS: Final = {
    "price": "价格超出预算",
    "competitor": "已选竞品",
    "no_budget": "预算未批",
    "unreachable": "联系不上",
    "cancelled": "项目取消",
    "no_demand": "无真实需求",
}
CONSENTS: Final = {"sales_contact": "销售联系", "marketing": "营销信息"}
SIGNALS: Final = {
    "page_views": "页面浏览",
    "dwell_seconds": "停留时长",
    "document_downloads": "文档下载",
    "competitor_page_views": "竞品对比页浏览",
    "visits": "访问次数",
}
