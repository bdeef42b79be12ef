"""A province to be measured in: the places of thousands of districts as a CSV, and who answers for them."""

import csv
import itertools
import random
from base64 import b64decode
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import asyncpg

from services.hierarchy.appointments.tables import APPOINTMENTS, POSTS
from services.hierarchy.people.tables import PEOPLE
from services.hierarchy.places import queries as places
from services.hierarchy.places.tables import PLACES
from services.hierarchy.responsibility import queries as responsibility
from services.hierarchy.responsibility.rules import asked_for
from services.hierarchy.responsibility.tables import RESPONSIBILITIES
from shared.kernel.rights import Grant, Role
from shared.runtime.privacy import Vault, bound_to
from shared.runtime.tokens import TokenSigner
from tests.benchmarks.ids import old_id
from tests.benchmarks.scripts import Sql, script
from tests.benchmarks.visits import get

BIG, MOVED = "999999", 10_000  # the district whose subtree moves, and how many places that is
HOLDERS = {"building": 1, "compound": 2, "grid": 3, "community": 4}  # what somebody answers for, the nearest first
DEEP = "001001-G00-X01-B02-U03-H04"  # a household in every district but the big one
_FIRST = 110001
_SINCE = date(2026, 1, 1)
_CHUNK = 20_000
Rows = Iterator[tuple[str, str, str, str, str]]


def codes(number: int) -> list[str]:
    """So many plausible district codes."""
    return [str(_FIRST + step) for step in range(number)]


def district_rows(code: str) -> Rows:
    """220 places: district, street, community, grid, compound, building, staircase, household."""
    yield code, code, f"示例区{code}", "district", ""
    for street in range(1, 3):
        above = f"{code}{street:03}"
        yield code, above, f"示例街道{street}", "street", code
        for community in range(1, 4):
            place = f"{above}{community:03}"
            yield code, place, f"示例社区{street}-{community}", "community", above
            yield from _below(code, place, 35 if (street, community) != (2, 3) else 36)


def _below(district: str, above: str, number: int) -> Rows:
    """Grids with chains of compound, building, staircase, household."""
    kinds = (("grid", "G"), ("compound", "X"), ("building", "B"), ("staircase", "U"), ("household", "H"))
    parent = above
    for given in range(number):
        kind, token = kinds[given % 5]
        parent = above if kind == "grid" else parent
        code = f"{parent}-{token}{given:02}"
        yield district, code, f"第{given}{kind}", kind, parent
        parent = code


def big_rows() -> Rows:
    """A district with two communities, one of them with the places that move: 99 buildings of 99 households."""
    yield BIG, BIG, "示例大区", "district", ""
    yield BIG, f"{BIG}001", "示例街道", "street", BIG
    yield BIG, f"{BIG}001001", "甲社区", "community", f"{BIG}001"
    yield BIG, f"{BIG}001002", "乙社区", "community", f"{BIG}001"
    compound = f"{BIG}001001-X01"
    yield BIG, compound, "示例小区", "compound", f"{BIG}001001"
    for building in range(1, (MOVED - 1) // 100 + 1):
        house = f"{compound}-B{building:02}"
        yield BIG, house, f"{building}号楼", "building", compound
        for flat in range(1, 100):
            yield BIG, f"{house}-H{flat:04}", f"{flat}室", "household", house
    for flat in range(1, 100):
        yield BIG, f"{compound}-H{flat:04}", f"平房{flat}", "household", compound


def write_csv(path: Path, districts: list[str]) -> int:
    """The file; how many rows. Children stand before parents in every second district."""
    rows = 0
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(("district", "code", "name", "kind", "parent_code"))
        for number, made in enumerate([*map(district_rows, districts), big_rows()]):
            given = list(made)
            writer.writerows(reversed(given) if number % 2 else given)
            rows += len(given)
    return rows


# --- who answers -----------------------------------------------------------------------------------------------------


async def appoint(owner_url: str, vault: Vault) -> int:
    """Gives every community, grid, compound and building a post and somebody who holds it; how many there are."""
    connection = await asyncpg.connect(owner_url)
    try:
        await connection.set_type_codec(
            "jsonb", schema="pg_catalog", format="binary", encoder=lambda given: b"\x01" + given, decoder=bytes
        )
        number = 0
        async with connection.transaction():
            async for chunk in _held(connection):
                for table, columns, rows in _rows(vault, number, chunk):
                    await connection.copy_records_to_table(
                        table.name, schema_name=table.schema, columns=columns, records=rows
                    )
                number += len(chunk)
        for table in (PLACES, PEOPLE, POSTS, APPOINTMENTS, RESPONSIBILITIES):
            await connection.execute(f"VACUUM (ANALYZE) {table.fullname}")
        await connection.execute("CHECKPOINT")
        return number
    finally:
        await connection.close()


async def _held(connection: asyncpg.Connection) -> AsyncIterator[list[asyncpg.Record]]:
    wanted = f"SELECT district, code, path, kind FROM {PLACES.fullname} WHERE kind = ANY($1)"
    cursor = await connection.cursor(wanted, list(HOLDERS))
    while chunk := await cursor.fetch(_CHUNK):
        yield chunk


def _rows(vault: Vault, first: int, chunk: list[asyncpg.Record]) -> Iterator[tuple[Any, list[str], list[Any]]]:
    people, posts, held, answering = [], [], [], []
    for number, place in enumerate(chunk, first):
        district, path, code = place["district"], place["path"], f"P{number}"
        person, post = old_id(number, 1), old_id(number, 2)
        name = vault.seal(f"示例{number}", bound_to=bound_to(district, "people", "name", person))
        people.append((district, person, code, name, "holder", path, False, True, b"{}"))
        posts.append((district, post, code, place["kind"], "负责人", "负责人", path, Role.GRID_WORKER))
        held.append((district, old_id(number, 3), post, person, _SINCE, "示例"))
        spot = HOLDERS[place["kind"]]
        answering.append((district, old_id(number, 4), path, code, post, ["*"], spot, _SINCE))
    yield (
        PEOPLE,
        ["district", "id", "code", "name", "listed_as", "path", "party_member", "invented", "attributes"],
        people,
    )
    yield POSTS, ["district", "id", "code", "kind", "label", "name", "path", "role"], posts
    yield APPOINTMENTS, ["district", "id", "post_id", "person_id", "since", "source"], held
    yield (
        RESPONSIBILITIES,
        ["district", "id", "path", "held_by", "post_id", "categories", "position", "since"],
        answering,
    )


# --- who asks --------------------------------------------------------------------------------------------------------


@dataclass
class Askers:
    """An operator of every district, and what they ask: streams as those of `Visitors`."""

    districts: list[str]
    tokens: list[str]
    big: str

    @classmethod
    def of(cls, districts: list[str], signing_key: str) -> "Askers":
        signer = TokenSigner(b64decode(signing_key))

        def token(district: str) -> str:
            everywhere = [Grant(Role.OPERATOR, "")]
            return signer.sign(user=str(old_id(1, 7)), district=district, session=str(old_id(1, 8)),
                               grants=everywhere, seconds=3600)  # fmt: skip

        return cls(districts, list(map(token, districts)), token(BIG))

    def stream(self, operation: str, start: int) -> Iterator[bytes]:
        made: Iterator[bytes] = getattr(self, operation)()
        return itertools.islice(made, start % len(self.districts), None)

    def responsibility(self) -> Iterator[bytes]:
        """谁来管 of a household eight levels deep, district after district in no order."""
        for district, token in self._anywhere():
            yield get(f"/api/hierarchy/v1/responsibility?place={district}{DEEP}&category=JC05", token)

    def subtree_street(self) -> Iterator[bytes]:
        for district, token in self._anywhere():
            yield get(f"/api/hierarchy/v1/places/{district}001/subtree?limit=20", token)

    def subtree_big(self) -> Iterator[bytes]:
        while True:
            yield get(f"/api/hierarchy/v1/places/{BIG}001/subtree?limit=20", self.big)

    def _anywhere(self) -> Iterator[tuple[str, str]]:
        order = list(zip(self.districts, self.tokens, strict=True))
        random.Random(7).shuffle(order)
        return itertools.cycle(order)


@dataclass
class Asked:
    """The same questions for pgbench: the very statements, the district drawn anew each time."""

    districts: int

    def made(self, name: str) -> str:
        return str(getattr(self, name)())

    def responsibility(self) -> str:
        values = {"district": Sql(":district::text"), "place": Sql(f":district || '{DEEP}'"),
                  "categories": asked_for("JC05"), "on": datetime.now(UTC).date()}  # fmt: skip
        return self._drawn() + script(responsibility.QUESTION, values)

    def subtree_street(self) -> str:
        return self._drawn() + self._page(":district::text", ":district || '001'")

    def subtree_big(self) -> str:
        return self._page(f"'{BIG}'", f"'{BIG}001'")

    def _drawn(self) -> str:
        return f"\\set district random({_FIRST}, {_FIRST + self.districts - 1})\n"

    def _page(self, district: str, place: str) -> str:
        page = places.subtree(of_kind=False, homes=True)
        return script(page, {"district": Sql(district), "code": Sql(place), "after": "", "limit": 21})
