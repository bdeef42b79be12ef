"""The linter's figures: violations by rule, and how the spans of a structure come out. Pure."""

from collections import Counter
from collections.abc import Iterable
from typing import NamedTuple

from services.hierarchy.structures.facts import Facts, loads
from services.hierarchy.structures.rules import RULES, Violation
from services.hierarchy.structures.structure import Structure


class SpanFigures(NamedTuple):
    """One post with a span: who holds it answers for so many units, each and together.

    `reach_min` and `reach_max` are what so many holders could answer for by the rule alone.
    """

    post: str
    name: str
    unit: str
    min: int
    max: int
    holders: int
    smallest: int | None
    largest: int | None
    total: int
    average: float | None
    reach_min: int
    reach_max: int
    source: str | None


def spans(structure: Structure, facts: Facts) -> list[SpanFigures]:
    """Every post of the structure that has a span, in its order."""
    found = []
    for kind in structure.posts:
        if (span := kind.span) is None:
            continue
        load = loads(facts.places, span.unit)
        held = [load.get(post.place, 0) for post in facts.posts if post.kind == kind.key and post.holder is not None]
        average = round(sum(held) / len(held), 2) if held else None
        found.append(
            SpanFigures(
                kind.key, kind.name, span.unit, span.min, span.max, len(held), min(held, default=None),
                max(held, default=None), sum(held), average, len(held) * span.min, len(held) * span.max, span.source,
            )
        )  # fmt: skip
    return found


def tally(violations: Iterable[Violation]) -> dict[str, int]:
    """How many there are of each rule, in the rules' order, those without any left out."""
    counted = Counter(violation.rule for violation in violations)
    return {rule: counted[rule] for rule in RULES if counted[rule]}
