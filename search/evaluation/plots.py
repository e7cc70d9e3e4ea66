"""The benchmark as a plot: latency against the number of pieces.

Guarantee: plain SVG with its numbers as text, readable without scripts, in light and dark.
"""

import math
from collections.abc import Mapping, Sequence
from typing import Any
from xml.sax.saxutils import escape

_WIDTH, _HEIGHT, _LEFT, _BOTTOM, _TOP, _RIGHT = 640, 360, 60, 48, 30, 150
_LABEL = 15
_LINES = (
    ("everything", "may see all, p95", "#2563eb"),
    ("five_percent", "may see 5 %, p95", "#d97706"),
)


def plot(figures: Mapping[str, Any]) -> str:
    """An SVG of what `bench.run` returned."""
    sizes = figures["sizes"]
    lines = [
        (label, colour, [(s["pieces"], s["search"][name]["wall_p95_ms"]) for s in sizes])
        for name, label, colour in _LINES
    ]
    if figures["engine"] == "embedded":
        scan = [(s["pieces"], s["scan"]["int8_scan_ms"]) for s in sizes]
        lines.append(("int8 scan", "#16a34a", scan))
    top = max(y for _, _, points in lines for _, y in points) * 1.1 or 1.0
    xs = [math.log10(s["pieces"]) for s in sizes]
    low, high = min(xs), max(max(xs), min(xs) + 1)

    def place(pieces: float, milliseconds: float) -> tuple[float, float]:
        x = _LEFT + (math.log10(pieces) - low) / (high - low) * (_WIDTH - _LEFT - _RIGHT)
        y = _HEIGHT - _BOTTOM - milliseconds / top * (_HEIGHT - _BOTTOM - _TOP)
        return round(x, 1), round(y, 1)

    ends = [place(*points[-1])[1] for _, _, points in lines]
    body = _axes(sizes, top, place)
    for line, height in zip(lines, _apart(ends), strict=True):
        body.append(_line(*line, place, height))
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {_HEIGHT}" role="img"'
        ' font-family="sans-serif" font-size="12" fill="currentColor">\n'
        "<style>:root{color:#1f2937}@media(prefers-color-scheme:dark){:root{color:#e5e7eb}}</style>\n"
        "<title>Search: milliseconds by number of pieces</title>\n" + "\n".join(body) + "\n</svg>\n"
    )


def _axes(sizes: Sequence[Mapping[str, Any]], top: float, place: Any) -> list[str]:
    marks = []
    for size in sizes:
        x, y = place(size["pieces"], 0)
        marks.append(f'<text x="{x}" y="{y + 18}" text-anchor="middle">{size["pieces"]:,}</text>')
    for step in range(5):
        value = top * step / 4
        x, y = place(sizes[0]["pieces"], value)
        marks.append(
            f'<line x1="{_LEFT}" x2="{_WIDTH - _RIGHT}" y1="{y}" y2="{y}" stroke="currentColor"'
            f' stroke-opacity="0.15"/><text x="{_LEFT - 8}" y="{y + 4}" text-anchor="end">'
            f"{value:.0f} ms</text>"
        )
    return [
        *marks,
        f'<text x="{(_LEFT + _WIDTH - _RIGHT) / 2}" y="{_HEIGHT - 8}" text-anchor="middle">'
        "pieces</text>",
    ]


def _apart(heights: Sequence[float]) -> list[float]:
    """Heights of labels in the order given, moved down where they would cover each other."""
    moved = list(heights)
    above = -math.inf
    for number in sorted(range(len(moved)), key=moved.__getitem__):
        above = moved[number] = max(moved[number], above + _LABEL)
    return moved


def _line(
    label: str, colour: str, points: Sequence[tuple[float, float]], place: Any, height: float
) -> str:
    places = [place(*point) for point in points]
    path = " ".join(f"{x},{y}" for x, y in places)
    dots = "".join(
        f'<circle cx="{x}" cy="{y}" r="3" fill="{colour}"><title>{value} ms</title></circle>'
        for (x, y), (_, value) in zip(places, points, strict=True)
    )
    x = places[-1][0]
    return (
        f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="2"/>{dots}'
        f'<text x="{x + 8}" y="{height + 4}">{escape(label)}: {points[-1][1]:.1f}</text>'
    )
