"""How appeals are shown: whole, in lists, and as a timeline. Contact data is masked here, always."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from pydantic import Field

from services.tickets.appeals import queries as q
from services.tickets.appeals.intake import unseal
from services.tickets.appeals.moves import load
from services.tickets.appeals.relations import Appeal, facts, parties
from services.tickets.appeals.workflow import APPEAL, PUBLIC_STATUS
from shared.kernel.categories import CATEGORIES
from shared.kernel.errors import Forbidden
from shared.kernel.paths import after, chain
from shared.kernel.rights import Permission
from shared.runtime.db import Row, Statement
from shared.runtime.privacy import mask_name, mask_phone
from shared.runtime.scoping import cut, limits
from shared.runtime.service import Service
from shared.runtime.web import pages
from shared.runtime.work import Work
from shared.schemas.base import View

_LAST = UUID(int=(1 << 128) - 1)


class Contact(View):
    """诉求人, masked; nothing where they want to stay unknown. Showing it in full is a separate right with a reason.

    What stands in the reporter's account and not in the appeal is in the answer to `GET /appeals/{id}` alone, for those
    who may read the file, and as far as hierarchy answers.
    """

    name: str | None = Field(examples=["张*"])
    phone: str | None = Field(examples=["100****0001"])


class AppealSummary(View):
    """An appeal in a list."""

    id: UUID
    number: str = Field(description="Number for people (编号).", examples=["20261122-7K3F9Q"])
    version: int
    title: str
    category: str | None = Field(description="Null until 核实立案 sorts what the hotline could not.", examples=["JC05"])
    category_label: str = Field(examples=["供暖"])
    urgency: str
    channel: str
    place_code: str | None
    place_name: str | None
    step: str = Field(description="Where it stands: a key of the workflow's table.", examples=["handle"])
    step_label: str = Field(examples=["跟踪处理"])
    public_status: str = Field(description="What the resident is shown: 已收到、办理中、已答复、已办结.")
    step_since: datetime
    step_due: datetime | None = Field(description="When this step's clock runs out; null while suspended or over.")
    overdue: bool
    suspended: bool
    lead_name: str | None = Field(description="Post or unit that handles it (承办).")
    confidential: bool
    rating: int | None
    created_at: datetime
    updated_at: datetime
    closed_at: datetime | None


class ChainLink(View):
    """One link of the chain of responsibility as it was when the appeal was assigned."""

    post_code: str | None
    post_name: str
    place: str
    vacant: bool
    lead: bool


class AppealView(AppealSummary):
    """An appeal, whole."""

    content: str
    appeal_type: str
    anonymous: bool
    contact: Contact
    hotline: str | None
    order_no: str | None
    chain: list[ChainLink]
    refused: str | None
    result: str | None
    public_reply: str | None
    called_back: str | None
    merged_into: UUID | None
    moves: list[str] = Field(description="The moves that are open to you now (您现在可以办理的操作).")


class CategoryView(View):
    """A category of appeals."""

    code: str = Field(examples=["JC05"])
    label: str = Field(examples=["供暖"])
    top: str = Field(description="The top category that it belongs to; its own code where it is one.", examples=["JC"])


_DERIVED = {"category_label", "step_label", "public_status", "contact", "chain", "moves"}
_OWN = [name for name in AppealView.model_fields if name not in _DERIVED]
_UNSORTED = "未分类"


def _said(row: Appeal | Row) -> dict[str, str]:
    """What a list says in words."""
    return {
        "category_label": CATEGORIES.get(row["category"], _UNSORTED),
        "step_label": APPEAL.steps[row["step"]].label,
        "public_status": PUBLIC_STATUS[row["step"]],
    }


def render(work: Work, service: Service, row: Appeal) -> AppealView:
    """The appeal as it stands in the row, with the moves that are open to the caller."""
    return AppealView(
        **{name: row[name] for name in _OWN},
        **_said(row),
        contact=masked({} if row["anonymous"] else unseal(service, work.district, row["id"], row["contact"])),
        chain=_chain(row),
        moves=APPEAL.open_moves(row["step"], parties(row, work.actor), facts(row)),
    )


async def whole(work: Work, service: Service, appeal_id: UUID) -> AppealView:
    """The appeal as it stands now. Raises NotFound."""
    return render(work, service, await load(work, appeal_id))


def masked(known: Mapping[str, Any]) -> Contact:
    """Name and number as far as they are known, so that nobody is found by them."""
    return Contact(
        name=mask_name(known["name"]) if known.get("name") else None,
        phone=mask_phone(known["phone"]) if known.get("phone") else None,
    )


def _chain(row: Appeal) -> list[ChainLink]:
    lead = row["chain_position"] if row["lead_person"] else -1
    return [
        ChainLink(
            post_code=link["post_code"],
            post_name=link["post_name"],
            place=link["place"]["full_name"],
            vacant=link["person_id"] is None,
            lead=position == lead,
        )
        for position, link in enumerate(row["chain"])
    ]


async def newest(
    work: Work, *, step: str | None, place_path: str | None, cursor: str | None, limit: int
) -> pages.JsonPage:
    """The newest appeals that the caller may read, optionally at one step or below one place."""
    scopes = cut(work.actor.scopes(Permission.APPEALS_READ), place_path)
    theirs = cut(work.actor.scopes(Permission.APPEALS_INTAKE), place_path)
    if not scopes:
        return _page([], limit)
    key = pages.decode(cursor, UUID)
    depth = len(scopes[0]) if len(scopes) == 1 else None
    statement = q.newest(
        depth=depth,
        confidential="all" if theirs == scopes else "theirs" if theirs else "none",
        step=step is not None,
        after=key is not None,
    )
    rows = await work.all(
        statement,
        low=scopes[0],
        high=after(scopes[0]),
        prefix=scopes[0][: q.deepest(depth)] if depth else None,
        **limits("scopes", "ends", scopes),
        **limits("theirs", "their_ends", theirs),
        step=step,
        before_id=key[0] if key else None,
        limit=limit + 1,
    )
    return _page(rows, limit)


async def inbox(work: Work, *, cursor: str | None, limit: int) -> pages.JsonPage:
    """What waits for the caller as the one who handles it, where a post of theirs still reaches."""
    statement = q.inbox(anywhere=work.actor.may(Permission.APPEALS_SERVE))
    return await _of_person(work, statement, cursor, limit, work.actor.scopes(Permission.APPEALS_HANDLE))


async def mine(work: Work, *, cursor: str | None, limit: int) -> pages.JsonPage:
    """What the caller reported."""
    return await _of_person(work, q.MINE, cursor, limit)


async def _of_person(
    work: Work, statement: Statement, cursor: str | None, limit: int, scopes: Sequence[str] = ()
) -> pages.JsonPage:
    if work.actor.kind != "user":
        raise Forbidden
    key = pages.decode(cursor, UUID)
    person = UUID(work.actor.id)
    before = key[0] if key else _LAST
    values = limits("scopes", "ends", scopes)
    rows = await work.all(statement, person=person, before_id=before, limit=limit + 1, **values)
    return _page(rows, limit)


def _page(rows: Sequence[Row], limit: int) -> pages.JsonPage:
    """The columns of the lists' statements and `_said` together are AppealSummary's fields."""
    shown = [{**row, **_said(row)} for row in rows[:limit]]
    return pages.answered(shown, pages.encode(shown[-1]["id"]) if len(rows) > limit else None)


async def open_below(work: Work, within: str, paths: list[str]) -> list[int]:
    """How many appeals are open at each of the places and below; all of them lie within one."""
    counts = dict.fromkeys(paths, 0)
    for row in await work.all(q.OPEN_BELOW, path=within, end=after(within)):
        for path in chain(row["place_path"]):
            if path in counts:
                counts[path] += row["count"]
    return [counts[path] for path in paths]
