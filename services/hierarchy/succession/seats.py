"""Seats as everybody may see them: which there are and which are vacant, and what each is for."""

from datetime import date
from typing import Any

from services.hierarchy.appointments import service as appointments
from services.hierarchy.organisations.service import demand
from services.hierarchy.places import history, reading
from services.hierarchy.places import service as places
from services.hierarchy.records import service as records
from services.hierarchy.structures import service as structures
from services.hierarchy.succession.views import (
    GroupView,
    PostDetail,
    PostView,
    duties_of,
    seat_fields,
    seat_view,
)
from shared.kernel.errors import NotFound
from shared.kernel.rights import Permission
from shared.runtime.db import Row
from shared.runtime.scoping import limits
from shared.runtime.web.pages import decode, encode
from shared.runtime.work import Work
from shared.schemas.base import Page

_SEE = Permission.PLACES_READ


async def page(
    work: Work,
    *,
    vacant: bool | None,
    on: date | None,
    cursor: str | None,
    limit: int,
    **filters: Any,  # noqa: ANN401
) -> Page[PostView]:
    """A page by code of the seats in one's places. `filters`: place, kind, organisation. UnknownPlace, Forbidden."""
    work.actor.demand(_SEE)
    wanted = await reading.placed(work, filters, on)
    if vacant is not None:
        wanted["vacant" if vacant else "held"] = True
    key, day = decode(cursor, str), on or work.today
    scopes = limits("scopes", "scope_ends", work.actor.scopes(_SEE))
    after = key[0] if key else ""
    rows = await appointments.posts_page(work, on=day, **wanted, **scopes, after=after, limit=limit + 1)
    where = await history.called(work, {row["path"] for row in rows if row["path"]}, day)
    items = [seat_view(row, where.get(row["path"])) for row in rows[:limit]]
    return Page(items=items, next=encode(items[-1].code) if len(rows) > limit else None)


async def detail(work: Work, code: str) -> PostDetail:
    """A seat at one's places or above them, with what it is for. NotFound, Forbidden."""
    row = await appointments.post_on(work, work.today, code=code)
    if row is None:
        raise NotFound
    demand(work, _SEE, row["path"], reading=_SEE)
    found = await structures.post_kind(work, row["path"], row["kind"], work.today)
    kind = found[1] if found else None
    kept = await records.of_post(work, row["id"])
    services = (one["content"]["services"] for one in kept if one["kind"] == "duties")
    groups = [one for one in kept if one["kind"] == "group"]
    where = await places.by_paths(work, {row["path"], *(one["path"] for one in groups)})
    return PostDetail(
        **seat_fields(row, where.get(row["path"])),
        appointed_by=kind.appointed_by if kind else None,
        term_years=kind.term_years if kind else None,
        full_time=bool(kind and kind.full_time),
        duties=duties_of(kept, kind),
        services=next(services, []),
        groups=[_group(one, where.get(one["path"])) for one in groups],
    )


def _group(row: Row, place: Row | None) -> GroupView:
    said = {name: row["content"][name] for name in ("name", "capacity")}
    return GroupView(**said, place_code=place["code"] if place else None)
