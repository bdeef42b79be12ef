"""Rows of appointments: what the appointing doors refuse, no workbook does either.

A day that is over keeps its answer (docs/decisions/0018): whoever the book says has held a post for years holds it here
from the day on which the book is applied. The book's own day stands in the journal beside it.
"""

import asyncio
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from services.hierarchy.appointments import service as appointments
from services.hierarchy.people import service as people
from services.hierarchy.people.refusals import UnknownPerson
from services.hierarchy.structures import linting
from services.hierarchy.structures import service as structures
from services.hierarchy.structures.structure import PostKind
from services.hierarchy.structures.what_if import FillPost
from services.hierarchy.succession.filling import brought, settling
from services.hierarchy.succession.rules import may_fill, term_of
from services.hierarchy.workbooks.meaning import Finding, Known, known_people, whose
from services.hierarchy.workbooks.reading import Line
from shared.kernel.paths import ROOT, covers
from shared.kernel.personal import ProcessingStopped
from shared.kernel.rights import Permission
from shared.runtime.db import Row
from shared.runtime.ids import new_id
from shared.runtime.journal import Entry
from shared.runtime.privacy import Vault
from shared.runtime.work import Work

_SOURCE = "导入"


@dataclass(frozen=True, slots=True)
class Seat:
    """A row that may be written: who comes to sit where, from which day on."""

    line: Line
    post: Row
    person: Row
    since: date


class Seating:
    """The rows of one workbook, batch by batch; `hold` keeps posts and people as they are until the work ends."""

    def __init__(self, work: Work, vault: Vault, top: str, *, hold: bool = False) -> None:
        self._work, self._vault, self._top, self._hold = work, vault, top, hold
        self._held: dict[UUID, list[Row | dict[str, Any]]] = {}

    async def read(self, lines: Sequence[Line]) -> tuple[list[Seat], list[Finding]]:
        """Seats to be filled, and the rows that cannot be. What is neither is so already."""
        posts = await appointments.posts_by_codes(self._work, (line.values["post"] for line in lines))
        known = await known_people(self._work, self._vault, [_named(line.values) for line in lines], hold=self._hold)
        await self._load(row["id"] for row in posts.values())
        seats, found = list[Seat](), list[Finding]()
        for line in lines:
            read = await self._seat(line, posts.get(line.values["post"]), known)
            if isinstance(read, Seat):
                seats.append(read)
            elif read is not None:
                found.append((line, *read))
        return seats, found

    async def _load(self, posts: Iterable[UUID]) -> None:
        fresh = {post for post in posts if post not in self._held}
        for post, rows in (await appointments.at_posts(self._work, fresh, hold=self._hold)).items():
            self._held[post] = list(rows)

    async def _seat(self, line: Line, post: Row | None, known: Known) -> Seat | tuple[str, str] | None:
        if post is None or not covers(self._top, post["path"] or ""):
            return "post", "post_unknown" if post is None else "outside"
        if not may_fill(self._work.actor, post["role"], post["path"]):
            return "post", "post_not_yours"
        person, clash = whose(self._work, self._vault, _named(line.values), known)
        if person is None:
            name, reason = clash or ("person", "person_unknown")
            return "person" if name == "code" else name, reason
        if str(person["id"]) == self._work.actor.id:
            return "person", "oneself"
        if not await self._nameable(person, post["path"]):
            return "person", "registered_elsewhere"
        return self._taken(line, post, person)

    async def _nameable(self, person: Row, path: str) -> bool:
        if self._work.actor.may(Permission.PEOPLE_READ, person["path"] or ROOT):
            return True
        try:
            await people.nameable(self._work, person["id"], path)
        except (UnknownPerson, ProcessingStopped):
            return False
        return True

    def _taken(self, line: Line, post: Row, person: Row) -> Seat | tuple[str, str] | None:
        """The seat, taken from now on; None where this person holds it already, which is never rewritten."""
        said, last = line.values["since"], line.values.get("until")
        first = max(said, self._work.today)
        for row in self._held[post["id"]]:
            mine, ends = row["person_id"] == person["id"], row["until"]
            if mine and (row["since"] == said or (row["since"] <= first and (ends is None or ends >= first))):
                return None
            if (ends is None or ends >= first) and (last is None or row["since"] <= last):
                return "post", "seat_taken"
        if last is not None and last < first:
            return "until", "day_over"
        self._held[post["id"]].append({"person_id": person["id"], "since": first, "until": last})
        return Seat(line, post, person, first)

    async def breaching(self, seats: Sequence[Seat]) -> tuple[dict[UUID, PostKind | None], list[Finding]]:
        """The structure's kinds of these posts, and the rows that would bring a hard breach of it."""
        kinds: dict[UUID, PostKind | None] = {}
        groups: defaultdict[str, defaultdict[date, list[Seat]]] = defaultdict(lambda: defaultdict(list))
        find = structures.hold_in_force if self._hold else structures.in_force
        there: dict[tuple[str, date], Row | None] = {}
        for seat in seats:
            key = seat.post["path"], seat.since
            if key not in there:
                there[key] = await find(self._work, *key)
            row = there[key]
            kinds[seat.post["id"]] = structures.parsed(row).post(seat.post["kind"]) if row is not None else None
            if row is not None:
                groups[row["path"]][seat.since].append(seat)
        found: list[Finding] = []
        for path, by_day in groups.items():
            found += [(seat.line, "post", "would_breach") for seat in await self._misfits(path, by_day)]
        return kinds, found

    async def _misfits(self, path: str, by_day: dict[date, list[Seat]]) -> list[Seat]:
        """Those who would bring a breach on their first day, or later, when others come to sit somewhere."""
        seated, bad = list[Seat](), list[Seat]()
        for day in sorted({*by_day, *await appointments.days_ahead(self._work, path, min(by_day))}):
            row = await structures.in_force(self._work, path, day)
            seated += by_day.get(day, ())
            if row is not None:
                before = await linting.check(self._work, structures.parsed(row), row["path"], day)
                seated, misfits = await asyncio.to_thread(_fitting, before, seated)
                bad += misfits
        return bad


def _fitting(before: linting.Found, seats: list[Seat]) -> tuple[list[Seat], list[Seat]]:
    """Who can sit there then, and who cannot: all, or else one after the other, as by the door."""
    there = {post.code for post in before.facts.posts}
    fills = [_fill(seat) for seat in seats if seat.post["code"] in there]
    if not brought(before, fills):
        return seats, []
    fills, good, bad = [], [], []
    for seat in seats:
        known = seat.post["code"] in there
        if known and brought(before, [*fills, _fill(seat)]):
            bad.append(seat)
        else:
            good.append(seat)
            fills += [_fill(seat)] if known else []
    return good, bad


def _fill(seat: Seat) -> FillPost:
    person = seat.person
    return FillPost(
        op="fill_post", post=seat.post["code"], holder=str(person["id"]), party_member=person["party_member"]
    )


def _named(values: dict[str, Any]) -> dict[str, Any]:
    return {"code": values.get("person"), **{n: values[n] for n in ("name", "phone", "id_number") if n in values}}


async def fill(work: Work, seats: Sequence[Seat], kinds: dict[UUID, PostKind | None]) -> list[tuple[Entry, UUID]]:
    """Writes the appointments, and what is due when one has its last day; what the journal says of each."""
    rows, ends = [], {}
    for seat in seats:
        key = seat.post["id"], seat.person["id"], seat.since
        ends[key] = term_of(kinds[seat.post["id"]], seat.since)
        values = seat.line.values
        rows.append(
            {"id": new_id(), "post_id": key[0], "person_id": key[1], "since": seat.since}
            | {"until": values.get("until"), "term_ends": ends[key], "source": values.get("source", _SOURCE)}
        )
    made = await appointments.appoint_all(work, rows)
    leaving = [
        settling(made[row["post_id"], row["person_id"], row["since"]], row["until"]) for row in rows if row["until"]
    ]
    if leaving:
        await work.due(*leaving)
    entries = []
    for seat in seats:
        key = seat.post["id"], seat.person["id"], seat.since
        last = ends[key]
        data = {"post": seat.post["code"], "person": str(key[1]), "since": seat.since.isoformat(),
                "source": seat.line.values.get("source", _SOURCE), "said": seat.line.values["since"].isoformat(),
                "term_ends": last.isoformat() if last else None}  # fmt: skip
        entries.append((Entry("appointment", "appointment.appoint", after="serving", data=data), made[key]))
    return entries
