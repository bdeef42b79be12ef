"""Use cases of visits: recording one, reading them, the monthly floor, and the appeals that needs become."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any
from uuid import UUID

from services.hierarchy.appointments import service as appointments
from services.hierarchy.households import service as households
from services.hierarchy.people import entering
from services.hierarchy.people import service as people
from services.hierarchy.places import service as places
from services.hierarchy.structures import service as structures
from services.hierarchy.structures import zones
from services.hierarchy.structures.structure import VisitFloor
from services.hierarchy.visits import due, rules
from services.hierarchy.visits import queries as q
from services.hierarchy.visits.inputs import NewVisit
from services.hierarchy.visits.refusals import NoFloor, NotAVisitor, NotOnTheList, OwnHome
from services.hierarchy.visits.views import DueList, MemberMonth, NeedView, VisitView
from shared.kernel.categories import CATEGORIES
from shared.kernel.errors import Conflict, NotFound, UnknownPlace
from shared.kernel.paths import after, covers
from shared.kernel.periods import CHINA, Period
from shared.kernel.refusals import invalid
from shared.kernel.rights import Permission
from shared.runtime.db import Row
from shared.runtime.ids import new_id
from shared.runtime.journal import Entry
from shared.runtime.personal import own_id
from shared.runtime.privacy import Vault, bound_to, mask_name
from shared.runtime.scoping import limits
from shared.runtime.web.pages import decode, encode
from shared.runtime.work import Work
from shared.schemas.base import Page

READ, RECORD = Permission.VISITS_READ, Permission.VISITS_RECORD


# --- recording -------------------------------------------------------------------------------------------------------


async def record(work: Work, vault: Vault, given: NewVisit) -> UUID:
    """Writes a visit down; its needs become appeals by jobs. UnknownPlace, Forbidden, NotAVisitor, OwnHome,
    Invalid.
    """
    await places.lock(work)
    place = await places.meant(work, given.place, RECORD)
    at = given.visited_at or work.now
    if at > work.now:
        raise invalid("visited_at", "晚于现在", "lies ahead")
    if given.next_on and given.next_on < at.astimezone(CHINA).date():
        raise invalid("next_on", "下次走访日期不能早于这次走访", "lies before this visit")
    visitor = await _visitor(work, given.visitor, place["path"], at)
    household = (await households.by_codes(work, [given.place])).get(given.place)
    if household and place["path"] in await households.homes(work, visitor, on=at.astimezone(CHINA).date()):
        raise OwnHome
    made = new_id()
    needs = [need.model_dump() | {"id": new_id()} for need in given.needs]
    codes = {"cause": given.cause.value, "form": given.form.value, "result": given.result.value}
    entry = Entry("visit", "visit.record", data=codes | {"place": given.place, "needs": len(needs)})
    values: dict[str, Any] = codes | {
        "path": place["path"],
        "place": given.place,
        "household_id": household["id"] if household else None,
        "visitor_id": visitor,
        "recorded_by": work.actor.id,
        "note": vault.seal(given.note, bound_to=_bound(work, made)) if given.note else None,
        "visited_at": at,
        "next_on": given.next_on,
        "checked": await _points(work, given, place["path"]),
        "needs": needs,
    }
    jobs = [due.APPEAL.of(need_id=str(need["id"])) for need in needs]
    if await work.write(q.RECORD, entry, jobs, id=made, **values) is None:
        raise Conflict
    return made


async def _visitor(work: Work, named: UUID | None, path: str, at: datetime) -> UUID:
    """Whose visit it is: the caller's, or that of somebody who held a post reaching there on the day."""
    if named is None or str(named) == work.actor.id:
        return own_id(work)
    held = await appointments.grants(work, named, at.astimezone(CHINA).date())
    if not any(covers(grant.place, path) for grant in held):
        raise NotAVisitor
    return named


async def _points(work: Work, given: NewVisit, path: str) -> list[dict[str, Any]]:
    """What was found of the quarter's list. NotOnTheList."""
    listed = await zones.points(work, path) if given.checked else ()
    for one in given.checked:
        if one.point not in listed:
            raise NotOnTheList(point=one.point, listed="、".join(listed) or "-")
    return [one.model_dump() for one in given.checked]


def _bound(work: Work, visit: UUID) -> str:
    return bound_to(work.district, "visits", "note", visit)


# --- reading ---------------------------------------------------------------------------------------------------------


async def shown(work: Work, vault: Vault, visit: UUID) -> VisitView:
    """One visit, for those who may read visits there and for who made it. NotFound."""
    row = await work.one(q.BY_ID, id=visit)
    if row is None or not (work.actor.may(READ, row["path"]) or _own(work, row)):
        raise NotFound
    return (await _views(work, vault, [row]))[0]


def _own(work: Work, row: Row) -> bool:
    return str(row["visitor_id"]) == work.actor.id and work.actor.may(READ)


async def page(
    work: Work,
    vault: Vault,
    *,
    cursor: str | None,
    limit: int,
    **filters: Any,  # noqa: ANN401
) -> Page[VisitView]:
    """A page, the newest first. `filters`: place (a code), household, visitor, result. UnknownPlace, Forbidden."""
    work.actor.demand(READ)
    wanted = {name: value for name, value in filters.items() if value is not None}
    if "place" in wanted:
        top = await _place(work, wanted["place"])
        wanted |= {"place": top["path"], "end": after(top["path"])}
    if key := decode(cursor, datetime, UUID):
        wanted |= {"before": key[0], "before_id": key[1]}
    scopes = limits("scopes", "scope_ends", work.actor.scopes(READ))
    rows = await work.all(q.listed(frozenset(wanted) - {"end", "before_id"}), **wanted, **scopes, limit=limit + 1)
    more = encode(rows[limit - 1]["visited_at"].isoformat(), rows[limit - 1]["id"]) if len(rows) > limit else None
    return Page(items=await _views(work, vault, rows[:limit]), next=more)


async def _place(work: Work, code: str) -> Row:
    """A place that a query names, as far as the caller's scope reaches. UnknownPlace."""
    place = await places.by_code(work, code)
    if place is None or not any(
        covers(scope, place["path"]) or covers(place["path"], scope) for scope in work.actor.scopes(READ)
    ):
        raise UnknownPlace(place=code)
    return place


async def whole_place(work: Work, code: str) -> Row:
    """A place all of whose visits the caller may read. UnknownPlace."""
    place = await _place(work, code)
    if not work.actor.may(READ, place["path"]):
        raise UnknownPlace(place=code)  # as one that is not there: it reaches beyond the caller's scope
    return place


async def _views(work: Work, vault: Vault, rows: list[Row]) -> list[VisitView]:
    needs = await work.all(q.NEEDS_OF, visits=[row["id"] for row in rows])
    names = await place_names(work, (row["place"] for row in rows))
    return [
        _view(work, vault, row, names.get(row["place"]), [need for need in needs if need["visit_id"] == row["id"]])
        for row in rows
    ]


async def place_names(work: Work, codes: Iterable[str]) -> dict[str, str]:
    """Full names by code, of those that are still there."""
    return {code: place["full_name"] for code, place in (await places.by_codes(work, codes)).items()}


def _view(work: Work, vault: Vault, row: Row, place_name: str | None, needs: list[Row]) -> VisitView:
    names = ("id", "place", "household_id", "visitor_id", "cause", "form", "result", "visited_at", "next_on", "checked")
    return VisitView(
        **{name: row[name] for name in names},
        place_name=place_name,
        cause_label=rules.CAUSES[rules.Cause(row["cause"])],
        form_label=rules.FORMS[rules.Form(row["form"])],
        result_label=rules.RESULTS[rules.Result(row["result"])],
        counts=rules.counts(row["household_id"], row["form"], row["result"]),
        note=vault.open(row["note"], bound_to=_bound(work, row["id"])) if row["note"] else None,
        needs=[_need(need) for need in needs],
    )


def _need(row: Row) -> NeedView:
    names = ("id", "title", "content", "category", "appeal_id", "appeal_number")
    return NeedView(**{name: row[name] for name in names}, category_label=CATEGORIES[row["category"]])


# --- the monthly floor -----------------------------------------------------------------------------------------------


async def behind(
    work: Work, vault: Vault, month: Period, code: str, roll: str | None, cursor: str | None, limit: int
) -> DueList:
    """Who has seen how many households in a month, the furthest behind first. UnknownPlace, NoFloor."""
    path = (await whole_place(work, code))["path"]
    meant = await _floor(work, path, roll, month)
    listed = {row["id"]: row for row in await entering.on_roll(work, meant.roll, path, month.last)}
    found = rules.floor(listed, await _months(work, month, list(listed)), meant.households)
    key = decode(cursor, int, UUID)
    rest = [row for row in found.rows if key is None or row.rank > tuple(key)]
    rows = rest[:limit]
    more = encode(*rows[-1].rank) if len(rest) > limit else None
    return DueList(
        month=month.label,
        roll=meant.roll,
        floor=meant.households,
        **{name: getattr(found, name) for name in ("members", "met", "visits_due", "visits_done")},
        items=[_month(work, vault, row, listed[row.member]) for row in rows],
        next=more,
    )


async def _months(work: Work, month: Period, visitors: list[UUID]) -> dict[UUID, rules.Month]:
    """What these people did in a month, also outside the place that asks. Who is not there saw nobody."""
    first, last = month.bounds()
    rows = await work.all(q.MONTHS, visitors=visitors, first=first, last=last, **q.MET)
    return {row["visitor_id"]: rules.Month(row["households"], row["last"].astimezone(CHINA).date()) for row in rows}


async def _floor(work: Work, path: str, roll: str | None, month: Period) -> VisitFloor:
    row = await structures.in_force(work, path, month.last)
    floors = structures.parsed(row).visits if row else ()
    found = next((one for one in floors if roll is None or one.roll == roll), None)
    if found is None:
        raise NoFloor
    return found


def _month(work: Work, vault: Vault, row: rules.Standing, person: Row) -> MemberMonth:
    return MemberMonth(
        person_id=row.member,
        name=mask_name(people.name_of(vault, work.district, person)),
        place=(person["attributes"] or {}).get("place"),
        done=row.done,
        missing=row.missing,
        last_visit_on=row.last,
    )


# --- needs become appeals --------------------------------------------------------------------------------------------


async def need(work: Work, need_id: UUID) -> Row | None:
    """A need with the visit it was found on; for our own job."""
    return await work.one(q.NEED, id=need_id)


async def became(work: Work, need_id: UUID, appeal: UUID, number: str) -> None:
    """Tickets took it."""
    entry = Entry("visit", "visit.appeal", data={"need": str(need_id), "appeal": str(appeal), "number": number})
    await work.write(q.BECAME, entry, id=need_id, appeal_id=appeal, appeal_number=number)


# --- for other slices ------------------------------------------------------------------------------------------------


async def of_person(work: Work, person: UUID) -> list[dict[str, Any]]:
    """Every visit that a person made, for their copy."""
    return [dict(row) for row in await work.all(q.OF_PERSON, person=person)]


async def join(work: Work, gone: UUID, heir: UUID) -> None:
    """Two households are one: whoever was seen in either was seen there."""
    await work.all(q.JOIN, gone=gone, heir=heir)


rebase = q.REBASE
