"""What the rows of a workbook must be beside well written: known places, posts and people, and no contradictions.

Every check only reads. It finds fault with single cells, so that a returned workbook can name them all.
"""

from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from typing import Any
from uuid import UUID

from services.hierarchy.households import register
from services.hierarchy.places import service as places
from services.hierarchy.places.loading import DistrictRefusedError, import_places
from services.hierarchy.workbooks import organising
from services.hierarchy.workbooks.meaning import (
    Finding,
    entered,
    given,
    known_people,
    listed,
    of_tree,
    placed,
    unfit_places,
)
from services.hierarchy.workbooks.reading import Line, Reading
from services.hierarchy.workbooks.rules import Kind
from services.hierarchy.workbooks.seating import Seat, Seating
from shared.kernel.paths import covers
from shared.runtime.db import Row
from shared.runtime.privacy import Vault
from shared.runtime.work import Work

BATCH = 1000
_ROUNDS = 20


class Check:
    """One workbook being checked against what is there; `top` is the path that all rows lie below."""

    def __init__(self, work: Work, vault: Vault, kind: Kind, top: str, reading: Reading) -> None:
        self.work, self.vault, self.kind, self.top, self.reading = work, vault, kind, top, reading
        self.places: dict[str, Row] = {}

    async def run(self) -> None:
        """Finds every fault that it can."""
        if self.kind in (Kind.HOUSEHOLDS, Kind.PEOPLE, Kind.ORGANISATIONS):
            await self._places()
        checks: dict[Kind, Callable[[], Awaitable[None]]] = {
            Kind.HOUSEHOLDS: self._households,
            Kind.PEOPLE: self._people,
            Kind.PLACES: self._tree,
            Kind.ORGANISATIONS: self._organisations,
            Kind.APPOINTMENTS: self._appointments,
        }
        await checks[self.kind]()

    def blame(self, line: Line, name: str, reason: str) -> None:
        """Finds fault with a cell."""
        self.reading.blame(self.kind, line, name, reason)

    def good(self) -> list[Line]:
        """The lines without a fault so far."""
        return [line for line in self.reading.lines if not line.faults]

    def batches(self) -> Sequence[list[Line]]:
        """The good lines, a batch at a time."""
        good = self.good()
        return [good[start : start + BATCH] for start in range(0, len(good), BATCH)]

    async def _places(self) -> None:
        self.places, found = await placed(self.work, self.kind, self.top, self.reading.lines)
        self._blame_all(found)

    def _blame_all(self, found: Sequence[Finding]) -> None:
        for line, name, reason in found:
            self.blame(line, name, reason)

    def _repeated(self, *names: str) -> None:
        """The same cells again are a repetition."""
        first: set[tuple[Any, ...]] = set()
        for line in self.reading.lines:
            key = tuple(line.values.get(name) for name in names)
            if None in key:
                continue
            if key in first:
                self.blame(line, names[-1], "duplicate")
            first.add(key)

    def _numbers(self, household: str | None) -> None:
        """One number, one person. A family may share a telephone: it is kept for the first of them."""
        for name, reason in (("phone", "phone_twice"), ("id_number", "id_twice")):
            owners: dict[str, Line] = {}
            for line in self.reading.lines:
                number = line.values.get(name)
                if number is None:
                    continue
                owner = owners.setdefault(number, line)
                if owner.values.get("name") == line.values.get("name"):
                    continue
                if name == "phone" and household and owner.values.get(household) == line.values.get(household):
                    del line.values[name]
                else:
                    self.blame(line, name, reason)

    # --- households and people ---------------------------------------------------------------------------------------

    async def _households(self) -> None:
        self._repeated("place", "name")
        self._numbers("place")
        seen: set[str] = set()
        for line in self.reading.lines:
            values = line.values
            if values.get("tags") and not (values.get("basis") and values.get("legal_basis")):
                self.blame(line, "basis" if not values.get("basis") else "legal_basis", "basis_missing")
            if values.get("since") and values.get("until") and values["until"] < values["since"]:
                self.blame(line, "until", "ends_before")
            if "place" in values:
                values.setdefault("relation", "other" if values["place"] in seen else "head")
                seen.add(values["place"])
        coming = Counter[str]()  # a household may lie in several batches
        for lines in self.batches():
            given = [entered(line.values, self.places[line.values["place"]]["path"]) for line in lines]
            for at, (name, reason) in (await register.clashes(self.work, self.vault, given, coming)).items():
                self.blame(lines[at], name, reason)

    async def _people(self) -> None:
        self._repeated("code")
        self._repeated("name", "phone")
        self._repeated("name", "id_number")
        self._numbers(None)
        for line in self.reading.lines:
            if not any(name in line.values for name in ("code", "phone", "id_number")):
                self.blame(line, "phone", "who_missing")
        seen: set[UUID] = set()
        for lines in self.batches():
            known = await known_people(self.work, self.vault, [line.values for line in lines])
            for line in lines:
                _, clash = listed(self.work, self.vault, line.values, known, seen)
                if clash is not None:
                    self.blame(line, *clash)

    # --- places, organisations, appointments -------------------------------------------------------------------------

    async def _tree(self) -> None:
        await self._parents()
        self._blame_all(await unfit_places(self.work, self.reading.lines))
        for _ in range(_ROUNDS):
            lines = {line.row: line for line in self.good()}
            try:
                await import_places(self.work, [given(line) for line in lines.values()], dry_run=True)
            except DistrictRefusedError as refused:
                for fault in refused.faults:
                    if fault.line in lines:
                        self.blame(lines[fault.line], *of_tree(fault))
                if not any(fault.line in lines for fault in refused.faults):
                    for line in lines.values():
                        self.blame(line, "parent", "tree")
            else:
                return

    async def _parents(self) -> None:
        """Everything hangs below the import's place: by a place that is there, or by another row."""
        codes = {line.values["code"] for line in self.reading.lines if "code" in line.values}
        parents = {line.values["parent"] for line in self.reading.lines if "parent" in line.values}
        known = await places.by_codes(self.work, codes | parents)
        above = await places.by_paths(self.work, {row["path"][:-4] for row in known.values()})
        for line in self.reading.lines:
            code, parent = line.values.get("code"), line.values.get("parent")
            if code in known and not covers(self.top, known[code]["path"]):
                self.blame(line, "code", "outside")
            elif parent is None and code in known and known[code]["path"][:-4] in above:
                line.values["parent"] = above[known[code]["path"][:-4]]["code"]
            elif parent is None:
                self.blame(line, "parent", "required")
            elif parent in known and parent not in codes and not self._hangs(known.get(code or ""), known[parent]):
                self.blame(line, "parent", "outside")

    def _hangs(self, row: Row | None, parent: Row) -> bool:
        """Below the import's place; that place itself may be renamed, wherever it hangs."""
        return covers(self.top, parent["path"]) or (row is not None and row["path"] == self.top)

    async def _organisations(self) -> None:
        self._repeated("code")
        good = [line for line in self.good() if "code" in line.values]
        self._blame_all((await organising.unfit(self.work, self.top, good))[1])

    async def _appointments(self) -> None:
        self._repeated("post", "person", "since")
        for line in self.reading.lines:
            values = line.values
            if values.get("until") and values.get("since") and values["until"] < values["since"]:
                self.blame(line, "until", "ends_before")
            if not any(name in values for name in ("person", "phone", "id_number")):
                self.blame(line, "person", "who_missing")
        rows, seats = Seating(self.work, self.vault, self.top), list[Seat]()
        for lines in self.batches():
            more, found = await rows.read(lines)
            self._blame_all(found)
            seats += more
        self._blame_all((await rows.breaching(seats))[1])
