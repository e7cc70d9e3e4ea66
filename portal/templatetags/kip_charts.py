"""Charts drawn by the server: plain SVG with a title, readable without scripts or colours."""

from collections.abc import Sequence
from typing import Any

from django import template

register = template.Library()

WIDTH = 420
HEIGHT = 190
LEFT = 38
RIGHT = 16
BOTTOM = 26
TOP = 10
MOST_LABELS = 6


def _nice_top(value: float) -> float:
    """Return the smallest 1, 2, 4, 5 or 10 x 10^n that is not below `value`."""
    if value <= 0:
        return 1.0
    power = 10.0 ** (len(str(int(value))) - 1) if value >= 1 else 1.0
    return next((s * power for s in (1, 2, 4, 5, 10) if s * power >= value), 10 * power)


def _grid(top: float) -> list[dict[str, float]]:
    height = HEIGHT - TOP - BOTTOM
    lines = 4 if top % 4 == 0 else 5 if top % 5 == 0 else 2
    return [
        {"y": round(TOP + height * (1 - step / lines), 1), "value": top * step / lines}
        for step in range(lines + 1)
    ]


@register.inclusion_tag("components/line_chart.html")
def line_chart(
    points: Sequence[tuple[str, float]], title: str, unit: str = "", name: str = "chart"
) -> dict[str, Any]:
    """Draw `points` (label, value >= 0; in order) as a line; `name` is unique on the page."""
    top = _nice_top(max((value for _label, value in points), default=0))
    height = HEIGHT - TOP - BOTTOM
    step = (WIDTH - LEFT - RIGHT) / max(1, len(points) - 1)
    every = max(1, -(-len(points) // MOST_LABELS))
    dots = [
        {
            "x": round(LEFT + index * step, 1),
            "y": round(TOP + height * (1 - value / top), 1),
            "label": label,
            "value": value,
            "named": index % every == 0,
        }
        for index, (label, value) in enumerate(points)
    ]
    path = " ".join(f"{dot['x']},{dot['y']}" for dot in dots)
    base = HEIGHT - BOTTOM
    area = f"{dots[0]['x']},{base} {path} {dots[-1]['x']},{base}" if dots else ""
    return {
        "title": title,
        "unit": unit,
        "name": name,
        "dots": dots,
        "path": path,
        "area": area,
        "grid": _grid(top),
        "width": WIDTH,
        "height": HEIGHT,
        "left": LEFT,
        "label_y": HEIGHT - 8,
    }


@register.inclusion_tag("components/bar_chart.html")
def bar_chart(rows: Sequence[tuple[str, float]], title: str, unit: str = "") -> dict[str, Any]:
    """Show `rows` (label, value >= 0) as horizontal bars, the greatest one full."""
    bars = [{"label": label, "value": value} for label, value in rows]
    top = max((value for _label, value in rows), default=0) or 1
    return {"title": title, "unit": unit, "bars": bars, "top": top}
