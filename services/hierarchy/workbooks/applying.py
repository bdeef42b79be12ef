"""Writing a batch of good rows. What was good when it was read may not be any more: such rows are left out, by name.

`work.actor` is whoever confirmed the workbook: they write only what they could write by hand, row by row.
"""

from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any
from uuid import UUID

from services.hierarchy.households import register
from services.hierarchy.households import service as households
from services.hierarchy.organisations import service as organisations
from services.hierarchy.people import entering
from services.hierarchy.places import service as places
from services.hierarchy.places.loading import DistrictRefusedError, import_places
from services.hierarchy.workbooks import organising, seating
from services.hierarchy.workbooks.meaning import Finding, entered, given, known_people, listed, placed, unfit_places
from services.hierarchy.workbooks.reading import Line
from services.hierarchy.workbooks.rules import Kind
from shared.kernel.errors import Conflict
from shared.runtime.db import Row
from shared.runtime.journal import Entry
from shared.runtime.privacy import Vault
from shared.runtime.work import Work


@dataclass
class Written:
    """What became of rows; `left_out`: line, field and reason; `paths`: where their places lay when they were read;
    `entries`: what the journal says of each subject that changed.
    """

    added: int = 0
    changed: int = 0
    unchanged: int = 0
    left_out: list[Finding] = field(default_factory=list)
    paths: dict[str, str] = field(default_factory=dict)
    entries: list[tuple[Entry, UUID]] = field(default_factory=list)

    def add(self, more: "Written") -> None:
        """Counts another batch in, whose entries are written."""
        for name in ("added", "changed", "unchanged"):
            setattr(self, name, getattr(self, name) + getattr(more, name))
        self.left_out += more.left_out
        self.paths |= more.paths

    def without(self, lines: Iterable[Line], found: Sequence[Finding]) -> list[Line]:
        """The lines that are still good."""
        self.left_out += found
        bad = {line.row for line, _, _ in found}
        return [line for line in lines if line.row not in bad]


def packed(line: Line) -> dict[str, Any]:
    """A row as it is kept until it is applied."""
    return {"row": line.row, "values": line.values, "cells": line.cells}


def unpacked(kept: dict[str, Any]) -> Line:
    """The row again; dates come back as dates."""
    values = kept["values"]
    for name in ("since", "until"):
        if isinstance(values.get(name), str):
            values[name] = date.fromisoformat(values[name])
    return Line(kept["row"], values, kept["cells"])


async def apply(work: Work, vault: Vault, row: Row, lines: Sequence[Line]) -> Written:
    """Writes rows of an import, and a journal row for each subject that changed, within the caller's transaction, which
    `settle` ends.
    """
    write: dict[Kind, Callable[[Work, Vault, str, Sequence[Line]], Awaitable[Written]]] = {
        Kind.HOUSEHOLDS: _households,
        Kind.PEOPLE: _people,
        Kind.PLACES: _places,
        Kind.ORGANISATIONS: _organisations,
        Kind.APPOINTMENTS: _appointments,
    }
    written = await write[Kind(row["kind"])](work, vault, row["path"], lines)
    for entry, _ in written.entries:
        entry.data["import"] = str(row["id"])
    await work.record_all(written.entries)
    return written


def _entry(kind: str, subject: UUID, **data: Any) -> tuple[Entry, UUID]:  # noqa: ANN401 - codes and numbers
    return Entry(kind, f"{kind}.import", data=data), subject


async def settle(work: Work, written: Written) -> None:
    """The last thing before a commit: every place still lies where its rows say, and stays there. Conflict.

    The district is held only now, so that 50,000 rows on their way keep nobody else waiting.
    """
    await places.lock(work)
    now = await places.by_codes(work, written.paths)
    if any(code not in now or now[code]["path"] != path for code, path in written.paths.items()):
        raise Conflict


async def _placed(work: Work, kind: Kind, top: str, lines: Sequence[Line]) -> tuple[Written, list[Line]]:
    """The lines whose place is still there, below `top` and theirs; `paths` says where they lie."""
    written = Written()
    known, found = await placed(work, kind, top, lines)
    good = written.without(lines, found)
    written.paths = {line.values["place"]: known[line.values["place"]]["path"] for line in good}
    return written, good


async def _households(work: Work, vault: Vault, top: str, lines: Sequence[Line]) -> Written:
    written, good = await _placed(work, Kind.HOUSEHOLDS, top, lines)
    done = await register.enter(
        work, vault, [entered(line.values, written.paths[line.values["place"]]) for line in good]
    )
    written.added, written.changed, written.unchanged = done.added, done.changed, done.unchanged
    written.left_out += [(good[at], name, reason) for at, (name, reason) in done.clashes.items()]
    await households.bump(work, done.households)
    written.entries = [_entry("household", household) for household in done.households]
    written.entries += [_entry("person", person) for person in done.made]
    written.entries += [_entry("person", person, changed=columns) for person, columns in done.amended.items()]
    return written


async def _people(work: Work, vault: Vault, top: str, lines: Sequence[Line]) -> Written:
    written, good = await _placed(work, Kind.PEOPLE, top, lines)
    known = await known_people(work, vault, [line.values for line in good], hold=True)
    ready, before, changes, seen = {}, {}, dict[UUID, list[str]](), set[UUID]()
    for line in good:
        row, clash = listed(work, vault, line.values, known, seen)
        if clash is not None:
            written.left_out.append((line, *clash))
            continue
        names = ("code", "name", "phone", "id_number", "listed_as", "party_member")
        fields = {name: line.values[name] for name in names if name in line.values}
        fields["path"] = written.paths[line.values["place"]]
        if row is None:
            made = entering.newcomer(fields.pop("name"), fields.pop("path"), **fields)
            written.added += 1
        else:
            was = entering.opened(vault, work.district, row)
            made = was | fields | {"code": was["code"]}
            before[made["id"]] = row
            changes[made["id"]] = sorted(name for name in made if made[name] != was[name])
        ready[made["id"]] = made
    touched = await entering.put(work, vault, list(ready.values()), before)
    written.changed = len(touched & set(before))
    written.unchanged = len(before) - written.changed
    written.entries = [
        _entry("person", person, **({"changed": changes[person]} if person in before else {})) for person in touched
    ]
    return written


async def _places(work: Work, _: Vault, __: str, lines: Sequence[Line]) -> Written:
    written = Written()
    await places.lock(work)
    good = written.without(lines, await unfit_places(work, lines))
    codes = [line.values["code"] for line in good]
    before = await places.by_codes(work, codes)
    while good:
        try:
            done = await import_places(work, [given(line) for line in good])
        except DistrictRefusedError as refused:
            wrong = {fault.line for fault in refused.faults}
            out = [line for line in good if line.row in wrong] or good
            good = written.without(good, [(line, "parent", "tree") for line in out])
        else:
            written.added, written.changed, written.unchanged = done
            break
    for code, row in (await places.by_codes(work, codes)).items():
        if code not in before or any(row[name] != before[code][name] for name in ("kind", "name", "full_name")):
            written.entries.append(_entry("place", row["id"], code=code))
    return written


async def _organisations(work: Work, __: Vault, top: str, lines: Sequence[Line]) -> Written:
    written, good = await _placed(work, Kind.ORGANISATIONS, top, lines)
    known, found = await organising.unfit(work, top, good)
    rows = []
    for line in (good := written.without(good, found)):
        values, there = line.values, known.get(line.values["code"])
        kept = {name: there[name] for name in ("since", "invented", "attributes")} if there else {}
        rows.append(
            {"code": values["code"], "kind": values["kind"], "name": values["name"], "parent": values.get("parent")}
            | {"path": written.paths[values["place"]], "since": work.today, "invented": False, "attributes": {}}
            | kept
        )
    if rows:
        await organisations.put(work, rows)
    for code, row in (await organisations.by_codes(work, (row["code"] for row in rows))).items():
        if code not in known:
            written.added += 1
        elif row["version"] != known[code]["version"]:
            written.changed += 1
        else:
            written.unchanged += 1
            continue
        written.entries.append(_entry("organisation", row["id"], code=code))
    return written


async def _appointments(work: Work, vault: Vault, top: str, lines: Sequence[Line]) -> Written:
    written, rows = Written(), seating.Seating(work, vault, top, hold=True)
    seats, found = await rows.read(lines)
    written.unchanged = len(lines) - len(seats) - len(found)
    kinds, breaching = await rows.breaching(seats)
    good = {line.row for line in written.without((seat.line for seat in seats), found + breaching)}
    seats = [seat for seat in seats if seat.line.row in good]
    if seats:
        written.entries = await seating.fill(work, seats, kinds)
        written.added = len(seats)
    return written
