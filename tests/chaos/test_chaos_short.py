"""`make chaos` and its control, short and side by side: the promise holds, and the instrument can see."""

import asyncio

import pytest

from tests.chaos.run import Outcome, Plan, run


@pytest.fixture(scope="module")
async def outcomes(no_settings: None) -> tuple[Outcome, Outcome]:
    promised = Plan(6, seed=3, districts=1)
    first, second = await asyncio.gather(run(promised), losing())
    return first, second


async def losing() -> Outcome:
    """Six seconds may pass without a blow that tells; three times six do not."""
    for seed in (3, 4, 5):
        outcome = await run(Plan(6, seed=seed, districts=1, control=True, drain_s=6))
        if outcome.verdict.lost + outcome.verdict.undone:
            break
    return outcome


def test_nothing_acknowledged_is_lost_or_doubled(outcomes: tuple[Outcome, Outcome]) -> None:
    outcome, _ = outcomes
    assert outcome.verdict.findings == []
    assert outcome.verdict.is_clean
    assert all(one.away_s is not None for one in outcome.struck)
    assert outcome.callbacks > 0


def test_without_the_jobs_table_something_is_lost(outcomes: tuple[Outcome, Outcome]) -> None:
    _, control = outcomes
    assert control.verdict.lost + control.verdict.undone > 0
    assert control.verdict.oversold == 0
