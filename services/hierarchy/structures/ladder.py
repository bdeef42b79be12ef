"""The ladder's figures: how many there are of each level, and how many of them a place of the level above has. Pure."""

from dataclasses import dataclass

from services.hierarchy.structures.facts import Facts, loads
from services.hierarchy.structures.structure import Level, Structure


@dataclass(frozen=True, slots=True)
class Rung:
    """One level as it really is. `smallest`, `largest` and `average`: per place of the place level above it."""

    key: str
    name: str
    aliases: tuple[str, ...]
    kind: str
    of: str
    counted: bool
    count: int | None
    smallest: int | None = None
    largest: int | None = None
    average: float | None = None


def ladder(structure: Structure, facts: Facts) -> list[Rung]:
    """Every level, the top first. A level that is a role is counted by its holders, residents by their figure."""
    rungs: list[Rung] = []
    above: str | None = None
    for level in structure.levels:
        if level.kind == "role":
            rungs.append(_rung(level, _holders(level.of, facts)))
            continue
        per = _per(level.of, above, facts)
        count = sum(place.kind == level.of for place in facts.places)
        rungs.append(_rung(level, sum(per) if level.of == "household" and per else count, per))
        above = level.of
    return rungs


def _rung(level: Level, count: int | None, per: list[int] | None = None) -> Rung:
    own = (level.key, level.name, level.aliases, level.kind, level.of, level.counted, count)
    return Rung(*own, min(per), max(per), round(sum(per) / len(per), 1)) if per else Rung(*own)


def _per(kind: str, above: str | None, facts: Facts) -> list[int]:
    """How many of a kind each place of the level above has."""
    load = loads(facts.places, kind)
    return [load.get(place.code, 0) for place in facts.places if above is not None and place.kind == above]


def _holders(post: str, facts: Facts) -> int | None:
    if post == "resident":
        figures = [place.residents for place in facts.places if place.parent is None and place.residents is not None]
        return sum(figures) if figures else None
    return sum(seat.kind == post and seat.holder is not None for seat in facts.posts)
