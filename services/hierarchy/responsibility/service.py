"""Use cases of responsibility."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from services.hierarchy.people import service as people
from services.hierarchy.places import history
from services.hierarchy.places import service as places
from services.hierarchy.responsibility import queries as q
from services.hierarchy.responsibility.rules import asked_for, load, role_of
from services.hierarchy.schema import VERSIONS
from shared.kernel.categories import is_category
from shared.kernel.errors import NotFound, UnknownCategory
from shared.kernel.rights import Permission, Role
from shared.runtime.db import Row, Statement
from shared.runtime.ids import new_id
from shared.runtime.journal import Entry
from shared.runtime.privacy import Vault
from shared.runtime.work import Work
from shared.schemas.hierarchy import PlaceRef, ResponsibilityChain, Responsible

CHUNK = 2000


async def chain(work: Work, vault: Vault, place: str, category: str, on: date) -> ResponsibilityChain:
    """Who answers for a place and a category on a day, nearest first. UnknownCategory, NotFound, Forbidden."""
    _must_be_known(category)
    if on < work.today and await history.changed_since(work, place, on):
        return await _chain_then(work, vault, place, category, on)
    question = q.QUESTION_THEN if on < work.today else q.QUESTION
    return _chain_of(work, vault, category, on, await _ask(work, question, place, category, on))


async def versioned_chain(
    work: Work, vault: Vault, place: str, category: str, on: date
) -> tuple[ResponsibilityChain, str]:
    """The same with the version of what it is the answer from (shared.runtime.versions)."""
    if on < work.today:
        version = await VERSIONS.now(work)
        return await chain(work, vault, place, category, on), version
    _must_be_known(category)
    rows = await _ask(work, q.VERSIONED_QUESTION, place, category, on)
    return _chain_of(work, vault, category, on, rows), rows[0]["version"]


def _must_be_known(category: str) -> None:
    if not is_category(category):
        raise UnknownCategory(category=category)


async def _ask(work: Work, question: Statement, place: str, category: str, on: date) -> list[Row]:
    values = {"place": place, "categories": asked_for(category), "on": on, "moment": history.end_of(on)}
    rows = await work.all(question, **values)
    if not rows:
        await history.missing(work, place, Permission.RESPONSIBILITY_READ)
        raise NotFound
    return rows


def _chain_of(work: Work, vault: Vault, category: str, on: date, rows: list[Row]) -> ResponsibilityChain:
    asked = rows[0]
    places.admit(work.actor, Permission.RESPONSIBILITY_READ, asked["path"], asked["kind"])
    links = [dict(row) for row in rows if row["held_by"] is not None]
    return _chain(vault, PlaceRef(**{name: asked[name] for name in PlaceRef.model_fields}), category, on, links)


async def _chain_then(work: Work, vault: Vault, place: str, category: str, on: date) -> ResponsibilityChain:
    """The same on a past day, since which the place or one that it lay in has changed: by the tree as it was."""
    line = await history.line_on(work, place, on, Permission.RESPONSIBILITY_READ)
    now = await history.today_of(work, [was.id for was in line])
    spots = {
        now[was.id]["path"]: PlaceRef(
            code=now[was.id]["code"], path=was.path, kind=was.kind, name=was.name, full_name=was.full_name
        )
        for was in line
    }
    moment = history.end_of(on)
    rows = await work.all(q.AT, paths=list(spots), categories=asked_for(category), on=on, moment=moment)
    links = [
        {**dict(row), **{f"at_{name}": value for name, value in dict(spots[row["at_path"]]).items()}} for row in rows
    ]
    links.sort(key=lambda link: (link["position"], -len(link["at_path"]), link["held_by"], str(link["person_id"])))
    return _chain(vault, spots[now[line[0].id]["path"]], category, on, links)


def _chain(
    vault: Vault, place: PlaceRef, category: str, on: date, links: Sequence[Mapping[str, Any]]
) -> ResponsibilityChain:
    nearest: dict[tuple[str, str, UUID | None], Mapping[str, Any]] = {}  # whoever answers there by two rows, once
    for row in links:
        nearest.setdefault((row["at_path"], row["held_by"], row["person_id"]), row)
    chain = [_link(vault, order, row) for order, row in enumerate(nearest.values(), 1)]
    return ResponsibilityChain(place=place, category=category, on=on, chain=chain)


def _link(vault: Vault, order: int, row: Mapping[str, Any]) -> Responsible:
    organised = row["organisation_code"] is not None
    named = {"id": row["person_id"], "name": row["person_name"]}
    return Responsible(
        order=order,
        post_code=row["post_code"],
        post_name=row["organisation_name"] if organised else row["post_label"],
        role=Role(row["role"]) if row["role"] else role_of(row["organisation_kind"]),
        place=PlaceRef(**{name: row[f"at_{name}"] for name in PlaceRef.model_fields}),
        organisation_code=row["organisation_code"],
        person_id=row["person_id"],
        person_name=people.name_of(vault, row["district"], named) if row["person_id"] else None,
    )


async def everybody(work: Work, paths: Iterable[str], on: date) -> list[Row]:
    """All who answer for these very places on a day, whatever for, nearest first, whoever asks; sealed as stored."""
    return await work.all(q.EVERYBODY, paths=list(paths), on=on)


async def put(work: Work, rows: list[dict[str, Any]], *, later: bool = False) -> int:
    """Writes what a data file says of responsibilities; how many changed. What differs from before holds from today,
    and so does what is new in a `later` file of a district that was loaded before: days gone by keep their answers.
    """
    changed = 0
    for start in range(0, len(rows), CHUNK):
        given = rows[start : start + CHUNK]
        there = await work.all(q.AT_PLACES, paths=sorted({row["path"] for row in given}))
        loaded = load(given, [dict(row) for row in there], work.today, later=later, new_id=new_id)
        if loaded.over:
            await work.all(q.OVER, ids=loaded.over, last_day=work.today - timedelta(days=1))
        changed += len(await work.all(q.PUT, rows=loaded.written))
    return changed


rebase = q.REBASE


async def hand_over(work: Work, old: str, new: str | None, day: date) -> None:
    """A place became part of another, or is gone (`new` None): who answered for it answers there from that day on."""
    await go_on(work, q.HAND_OVER, old=old, new=new, day=day)


async def leave(work: Work, posts: Iterable[UUID], day: date) -> None:
    """These seats are given up: they answer for nothing from that day on."""
    await go_on(work, q.LEAVE, posts=list(posts), day=day)


async def go_on(work: Work, statement: Statement, **values: Any) -> None:  # noqa: ANN401 - of the statement
    """Lets responsibilities go on elsewhere or with another, and journals each that begins and each that ends."""
    rows = await work.all(statement, **values)
    found = await history.called(work, {row["path"] for row in rows}, work.today)
    codes = {path: place["code"] for path, place in found.items()}
    await work.record_all([(_told(row, codes.get(row["path"])), row["id"]) for row in rows])


def _told(row: Row, place: str | None) -> Entry:
    holder = {"post" if row["organisation_id"] is None else "organisation": row["held_by"], "place": place}
    if row["step"] == "begun":
        data = {"categories": list(row["categories"]), "since": str(row["since"])}
        return Entry("responsibility", "responsibility.give", data=holder | data)
    last = row["until"] if row["step"] == "ended" else row["since"] - timedelta(days=1)
    return Entry("responsibility", "responsibility.end", data=holder | {"last_day": str(last)})
