"""Whom to strike, how and when: from the seed and the length of the run alone. Pure."""

import random
from dataclasses import dataclass
from typing import Literal

from services.local.settings import SERVICES

How = Literal["kill", "hang", "kill one backend", "empty"]
VICTIMS = ("valkey", "postgres", *(f"{service}.{part}" for part in ("worker", "api") for service in SERVICES))

_BLOWS_PER_SECOND = 0.45
_WARM_S, _WARM, _SHARE = 2.0, 0.15, 0.95  # the first blow falls after this, the last before this share of the run
_SHORTEST_HANG_S = 3.0


@dataclass(frozen=True, slots=True)
class Blow:
    """`at` and `lasts` in seconds; only a hang lasts."""

    at: float
    victim: str
    how: How
    lasts: float = 0.0


def every_blow() -> list[tuple[str, How]]:
    """The whole matrix, most telling first, for runs that are too short for all of it."""
    first: list[tuple[str, How]] = [
        ("valkey", "empty"), ("tickets.worker", "kill"), ("postgres", "kill"), ("tickets.api", "kill"),
        ("events.api", "kill"), ("valkey", "kill"), ("events.worker", "kill"), ("postgres", "hang"),
        ("postgres", "kill one backend"), ("hierarchy.api", "kill"), ("hierarchy.worker", "kill"),
    ]  # fmt: skip
    again: list[tuple[str, How]] = [(victim, "kill") for victim in VICTIMS]
    hangs: list[tuple[str, How]] = [(victim, "hang") for victim in VICTIMS if victim != "postgres"]
    return first + again + hangs


def schedule(seed: int, seconds: float) -> list[Blow]:
    """The blows in order. From 58 s on the matrix is whole: each killed twice, each hung once."""
    rng = random.Random(seed)
    chosen = every_blow()[: max(1, int(seconds * _BLOWS_PER_SECOND))]
    lasts = max(_SHORTEST_HANG_S, seconds / 20)
    warm = min(_WARM_S, seconds * _WARM)
    slot = (seconds * _SHARE - warm) / len(chosen)
    times = [warm + (number + rng.random() * 0.5) * slot for number in range(len(chosen))]
    order = _spread(rng, chosen, times, lasts + 2.0)
    return [
        Blow(round(at, 2), victim, how, lasts if how == "hang" else 0.0)
        for at, (victim, how) in zip(times, order, strict=True)
    ]


def _spread(
    rng: random.Random, blows: list[tuple[str, How]], times: list[float], apart: float
) -> list[tuple[str, How]]:
    """Shuffled so that the same victim is not struck again while it still lies down, as far as there is time."""
    best, best_gap = blows, -1.0
    for _ in range(2000):
        order = rng.sample(blows, len(blows))
        gap = _least_gap(order, times)
        if gap >= apart:
            return order
        if gap > best_gap:
            best, best_gap = order, gap
    return best


def _least_gap(order: list[tuple[str, How]], times: list[float]) -> float:
    last: dict[str, float] = {}
    least = float("inf")
    for at, (victim, _) in zip(times, order, strict=True):
        least = min(least, at - last.get(victim, float("-inf")))
        last[victim] = at
    return least
