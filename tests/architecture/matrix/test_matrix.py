"""The matrix of rights: every route × every role × every relation to the thing × every way to name it.

`expectations.py` is the page to read. Run with `-s` to see how many cells were tried.
"""

from collections.abc import AsyncIterator

import pytest

from services.tickets.appeals import moves, relations
from shared.kernel.errors import Forbidden
from shared.kernel.rights import Role
from tests.architecture.applications import ROUTES
from tests.architecture.matrix.asks import ROUTE
from tests.architecture.matrix.expectations import GROUPS, OPEN, PERSONS, ROLES
from tests.architecture.matrix.machine import Findings, Trial
from tests.architecture.matrix.table import ROWS, Row, meant, parse
from tests.architecture.matrix.world import World, open_world


@pytest.fixture(scope="session")
async def world(database: dict[str, str]) -> AsyncIterator[World]:
    async with open_world(database) as made:
        yield made


def missing(routes: set[tuple[str, str]], rows: list[Row]) -> tuple[set[tuple[str, str]], set[tuple[str, str]]]:
    """Routes without a row, and rows without a route."""
    told = {(row.service, row.route) for row in rows}
    return routes - told, told - routes


def test_every_route_has_a_row_and_every_row_a_route() -> None:
    routes = {(route.service, route.name) for route in ROUTES if route.name not in OPEN}
    assert missing(routes, ROWS) == (set(), set())
    assert set(ROLES) == {*Role, "nobody"}


def test_a_planted_route_is_missed_by_its_name() -> None:
    assert missing({("tickets", "planted")}, [parse("tickets", "other | plain | | all")]) == (
        {("tickets", "planted")}, {("tickets", "other")},
    )  # fmt: skip
    for word in ("nobody_at_all", "staff@nowhere"):
        with pytest.raises(ValueError, match="is n"):
            meant(word)
    assert set(GROUPS) & set(ROLES) == set(PERSONS) & set(ROLES) == set()


async def test_the_matrix(world: World) -> None:
    found = Findings()
    for row in ROWS:
        if row.way not in ("public", "signed"):
            found += await Trial(world, row).run()
    print(  # noqa: T201 - the number is what the reader asks for
        f"\nmatrix: {found.cells} cells, {len(ROWS)} rows, {len({(r.service, r.route) for r in ROWS})} routes: "
        f"{len(found.unexpected)} unexpected, {len(found.leaks)} existence leaks"
    )
    assert not found.unexpected, "\n".join(
        ["who gets what they should not, or not what they should:", *found.unexpected]
    )
    assert not found.leaks, "\n".join(["who learns that something is there:", *found.leaks])
    assert found.cells > 5000


@pytest.mark.parametrize("row", [row for row in ROWS if row.way in ("public", "signed")], ids=str)
async def test_what_needs_no_token(world: World, row: Row) -> None:
    """Public addresses answer; a webhook without a signature is refused, whatever token comes with it; an address that
    holds a secret is none without it.
    """
    route = ROUTE[row.service, row.route]
    table = {"hierarchy": "venue", "tickets": "appeal", "events": "activity"}[row.service]
    path = route.path.replace("{name}", table).replace("{id}", f"{world.at}-12345")
    path = path.replace("{district}", world.at).replace("{code}", world.building)
    [method] = route.methods - {"HEAD"}
    answer = await world.http[row.service].request(method, path, json=None if method == "GET" else {})
    if "{token}" in path:
        assert answer.status_code == 404
    elif row.way == "signed":
        assert (answer.status_code, answer.json()["code"]) == (401, "signature_missing")
    else:
        assert answer.status_code == 200 if method == "GET" else answer.status_code == 422


# --- the safety net is switched off, and the matrix sees it ---


def _row(route: str) -> Row:
    return next(row for row in ROWS if row.route == route and row.way == "path")


async def test_a_right_too_many_is_found(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(relations, "_in_office", lambda *_: True)
    found = await Trial(world, _row("appeal_read")).run()
    assert {line.split(": ")[1].split(" ")[0] for line in found.unexpected} >= {"former_lead@own", "moved_lead@sibling"}


async def test_an_answer_that_betrays_is_found(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(moves, "may_see", lambda *_: (_ for _ in ()).throw(Forbidden))
    found = await Trial(world, _row("appeal_timeline")).run()
    assert found.leaks
