"""The household register as its readers see it: lists and single households, names masked, tags that hold today."""

from collections import defaultdict
from typing import Any
from uuid import UUID

from services.hierarchy.households import queries as q
from services.hierarchy.households.rules import RELATION_WORDS, TAG_WORDS, Relation, Tag
from services.hierarchy.households.service import READ, seen
from services.hierarchy.households.views import HouseholdCard, HouseholdMemberView, HouseholdView, TagView
from services.hierarchy.people import service as people
from services.hierarchy.places import service as places
from shared.runtime.db import Row
from shared.runtime.privacy import Vault, mask_name
from shared.runtime.scoping import limits
from shared.runtime.web.pages import decode, encode
from shared.runtime.work import Work
from shared.schemas.base import Page


async def page(
    work: Work,
    vault: Vault,
    *,
    cursor: str | None,
    limit: int,
    **filters: Any,  # noqa: ANN401
) -> Page[HouseholdCard]:
    """A page by code. `filters`: place (a code), tag, person. UnknownPlace, Forbidden."""
    work.actor.demand(READ)
    wanted = await places.placed(work, filters)
    if key := decode(cursor, str):
        wanted["after"] = key[0]
    scopes = limits("scopes", "scope_ends", work.actor.scopes(READ))
    statement = q.listed(frozenset(wanted) - {"end"})
    rows = await work.all(statement, **wanted, **scopes, on=work.today, limit=limit + 1)
    shown = await _cards(work, vault, rows[:limit])
    more = encode(rows[limit - 1]["code"]) if len(rows) > limit else None
    return Page(items=[HouseholdCard(**card) for card in shown], next=more)


async def whole(work: Work, vault: Vault, household: UUID) -> HouseholdView:
    """A household with its people, masked, and its tags. NotFound."""
    row = await seen(work, household)
    [card] = await _cards(work, vault, [row])
    members = await work.all(q.MEMBERS_OF, households=[household])
    known = await people.by_ids(work, (member["person_id"] for member in members))
    tags = await work.all(q.TAGS_OF, households=[household], on=work.today)
    return HouseholdView(
        **card,
        people=[_member(work, vault, member, known[member["person_id"]]) for member in members],
        tags_held=[_tag(tag) for tag in tags],
        created_at=row["created_at"],
    )


async def _cards(work: Work, vault: Vault, rows: list[Row]) -> list[dict[str, Any]]:
    ids, day = [row["id"] for row in rows], work.today
    where = await places.by_paths(work, {row["path"] for row in rows})
    belonging: defaultdict[UUID, list[Row]] = defaultdict(list)
    for member in await work.all(q.MEMBERS_OF, households=ids):
        if member["left_on"] is None or member["left_on"] >= day:
            belonging[member["household_id"]].append(member)
    heads = {id_: next((m for m in found if m["relation"] == Relation.HEAD), None) for id_, found in belonging.items()}
    known = await people.by_ids(work, (head["person_id"] for head in heads.values() if head))
    tags: defaultdict[UUID, list[str]] = defaultdict(list)
    for tag in await work.all(q.TAGS_OF, households=ids, on=day):
        tags[tag["household_id"]].append(tag["tag"])
    cards = []
    for row in rows:
        head, place = heads.get(row["id"]), where.get(row["path"])
        name = people.name_of(vault, work.district, known[head["person_id"]]) if head else None
        cards.append(
            {field: row[field] for field in ("id", "version", "code", "invented")}
            | {"place_name": place["full_name"] if place else row["code"], "head": mask_name(name) if name else None}
            | {"members": len(belonging[row["id"]]), "tags": tags[row["id"]]}
            | {"tag_labels": [TAG_WORDS[Tag(tag)][0] for tag in tags[row["id"]]]}
        )
    return cards


def _member(work: Work, vault: Vault, member: Row, person: Row) -> HouseholdMemberView:
    shown = people.masked(vault, work.district, person)
    label = RELATION_WORDS[Relation(member["relation"])][0]
    return HouseholdMemberView(
        **{name: member[name] for name in ("id", "person_id", "relation", "left_on")},
        **{name: getattr(shown, name) for name in ("name", "phone", "id_number")},
        relation_label=label,
        party_member=person["party_member"],
    )


def _tag(row: Row) -> TagView:
    label = TAG_WORDS[Tag(row["tag"])][0]
    names = (name for name in TagView.model_fields if name != "label")
    return TagView(**{name: row[name] for name in names}, label=label)
