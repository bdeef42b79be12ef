"""What an export holds: the same columns as an import; masked, unless somebody who may gives a reason.

In full, every person shown is one look: journaled for that person, and counted against the day's limit. Whose data is
erased or only kept (停止处理) is in no export, in full or masked, nor is what rests on their consent.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Any
from uuid import UUID

from services.hierarchy.appointments import service as appointments
from services.hierarchy.households import service as households
from services.hierarchy.households.rules import BASIS_WORDS, RELATION_WORDS, SAMPLE, TAG_WORDS, Basis, Relation, Tag
from services.hierarchy.organisations import reading as organisations
from services.hierarchy.people import entering
from services.hierarchy.people import service as people
from services.hierarchy.places import service as places
from services.hierarchy.schema import REVEALS
from services.hierarchy.workbooks.columns import COLUMNS
from services.hierarchy.workbooks.inputs import NewExport
from services.hierarchy.workbooks.refusals import NothingToExport
from services.hierarchy.workbooks.rules import Kind
from shared.kernel.paths import chain
from shared.kernel.rights import Permission
from shared.runtime import personal
from shared.runtime.db import Row
from shared.runtime.ids import new_id
from shared.runtime.journal import Entry
from shared.runtime.privacy import mask_id_number, mask_name, mask_phone
from shared.runtime.service import Service
from shared.runtime.work import Work
from shared.schemas.personal import RevealReason

MANAGE, REVEAL = Permission.IMPORTS_MANAGE, Permission.PERSONAL_REVEAL
Cells = dict[str, Any]
_MASKS = {"name": mask_name, "phone": mask_phone, "id_number": mask_id_number}
_PAGE = 1000


class Export:
    """One export being made."""

    def __init__(self, work: Work, service: Service, given: NewExport) -> None:
        self.work, self.service, self.given = work, service, given
        self.most: int = service.settings.export_limit  # type: ignore[attr-defined] # hierarchy's own settings
        self.rows: list[Cells] = []
        self.shown: list[UUID] = []  # whose data the rows hold

    async def run(self) -> list[Cells]:
        """The rows, journaled. UnknownPlace (also outside scope), Forbidden, NothingToExport, RevealsUsedUp."""
        place = await self.collected()
        await self.work.begin()
        data = {"kind": self.given.kind.value, "place": self.given.place, "rows": len(self.rows),
                "format": self.given.format, "revealed": self.given.revealed}  # fmt: skip
        if self.given.revealed:
            await self._revealed(place)
        text = {"reason": self.given.reason} if self.given.reason else None
        await self.work.record(Entry("export", "export.make", data=data, text=text), new_id())
        return self.rows

    async def again(self, subject: UUID) -> list[Cells]:
        """The same again for a repeated request; in full only for a few minutes."""
        if self.given.revealed:
            await personal.shown_lately(self.work, subject)
        await self.collected()
        return self.rows

    async def collected(self) -> Row:
        """Fills the rows; the place."""
        self.rows, self.shown = [], []  # a repetition may have begun once before
        place = await places.within_reach(self.work, self.given.place)
        for needed in (MANAGE, *([REVEAL] if self.given.revealed else [])):
            self.work.actor.demand(needed, place["path"])
        collect = {
            Kind.HOUSEHOLDS: self._households,
            Kind.PEOPLE: self._people,
            Kind.PLACES: self._places,
            Kind.ORGANISATIONS: self._organisations,
            Kind.APPOINTMENTS: self._appointments,
        }
        await collect[self.given.kind](place["path"])
        if not 0 < len(self.rows) <= self.most:
            raise NothingToExport(most=self.most)
        return place

    async def _revealed(self, place: Row) -> None:
        assert self.given.reason is not None  # noqa: S101 - the body says so
        assert self.given.reason_kind is not None  # noqa: S101 - the body says so
        because = RevealReason(reason_kind=self.given.reason_kind, reason=self.given.reason)
        fields = sorted({column.masked for column in COLUMNS[self.given.kind] if column.masked})
        role = personal.role_of(self.work.actor, REVEAL, place["path"])
        per_day = self.service.settings.reveals_per_day
        for person in dict.fromkeys(self.shown):
            entry = personal.because("person", personal.EXPORTED, because, fields=fields, role=role)
            await REVEALS.record(self.work, entry, person, per_day)

    def _person(self, row: Row) -> Cells:
        """Name and numbers of somebody, masked or in full."""
        self.shown.append(row["id"])
        vault, district = self.service.vault, self.work.district
        found = {
            "name": people.name_of(vault, district, row),
            "phone": people.phone_of(vault, district, row) or None,
            "id_number": people.id_number_of(vault, district, row),
        }
        if self.given.revealed:
            return found
        return {name: _MASKS[name](value) if value else None for name, value in found.items()}

    async def _households(self, path: str) -> None:
        found = await households.below(self.work, path, self.most + 1)
        known = await self._shown_people(member["person_id"] for _, members, _ in found for member in members)
        for household, members, tags in found:
            rows = {
                member["person_id"]: self._person(known[member["person_id"]])
                | {"place": household["code"], "relation": RELATION_WORDS[Relation(member["relation"])][0]}
                for member in members
                if member["person_id"] in known
            }
            hidden = {member["person_id"] for member in members} - rows.keys()
            _mark(rows, [tag for tag in tags if tag["given_by"] not in hidden])
            self.rows += rows.values() if rows else [{"place": household["code"]}]

    async def _shown_people(self, ids: Iterable[UUID]) -> dict[UUID, Row]:
        wanted, known = list(ids), dict[UUID, Row]()
        for start in range(0, len(wanted), _PAGE):
            known |= await people.by_ids(self.work, wanted[start : start + _PAGE])
        return {person: row for person, row in known.items() if not (row["stopped_at"] or row["erased_at"])}

    async def _people(self, path: str) -> None:
        found = await entering.below(self.work, path, self.most + 1)
        where = await places.by_paths(self.work, {above for row in found for above in chain(row["path"])})
        for row in found:
            # Somebody's place may be closed by now: the nearest one above it is still there.
            place = next(where[path] for path in chain(row["path"]) if path in where)
            cells = {"code": row["code"], "listed_as": row["listed_as"], "place": place["code"]}
            self.rows.append(cells | self._person(row) | {"party_member": "是" if row["party_member"] else "否"})

    async def _places(self, path: str) -> None:
        top = await places.by_paths(self.work, [path, path[:-4]])
        codes = {row["path"]: row["code"] for row in top.values()}
        self.rows.append(_place(top[path], codes))
        cursor: str | None = None
        while len(self.rows) <= self.most:
            page = await places.subtree(self.work, self.given.place, None, cursor, _PAGE)
            codes |= {place.path: place.code for place in page.items}
            self.rows += [_place(place.model_dump(), codes) for place in page.items]
            cursor = page.next
            if cursor is None:
                break

    async def _organisations(self, _: str) -> None:
        cursor: str | None = None
        while len(self.rows) <= self.most:
            page = await organisations.page(
                self.work,
                family=None,
                kind=None,
                around=None,
                on=None,
                cursor=cursor,
                limit=_PAGE,
                place=self.given.place,
            )
            for one in page.items:
                self.rows.append(one.model_dump(include={"code", "kind", "name", "parent"}) | {"place": one.place_code})
            cursor = page.next
            if cursor is None:
                break

    async def _appointments(self, path: str) -> None:
        seats = await appointments.seats(self.work, path, self.work.today)
        held = [seat for seat in seats if seat["person_id"] is not None][: self.most + 1]
        known = await self._shown_people(seat["person_id"] for seat in held)
        for seat in held:
            if (person := known.get(seat["person_id"])) is None:
                continue
            cells = {name: seat[name] for name in ("since", "until", "source")}
            self.rows.append(cells | {"post": seat["code"], "person": person["code"]} | self._person(person))


def _mark(rows: dict[UUID, Cells], tags: list[Row]) -> None:
    """Tags stand with the member who consented, else with the first; those under another basis with the next one."""
    groups: defaultdict[tuple[Any, ...], list[Row]] = defaultdict(list)
    for tag in tags:
        if tag["basis"] != SAMPLE:
            groups[tuple(tag[name] for name in ("basis", "legal_basis", "given_by", "since", "until"))].append(tag)
    for (basis, words, given_by, since, until), marked in groups.items():
        free = [person for person, cells in rows.items() if "tags" not in cells]
        person = given_by if given_by in free else next(iter(free), None)
        if person is not None:
            rows[person] |= {
                "tags": "、".join(TAG_WORDS[Tag(tag["tag"])][0] for tag in marked),
                "basis": BASIS_WORDS[Basis(basis)][0],
                "legal_basis": words,
                "since": since,
                "until": until,
            }


def _place(row: Mapping[str, Any] | Row, codes: Mapping[str, str]) -> Cells:
    parent = codes.get(row["path"][:-4])
    return {"code": row["code"], "name": row["name"], "kind": row["kind"], "parent": parent}
