"""Which grants a token carries. Pure."""

from collections.abc import Iterable

from shared.kernel.paths import covers
from shared.kernel.rights import Grant


def outermost(grants: Iterable[Grant]) -> list[Grant]:
    """Without repetitions and without those that another grant of the same role covers; a token stays small."""
    kept: list[Grant] = []
    for grant in sorted(set(grants), key=lambda grant: (grant.role.value, grant.place)):
        if not any(other.role is grant.role and covers(other.place, grant.place) for other in kept):
            kept.append(grant)
    return kept
