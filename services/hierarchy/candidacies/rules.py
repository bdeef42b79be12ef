"""Scores of a candidacy. Pure."""

from collections.abc import Mapping, Sequence

Given = Mapping[str, Mapping[str, int]]


def means(criteria: Sequence[str], scores: Given) -> dict[str, float]:
    """The mean of everybody's points for each criterion that has any."""
    found: dict[str, float] = {}
    for criterion in criteria:
        points = [one[criterion] for one in scores.values() if criterion in one]
        if points:
            found[criterion] = round(sum(points) / len(points), 1)
    return found


def is_scored(criteria: Sequence[str], scores: Given) -> bool:
    """Whether every criterion has points."""
    return len(means(criteria, scores)) == len(criteria)


def overall(criteria: Sequence[str], scores: Given) -> float | None:
    """The mean over the criteria, once all have points."""
    found = means(criteria, scores)
    return round(sum(found.values()) / len(found), 1) if found and is_scored(criteria, scores) else None
