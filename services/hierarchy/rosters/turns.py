"""Use cases of those who take turns: come in, go, and hand over. Nobody goes while shifts wait for them."""

from typing import Any
from uuid import UUID

from services.hierarchy.people import service as people
from services.hierarchy.rosters import inputs, service
from services.hierarchy.rosters import queries as q
from services.hierarchy.rosters.refusals import NotAMember, ShiftsHang
from shared.kernel.errors import Invalid
from shared.kernel.rights import Permission
from shared.runtime.ids import new_id
from shared.runtime.journal import Entry
from shared.runtime.work import Work


async def join(work: Work, roster: UUID, given: inputs.NewMember) -> UUID:
    """Somebody takes turns from now on, or as something else. NotFound, Forbidden, Invalid."""
    await service.seen(work, roster, Permission.ROSTERS_MANAGE)
    await _somebody(work, given.person, "person")
    entry = Entry("roster", "roster.join", data={"person": str(given.person), "post": given.post})
    values: dict[str, Any] = {"id": new_id(), "person": given.person, "label": given.label, "post_code": given.post}
    await work.write(q.JOIN, entry, roster=roster, since=work.today, **values)
    return roster


async def _somebody(work: Work, person: UUID, field: str) -> None:
    known = await people.by_id(work, person)
    if known is None or known["erased_at"]:
        error = {"at": f"/body/{field}", "kind": "value_error", "zh": "没有此人", "en": "there is no such person"}
        raise Invalid(errors=[error])


async def leave(work: Work, roster: UUID, given: inputs.Leaving) -> UUID:
    """Somebody takes no turns any more. NotFound, Forbidden, NotAMember, ShiftsHang."""
    row = await service.seen(work, roster, Permission.ROSTERS_MANAGE)
    await service.hold(work, [given.person])
    hanging = [one for one in await work.all(q.HANGING, person=given.person, begins_at=work.now)
               if one["roster_id"] == roster]  # fmt: skip
    if hanging:
        raise ShiftsHang(count=len(hanging), shifts=[str(one["id"]) for one in hanging[:100]])
    entry = Entry("roster", "roster.leave", data={"person": str(given.person)})
    if await work.write(q.LEAVE, entry, rosters=[roster], person=given.person) is None:
        raise NotAMember(roster=row["name"])
    return roster


async def succeed(work: Work, roster: UUID, given: inputs.HandOver) -> UUID:
    """Hands the shifts of one roster over. NotFound, Forbidden, NotAMember, Invalid, TwoPlacesAtOnce."""
    row = await service.seen(work, roster, Permission.ROSTERS_MANAGE)
    await _somebody(work, given.successor, "successor")
    labels = await service.hold(work, [given.person, given.successor])
    if (roster, given.person) not in labels:
        raise NotAMember(roster=row["name"])
    await service.hand_over(work, given.person, given.successor, given.since, [roster])
    return roster
