"""Charts drawn by the server: plain SVG with a title, readable without scripts or colours."""

from collections.abc import Sequence
from typing import Any

from django import template

register = template.Library()

WIDTH = 640
HEIGHT = 220
LEFT = 44
BOTTOM = 28
TOP = 16
ROW = 34
GRID_LINES = 4


def _nice_top(value: float) -> float:
    """Return the smallest 1, 2, 2.5, 4, 5 or 10 x 10^n that is not below `value`."""
    if value <= 0:
        return 1.0
    power = 10.0 ** (len(str(int(value))) - 1) if value >= 1 else 1.0
    return next((s * power for s in (1, 2, 2.5, 4, 5, 10) if s * power >= value), 10 * power)


def _grid(top: float) -> list[dict[str, float]]:
    height = HEIGHT - TOP - BOTTOM
    steps = range(GRID_LINES + 1)
    return [
        {"y": round(TOP + height * (1 - s / GRID_LINES), 1), "value": top * s / GRID_LINES}
        for s in steps
    ]


@register.inclusion_tag("components/line_chart.html")
def line_chart(
    points: Sequence[tuple[str, float]], title: str, unit: str = "", name: str = "chart"
) -> dict[str, Any]:
    """Draw `points` (label, value >= 0; in order) as a line; `name` is unique on the page."""
    top = _nice_top(max((value for _label, value in points), default=0))
    height = HEIGHT - TOP - BOTTOM
    step = (WIDTH - LEFT - 12) / max(1, len(points) - 1)
    every = max(1, -(-len(points) // 8))
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
def bar_chart(
    rows: Sequence[tuple[str, float]], title: str, unit: str = "", name: str = "bars"
) -> dict[str, Any]:
    """Draw `rows` (label, value >= 0) as horizontal bars; `name` is unique on the page."""
    top = max((value for _label, value in rows), default=0) or 1
    room = WIDTH - 72
    bars = [
        {
            "label": label,
            "value": value,
            "y": index * ROW * 1.35,
            "bar_y": index * ROW * 1.35 + 20,
            "text_y": index * ROW * 1.35 + 13,
            "value_y": index * ROW * 1.35 + 31,
            "width": max(2, round(room * value / top, 1)),
            "value_x": max(2, round(room * value / top, 1)) + 8,
        }
        for index, (label, value) in enumerate(rows)
    ]
    height = int(len(rows) * ROW * 1.35) or ROW
    return {
        "title": title,
        "unit": unit,
        "name": name,
        "bars": bars,
        "width": WIDTH,
        "height": height,
    }
