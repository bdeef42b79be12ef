"""Which grants a token carries, and how long those who hold them stay signed in. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta

from shared.kernel.paths import covers
from shared.kernel.rights import Grant, Role

# Neighbours, with or without a post: their app stays signed in. Everybody else sits at a desk or carries its rights.
NEIGHBOURS = {Role.RESIDENT, Role.BUILDING_HEAD, Role.POST_HOLDER}


def outermost(grants: Iterable[Grant]) -> list[Grant]:
    """Without repetitions and without those that another grant of the same role covers; a token stays small."""
    kept: list[Grant] = []
    for grant in sorted(set(grants), key=lambda grant: (grant.role.value, grant.place)):
        if not any(other.role is grant.role and covers(other.place, grant.place) for other in kept):
            kept.append(grant)
    return kept


@dataclass(frozen=True, slots=True)
class Lifetimes:
    """How long a session lasts at most, and how long unused."""

    longest: timedelta
    idle: timedelta


@dataclass(frozen=True, slots=True)
class Limits:
    """The lifetimes of both kinds of people, the grace of a token just replaced, and how many devices one may have."""

    neighbours: Lifetimes
    staff: Lifetimes
    grace: timedelta
    devices: int

    def of(self, grants: Iterable[Grant]) -> Lifetimes:
        """By what somebody may do today."""
        return self.neighbours if all(grant.role in NEIGHBOURS for grant in grants) else self.staff
