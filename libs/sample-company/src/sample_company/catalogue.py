"""What the company sells: six product lines with four products each, list prices in whole yuan."""

from __future__ import annotations

from typing import Final

from sample_company.model import Product, ProductLine
from sample_company.vocabulary import PRODUCT_LINES

_PRODUCTS: Final = {
    "imaging": (
        ("HY-DR50", "悬吊式数字X射线摄影系统", 680_000),
        ("HY-US80", "全身彩色多普勒超声诊断仪", 920_000),
        ("HY-US20P", "便携式彩色超声诊断仪", 186_000),
        ("HY-CT64", "64排X射线计算机体层摄影设备", 4_260_000),
    ),
    "ivd": (
        ("HY-CL900", "全自动化学发光免疫分析仪", 560_000),
        ("HY-BC600", "全自动生化分析仪", 398_000),
        ("HY-HM5", "五分类血细胞分析仪", 118_000),
        ("HY-POC3", "即时检验荧光免疫分析仪", 28_600),
    ),
    "surgery": (
        ("HY-AN7", "麻醉工作站", 328_000),
        ("HY-OT30", "电动综合手术台", 146_000),
        ("HY-LED700", "双头LED手术无影灯", 83_000),
        ("HY-EN4K", "4K内窥镜摄像系统", 760_000),
    ),
    "rehabilitation": (
        ("HY-RG10", "下肢康复训练机器人", 1_180_000),
        ("HY-SW2", "体外冲击波治疗仪", 215_000),
        ("HY-EM6", "中频电疗仪", 19_800),
        ("HY-BT4", "平衡评估与训练系统", 268_000),
    ),
    "dental": (
        ("HY-CBCT5", "口腔颌面锥形束计算机体层摄影设备", 458_000),
        ("HY-DU12", "牙科综合治疗台", 52_000),
        ("HY-IOS2", "口内数字印模仪", 128_000),
        ("HY-ST23", "蒸汽灭菌器", 21_500),
    ),
    "consumables": (
        ("HY-GL01", "一次性使用医用橡胶检查手套（整年供货）", 36_000),
        ("HY-IV05", "一次性使用输液器（整年供货）", 68_000),
        ("HY-SU10", "可吸收缝合线（整年供货）", 92_000),
        ("HY-RG900", "化学发光试剂包（整年供货）", 240_000),
    ),
}

LINES: Final = tuple(ProductLine(code, name) for code, name in PRODUCT_LINES.items())
CATALOGUE: Final = tuple(
    Product(code, name, line, price_yuan * 100)
    for line, products in _PRODUCTS.items()
    for code, name, price_yuan in products
)
_WANTED_BY: Final[dict[str, dict[str, int]]] = {
    "public_hospital": {"imaging": 26, "ivd": 24, "surgery": 24, "rehabilitation": 12, "dental": 2, "consumables": 12},
    "private_hospital": {"imaging": 22, "ivd": 18, "surgery": 20, "rehabilitation": 20, "dental": 5, "consumables": 15},
    "clinic": {"imaging": 18, "ivd": 22, "surgery": 4, "rehabilitation": 26, "dental": 6, "consumables": 24},
    "checkup_centre": {"imaging": 42, "ivd": 46, "surgery": 0, "rehabilitation": 2, "dental": 2, "consumables": 8},
    "dealer": {"imaging": 18, "ivd": 22, "surgery": 12, "rehabilitation": 12, "dental": 12, "consumables": 24},
}
_WANTED_BY_DENTISTS: Final = {"dental": 82, "consumables": 12, "imaging": 6}


def wanted_lines(industry: str, trade: str) -> dict[str, int]:
    """How many in a hundred customers of this industry and trade ask for each product line."""
    return _WANTED_BY_DENTISTS if trade.startswith("口腔") else _WANTED_BY[industry]
