"""Reads the page of expectations: rows of sets of (role, relation) and persons."""

from collections.abc import Iterator
from dataclasses import dataclass

from tests.architecture.matrix.expectations import GROUPS, PERSONS, ROLES, TABLE

COVERING = ("own", "ancestor", "district")
INSIDE = (*COVERING, "descendant", "sibling")
RELATIONS = (*INSIDE, "other")
_ALIASES = {"": COVERING, "above": ("ancestor", "district"), "inside": INSIDE, "any": RELATIONS}
Who = tuple[str, str]  # a role with a relation, or a person with ""


@dataclass(frozen=True)
class Row:
    service: str
    route: str
    variant: str
    way: str
    thing: str
    through: frozenset[Who]
    refused: frozenset[Who]
    unseen: int

    def __str__(self) -> str:
        return f"{self.service} {self.route}{self.variant and ':' + self.variant} by {self.way} of {self.thing or '-'}"

    def expected(self, who: Who) -> int | None:
        """200 for getting through, 403, or None for what is not there for them. A person of whom the row says nothing
        is somebody with a role and a place, like others.
        """
        if who[0] in PERSONS and who not in self.through | self.refused:
            who = PERSONS[who[0]]
        return 200 if who in self.through else 403 if who in self.refused else None


def members(name: str) -> set[str]:
    """The roles and persons that a word of the table stands for."""
    if name in GROUPS:
        return {one for part in GROUPS[name] for one in (members(part) if part != name else {part})}
    if name not in ROLES and name not in PERSONS:
        raise ValueError(f"{name!r} is neither a role nor a person nor a group")
    return {name}


def meant(cell: str) -> frozenset[Who]:
    """`posts staff@above !operator@other` as pairs; `!` takes away what was said before."""
    found: set[Who] = set()
    for word in cell.split():
        name, _, relation = word.lstrip("!").partition("@")
        relations = _ALIASES.get(relation, (relation,))
        if not set(relations) <= set(RELATIONS):
            raise ValueError(f"{relation!r} is no relation")
        pairs = {(one, "") if one in PERSONS else (one, r) for one in members(name) for r in relations}
        found = found - pairs if word.startswith("!") else found | pairs
    return frozenset(found)


def parse(service: str, line: str) -> Row:
    """One line of the table."""
    cells = [cell.strip() for cell in line.split("|")] + [""] * 4
    name, _, variant = cells[0].partition(":")
    way, _, unseen = cells[1].partition(" ")
    return Row(service, name, variant, way, cells[2], meant(cells[3]), meant(cells[4]), int(unseen or 404))


def rows(table: str) -> Iterator[Row]:
    """All lines, each with the service above it."""
    service = ""
    for line in filter(None, table.splitlines()):
        if line.startswith("["):
            service = line.strip("[]")
        else:
            yield parse(service, line)


ROWS = list(rows(TABLE))
