"""The arithmetic of three-party evaluation, and who sees what of it. Pure.

Integers and decimals only: the same scores give the same result in whatever order they came.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from enum import StrEnum
from typing import NamedTuple

from shared.kernel.errors import Wrong
from shared.kernel.spans import Words

WHOLE = 100
ROUNDS = 2
REOPEN_WITHIN = timedelta(days=30)


class Rater(StrEnum):
    """The three parties: whom it serves 服务对象, the party branch 小区党支部, the owners' committee 红色业委会."""

    SERVED = "served"
    BRANCH = "branch"
    OWNERS = "owners"


Scores = Mapping[Rater, int]
DEFAULT_WEIGHTS: dict[Rater, int] = {Rater.SERVED: 40, Rater.BRANCH: 30, Rater.OWNERS: 30}


class Result(NamedTuple):
    """What three scores come to."""

    value: Decimal  # 0.00–100.00
    spread: int  # between the highest and the lowest
    flagged: bool  # they disagree so much that somebody must look


def check_weights(weights: Mapping[Rater, int]) -> None:
    """ValueError unless all three have a weight and these are one whole."""
    if set(weights) != set(Rater) or min(weights.values()) < 1 or sum(weights.values()) != WHOLE:
        raise Wrong(
            f"served、branch、owners 三项权重各至少为 1，合计 {WHOLE}",
            f"served, branch and owners each take a weight of at least 1; together {WHOLE}",
        )


def result(scores: Scores, weights: Mapping[Rater, int], flag_at: int) -> Result | None:
    """None until all three are in."""
    if set(scores) != set(Rater):
        return None
    check_weights(weights)
    total = sum(scores[rater] * weights[rater] for rater in Rater)
    value = (Decimal(total) / WHOLE).quantize(Decimal("0.01"), ROUND_HALF_UP)
    spread = max(scores.values()) - min(scores.values())
    return Result(value, spread, spread >= flag_at)


def visible(scores: Scores, own: Rater | None, *, complete: bool) -> dict[Rater, int]:
    """What somebody may see: everything once all are in, until then the score that they gave themself."""
    if complete:
        return dict(scores)
    return {rater: score for rater, score in scores.items() if rater is own}


def why_not_reopen(rounds: int, complete_at: datetime | None, now: datetime) -> Words | None:
    """Once, and within thirty days: a result that stands is not opened until it pleases."""
    if rounds >= ROUNDS:
        return Words("已经重新评价过一次", "it has been opened again once already")
    if complete_at is None or now - complete_at > REOPEN_WITHIN:
        return Words(
            f"结果形成已超过 {REOPEN_WITHIN.days} 天", f"the result is more than {REOPEN_WITHIN.days} days old"
        )
    return None
