"""How much a run does: full, quick, over growing tables, or the short one among the tests."""

import os
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).parent
CLIENTS = 32


@dataclass(frozen=True)
class Plan:
    """`seconds` is one round of one operation; every figure is the median of `rounds` of them."""

    name: str
    rows: int
    rounds: int
    seconds: float
    alone_seconds: float = 0.0  # one round with a single client; 0: not measured
    orders: tuple[tuple[int, float], ...] = ()  # hotline orders: per second, for so many seconds
    sizes: tuple[int, ...] = ()  # the tables' sizes of a SCALE run
    timelines: int = 20_000  # how many of the newest appeals have a whole timeline
    processes: int = 2


FULL = Plan("full", 1_000_000, 5, 3.0, 2.0, orders=((50, 12.0), (300, 12.0)))
QUICK = Plan("quick", 100_000, 3, 0.5, 0.3, orders=((50, 3.0), (300, 1.5)))
SCALE = Plan("scale", 5_000_000, 5, 2.0, sizes=(10_000, 100_000, 1_000_000, 5_000_000))
QUICK_SCALE = Plan("quick scale", 100_000, 3, 0.6, sizes=(10_000, 100_000))
SHORT = Plan("short", 3_000, 3, 0.25, timelines=500, processes=1)


def chosen() -> Plan:
    """By QUICK=1 and SCALE=1 in the environment."""
    quick, scale = (os.environ.get(name, "") not in {"", "0"} for name in ("QUICK", "SCALE"))
    return (QUICK_SCALE if quick else SCALE) if scale else (QUICK if quick else FULL)
