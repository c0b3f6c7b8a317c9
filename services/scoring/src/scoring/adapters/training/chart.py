"""The report of a model as a picture: does what it promises come true, and what are its best leads worth."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from io import BytesIO
from typing import Any

from PIL import Image, ImageDraw, ImageFont

_WIDTH, _HEIGHT = 1040, 520
_INK, _GREY, _LIGHT, _BLUE, _ORANGE = "#1f2933", "#7b8794", "#e4e7eb", "#1769aa", "#c9510c"
_TITLE, _TEXT, _SMALL = (ImageFont.load_default(size) for size in (20, 15, 13))


@dataclass(frozen=True, slots=True)
class _Panel:
    """A square of the picture with both axes from 0 to 1."""

    draw: ImageDraw.ImageDraw
    left: int
    top: int
    size: int

    def at(self, x: float, y: float) -> tuple[float, float]:
        """Where a point of the axes lies in the picture."""
        return self.left + x * self.size, self.top + (1 - y) * self.size

    def frame(self, x_name: str, y_name: str) -> None:
        """Grid, figures and names of the axes, in percent."""
        for tenth in range(0, 11, 2):
            share = tenth / 10
            self.draw.line([self.at(0, share), self.at(1, share)], fill=_LIGHT)
            self.draw.text(self.at(-0.02, share), f"{share:.0%}", fill=_GREY, font=_SMALL, anchor="rm")
        self.draw.line([self.at(0, 1), self.at(0, 0), self.at(1, 0)], fill=_GREY)
        self.draw.text(self.at(0.5, -0.11), x_name, fill=_INK, font=_TEXT, anchor="mt")
        self.draw.text(self.at(0, 1.04), y_name, fill=_INK, font=_TEXT, anchor="lb")


def drawn(report: Mapping[str, Any]) -> bytes:
    """The picture, PNG.

    Args:
        report: in the fields of the contract's `ModelReport`.
    """
    image = Image.new("RGB", (_WIDTH, _HEIGHT), "white")
    draw = ImageDraw.Draw(image)
    draw.text((40, 22), _headline(report), fill=_INK, font=_TITLE)
    draw.text((40, 52), _second_line(report), fill=_GREY, font=_TEXT)
    _reliability(_Panel(draw, 90, 120, 340), report["reliability"])
    _lift(_Panel(draw, 610, 120, 340), report["lift"], report["judged_won"] / report["judged_rows"])
    content = BytesIO()
    image.save(content, format="PNG", optimize=True)
    return content.getvalue()


def _headline(report: Mapping[str, Any]) -> str:
    return (
        f"AUC {report['auc']:.3f}   log loss {report['log_loss']:.3f} (base rate {report['base_log_loss']:.3f})   "
        f"Brier {report['brier_score']:.3f}   ECE {report['calibration_error']:.3f} "
        f"(truth would show {report['calibration_error_of_truth']:.3f})"
    )


def _second_line(report: Mapping[str, Any]) -> str:
    how = "the newest" if report["is_by_time"] else "drawn by chance"
    judged = f"judged on {report['judged_rows']:,} leads, {how}, {report['judged_won']:,} won"
    return f"{judged}; learned from {report['learned_rows']:,}"


def _reliability(panel: _Panel, tenths: Sequence[Mapping[str, Any]]) -> None:
    panel.frame("predicted chance, tenths of the leads", "share won")
    panel.draw.line([panel.at(0, 0), panel.at(1, 1)], fill=_GREY)
    points = [panel.at(tenth["mean_predicted"], tenth["share_won"]) for tenth in tenths]
    panel.draw.line(points, fill=_BLUE, width=2)
    for x, y in points:
        panel.draw.ellipse((x - 5, y - 5, x + 5, y + 5), fill=_BLUE)
    for share in (0.0, 0.5, 1.0):
        panel.draw.text(panel.at(share, -0.03), f"{share:.0%}", fill=_GREY, font=_SMALL, anchor="mt")


def _lift(panel: _Panel, rows: Sequence[Mapping[str, Any]], overall: float) -> None:
    panel.frame("leads with the highest chances", "share won")
    for place, row in enumerate(rows):
        middle = (place + 0.5) / len(rows)
        left, top = panel.at(middle - 0.08, row["share_won"])
        right, bottom = panel.at(middle + 0.08, 0)
        panel.draw.rectangle((left, top, right, bottom), fill=_BLUE)
        told = f"{row['share_won']:.0%}  x {row['lift']:.1f}"
        panel.draw.text((panel.at(middle, 0)[0], top - 4), told, fill=_INK, font=_SMALL, anchor="mb")
        panel.draw.text(panel.at(middle, -0.03), f"top {row['top_share']:.0%}", fill=_GREY, font=_SMALL, anchor="mt")
    panel.draw.line([panel.at(0, overall), panel.at(1, overall)], fill=_ORANGE, width=2)
    panel.draw.text(panel.at(1.02, overall), "all", fill=_ORANGE, font=_SMALL, anchor="lm")
