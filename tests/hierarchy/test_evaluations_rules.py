"""Three-party evaluation as arithmetic: one whole, no order, and nobody sees another's score before."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from services.hierarchy.evaluations.inputs import Weights
from services.hierarchy.evaluations.rules import DEFAULT_WEIGHTS, Rater, check_weights, result, visible, why_not_reopen

NOW = datetime(2026, 12, 1, tzinfo=UTC)
_scores = st.fixed_dictionaries({rater: st.integers(0, 100) for rater in Rater})
_weights = st.tuples(st.integers(1, 98), st.integers(1, 98)).filter(lambda two: sum(two) < 100).map(
    lambda two: dict(zip(Rater, (*two, 100 - sum(two)), strict=True))
)  # fmt: skip
_some = st.dictionaries(st.sampled_from(list(Rater)), st.integers(0, 100))


def test_an_example() -> None:
    found = result({Rater.SERVED: 90, Rater.BRANCH: 80, Rater.OWNERS: 55}, DEFAULT_WEIGHTS, 30)
    assert found is not None
    assert found == (Decimal("76.50"), 35, True)


def test_the_weights_are_one_whole() -> None:
    check_weights(DEFAULT_WEIGHTS)
    for wrong in ({Rater.SERVED: 100}, dict.fromkeys(Rater, 33), {**DEFAULT_WEIGHTS, Rater.SERVED: 41}):
        with pytest.raises(ValueError, match="weight"):
            check_weights(wrong)
    with pytest.raises(ValidationError):
        Weights(served=50, branch=30, owners=30)


@given(scores=_scores, weights=_weights, flag_at=st.integers(1, 100))
def test_a_result_lies_between_the_scores(scores: dict[Rater, int], weights: dict[Rater, int], flag_at: int) -> None:
    found = result(scores, weights, flag_at)
    assert found is not None
    assert min(scores.values()) <= found.value <= max(scores.values())
    assert found.spread == max(scores.values()) - min(scores.values())
    assert found.flagged == (found.spread >= flag_at)


@given(scores=_scores, weights=_weights, order=st.permutations(list(Rater)))
def test_the_order_says_nothing(scores: dict[Rater, int], weights: dict[Rater, int], order: list[Rater]) -> None:
    again = {rater: scores[rater] for rater in order}
    turned = {rater: weights[rater] for rater in reversed(order)}
    assert result(again, turned, 30) == result(scores, weights, 30)


@given(score=st.integers(0, 100), weights=_weights)
def test_equal_scores_are_the_result(score: int, weights: dict[Rater, int]) -> None:
    found = result(dict.fromkeys(Rater, score), weights, 1)
    assert found is not None
    assert (found.value, found.spread, found.flagged) == (Decimal(score), 0, False)


@given(scores=_some, weights=_weights)
def test_no_result_before_all_are_in(scores: dict[Rater, int], weights: dict[Rater, int]) -> None:
    assert (result(scores, weights, 30) is None) == (len(scores) < len(Rater))


@given(mine=st.sampled_from([*Rater, None]), one=_some, other=_some)
def test_what_somebody_sees_does_not_depend_on_the_others(
    mine: Rater | None, one: dict[Rater, int], other: dict[Rater, int]
) -> None:
    """Two worlds that differ only in what others gave look the same until all are in."""
    for world in (one, other):
        if mine is not None:
            world[mine] = 70
    assert visible(one, mine, complete=False) == visible(other, mine, complete=False)
    assert visible(one, mine, complete=True) == one


def test_opened_again_once_and_soon() -> None:
    assert why_not_reopen(1, NOW, NOW + timedelta(days=30)) is None
    assert why_not_reopen(1, NOW, NOW + timedelta(days=30, seconds=1)) is not None
    assert why_not_reopen(2, NOW, NOW) is not None
    assert why_not_reopen(1, None, NOW) is not None
