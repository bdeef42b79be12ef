"""Use cases of contact sheets: who answers for this door, as far as the reader may see; and what a community makes
public.
"""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, NamedTuple
from uuid import UUID

from services.hierarchy.boundaries import service as boundaries
from services.hierarchy.boundaries.inputs import Crs, Spot
from services.hierarchy.contact_sheets import publishing, views
from services.hierarchy.contact_sheets import queries as q
from services.hierarchy.contact_sheets.rules import (
    Audience,
    Hours,
    Link,
    SheetRules,
    Shown,
    Standing,
    answering,
    matters,
    name_for,
    number_for,
)
from services.hierarchy.households import service as households
from services.hierarchy.households.rules import TAG_WORDS
from services.hierarchy.people import service as people
from services.hierarchy.places import history
from services.hierarchy.places import service as places
from services.hierarchy.places.rules import HOUSEHOLD
from services.hierarchy.responsibility import service as responsibility
from services.hierarchy.rosters import duty
from services.hierarchy.settings import HierarchySettings
from services.hierarchy.venues import service as venues
from services.hierarchy.venues.rules import in_words
from shared.kernel.errors import NotFound
from shared.kernel.paths import chain, covers
from shared.kernel.rights import Permission
from shared.runtime.db import Row
from shared.runtime.ids import new_id
from shared.runtime.privacy import mask_name, mask_phone
from shared.runtime.service import Service
from shared.runtime.work import Work
from shared.schemas.hierarchy import PlaceRef

_PLAIN = SheetRules()
MOST_DESKS = 6
_WITH_DOORS = frozenset({"building", "staircase", HOUSEHOLD})


class Reader(NamedTuple):
    """For whom a sheet is made."""

    audience: Audience
    now: bool


def public_address(service: Service, district: str, code: str) -> str | None:
    """Where everybody can read the sheet; None where nobody said under which name this server is known."""
    settings: Any = service.settings
    base = settings.public_base if isinstance(settings, HierarchySettings) else ""
    return f"{base}/api/hierarchy/v1/contact-sheets/{district}/{code}" if base else None


# --- sheets ------------------------------------------------------------------------------------------------------


async def sheet(work: Work, service: Service, code: str, *, now: bool) -> views.ContactSheet:
    """The sheet of a place for this caller. NotFound, Forbidden."""
    place = await places.seen(work, code)
    works_here = work.actor.may(Permission.RESPONSIBILITY_READ, place["path"])
    reader = Reader(Audience.POSTS if works_here else Audience.PUBLIC, now)
    return (await make(work, service, [place], reader))[0]


async def at(work: Work, service: Service, spot: Spot, crs: Crs, *, now: bool) -> views.ContactSheet:
    """The sheet of what lies at a point: its grid, or the smallest place that holds it. NotFound, Forbidden."""
    [found] = (await boundaries.at_points(work, [spot], crs)).points
    place = found.grid or found.place
    if place is None:
        raise NotFound
    return await sheet(work, service, place.code, now=now)


async def public(work: Work, service: Service, code: str) -> views.ContactSheet:
    """The sheet behind the QR code, for anybody: of no home, and where the community says so. NotFound."""
    found = await _shown_to_all(work, [code])
    if not found:
        raise NotFound
    [shown] = await make(work, service, found, Reader(Audience.PUBLIC, now=True))
    return shown.model_copy(update={"honours": []})  # consented to for those at the door, not for the whole world


async def successors(work: Work, code: str) -> list[Row]:
    """Where the people behind a printed QR code are to be found now that its place is gone."""
    left = await history.gone(work, code)
    if left is None or left["kind"] == HOUSEHOLD:
        return []
    return await _shown_to_all(work, await history.heirs(work, left))


async def _shown_to_all(work: Work, codes: Sequence[str]) -> list[Row]:
    found = await places.by_codes(work, codes)
    there = [found[code] for code in codes if code in found and found[code]["kind"] != HOUSEHOLD]
    rules = await publishing.rules_for(work, [place["path"] for place in there])
    return [place for place in there if place["path"] in rules and rules[place["path"]].public]


async def printed(work: Work, service: Service, code: str) -> views.ContactSheet:
    """One sheet to be printed: what is public of it, for who works there. NotFound, Forbidden."""
    place = await places.seen(work, code, Permission.RESPONSIBILITY_READ)
    return (await make(work, service, [place], Reader(Audience.PUBLIC, now=False)))[0]


async def batch(
    work: Work, service: Service, code: str, kind: str, cursor: str | None, limit: int
) -> tuple[list[views.ContactSheet], str | None]:
    """The sheets of all places of a kind below one, in the order of the tree, and the cursor of the next ones."""
    await places.seen(work, code, Permission.SHEETS_MANAGE)
    page = await places.subtree(work, code, kind, cursor, limit)
    found = [item.model_dump() for item in page.items]
    return await make(work, service, found, Reader(Audience.PUBLIC, now=False)), page.next


async def make(
    work: Work, service: Service, found: Sequence[Row | Mapping[str, Any]], reader: Reader
) -> list[views.ContactSheet]:
    """One sheet per place; everything is read once for all of them."""
    on = service.calendar.local(work.now).date()
    paths = sorted({path for place in found for path in chain(place["path"])})
    rules = await publishing.rules_for(work, [place["path"] for place in found])
    links = await responsibility.everybody(work, paths, on)
    numbers = await publishing.numbers_of(work, service.vault, (row["post_code"] for row in links if row["post_code"]))
    where = await places.by_paths(work, paths)
    doors = await _doors(work, [place["path"] for place in found if place["kind"] in _WITH_DOORS])
    material = _Material(service, work.district, links, numbers, where, await _desks(work, paths), doors)
    made = []
    for place in found:
        own = rules.get(place["path"], _PLAIN)
        sheet_ = material.sheet(place, own, reader, on)
        now = await _now(work, service, place["path"], own, sheet_) if reader.now else None
        made.append(sheet_.model_copy(update={"asked_at": work.now, "now": now}))
    return made


class _Material(NamedTuple):
    """What was read for all sheets together."""

    service: Service
    district: str
    links: Sequence[Row]
    numbers: Mapping[str, str]
    where: Mapping[str, Row]
    desks: Sequence[tuple[str, views.SheetDesk]]
    doors: Sequence[tuple[str, views.Honour]]

    def sheet(self, place: Row | Mapping[str, Any], rules: SheetRules, reader: Reader, on: date) -> views.ContactSheet:
        above = set(chain(place["path"]))
        rows = [row for row in self.links if row["path"] in above]
        desks = [desk for path, desk in self.desks if path in above]
        return views.ContactSheet(
            place=PlaceRef(**{name: place[name] for name in PlaceRef.model_fields}),
            on=on,
            title=rules.title,
            intro=rules.intro,
            footer=rules.footer,
            audience=reader.audience,
            entries=[self.entry(order, row, rules, reader.audience) for order, row in enumerate(rows, 1)],
            desks=desks[:MOST_DESKS],
            honours=self.honours(place),
            lines=list(rules.lines),
            now=None,
            asked_at=self.service.db.now(),
            public_url=public_address(self.service, self.district, place["code"]) if rules.public else None,
        )

    def honours(self, place: Row | Mapping[str, Any]) -> list[views.Honour]:
        if place["kind"] not in _WITH_DOORS:
            return []
        whose = place["name"]  # the building's name stands above them already
        return [
            honour.model_copy(update={"door": honour.door.removeprefix(whose) or honour.door})
            for path, honour in self.doors
            if covers(place["path"], path)
        ]

    def entry(self, order: int, row: Row, rules: SheetRules, audience: Audience) -> views.SheetEntry:
        organised = row["organisation_code"] is not None
        kind = row["organisation_kind"] if organised else row["post_kind"]
        of_post = self.numbers.get(row["post_code"] or "")
        name, own = self._holder(row)
        shown = number_for(audience, rules, kind, of_post=of_post is not None)
        number = of_post or own
        return views.SheetEntry(
            order=order,
            post_name=row["organisation_name"] if organised else row["post_label"],
            post_code=row["post_code"],
            place=PlaceRef(**{field: self.where[row["path"]][field] for field in PlaceRef.model_fields}),
            matters=matters(row["categories"]),
            vacant=name is None and not organised,
            name=_masked(name, name_for(audience, rules), mask_name),
            phone=_masked(number, shown, mask_phone),
            phone_public=bool(number) and shown is Shown.FULL,
        )

    def _holder(self, row: Row) -> tuple[str | None, str | None]:
        """Name and number; of one whose data is erased or only kept, neither."""
        if row["person_id"] is None or row["erased_at"] or row["stopped_at"]:
            return None, None
        vault, district = self.service.vault, self.district
        known = {"id": row["person_id"], "name": row["person_name"], "phone": row["person_phone"]}
        return people.name_of(vault, district, known), people.phone_of(vault, district, known) or None


def _masked(value: str | None, shown: Shown, mask: Any) -> str | None:  # noqa: ANN401 - a function of one text
    if not value or shown is Shown.NOT:
        return None
    return value if shown is Shown.FULL else str(mask(value))


async def _doors(work: Work, paths: Sequence[str]) -> list[tuple[str, views.Honour]]:
    found = await households.honours(work, paths)
    where = await places.by_paths(work, {path for path, _ in found})
    return [
        (path, views.Honour(door=where[path]["name"], label=TAG_WORDS[tag][0])) for path, tag in found if path in where
    ]


async def _desks(work: Work, paths: Sequence[str]) -> list[tuple[str, views.SheetDesk]]:
    rows = [row for row in await venues.at(work, paths) if row["part_of"] is None]
    hours = await venues.weeks(work, rows)
    return [
        (
            row["path"],
            views.SheetDesk(
                venue_id=row["id"],
                hours_in_words=in_words(week) if week else "",
                **{name: row[name] for name in ("name", "address", "phone")},
            ),
        )
        for row in rows
        for week in [hours[row["id"]]]
    ]


async def _now(
    work: Work, service: Service, path: str, rules: SheetRules, sheet_: views.ContactSheet
) -> list[views.Answering]:
    """Those on duty first, then up the chain, each with the reason."""
    rows = await duty.standing(work, chain(path), work.now)
    names = await _names(work, service, rows, name_for(sheet_.audience, rules))
    desks = await venues.by_ids(work, (row["venue_id"] for row in rows if row["venue_id"]))
    standing = [
        Standing(
            roster=row["roster_name"],
            label=row["label"],
            name=names.get(row["person_id"]),
            number=row["phone"] or (desks[row["venue_id"]]["phone"] if row["venue_id"] in desks else None),
            until=row["ends_at"],
            there=row["came_at"] is not None,
        )
        for row in rows
    ]
    links = [
        Link(entry.post_name, None if entry.vacant else entry.name or entry.post_name, entry.phone)
        for entry in sheet_.entries
    ]
    due = None if rows else await duty.hours(work, service.calendar, chain(path))
    hours = None if due is None else Hours(*due)
    return [
        views.Answering(
            order=order, kind=one.kind, label=one.label, name=one.name, phone=one.number, skipped=one.skipped,
            why_zh=one.why.zh, why_en=one.why.en,
        )
        for order, one in enumerate(answering(standing, links, hours, work.now), 1)
    ]  # fmt: skip


async def _names(work: Work, service: Service, rows: Sequence[Row], shown: Shown) -> dict[UUID, str | None]:
    """Of those on duty; of one whose data is erased or only kept, none."""
    known = await people.by_ids(work, (row["person_id"] for row in rows))
    open_ = (row for row in known.values() if not (row["erased_at"] or row["stopped_at"]))
    return {row["id"]: _masked(people.name_of(service.vault, work.district, row), shown, mask_name) for row in open_}


# --- for other slices --------------------------------------------------------------------------------------------


async def put(work: Work, rows: list[dict[str, Any]]) -> int:
    """Writes the rules of sheets (`path`, `rules`); how many changed."""
    return len(await work.all(q.PUT, rows=[{**row, "id": new_id()} for row in rows])) if rows else 0


rebase = q.REBASE


async def join(work: Work, old: str, new: str) -> None:
    """A place became part of another: its sheet is the other's, unless that has one."""
    await work.all(q.JOIN, old=old, new=new)
