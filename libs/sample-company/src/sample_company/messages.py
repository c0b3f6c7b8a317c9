"""What customers write: a wish, its background, and what they want to hear."""

from __future__ import annotations

from dataclasses import dataclass
from random import Random
from typing import Final

RIVALS: Final = ("澜图医疗", "康睿德", "博衍影像", "迈舟器械", "Nordlicht Medical", "Asterion")
"""Invented competitors."""

_WISH: Final = {
    "learning": (
        "想了解一下{product}，麻烦发一份产品资料。",
        "我们在调研{line}方向的设备，请介绍一下{product}。",
        "看到贵司的{product}，想知道主要参数和适用科室。",
        "能否安排一次{product}的线上讲解？",
    ),
    "comparing": (
        "正在选型{product}，需要详细配置清单和报价。",
        "我们在比较几家的{line}产品，请提供{product}的技术参数表。",
        "请问{product}的标准配置和选配分别包含哪些？",
        "{product}可以到院里试用吗？周期多长？",
    ),
    "budgeting": (
        "明年预算里列了{product}，请给一个含安装培训的报价。",
        "院里正在申报{line}预算，需要{product}的论证材料。",
        "预算申报需要三年使用成本测算，请提供{product}的数据。",
    ),
    "tendering": (
        "我院{line}项目准备挂网招标，请提供{product}的授权和资质文件。",
        "招标参数这周要定，请尽快提供{product}的响应参数。",
        "近期采购{product}，请联系我确认商务条款。",
    ),
    "": (
        "咨询{product}的价格。",
        "请销售联系我，想了解{line}。",
        "需要{product}，请回电。",
        "{product}怎么卖？有现货吗？",
    ),
}
_BACKGROUND: Final = {
    "public_hospital": (
        "新院区年底启用，需要配套。",
        "现有设备使用已超过八年，故障较多。",
        "科室扩建，计划增加两台。",
        "",
    ),
    "private_hospital": (
        "我们准备通过等级评审，需要补齐设备。",
        "新开科室，预计下季度开诊。",
        "目前外送较多，想自己做。",
        "",
    ),
    "clinic": ("门店正在装修，下个月开业。", "目前有两家门店，准备再开一家。", "原来的设备坏了，比较着急。", ""),
    "checkup_centre": ("体检旺季快到了，希望尽快到位。", "新中心日均预计两百人。", "想换一批设备，旧机可否折价？", ""),
    "dealer": ("我们在本地有二十多家终端客户。", "想了解代理政策和区域授权。", "手上有一个项目正在报名。", ""),
}
_ASK: Final = (
    "请在工作时间联系我。", "加微信沟通也可以。", "希望本周内能收到报价。", "请问最近有没有装机案例可以参观？",
    "售后响应时间怎么保证？", "是否支持分期付款？", "麻烦尽快回复，谢谢。", "", "", "",
)  # fmt: skip
_RIVAL: Final = (
    "目前也在看{rival}，请说明和他们的区别。",
    "{rival}给的价格更低，贵司有什么优势？",
    "请提供一份与{rival}的对比表。",
)
_TRIAL: Final = (
    "试用机快到期了，想确认后续怎么办。",
    "试用还剩几天，数据需要保留，请联系。",
    "试用效果不错，到期前想谈一下采购。",
)
_ENGLISH: Final = (
    "We are looking for {product} for our clinic. Please send a quotation and the lead time.",
    "Could you arrange a demo of {product} for our international department?",
    "Please share the specification of {product} and the warranty terms in English.",
)


@dataclass(frozen=True, slots=True)
class Subject:
    """What a message is about. `product` is the name of the product or, where none is meant, of the line."""

    industry: str
    product: str
    line: str
    purchase_stage: str
    compares_competitors: bool
    is_on_trial: bool
    language: str


def write_message(random: Random, subject: Subject) -> str:
    """A message of one to four sentences."""
    names = {"product": subject.product, "line": subject.line, "rival": random.choice(RIVALS)}
    if subject.language == "en":
        return random.choice(_ENGLISH).format(**names)
    sentences = [random.choice(_WISH[subject.purchase_stage]), random.choice(_BACKGROUND[subject.industry])]
    if subject.compares_competitors:
        sentences.append(random.choice(_RIVAL))
    if subject.is_on_trial:
        sentences.append(random.choice(_TRIAL))
    sentences.append(random.choice(_ASK))
    return "".join(sentences).format(**names)
