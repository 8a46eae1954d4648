"""Line plots as SVG, without anything to install."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

_WIDTH, _HEIGHT = 640, 400
_LEFT, _RIGHT, _TOP, _BOTTOM = 70, 35, 40, 50
_COLOURS = ["#0072b2", "#d55e00", "#009e73", "#777777"]


class Line(NamedTuple):
    """A line with its name."""

    name: str
    points: list[tuple[float, float]]


def plot(
    path: Path,
    title: str,
    axes: tuple[str, str],
    lines: Sequence[Line],
    *,
    log: bool = False,
) -> None:
    """Write a plot.

    Args:
        path: the SVG file.
        title: the text above.
        axes: what the axes show.
        lines: what to draw.
        log: whether both axes are logarithmic.
    """
    across = _scale([x for line in lines for x, _ in line.points], _LEFT, _WIDTH - _RIGHT, log=log)
    up = _scale([y for line in lines for _, y in line.points], _HEIGHT - _BOTTOM, _TOP, log=log)
    parts = [
        (
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {_HEIGHT}" '
            'font-family="sans-serif" font-size="12">'
        ),
        f'<rect width="{_WIDTH}" height="{_HEIGHT}" fill="white"/>',
        _text(_WIDTH / 2, 20, title, size=15),
        _text((_LEFT + _WIDTH - _RIGHT) / 2, _HEIGHT - 10, axes[0]),
        _text(15, _HEIGHT / 2, axes[1], turned=True),
    ]
    parts += [_tick(across(x), _HEIGHT - _BOTTOM, x, below=True) for x in _ticks(lines, 0)]
    parts += [_tick(_LEFT, up(y), y, below=False) for y in _ticks(lines, 1)]
    for number, line in enumerate(lines):
        parts += _line(line, _COLOURS[number % len(_COLOURS)], number, across, up)
    path.write_text("\n".join([*parts, "</svg>"]) + "\n", encoding="utf-8")


def _scale(values: list[float], start: float, end: float, *, log: bool) -> Callable[[float], float]:
    low, high = (min(values), max(values)) if log else (0.0, max(values))

    def place(value: float) -> float:
        if log:
            share = math.log(value / low) / (math.log(high / low) or 1)
        else:
            share = (value - low) / ((high - low) or 1)
        return round(start + share * (end - start), 1)

    return place


def _ticks(lines: Sequence[Line], axis: int) -> list[float]:
    """Return the values of the longest line along one axis, thinned out."""
    if axis == 0:
        return sorted({point[0] for line in lines for point in line.points})
    values = [point[1] for line in lines for point in line.points]
    low, high = min(values), max(values)
    steps = 4
    ratio = (high / low) ** (1 / steps) if low > 0 else 2.0
    return [float(f"{low * ratio**step:.2g}") for step in range(steps)] + [high]


def _tick(x: float, y: float, value: float, *, below: bool) -> str:
    label = f"{value:,.0f}" if value >= 10 else f"{value:.2g}"
    if below:
        grid = f'<path d="M{x} {_TOP}V{y}" stroke="#eee"/>'
        return grid + _text(x, y + 18, label)
    grid = f'<path d="M{x} {y}H{_WIDTH - _RIGHT}" stroke="#eee"/>'
    return grid + _text(x - 25, y + 4, label)


def _line(
    line: Line,
    colour: str,
    number: int,
    across: Callable[[float], float],
    up: Callable[[float], float],
) -> list[str]:
    places = [(across(x), up(y)) for x, y in line.points]
    path = "M" + "L".join(f"{x} {y}" for x, y in places)
    dots = [f'<circle cx="{x}" cy="{y}" r="3" fill="{colour}"/>' for x, y in places]
    top = _TOP + 14 + 16 * number
    key = f'<path d="M{_WIDTH - 245} {top - 4}h20" stroke="{colour}" stroke-width="2"/>'
    name = f'<text x="{_WIDTH - 218}" y="{top}">{line.name}</text>'
    stroke = f'<path d="{path}" fill="none" stroke="{colour}" stroke-width="2"/>'
    return [stroke, *dots, key, name]


def _text(x: float, y: float, text: str, *, size: int = 12, turned: bool = False) -> str:
    turn = f' transform="rotate(-90 {x} {y})"' if turned else ""
    return f'<text x="{x}" y="{y}" font-size="{size}" text-anchor="middle"{turn}>{text}</text>'
