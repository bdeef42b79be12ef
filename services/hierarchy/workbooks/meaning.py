"""What the rows of a workbook mean: for the register, for the tree, and which person or seat they speak of."""

import re
from collections.abc import Iterable, Sequence
from typing import Any
from uuid import UUID

from services.hierarchy.appointments import service as appointments
from services.hierarchy.households import register
from services.hierarchy.people import entering
from services.hierarchy.people import service as people
from services.hierarchy.places.tree import Fault as TreeFault
from services.hierarchy.places.tree import Given
from services.hierarchy.workbooks.reading import Line
from shared.runtime.db import Row
from shared.runtime.privacy import Vault
from shared.runtime.work import Work

_TREE = {
    "duplicate": ("code", "duplicate"),
    "unknown parent": ("parent", "place_unknown"),
    "parent ": ("parent", "outside"),
    "moved": ("parent", "tree_moved"),
    "cycle": ("parent", "tree_cycle"),
    "too deep": ("parent", "tree_deep"),
}


def named(values: dict[str, Any]) -> dict[str, Any]:
    return {"code": values.get("person"), **{n: values[n] for n in ("name", "phone", "id_number") if n in values}}


class Seats:
    """Who holds the posts of some rows, with those rows that were found good."""

    def __init__(self) -> None:
        self._held: dict[UUID, list[Row | dict[str, Any]]] = {}

    async def load(self, work: Work, posts: Iterable[UUID], *, hold: bool = False) -> None:
        """Reads who holds these posts, unless they are known already."""
        found = await appointments.at_posts(work, {post for post in posts if post not in self._held}, hold=hold)
        self._held |= {post: list(rows) for post, rows in found.items()}

    def take(self, post: UUID, person: UUID, values: dict[str, Any]) -> bool | None:
        """Whether the seat is free at that time, and taken from now on; None where it is this very appointment."""
        first, last = values["since"], values.get("until")
        for row in self._held[post]:
            ends = row["until"]
            if row["person_id"] == person and row["since"] == first:
                return None
            if (ends is None or ends >= first) and (last is None or row["since"] <= last):
                return False
        self._held[post].append({"person_id": person, "since": first, "until": last})
        return True


def entered(values: dict[str, Any], path: str) -> register.Entered:
    """A row of a household workbook, for the register."""
    names = ("name", "relation", "phone", "id_number", "basis", "since", "until")
    more = {name: values[name] for name in names if name in values}
    more.setdefault("relation", "other")
    return register.Entered(
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


async def known_people(work: Work, vault: Vault, rows: Sequence[dict[str, Any]]) -> Known:
    """Whoever is known by a code, a phone number or an identity card number of the rows."""
    by_code = await entering.by_codes(work, (row["code"] for row in rows if row.get("code")))
    by_phone, by_number = await entering.by_numbers(
        work,
        vault,
        (row["phone"] for row in rows if row.get("phone")),
        (row["id_number"] for row in rows if row.get("id_number")),
    )
    return by_code, by_phone, by_number


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
