"""Draws the rates of one run as an SVG: per operation three bars, Linli, the minimal application, pgbench."""

from collections.abc import Sequence
from html import escape

from tests.benchmarks.operations import Measured

_WIDTH, _LEFT, _BAR, _GAP, _RIGHT = 880, 180, 14, 18, 150
_COLOURS = {"Linli": "#b5302a", "minimal": "#6d7f8f", "pgbench": "#c9cfd4"}
_STYLE = "font: 13px system-ui, sans-serif; fill: #24292f"


def draw(measured: Sequence[Measured]) -> str:
    """Bars are as long as the share of the fastest in their own group: what counts is the ratio."""
    shown = [one for one in measured if one.clients > 1 and one.linli.rounds]
    height = 60 + sum(_height(one) for one in shown)
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {height}" role="img" style="{_STYLE}">',
        "<title>Requests per second by operation: Linli, a minimal application, pgbench</title>",
        f'<rect width="{_WIDTH}" height="{height}" fill="#ffffff"/>',
        '<text x="16" y="28" font-weight="600">Requests per second, 32 clients (longer is better)</text>',
    ]
    top = 50
    for one in shown:
        parts += _group(one, top)
        top += _height(one)
    return "\n".join([*parts, "</svg>", ""])


def _height(one: Measured) -> int:
    return len(one.targets()) * (_BAR + 3) + _GAP


def _group(one: Measured, top: int) -> list[str]:
    targets = one.targets()
    fastest = max(figures.per_second for _, figures in targets)
    parts = [f'<text x="{_LEFT - 10}" y="{top + 12}" text-anchor="end">{escape(one.operation.name)}</text>']
    for row, (target, figures) in enumerate(targets):
        y = top + row * (_BAR + 3)
        long = max(1, round((_WIDTH - _LEFT - _RIGHT) * figures.per_second / fastest))
        parts.append(f'<rect x="{_LEFT}" y="{y}" width="{long}" height="{_BAR}" fill="{_COLOURS[target]}"/>')
        parts.append(f'<text x="{_LEFT + long + 6}" y="{y + 12}">{figures.per_second:,.0f} {target}</text>')
    return parts
