"""Writing a batch of good rows. What was good when it was read may not be any more: such rows are left out, by name."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from services.hierarchy.appointments import service as appointments
from services.hierarchy.households import register
from services.hierarchy.organisations import service as organisations
from services.hierarchy.people import entering
from services.hierarchy.places import service as places
from services.hierarchy.places.loading import DistrictRefusedError, import_places
from services.hierarchy.workbooks.meaning import Seats, entered, given, known_people, named, whose
from services.hierarchy.workbooks.reading import Line
from services.hierarchy.workbooks.rules import Kind
from shared.kernel.errors import Conflict
from shared.kernel.paths import covers
from shared.runtime.privacy import Vault
from shared.runtime.work import Work


@dataclass
class Written:
    """What became of rows; `left_out`: line, field and reason; `paths`: where their places lay when they were read."""

    added: int = 0
    changed: int = 0
    unchanged: int = 0
    left_out: list[tuple[Line, str, str]] = field(default_factory=list)
    paths: dict[str, str] = field(default_factory=dict)

    def add(self, more: "Written") -> None:
        """Counts another batch in."""
        for name in ("added", "changed", "unchanged"):
            setattr(self, name, getattr(self, name) + getattr(more, name))
        self.left_out += more.left_out
        self.paths |= more.paths


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


async def apply(work: Work, vault: Vault, kind: Kind, top: str, lines: Sequence[Line]) -> Written:
    """Writes the rows within the caller's transaction, which `settle` ends."""
    write: dict[Kind, Callable[[Work, Vault, str, Sequence[Line]], Awaitable[Written]]] = {
        Kind.HOUSEHOLDS: _households,
        Kind.PEOPLE: _people,
        Kind.PLACES: _places,
        Kind.ORGANISATIONS: _organisations,
        Kind.APPOINTMENTS: _appointments,
    }
    return await write[kind](work, vault, top, lines)


async def settle(work: Work, written: Written) -> None:
    """The last thing before a commit: every place still lies where its rows say, and stays there. Conflict.

    The district is held only now, so that 50,000 rows on their way keep nobody else waiting.
    """
    await places.lock(work)
    now = await places.by_codes(work, written.paths)
    if any(code not in now or now[code]["path"] != path for code, path in written.paths.items()):
        raise Conflict


async def _placed(work: Work, top: str, lines: Sequence[Line], written: Written) -> tuple[list[Line], dict[str, str]]:
    """The lines whose place is still there and below `top`, and the paths of places."""
    known = await places.by_codes(work, (line.values["place"] for line in lines))
    good = []
    for line in lines:
        row = known.get(line.values["place"])
        if row is None or not covers(top, row["path"]):
            written.left_out.append((line, "place", "place_unknown" if row is None else "outside"))
        else:
            good.append(line)
    written.paths = {line.values["place"]: known[line.values["place"]]["path"] for line in good}
    return good, written.paths


async def _households(work: Work, vault: Vault, top: str, lines: Sequence[Line]) -> Written:
    written = Written()
    good, paths = await _placed(work, top, lines, written)
    done = await register.enter(work, vault, [entered(line.values, paths[line.values["place"]]) for line in good])
    written.added, written.changed, written.unchanged = done.added, done.changed, done.unchanged
    written.left_out += [(good[at], name, reason) for at, (name, reason) in done.clashes.items()]
    return written


async def _people(work: Work, vault: Vault, top: str, lines: Sequence[Line]) -> Written:
    written = Written()
    good, paths = await _placed(work, top, lines, written)
    known = await known_people(work, vault, [line.values for line in good])
    ready, before = {}, {}
    for line in good:
        row, clash = whose(work, vault, line.values, known)
        if clash is not None:
            written.left_out.append((line, *clash))
            continue
        names = ("code", "name", "phone", "id_number", "listed_as", "party_member")
        fields = {name: line.values[name] for name in names if name in line.values}
        path = paths[line.values["place"]]
        if row is None:
            made = entering.newcomer(fields.pop("name"), path, **fields)
            written.added += 1
        else:
            made = entering.opened(vault, work.district, row) | fields | {"path": path}
            before[made["id"]] = row
        ready[made["id"]] = made
    touched = await entering.put(work, vault, list(ready.values()), before)
    written.changed = len(touched & set(before))
    written.unchanged = len(before) - written.changed
    return written


async def _places(work: Work, _: Vault, __: str, lines: Sequence[Line]) -> Written:
    written, good = Written(), list(lines)
    while good:
        try:
            done = await import_places(work, [given(line) for line in good])
        except DistrictRefusedError as refused:
            wrong = {fault.line for fault in refused.faults}
            out = [line for line in good if line.row in wrong] or good
            written.left_out += [(line, "parent", "tree") for line in out]
            good = [line for line in good if line not in out]
        else:
            written.added, written.changed, written.unchanged = done
            break
    return written


async def _organisations(work: Work, __: Vault, top: str, lines: Sequence[Line]) -> Written:
    written = Written()
    good, paths = await _placed(work, top, lines, written)
    known = await organisations.by_codes(work, (line.values["code"] for line in good))
    rows = []
    for line in good:
        values, there = line.values, known.get(line.values["code"])
        kept = {name: there[name] for name in ("since", "invented", "attributes")} if there else {}
        rows.append(
            {"code": values["code"], "kind": values["kind"], "name": values["name"], "parent": values.get("parent")}
            | {"path": paths[values["place"]], "invented": False, "attributes": {}}
            | kept
        )
    _, changed = await organisations.put(work, rows) if rows else ({}, 0)
    written.added = len(rows) - len(known)
    written.changed = changed - written.added
    written.unchanged = len(known) - written.changed
    return written


async def _appointments(work: Work, vault: Vault, top: str, lines: Sequence[Line]) -> Written:
    written, rows = Written(), []
    posts = await appointments.posts_by_codes(work, (line.values["post"] for line in lines))
    meant = [named(line.values) for line in lines]
    known, seats = await known_people(work, vault, meant), Seats()
    await seats.load(work, (post["id"] for post in posts.values()), hold=True)
    for line, who in zip(lines, meant, strict=True):
        post = posts.get(line.values["post"])
        person, _ = whose(work, vault, who, known)
        if post is None or not covers(top, post["path"] or ""):
            written.left_out.append((line, "post", "post_unknown"))
        elif person is None:
            written.left_out.append((line, "person", "person_unknown"))
        elif (free := seats.take(post["id"], person["id"], line.values)) is False:
            written.left_out.append((line, "post", "seat_taken"))
        elif free is None:
            written.unchanged += 1  # an appointment that is there is never rewritten: who held a post stays who held it
        else:
            source = line.values.get("source", "导入")
            rows.append(
                {"post_id": post["id"], "person_id": person["id"], "since": line.values["since"]}
                | {"until": line.values.get("until"), "source": source}
            )
    if rows:
        written.added = await appointments.put_appointments(work, rows)
    return written
