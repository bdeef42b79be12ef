"""What the rows of a workbook mean, and whether whoever brings it could do the same by hand: for the register, for the
tree, and which person they speak of. `work.actor` is who brings it.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any
from uuid import UUID

from services.hierarchy.households.inputs import Entered
from services.hierarchy.people import entering
from services.hierarchy.people import service as people
from services.hierarchy.places import service as places
from services.hierarchy.places.making import namesakes
from services.hierarchy.places.rules import HOUSEHOLD
from services.hierarchy.places.tree import Fault as TreeFault
from services.hierarchy.places.tree import Given
from services.hierarchy.workbooks.reading import Line
from services.hierarchy.workbooks.rules import Kind
from shared.kernel.paths import covers
from shared.kernel.rights import Permission
from shared.runtime.db import Row
from shared.runtime.privacy import Vault
from shared.runtime.work import Work

Finding = tuple[Line, str, str]  # a row, the cell that is to blame, and why
_ENTERS = {
    Kind.HOUSEHOLDS: Permission.HOUSEHOLDS_MANAGE,
    Kind.PEOPLE: Permission.HOUSEHOLDS_MANAGE,
    Kind.ORGANISATIONS: Permission.ORGANISATIONS_MANAGE,
}

_TREE = {
    "duplicate": ("code", "duplicate"),
    "unknown parent": ("parent", "place_unknown"),
    "parent ": ("parent", "outside"),
    "moved": ("parent", "tree_moved"),
    "cycle": ("parent", "tree_cycle"),
    "too deep": ("parent", "tree_deep"),
    "code ": ("code", "code_unfit"),
}


async def placed(work: Work, kind: Kind, top: str, lines: Iterable[Line]) -> tuple[dict[str, Row], list[Finding]]:
    """The places that rows name, and the rows whose place is none, or not below `top`, or not theirs."""
    named = [line for line in lines if "place" in line.values]
    known = await places.by_codes(work, (line.values["place"] for line in named))
    found = []
    for line in named:
        row = known.get(line.values["place"])
        if row is None:
            found.append((line, "place", "place_unknown"))
        elif not covers(top, row["path"]):
            found.append((line, "place", "outside"))
        elif not work.actor.may(_ENTERS[kind], row["path"]):
            found.append((line, "place", "not_yours"))
        elif kind is Kind.HOUSEHOLDS and row["kind"] != HOUSEHOLD:
            found.append((line, "place", "not_household"))
    return known, found


async def unfit_places(work: Work, lines: Sequence[Line]) -> list[Finding]:
    """The rows that would change what no door changes, or lie where whoever brings them manages no places."""
    named = {line.values["code"]: line for line in lines if "code" in line.values}
    parents = {line.values["parent"] for line in lines if "parent" in line.values}
    known, found = await places.by_codes(work, named.keys() | parents), list[Finding]()
    for code, line in named.items():
        there, path = known.get(code), _nearest(code, named, known)
        if there is not None and line.values.get("kind", there["kind"]) != there["kind"]:
            found.append((line, "kind", "kind_fixed"))
        if path is not None and not work.actor.may(Permission.PLACES_MANAGE, path):
            found.append((line, "code", "not_yours"))
    whole = [given(line) for line in named.values() if {"name", "kind", "parent"} <= line.values.keys()]
    return found + [(named[code], "name", "name_taken") for code in await namesakes(work, whole)]


def _nearest(code: str | None, rows: Mapping[str, Line], known: Mapping[str, Row]) -> str | None:
    """The path of the place, or of the nearest one above that is there already."""
    passed = set[str]()
    while code is not None and code not in passed:
        if code in known:
            path: str = known[code]["path"]
            return path
        passed.add(code)
        code = rows[code].values.get("parent") if code in rows else None
    return None


def entered(values: dict[str, Any], path: str) -> Entered:
    """A row of a household workbook, for the register."""
    names = ("name", "relation", "phone", "id_number", "basis", "since", "until")
    more = {name: values[name] for name in names if name in values}
    more.setdefault("relation", "other")
    return Entered(
        code=values["place"],
        path=path,
        tags=tuple(values.get("tags", ())),
        legal_basis=values.get("legal_basis", ""),
        **more,
    )


def given(line: Line) -> Given:
    """A row of a workbook of places, for the tree."""
    values = line.values
    return Given(line.row, values["code"], values["name"], values["kind"], values.get("parent"))


def of_tree(fault: TreeFault) -> tuple[str, str]:
    for begins, found in _TREE.items():
        if re.match(begins, fault.reason):
            return found
    return "parent", "tree"


Known = tuple[dict[str, Row], dict[str, Row], dict[str, Row]]


async def known_people(work: Work, vault: Vault, rows: Sequence[dict[str, Any]], *, hold: bool = False) -> Known:
    """Whoever is known by a code, a phone number or an identity card number of the rows; `hold` them until the work
    ends, as they are then.
    """
    by_code = await entering.by_codes(work, (row["code"] for row in rows if row.get("code")))
    by_phone, by_number = await entering.by_numbers(
        work,
        vault,
        (row["phone"] for row in rows if row.get("phone")),
        (row["id_number"] for row in rows if row.get("id_number")),
    )
    if hold:
        now = await entering.hold(
            work, (row["id"] for found in (by_code, by_phone, by_number) for row in found.values())
        )
        by_code, by_phone, by_number = (
            {key: now[row["id"]] for key, row in found.items()} for found in (by_code, by_phone, by_number)
        )
    return by_code, by_phone, by_number


def listed(
    work: Work, vault: Vault, values: dict[str, Any], known: Known, seen: set[UUID]
) -> tuple[Row | None, tuple[str, str] | None]:
    """As `whose`, where the row is to be written down: nobody of elsewhere, no number instead of another, and nobody
    twice (`seen` are those of the rows before).
    """
    found, clash = whose(work, vault, values, known)
    if found is not None:
        scopes = work.actor.scopes(Permission.HOUSEHOLDS_MANAGE)
        clash = entering.why_not(vault, work.district, found, values, scopes)
        clash = clash or (("name", "duplicate") if found["id"] in seen else None)
        seen.add(found["id"])
    return (found, None) if clash is None else (None, clash)


def whose(work: Work, vault: Vault, values: dict[str, Any], known: Known) -> tuple[Row | None, tuple[str, str] | None]:
    """The person that a row means, if there is one, and the cell that contradicts it."""
    by_code, by_phone, by_number = known
    found: Row | None = by_code.get(values.get("code") or "")
    for name, rows, reason in (("id_number", by_number, "id_taken"), ("phone", by_phone, "phone_taken")):
        row = rows.get(values.get(name) or "")
        if row is None:
            continue
        if found is not None and row["id"] != found["id"]:
            return None, (name, reason)
        if "name" in values and people.name_of(vault, work.district, row) != values["name"] and not values.get("code"):
            return None, (name, reason)
        found = row
    if found is not None and (found["stopped_at"] or found["erased_at"]):
        return None, ("name", "processing_stopped")
    return found, None
