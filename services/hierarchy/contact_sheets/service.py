"""Use cases of contact sheets: who answers for this door, as far as the reader may see; and what a community makes
public.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any, NamedTuple
from uuid import UUID

from services.hierarchy.appointments import service as appointments
from services.hierarchy.contact_sheets import queries as q
from services.hierarchy.contact_sheets import views
from services.hierarchy.contact_sheets.inputs import NewRules
from services.hierarchy.contact_sheets.rules import (
    Audience,
    Link,
    SheetRules,
    Shown,
    Standing,
    answering,
    matters,
    name_for,
    number_for,
)
from services.hierarchy.people import service as people
from services.hierarchy.places import service as places
from services.hierarchy.places.rules import HOUSEHOLD
from services.hierarchy.responsibility import service as responsibility
from services.hierarchy.rosters import duty
from services.hierarchy.settings import HierarchySettings
from services.hierarchy.venues import service as venues
from services.hierarchy.venues.rules import in_words
from shared.kernel.errors import Conflict, NotFound, PreconditionFailed
from shared.kernel.paths import after, chain
from shared.kernel.rights import Permission
from shared.runtime.db import Row
from shared.runtime.ids import new_id
from shared.runtime.journal import Entry
from shared.runtime.privacy import Vault, bound_to, mask_name, mask_phone
from shared.runtime.service import Service
from shared.runtime.work import Work
from shared.schemas.hierarchy import PlaceRef

_PLAIN = SheetRules()
MOST_DESKS = 6


class Reader(NamedTuple):
    """For whom a sheet is made."""

    audience: Audience
    now: bool


def public_address(service: Service, district: str, code: str) -> str | None:
    """Where everybody can read the sheet; None where nobody said under which name this server is known."""
    settings: Any = service.settings
    base = settings.public_url if isinstance(settings, HierarchySettings) else ""
    return f"{base}/api/hierarchy/v1/contact-sheets/{district}/{code}" if base else None


# --- sheets ------------------------------------------------------------------------------------------------------


async def sheet(work: Work, service: Service, code: str, *, now: bool) -> views.ContactSheet:
    """The sheet of a place for this caller. NotFound, Forbidden."""
    place = await places.seen(work, code)
    works_here = work.actor.may(Permission.RESPONSIBILITY_READ, place["path"])
    reader = Reader(Audience.POSTS if works_here else Audience.PUBLIC, now)
    return (await make(work, service, [place], reader))[0]


async def public(work: Work, service: Service, code: str) -> views.ContactSheet:
    """The sheet behind the QR code, for anybody: of no home, and where the community says so. NotFound."""
    place = await places.by_code(work, code)
    if place is None or place["kind"] == HOUSEHOLD:
        raise NotFound
    rules = await _rules(work, [place["path"]])
    if place["path"] not in rules or not rules[place["path"]].public:
        raise NotFound
    return (await make(work, service, [place], Reader(Audience.PUBLIC, now=True)))[0]


async def printed(work: Work, service: Service, code: str) -> views.ContactSheet:
    """One sheet to be printed: what is public of it. NotFound, Forbidden."""
    place = await places.seen(work, code, Permission.SHEETS_MANAGE)
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
    rules = await _rules(work, [place["path"] for place in found])
    links = await responsibility.everybody(work, paths, on)
    numbers = await _numbers(work, service.vault, (row["post_code"] for row in links if row["post_code"]))
    where = await places.by_paths(work, paths)
    material = _Material(service, work.district, links, numbers, where, await _desks(work, paths))
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

    def sheet(
        self, place: Row | Mapping[str, Any], rules: SheetRules, reader: Reader, on: date
    ) -> views.ContactSheet:
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
            lines=list(rules.lines),
            now=None,
            asked_at=self.service.db.now(),
            public_url=public_address(self.service, self.district, place["code"]) if rules.public else None,
        )

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


async def _desks(work: Work, paths: Sequence[str]) -> list[tuple[str, views.SheetDesk]]:
    rows = [row for row in await venues.at(work, paths) if row["part_of"] is None]
    hours = await venues.weeks(work, rows)
    return [
        (
            row["path"],
            views.SheetDesk(
                venue_id=row["id"], name=row["name"], hours_in_words=in_words(week) if week else "", phone=row["phone"]
            ),
        )
        for row in rows
        for week in [hours[row["id"]]]
    ]


async def _now(
    work: Work, service: Service, path: str, rules: SheetRules, sheet_: views.ContactSheet
) -> list[views.Answering]:
    """Those on duty first, then up the chain, each with the reason."""
    rows, above = await duty.standing(work, chain(path), work.now), chain(path)
    names = await duty.names(work, service.vault, rows)
    desks = await venues.by_ids(work, (row["venue_id"] for row in rows if row["venue_id"]))
    full = name_for(sheet_.audience, rules) is Shown.FULL
    standing = [
        Standing(
            roster=row["roster_name"],
            label=row["label"],
            name=names[row["person_id"]] if full else mask_name(names[row["person_id"]]),
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
    hours = None if rows else await duty.hours_in_words(work, above)
    return [
        views.Answering(
            order=order, kind=one.kind, label=one.label, name=one.name, phone=one.number, skipped=one.skipped,
            why_zh=one.why.zh, why_en=one.why.en,
        )
        for order, one in enumerate(answering(standing, links, hours, work.now), 1)
    ]  # fmt: skip


# --- what is public ------------------------------------------------------------------------------------------------


async def _rules(work: Work, paths: Sequence[str]) -> dict[str, SheetRules]:
    """The rules that hold at each path; none where nobody has said anything."""
    known: dict[str, SheetRules | None] = {}
    found = {}
    for path in paths:
        # Everything below one community has the same: ask once per parent.
        parent = path[:-4]
        if parent not in known or not parent:
            row = await work.one(q.IN_FORCE, paths=chain(path))
            own = None if row is None else SheetRules.model_validate(row["rules"])
            if row is None or row["path"] != path:
                known[parent] = own
            if own is not None:
                found[path] = own
        elif (inherited := known[parent]) is not None:
            found[path] = inherited
    return found


async def rules_at(work: Work, code: str) -> views.RulesView:
    """What the sheets of a place say: its own rules, or those of the nearest place above. NotFound, Forbidden."""
    place = await places.seen(work, code)
    row = await work.one(q.IN_FORCE, paths=chain(place["path"]))
    if row is None:
        raise NotFound
    return await _rules_view(work, row)


async def _rules_view(work: Work, row: Row) -> views.RulesView:
    where = (await places.by_paths(work, [row["path"]]))[row["path"]]
    return views.RulesView(
        place=PlaceRef(**where), version=row["version"], rules=SheetRules.model_validate(row["rules"])
    )


async def rules_by_id(work: Work, sheet_: UUID) -> views.RulesView:
    """The rules as they are now. NotFound."""
    row = await work.one(q.BY_ID, id=sheet_)
    if row is None:
        raise NotFound
    return await _rules_view(work, row)


async def set_rules(work: Work, code: str, given: NewRules, expected: int | None) -> views.RulesView:
    """Says what the sheets of a place and below show. NotFound, Forbidden, PreconditionFailed, Conflict."""
    await work.begin()
    await places.lock(work)  # the place keeps its path until it is written down here
    place = await places.seen(work, code, Permission.SHEETS_MANAGE)
    row = await work.one(q.IN_FORCE, paths=[place["path"]])
    rules = given.model_dump(mode="json")
    data = {"place": code, "public": given.public, "names": given.names, "numbers": list(given.numbers)}
    if row is None:
        if expected is not None:
            raise PreconditionFailed
        entry = Entry("contact_sheet", "contact_sheet.rules", data=data)
        written = await work.write(q.FIRST, entry, id=new_id(), path=place["path"], rules=rules)
    else:
        if expected is not None and row["version"] != expected:
            raise PreconditionFailed
        entry = Entry("contact_sheet", "contact_sheet.rules", data=data)
        written = await work.write(q.NEXT, entry, id=row["id"], version=row["version"], rules=rules)
    if written is None:
        raise PreconditionFailed if expected is not None else Conflict
    return await _rules_view(work, written)


# --- numbers of posts ----------------------------------------------------------------------------------------------


async def set_number(work: Work, vault: Vault, post: str, number: str | None) -> views.PostNumberView:
    """Gives a post a number that everybody may see, or takes it back. NotFound, Forbidden."""
    await appointments.seen(work, post, Permission.SHEETS_MANAGE)
    known = await work.one(q.NUMBER_OF, post_code=post)
    made = new_id() if known is None else known["id"]
    sealed = None if number is None else vault.seal(number, bound_to=_bound(work.district, made))
    entry = Entry("post_number", "post_number.set", data={"post": post, "public": number is not None})
    await work.write(q.SET_NUMBER, entry, id=made, post_code=post, number=sealed)
    return views.PostNumberView(post=post, number=number)


def _bound(district: str, row: UUID) -> str:
    return bound_to(district, "post_numbers", "number", row)


async def _numbers(work: Work, vault: Vault, posts: Iterable[str]) -> dict[str, str]:
    rows = await work.all(q.NUMBERS_OF, posts=sorted(set(posts)))
    return {row["post_code"]: vault.open(row["number"], bound_to=_bound(work.district, row["id"])) for row in rows}


# --- for other slices --------------------------------------------------------------------------------------------


async def put(work: Work, rows: list[dict[str, Any]]) -> int:
    """Writes the rules of sheets (`path`, `rules`); how many changed."""
    return len(await work.all(q.PUT, rows=[{**row, "id": new_id()} for row in rows])) if rows else 0


async def rebase(work: Work, old: str, new: str) -> None:
    """A place moved with all below it: rewrites the paths of the rules."""
    await work.one(q.REBASE, old=old, new=new, end=after(old))
