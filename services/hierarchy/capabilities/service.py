"""Use cases of the three lists: what there is, what is wanted, who fits, and what was made of it."""

from typing import Any
from uuid import UUID

from pydantic import BaseModel

from services.hierarchy.agreements import service as agreements
from services.hierarchy.capabilities import inputs, views
from services.hierarchy.capabilities import queries as q
from services.hierarchy.capabilities.refusals import UnknownListing
from services.hierarchy.capabilities.rules import Offer, Wanted, rank
from services.hierarchy.capabilities.workflow import LISTING
from services.hierarchy.organisations import service as organisations
from services.hierarchy.places import service as places
from shared.kernel.errors import Conflict, Forbidden, NotFound
from shared.kernel.refusals import expect, invalid, stale
from shared.kernel.rights import Permission
from shared.kernel.workflow import Outcome
from shared.runtime.db import Row
from shared.runtime.ids import new_id
from shared.runtime.journal import Entry
from shared.runtime.web.pages import decode, encode
from shared.runtime.work import Work
from shared.schemas.base import Page

READ, MANAGE = Permission.PARTNERS_READ, Permission.PARTNERS_MANAGE
MOST_OFFERS = 2000


async def create(work: Work, given: inputs.NewListing) -> UUID:
    """Puts a resource or a need on its list. UnknownPlace, Forbidden, UnknownOrganisation."""
    await places.lock(work)
    place = await places.meant(work, given.place, MANAGE)
    if given.organisation is not None:
        await organisations.meant(work, given.organisation)
    content = given.model_dump(exclude={"place"}) | {"tags": list(given.tags), "path": place["path"]}
    return await _write_new(work, LISTING.first, content)


async def _write_new(work: Work, step: str, content: dict[str, Any]) -> UUID:
    links: dict[str, Any] = {"need_id": None, "resource_id": None, "agreement_id": None}
    data = {name: str(content[name]) for name in ("kind", "organisation", *links) if content.get(name)}
    entry = Entry("listing", "listing.create", after=step, data=data)
    row = await work.write(q.CREATE, entry, **links | content, id=new_id(), step=step)
    if row is None:
        raise Conflict
    made: UUID = row["id"]
    return made


async def load(work: Work, listing: UUID) -> Row:
    """What stands on a list, for those whose places it touches. NotFound, Forbidden."""
    row = await work.one(q.BY_ID, id=listing)
    if row is None:
        raise NotFound
    organisations.demand(work, READ, row["path"], READ)
    return row


async def whole(work: Work, listing: UUID) -> views.ListingView:
    """As this caller sees it. NotFound, Forbidden."""
    return (await _views(work, [await load(work, listing)]))[0]


async def _views(work: Work, rows: list[Row]) -> list[views.ListingView]:
    bodies = await organisations.by_codes(work, (row["organisation"] for row in rows if row["organisation"]))
    found = await places.by_paths(work, {row["path"] for row in rows})
    return [views.shown(row, bodies, found, work.actor) for row in rows]


async def page(work: Work, *, cursor: str | None, limit: int, **filters: Any) -> Page[views.ListingView]:  # noqa: ANN401
    """A page, the latest first. `filters`: place (a code), kind, organisation, step, tag. UnknownPlace, Forbidden."""
    work.actor.demand(READ)
    wanted = await places.placed(work, filters)
    key = decode(cursor, UUID)
    if key is not None:
        wanted |= {"after": key[0]}
    values = wanted | organisations.scoped(work.actor, READ) | {"limit": limit + 1}
    rows = await work.all(q.listed(frozenset(wanted) - {"end"}), **values)
    items = await _views(work, rows[:limit])
    return Page(items=items, next=encode(items[-1].id) if len(rows) > limit else None)


async def match(work: Work, given: inputs.Question) -> list[views.MatchView]:
    """Partners who can give what is wanted, the best first. NotFound, UnknownPlace, Forbidden, Invalid."""
    if given.need is not None:
        row = await load(work, given.need)
        if row["kind"] != "need":
            raise invalid("need", "不是需求清单中的条目", "is not on the list of needs")
        wanted = Wanted(tuple(row["tags"]), row["path"], given.on or row["since"])
    else:
        place = await places.meant(work, given.place or "", READ)
        wanted = Wanted(given.tags or (), place["path"], given.on)
    scopes, today = organisations.scoped(work.actor, READ), work.today
    rows = await work.all(q.OFFERS, **scopes, today=today, limit=MOST_OFFERS)
    busy = {row["organisation"]: row["count"] for row in await work.all(q.BUSY)}
    offers = [Offer(**{**dict(row), "tags": tuple(row["tags"])}, busy=busy.get(row["organisation"], 0)) for row in rows]
    best = rank(wanted, offers)[: given.limit]
    names = await organisations.by_codes(work, {one.offer.organisation for one in best})
    return [views.match_view(one, names) for one in best]


# --- moves -------------------------------------------------------------------------------------------------------


async def move(work: Work, listing: UUID, name: str, given: BaseModel, expected: int | None = None) -> UUID:
    """Makes a move; what to show: of a need that was taken, the project. NotFound, Forbidden, PreconditionFailed,
    Conflict, UnknownOrganisation, UnknownListing, and what `Workflow.apply` raises.
    """
    await work.begin()
    row = await load(work, listing)
    outcome = LISTING.apply(row["step"], name, views.parties(row["path"], work.actor), {row["kind"]})
    expect(row["version"], expected)
    made = await _begin_project(work, row, given) if isinstance(given, inputs.Taking) else listing
    text = given.model_dump(include={"reason", "result"}, exclude_none=True) or None
    data = {"kind": row["kind"], "organisation": row["organisation"]}
    values: dict[str, Any] = {"id": listing, "version": row["version"]}
    if isinstance(given, inputs.ListingEdit):
        sent = given.model_dump(exclude_unset=True)
        kept = {field: sent.get(field, row[field]) for field in inputs.ListingEdit.model_fields}
        kept |= {field: kept[field] or row[field] for field in ("title", "tags")}
        data |= {"changed": sorted(sent)}
        values |= kept | {"tags": list(kept["tags"]), "detail": kept["detail"] or ""}
        _forwards(kept)
    entry = Entry("listing", f"listing.{name}", outcome.before, outcome.after, data, text)
    change = q.EDIT if isinstance(given, inputs.ListingEdit) else q.MOVE
    if await work.write(change, entry, **values, to_step=outcome.after) is None:
        raise stale(expected)
    await _tell_need(work, row, outcome)
    return made


def _forwards(kept: dict[str, Any]) -> None:
    if kept["since"] and kept["until"] and kept["until"] < kept["since"]:
        raise invalid("until", "不能早于起始日", "until must not be before since")


async def _begin_project(work: Work, need: Row, given: inputs.Taking) -> UUID:
    await places.lock(work)  # it is not closed meanwhile
    await organisations.meant(work, given.organisation)
    if given.resource is not None:
        resource = await work.one(q.BY_ID, id=given.resource)
        if resource is None or resource["kind"] != "resource" or resource["organisation"] != given.organisation:
            raise UnknownListing(listing=given.resource, what_zh="该单位资源", what_en="resource of that organisation")
    if given.agreement is not None:
        try:
            await agreements.load(work, given.agreement)
        except (NotFound, Forbidden) as error:
            raise UnknownListing(listing=given.agreement, what_zh="共建协议", what_en="agreement") from error
    content = {name: need[name] for name in ("path", "detail", "tags", "since", "until")}
    links = {"need_id": need["id"], "resource_id": given.resource, "agreement_id": given.agreement}
    named = {"kind": "project", "organisation": given.organisation, "title": given.title or need["title"]}
    return await _write_new(work, "running", content | named | links)


async def _tell_need(work: Work, project: Row, outcome: Outcome) -> None:
    """A project that is done has met its need; one that is given back leaves it open."""
    after_it = {"finish": "done", "release": LISTING.first}.get(outcome.move)
    need = await work.one(q.BY_ID, id=project["need_id"]) if after_it and project["need_id"] else None
    if need is not None and need["step"] == "taken":
        data = {"kind": "need", "project": str(project["id"])}
        entry = Entry("listing", f"listing.{outcome.move}", need["step"], after_it, data)
        await work.write(q.MOVE, entry, id=need["id"], version=need["version"], to_step=after_it)


# --- for other slices --------------------------------------------------------------------------------------------


async def put(work: Work, rows: list[dict[str, Any]]) -> int:
    """Writes resources of a data file (`origin`, `organisation`, `path`, `title`, `tags`, …); how many changed."""
    fixed = {"kind": "resource", "step": LISTING.first, "detail": ""}
    return len(await work.all(q.PUT, rows=[fixed | row | {"id": new_id()} for row in rows])) if rows else 0


async def running_with(work: Work, organisation: str) -> int:
    """How many projects an organisation carries out, whoever asks."""
    return len(await work.all(q.RUNNING, organisation=organisation))


async def withdraw(work: Work, organisation: str) -> None:
    """What an organisation offers or needs is on no list any more."""
    rows = await work.all(q.WITHDRAW, organisation=organisation)
    journaled = []
    for row in rows:
        data = {"kind": row["kind"], "organisation": organisation}
        journaled.append((Entry("listing", "listing.withdraw", LISTING.first, "withdrawn", data), row["id"]))
    await work.record_all(journaled)


rebase = q.REBASE
