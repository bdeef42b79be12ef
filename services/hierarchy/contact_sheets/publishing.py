"""Use cases of what is made public: the rules of a community's sheets, and numbers that belong to posts."""

from collections.abc import Iterable, Sequence
from uuid import UUID

from services.hierarchy.appointments import service as appointments
from services.hierarchy.contact_sheets import queries as q
from services.hierarchy.contact_sheets import views
from services.hierarchy.contact_sheets.inputs import NewRules
from services.hierarchy.contact_sheets.refusals import RulesThere
from services.hierarchy.contact_sheets.rules import SheetRules
from services.hierarchy.places import service as places
from shared.kernel.errors import Conflict, NotFound
from shared.kernel.paths import chain, covers
from shared.kernel.refusals import expect, stale
from shared.kernel.rights import Permission
from shared.runtime.db import Row
from shared.runtime.ids import new_id
from shared.runtime.journal import Entry
from shared.runtime.privacy import Vault, bound_to
from shared.runtime.work import Work
from shared.schemas.hierarchy import PlaceRef


async def rules_for(work: Work, paths: Sequence[str]) -> dict[str, SheetRules]:
    """The rules that hold at each path: its own, or those of the nearest place above; none where there are none."""
    everywhere = sorted({above for path in paths for above in chain(path)})
    said = {row["path"]: row["rules"] for row in await work.all(q.AMONG, paths=everywhere)}
    nearest = {path: next((above for above in chain(path) if above in said), None) for path in paths}
    return {path: SheetRules.model_validate(said[above]) for path, above in nearest.items() if above is not None}


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
    """Says what the sheets of a place and below show. NotFound, Forbidden, RulesThere,
    PreconditionFailed, Conflict.
    """
    await places.lock(work)  # the place keeps its path until it is written down here
    place = await places.seen(work, code, Permission.SHEETS_MANAGE)
    row = await work.one(q.IN_FORCE, paths=[place["path"]])
    rules = given.model_dump(mode="json")
    data = {"place": code, "public": given.public, "names": given.names, "numbers": list(given.numbers)}
    if row is not None and expected is None:
        raise RulesThere(place=place["name"])
    expect(row["version"] if row else None, expected)
    entry = Entry("contact_sheet", "contact_sheet.rules", data=data)
    if row is None:
        written = await work.write(q.FIRST, entry, id=new_id(), path=place["path"], rules=rules)
    else:
        written = await work.write(q.NEXT, entry, id=row["id"], version=row["version"], rules=rules)
    if written is None:
        raise stale(expected)
    return await _rules_view(work, written)


# --- numbers of posts ----------------------------------------------------------------------------------------------


async def set_number(work: Work, vault: Vault, post: str, number: str | None) -> UUID:
    """Gives a post a number that everybody may see, or takes it back. NotFound, Forbidden."""
    await _post(work, post)
    sealed = None if number is None else vault.seal(number, bound_to=_bound(work.district, post))
    entry = Entry("post_number", "post_number.set", data={"post": post, "public": number is not None})
    row = await work.write(q.SET_NUMBER, entry, id=new_id(), post_code=post, number=sealed)
    if row is None:
        raise Conflict
    made: UUID = row["id"]
    return made


async def number_of(work: Work, vault: Vault, post: str) -> views.PostNumberView:
    """The public number of a post, if it has one. NotFound, Forbidden."""
    await _post(work, post)
    return views.PostNumberView(post=post, number=(await numbers_of(work, vault, [post])).get(post))


async def _post(work: Work, code: str) -> None:
    row = await appointments.post(work, code)
    path = row["path"] if row is not None else None
    if path is None or not any(covers(grant.place, path) for grant in work.actor.grants):
        raise NotFound
    work.actor.demand(Permission.SHEETS_MANAGE, path)


def _bound(district: str, post: str) -> str:
    return bound_to(district, "post_numbers", "number", post)


async def numbers_of(work: Work, vault: Vault, posts: Iterable[str]) -> dict[str, str]:
    rows = await work.all(q.NUMBERS_OF, posts=sorted(set(posts)))
    return {
        row["post_code"]: vault.open(row["number"], bound_to=_bound(work.district, row["post_code"])) for row in rows
    }
