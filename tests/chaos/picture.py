"""The run as a picture: a lane per victim, and above them what was acknowledged each second and how long it took."""

from tests.chaos.run import Outcome
from tests.chaos.schedule import VICTIMS

_INK, _GREEN, _AMBER, _RED = "#24292f", "#2da44e", "#bf8700", "#cf222e"
_FONT = f'font-family="sans-serif" font-size="12" fill="{_INK}"'
_LEFT, _WIDTH, _TOP, _HEIGHT, _LANE = 130, 820, 46, 120, 20


def picture(outcome: Outcome) -> str:
    ends = [act.ended - outcome.began for act in outcome.ledger.accepted() if act.ended is not None]
    span = max(outcome.plan.seconds, *ends)
    lanes = _TOP + _HEIGHT + 30
    height = lanes + _LANE * len(VICTIMS) + 34
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_LEFT + _WIDTH + 20} {height}" {_FONT}>',
        f'<rect width="100%" height="100%" fill="white"/><text x="10" y="18">{outcome.line()}</text>',
        *_bars(ends, span),
    ]
    for number, victim in enumerate(VICTIMS):
        y = lanes + number * _LANE
        parts.append(f'<text x="{_LEFT - 8}" y="{y + 14}" text-anchor="end">{victim}</text>')
        parts.append(_line(_LEFT, y + 10, _LEFT + _WIDTH, y + 10, "#d0d7de"))
    parts += _blows(outcome, span, lanes)
    step = 10 if span > 40 else 2
    for second in range(0, int(span) + 1, step):
        parts.append(f'<text x="{_x(second, span):.0f}" y="{height - 12}" text-anchor="middle">{second} s</text>')
    return "\n".join([*parts, "</svg>\n"])


def _bars(ends: list[float], span: float) -> list[str]:
    counts = [sum(second <= end < second + 1 for end in ends) for second in range(int(span) + 1)]
    most = max(counts)
    bottom = _TOP + _HEIGHT
    label = f'<text x="{_LEFT - 8}" y="{{}}" text-anchor="end">{{}}</text>'
    parts = [label.format(_TOP + 10, f"{most}/s"), label.format(bottom, "acknowledged")]
    for second, count in enumerate(counts):
        tall = _HEIGHT * count / most
        x, wide = _x(second, span), _WIDTH / span * 0.9
        parts.append(
            f'<rect x="{x:.1f}" y="{bottom - tall:.1f}" width="{wide:.1f}" height="{tall:.1f}" fill="{_GREEN}"/>'
        )
    return parts


def _blows(outcome: Outcome, span: float, lanes: int) -> list[str]:
    """Red: killed, until it was back; amber: hung; a ring: emptied, or one backend."""
    parts = []
    for struck in outcome.struck:
        y = lanes + VICTIMS.index(struck.blow.victim) * _LANE + 10
        x = _x(struck.at, span)
        lasted = struck.blow.lasts or struck.away_s or 0.0
        colour = _AMBER if struck.blow.how == "hang" else _RED
        wide = max(2.0, lasted / span * _WIDTH)
        if struck.blow.how in ("kill", "hang"):
            parts.append(f'<rect x="{x:.1f}" y="{y - 6}" width="{wide:.1f}" height="12" fill="{colour}"/>')
        else:
            parts.append(f'<circle cx="{x:.1f}" cy="{y}" r="5" fill="white" stroke="{_RED}" stroke-width="2"/>')
    return parts


def _x(second: float, span: float) -> float:
    return _LEFT + _WIDTH * second / span


def _line(x1: int, y1: int, x2: int, y2: int, colour: str) -> str:
    return f'<line x1="{x1}" y1="{y1}" x2="{x2}" y2="{y2}" stroke="{colour}"/>'
