"""Small real files that reps file with their work: minutes as PDF, a comparison as PNG, a scanned sheet as JPEG.

Every one says that it is invented. The same lead gives the same bytes.
"""

from __future__ import annotations

from dataclasses import dataclass
from io import BytesIO
from random import Random
from typing import Final

from PIL import Image, ImageDraw

from sample_company.messages import RIVALS
from sample_company.model import Lead
from sample_company.pdf_pages import one_page
from sample_company.vocabulary import INDUSTRIES, PRODUCT_LINES

_SYNTHETIC: Final = "合成数据 · 仅供演示"
_SIZE: Final = (480, 320)
_COLOURS: Final = ("#2f6f8f", "#c77b30", "#7a9a3a", "#8f3f5f")


@dataclass(frozen=True, slots=True)
class Document:
    """A file: `kind` is what it is in business, in the words of the product."""

    name: str
    kind: str
    content: bytes


def interview_minutes(lead: Lead) -> Document:
    """Minutes of an interview about needs 需求访谈纪要, one page of PDF."""
    lines = (
        f"客户：{lead.company or lead.city}（{INDUSTRIES[lead.industry]}）",
        f"参加人：{lead.person or '科室负责人'}、设备科、采购部",
        f"需求：{PRODUCT_LINES[lead.product_line]}，用于新建科室与更新换代",
        "结论：下周演示方案，客户提供场地与电源条件",
        _SYNTHETIC,
    )
    return Document(f"需求访谈纪要-{lead.key}.pdf", "interview_minutes", one_page("需求访谈纪要", lines))


def competitor_brief(lead: Lead) -> Document:
    """Prices of three rivals beside ours as a chart 竞品分析简报, PNG."""
    random = Random(f"competitors of {lead.key}")
    image, pen = _sheet(f"SYNTHETIC  {lead.key}  competitors: {len(RIVALS)}")
    for place, colour in enumerate(_COLOURS):
        left, height = 70 + place * 100, random.randint(90, 220)
        pen.rectangle((left, 290 - height, left + 60, 290), fill=colour)
    return Document(f"竞品分析简报-{lead.key}.png", "competitor_brief", _bytes(image, "PNG"))


def roi_sheet(lead: Lead) -> Document:
    """The return on the purchase over five years as a scanned sheet ROI测算表, JPEG."""
    random = Random(f"return of {lead.key}")
    image, pen = _sheet(f"SYNTHETIC  {lead.key}  ROI, years 1-5")
    height, points = 280, []
    for year in range(6):
        points.append((60 + year * 72, height))
        height -= random.randint(18, 48)
    pen.line(points, fill=_COLOURS[0], width=4)
    return Document(f"ROI测算表-{lead.key}.jpg", "roi_sheet", _bytes(image, "JPEG"))


def _sheet(title: str) -> tuple[Image.Image, ImageDraw.ImageDraw]:
    image = Image.new("RGB", _SIZE, "white")
    pen = ImageDraw.Draw(image)
    pen.text((20, 14), title, fill="black")
    pen.line((50, 40, 50, 290, 460, 290), fill="grey", width=2)
    return image, pen


def _bytes(image: Image.Image, form: str) -> bytes:
    written = BytesIO()
    image.save(written, form)
    return written.getvalue()
