"""What the JSON bodies bound, a workbook bounds alike: every cell at its bound comes in, one past it is named and
nothing is. The bodies themselves are asked too, so that a bound that moves at one of the two doors alone is noticed.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, get_args

import httpx
import pytest
from pydantic import BaseModel, TypeAdapter, ValidationError

from services.hierarchy.candidacies.inputs import Choice, NewCandidacy
from services.hierarchy.households.inputs import NewHousehold, NewHouseholdMember, NewTag
from services.hierarchy.organisations.inputs import NewOrganisation, OrganisationCode
from services.hierarchy.places.inputs import NewPlace, PlaceCode
from services.hierarchy.structures.structure import Key
from services.hierarchy.workbooks.columns import COLUMNS, ORGANISATION_WORDS, PLACE_WORDS
from services.hierarchy.workbooks.rules import Kind
from shared.runtime.service import Service
from shared.schemas.base import Body, Code
from tests.hierarchy.households_scene import code, homes, open_register
from tests.hierarchy.small import load_small
from tests.hierarchy.test_workbooks_rights import person
from tests.hierarchy.workbooks_scene import Desk, book

NUMBER = "320102199001010010"
ARABIC = "1٠٠٠٠٠٠٠٠٠١"  # digits, but none of ours
HOMES = 20


@pytest.fixture
async def desk(hierarchy: Service, api: httpx.AsyncClient, district: str) -> Desk:
    made = Desk(**vars(await open_register(hierarchy, api, district, 4)))
    longest, *more = homes(district, HOMES)
    long = longest._replace(code=longest.code.ljust(64, "0"), name="长编码室")
    await load_small(hierarchy, district, long, *more)
    await person(made)
    return made


class Taken(Body):
    """What other doors say of people's rolls and of codes that are given nowhere else."""

    roll: Key
    code: Code
    organisation: OrganisationCode
    place: PlaceCode


@dataclass(frozen=True)
class Bound:
    """A column, what stands at its bounds, and what lies one past them with the reason that is given; and the field of
    a body that has the same.
    """

    body: type[BaseModel]
    name: str
    field: str
    at: Sequence[Any]
    past: Mapping[Any, str]


def days(body: type[BaseModel], name: str, field: str) -> Bound:
    past = dict.fromkeys(("1949-09-30", "2200-01-01"), "date_range")
    return Bound(body, name, field, ("1949-10-01", "2199-12-31"), past)


def line(body: type[BaseModel], name: str, field: str, most: int) -> Bound:
    return Bound(body, name, field, ("长", "长" * most), {"长" * (most + 1): "too_long"})


def codes(body: type[BaseModel], name: str, field: str, most: int) -> Bound:
    return Bound(body, name, field, (), {"c" * (most + 1): "code_wrong", "c.c": "code_wrong"})


PHONE = dict.fromkeys(("100666600012", "1006666000", "20066660001", ARABIC), "phone_wrong")
PERSON = (
    line(NewHouseholdMember, "name", "name", 60),
    Bound(NewHouseholdMember, "phone", "phone", (), PHONE),
    Bound(
        NewHouseholdMember, "id_number", "id_number", (), dict.fromkeys((NUMBER[:-1] + "1", NUMBER + "0"), "id_wrong")
    ),
)
BOUNDS: dict[Kind, tuple[Bound, ...]] = {
    Kind.HOUSEHOLDS: (
        *PERSON,
        codes(NewHousehold, "place", "place", 64),
        Bound(NewHouseholdMember, "relation", "relation", ("other",), {"friend": "word_unknown"}),
        Bound(NewTag, "tag", "tags", ("elderly",), {"rich": "word_unknown"}),
        Bound(NewTag, "basis", "basis", ("consent",), {"rumour": "word_unknown"}),
        Bound(NewTag, "legal_basis", "legal_basis", ("条例", "长" * 200), {"法": "too_short", "长" * 201: "too_long"}),
        days(NewTag, "since", "since"),
        days(NewTag, "until", "until"),
    ),
    Kind.PEOPLE: (
        *PERSON,
        Bound(Taken, "code", "code", ("c" * 64,), {"c" * 65: "code_wrong"}),
        Bound(Taken, "roll", "listed_as", ("r" * 50,), {"r" * 51: "word_unknown"}),
        codes(Taken, "place", "place", 64),
    ),
    Kind.PLACES: (
        Bound(NewPlace, "code", "code", ("c" * 64,), {"c" * 65: "code_wrong"}),
        line(NewPlace, "name", "name", 100),
        Bound(NewPlace, "kind", "kind", ("building",), {"castle": "word_unknown"}),
        codes(NewPlace, "parent", "parent", 64),
    ),
    Kind.ORGANISATIONS: (
        Bound(Taken, "organisation", "code", ("c" * 100,), {"c" * 101: "code_wrong"}),
        line(NewOrganisation, "name", "name", 200),
        Bound(NewOrganisation, "kind", "kind", ("council",), {"club": "word_unknown"}),
        Bound(NewOrganisation, "parent", "parent", ("c" * 100,), {"c" * 101: "code_wrong"}),
        codes(NewOrganisation, "place", "place", 64),
    ),
    Kind.APPOINTMENTS: (
        codes(NewCandidacy, "post", "post", 64),
        codes(Taken, "code", "person", 64),
        *PERSON[1:],
        Bound(PERSON[0].body, "name", "name", (), PERSON[0].past),
        Bound(Choice, "since", "since", ("2199-12-31",), {"1949-09-30": "date_range", "2200-01-02": "date_range"}),
        Bound(Choice, "term_ends", "until", ("2199-12-31",), {"2200-01-02": "date_range"}),
        line(Choice, "source", "source", 200),
    ),
}
# What the bodies hold and no workbook does.
ELSEWHERE = {
    NewTag: {"given_by", "public"},
    NewPlace: {"zone_type", "premises", "built", "area_km2", "households", "residents"},
    NewOrganisation: {"attributes"},
}


def rows(desk: Desk, kind: Kind, cells: Sequence[tuple[str, Any]]) -> list[list[Any]]:
    """A workbook with a good row of its own for each of these cells, which stand in it instead of the good one."""
    d, columns = desk.district, [column.field for column in COLUMNS[kind]]
    made: list[list[Any]] = [[column.title for column in COLUMNS[kind]]]
    for at, (field, cell) in enumerate(cells, 1):
        row: dict[str, Any] = {
            Kind.HOUSEHOLDS: {"place": desk.home(at + 1), "name": f"虚构住户{at}", "tags": "elderly",
                              "basis": "statutory", "legal_basis": "条例"},
            Kind.PEOPLE: {"code": f"{d}-n-{at}", "name": f"虚构人员{at}", "place": f"{d}100001"},
            Kind.PLACES: {"code": f"{d}100001-B{at + 50}", "name": f"{at}号", "kind": "shop", "parent": f"{d}100001"},
            Kind.ORGANISATIONS: {"code": f"{d}-o-{at}", "name": f"虚构组织{at}", "kind": "partner",
                                 "place": f"{d}100001"},
            Kind.APPOINTMENTS: {"post": f"{d}100001-secretary", "person": f"{d}-me", "since": "2199-12-30"},
        }[kind]  # fmt: skip
        made.append([(row | {field: cell}).get(name) for name in columns])
    return made


def past(kind: Kind) -> list[tuple[str, Any, str]]:
    return [(bound.field, cell, reason) for bound in BOUNDS[kind] for cell, reason in bound.past.items()]


@pytest.mark.parametrize("kind", Kind)
async def test_one_past_a_bound_is_named_and_nothing_is_applied(desk: Desk, kind: Kind) -> None:
    cells = past(kind)
    found = await desk.refused(rows(desk, kind, [(field, cell) for field, cell, _ in cells]), kind, desk.operator)
    wanted = [(at, field, reason) for at, (field, _, reason) in enumerate(cells, 2)]
    assert [one for one in found if one in wanted] == wanted  # a cell that cannot be read may be missed by others
    [shown] = (await desk.get("imports", desk.operator)).json()["items"]
    assert code(await desk.post(f"imports/{shown['id']}/confirm", {}, desk.operator)) == (409, "move_not_open")
    again = await desk.checked(book(rows(desk, kind, [cell[:2] for cell in cells])), kind, "valid_rows", desk.operator)
    assert (again["valid"], "confirm" in again["moves"]) == (0, False)


@pytest.mark.parametrize("kind", Kind)
async def test_what_stands_at_its_bound_comes_in(desk: Desk, kind: Kind) -> None:
    if kind is Kind.ORGANISATIONS:
        above = rows(desk, kind, [("code", "c" * 100)])
        assert (await desk.imported(book(above), kind))["added"] == 1
    cells = [(bound.field, cell) for bound in BOUNDS[kind] for cell in bound.at]
    for one in [[cell] for cell in cells] if kind is Kind.APPOINTMENTS else [cells]:
        done = await desk.imported(book(rows(desk, kind, one)), kind, who=desk.operator)
        assert (done["step"], done["wrong"], done["rows"]) == ("applied", 0, len(one))
        await desk.rows("DELETE FROM hierarchy.appointments WHERE district = $1")


@pytest.mark.parametrize("kind", Kind)
def test_the_bodies_have_the_same_bounds(kind: Kind) -> None:
    for bound in BOUNDS[kind]:
        field = bound.body.model_fields[bound.name]
        taken = TypeAdapter[Any](field.rebuild_annotation())
        for cell in bound.at:
            taken.validate_python(cell)
        for cell in bound.past:
            with pytest.raises(ValidationError):  # Choice looks at its days as a whole
                (Choice.model_validate({bound.name: cell}) if bound.body is Choice else taken.validate_python(cell))


def test_every_field_of_a_body_is_in_a_workbook_or_said_to_be_elsewhere() -> None:
    seen = {bound.body: ELSEWHERE.get(bound.body, set()) for bounds in BOUNDS.values() for bound in bounds}
    for bounds in BOUNDS.values():
        for bound in bounds:
            seen[bound.body] |= {bound.name}
    for body in (NewHousehold, NewHouseholdMember, NewTag, NewPlace, NewOrganisation):
        assert seen[body] == set(body.model_fields), body
    for kind in Kind:
        assert {bound.field for bound in BOUNDS[kind]} == {column.field for column in COLUMNS[kind]} - {"party_member"}
    kinds = [set(get_args(body.model_fields["kind"].annotation)) for body in (NewOrganisation, NewPlace)]
    assert [set(ORGANISATION_WORDS), set(PLACE_WORDS) - {"district"}] == kinds  # a district has no parent
