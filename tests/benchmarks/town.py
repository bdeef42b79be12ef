"""The district that is measured in: 坊子区 as it ships, with its 172 grids, and people with tokens."""

import itertools
import random
from base64 import b64decode
from dataclasses import dataclass, field
from functools import cached_property
from uuid import UUID

from services.hierarchy.places.rules import Known, plant
from services.hierarchy.structures.document import read, shipped
from services.hierarchy.structures.expansion import expand
from shared.kernel.rights import Grant, Role
from shared.runtime.tokens import TokenSigner
from tests.benchmarks.ids import old_id

DISTRICT = "370704"
RESIDENTS, ACTIVITIES = 200, 2_000
_TOKEN_SECONDS = 6 * 3600
_PERSON = 7
_SAMPLES = 1 << 16


@dataclass(frozen=True)
class Spot:
    """A place as appeals carry it."""

    code: str
    path: str
    kind: str
    full_name: str


@dataclass
class Town:
    """Everything that both the generator of rows and the load need to know."""

    spots: list[Spot] = field(default_factory=list)

    @classmethod
    def shipped(cls) -> "Town":
        """From the data file, with the paths that the loader gives."""
        document = next(community for community in map(read, shipped()) if community.district == DISTRICT)
        rows = expand(document).places
        known: dict[str, Known] = {}
        planted = plant(((row.code, row.parent_code, row.kind, row.name) for row in rows), known, {})
        return cls([Spot(p.code, p.path, row.kind, p.full_name) for row, p in zip(rows, planted, strict=True)])

    def of_kind(self, kind: str) -> list[Spot]:
        return [spot for spot in self.spots if spot.kind == kind]

    @cached_property
    def grids(self) -> list[Spot]:
        return self.of_kind("grid")

    @cached_property
    def sampled(self) -> list[Spot]:
        """Where appeals come from, busy grids more often than quiet ones: to be drawn from by number, reproducibly."""
        chance = random.Random(7)
        order = list(range(len(self.grids)))
        chance.shuffle(order)
        below = {grid.path: 1 / (rank + 4) for rank, grid in zip(order, self.grids, strict=True)}
        spots = [spot for spot in self.spots if spot.kind in ("building", "household", "shop", "grid")]
        weights = [next((w for path, w in below.items() if spot.path.startswith(path)), 0.001) for spot in spots]
        return chance.choices(spots, list(itertools.accumulate(weights)) and weights, k=_SAMPLES)

    def person(self, number: int) -> UUID:
        return old_id(number, _PERSON)


def tokens(town: Town, signing_key: str) -> dict[str, list[str]]:
    """Signed once, for hours: residents, one worker per grid, and somebody with the whole district."""
    signer = TokenSigner(b64decode(signing_key))

    def made(number: int, role: Role, path: str) -> str:
        return signer.sign(
            user=str(town.person(number)),
            district=DISTRICT,
            session=str(old_id(number, _PERSON)),
            grants=[Grant(role, path)],
            seconds=_TOKEN_SECONDS,
        )

    root = town.spots[0].path
    return {
        "residents": [made(number, Role.RESIDENT, root) for number in range(RESIDENTS)],
        "grid_workers": [made(10_000 + n, Role.GRID_WORKER, grid.path) for n, grid in enumerate(town.grids)],
        "operator": [made(20_000, Role.OPERATOR, root)],
    }
