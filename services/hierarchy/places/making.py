"""How places are made, with the next free code where none is given, and how what is said of them changes."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

import asyncpg

from services.hierarchy.places import history, lifecycle, service
from services.hierarchy.places import past_queries as past
from services.hierarchy.places import tree_queries as t
from services.hierarchy.places.due import telling
from services.hierarchy.places.inputs import EditPlace, NewPlace
from services.hierarchy.places.refusals import (
    CannotChangePlace,
    PlaceCodeInvalid,
    PlaceCodesUsedUp,
    PlaceCodeTaken,
    PlaceNameTaken,
)
from services.hierarchy.places.rules import (
    GROUPS,
    UNNAMED,
    Known,
    Series,
    full_name,
    joined,
    series,
    too_deep,
    why_not_code,
)
from services.hierarchy.places.tree import Given
from shared.kernel.errors import Conflict
from shared.kernel.paths import WIDTH, chain
from shared.runtime.db import Row
from shared.runtime.ids import new_id
from shared.runtime.journal import Entry
from shared.runtime.work import Work

GRIDS = ("grid", "micro_grid")


async def create(work: Work, given: NewPlace) -> UUID:
    """Makes a place; its id. UnknownPlace, Forbidden, PlaceNameTaken, PlaceCodeInvalid, PlaceCodeTaken,
    PlaceCodesUsedUp, Conflict.
    """
    parent = await lifecycle.named(work, given.parent)
    above = await codes_above(work, parent)
    attributes: dict[str, Any] = premises_of(given.kind, given.premises) or {}
    if given.built is not None:
        attributes["built"] = given.built
    values = {
        **given.model_dump(include={"kind", "name", "zone_type", "area_km2", "households", "residents"}),
        "id": new_id(), "attributes": attributes, "parent_id": parent["id"], "parent_path": parent["path"],
    }  # fmt: skip
    await _check_name(work, parent, values)
    entry = Entry("place", "create", after=given.kind, data={"parent": given.parent, "given_code": given.code})
    if given.code is not None:
        check_code(given.kind, given.code, work.district, above)
        return await _created(work, entry, generated=False, values={**values, "code": given.code})
    chosen = code_series(given.kind, given.parent, above)
    return await _created(work, entry, generated=True, values={**values, **chosen._asdict()})


async def _check_name(work: Work, parent: Row, wanted: Mapping[str, Any]) -> str:
    """The full name. PlaceNameTaken where another one of the kind in the same place has it: nobody could tell which is
    meant. A look, no key: two who ask at the same moment both get theirs.
    """
    over = Known(parent["path"], parent["name"], parent["full_name"], 0)
    whole = full_name(over, parent["kind"], wanted["name"])
    values = {"id": wanted["id"], "path": parent["path"], "kind": wanted["kind"], "full_name": whole}
    if (other := await work.one(t.NAMESAKE, **values)) is not None:
        raise PlaceNameTaken(name=wanted["name"], parent=parent["name"], place=other["code"])
    return whole


async def namesakes(work: Work, given: Sequence[Given]) -> set[str]:
    """The codes of new and renamed places that would have the name of another one of their kind in the same place, once
    all rows are written; as `_check_name`, for many at once. What is called so already stays.
    """
    rows = {row.code: row for row in given}
    there = await service.by_codes(work, rows.keys() | {row.parent for row in given if row.parent is not None})
    parents = {there[row.parent]["path"]: row.parent for row in given if row.parent in there}
    others = await work.all(t.NAMES_BELOW, parents=list(parents)) if parents else []
    names = {code: (row["name"], row["kind"]) for code, row in there.items()}
    names |= {row.code: (row.name, row.kind) for row in given}

    def called(parent: str, kind: str, name: str) -> tuple[str, str, str]:
        above, above_kind = names[parent]
        return parent, kind, name if above_kind in UNNAMED else name.removeprefix(above)

    taken = {called(parents[one["parent"]], one["kind"], one["name"]) for one in others if one["code"] not in rows}
    placed = [(row.code, called(row.parent, row.kind, row.name)) for row in rows.values() if row.parent in names]
    kept = {code for code, _ in placed if code in there and there[code]["name"] == rows[code].name}
    taken |= {as_called for code, as_called in placed if code in kept}
    found = set[str]()
    for code, as_called in placed:
        if code not in kept:
            found |= {code} if as_called in taken else set()
            taken.add(as_called)
    return found


async def _created(work: Work, entry: Entry, *, generated: bool, values: dict[str, Any]) -> UUID:
    try:
        row = await work.write(t.created(generated=generated), entry, **values)
    except asyncpg.UniqueViolationError as error:
        if error.constraint_name != lifecycle.UNIQUE_CODE:
            raise
        raise (Conflict() if generated else PlaceCodeTaken(place=values["code"])) from error
    if row is None:
        await _say_why_not(work, generated=generated, values=values)
        raise Conflict  # the parent moved or went between the look and the write
    made: UUID = row["id"]
    return made


async def _say_why_not(work: Work, *, generated: bool, values: dict[str, Any]) -> None:
    if too_deep(values["parent_path"], values["parent_path"] + "0" * WIDTH, len(values["parent_path"])):
        why = ("层级过深，最多 16 级", "it would lie too deep: at most 16 levels")
        raise CannotChangePlace(place=values["name"], what_zh="新建", what_en="made", why_zh=why[0], why_en=why[1])
    if not generated and await history.gone(work, values["code"]) is not None:
        raise PlaceCodeTaken(place=values["code"])
    if generated:
        there = await service.by_id(work, values["parent_id"])
        if there["path"] == values["parent_path"]:
            raise PlaceCodesUsedUp(prefix=values["prefix"])


def premises_of(kind: str, premises: str | None) -> dict[str, str] | None:
    """What makes a grid an exclusive one. CannotChangePlace for what is no grid."""
    if premises is None:
        return None
    if kind not in GRIDS:
        raise CannotChangePlace(
            place=kind, what_zh="设为专属网格", what_en="an exclusive grid", why_zh="不是网格", why_en="it is no grid"
        )
    return {"grid_kind": "exclusive", "premises": premises}


def check_code(kind: str, code: str, district: str, above: dict[str, str]) -> None:
    """PlaceCodeInvalid, with the reason."""
    why = why_not_code(kind, code, district, above)
    if why is not None:
        raise PlaceCodeInvalid(place=code, why_zh=why[0], why_en=why[1])


def code_series(kind: str, parent: str, above: dict[str, str]) -> Series:
    """The codes to be given out. PlaceCodeInvalid where there are none."""
    chosen = series(kind, parent, above)
    if chosen is None:
        zh, en = "街道编码由上级确定，请填写", "codes of streets come from above: give the code"
        raise PlaceCodeInvalid(place="", why_zh=zh, why_en=en)
    if len(chosen.prefix) + max(chosen.digits, 4) > 64:  # noqa: PLR2004 - the longest code
        zh, en = "自动编码过长，请填写较短的编码", "a generated code would be too long: give a shorter one"
        raise PlaceCodeInvalid(place=chosen.prefix, why_zh=zh, why_en=en)
    return chosen


async def codes_above(work: Work, place: Row) -> dict[str, str]:
    """The codes of a place and of those it lies in, by kind; the nearest of a kind."""
    rows = await service.by_paths(work, chain(place["path"]))
    return {row["kind"]: row["code"] for _, row in sorted(rows.items())}


async def edit(work: Work, code: str, given: EditPlace, expected: int | None) -> UUID:
    """Changes what is said of a place; its id. A new name reaches the full names of all below. PlaceNameTaken."""
    await work.begin()
    place = await lifecycle.locked(work, code, expected)
    fresh = given.model_dump(exclude_unset=True, exclude={"premises", "built", "demographics", "reason"})
    if fresh.get("name", "") is None:
        fresh.pop("name")
    names = ("name", "zone_type", "area_km2", "households", "residents")
    values = {name: fresh.get(name, place[name]) for name in names}
    renamed = values["name"] != place["name"]
    if renamed or values["zone_type"] != place["zone_type"]:
        await work.all(past.REMEMBER, ids=[place["id"]], at=await history.clock(work))
    facts = {"code": code, "fields": sorted(given.model_fields_set - {"reason"})}
    entry = Entry("place", "rename" if renamed else "edit", data=facts, text=lifecycle.because(given.reason))
    whole = await _renamed(work, place, values["name"]) if renamed else place["full_name"]
    change = await lifecycle.told(work, place, "rename", stale=[place["path"]]) if renamed else None
    jobs = telling(change) if change else []
    values |= {"id": place["id"], "seen": place["version"], "full_name": whole, "attributes": _attributes(place, given)}
    if await work.write(t.EDITED, entry, jobs, **values) is None:
        raise Conflict
    if renamed:
        await lifecycle.rename_below(work, place["path"])
    return UUID(str(place["id"]))


async def join(work: Work, gone: Row, into: Row) -> None:
    """Who lived in a place that another took in lives in that one: its figures are those of both. Conflict."""
    same = {name: into[name] for name in ("name", "full_name", "zone_type")}
    figures: dict[str, Any] = {name: joined(into[name], gone[name]) for name in ("area_km2", "households", "residents")}
    own, more = into["attributes"], gone["attributes"]
    before = {**into, **own}
    groups = {group: joined(own[group], more.get(group)) for group in GROUPS if isinstance(own.get(group), int)}
    fields = sorted(name for name, figure in (figures | groups).items() if figure != before[name])
    if not fields:
        return
    figures["attributes"] = own | groups
    entry = Entry("place", "edit", data={"code": into["code"], "fields": fields, "joined": gone["code"]})
    if await work.write(t.EDITED, entry, id=into["id"], seen=into["version"], **same, **figures) is None:
        raise Conflict


async def _renamed(work: Work, place: Row, name: str) -> str:
    above = await service.at(work, place["path"][:-WIDTH])
    return name if above is None else await _check_name(work, above, {**place, "name": name})


def _attributes(place: Row, given: EditPlace) -> dict[str, Any]:
    """What the community records besides, with what was sent of it."""
    attributes = {**place["attributes"], **(given.demographics or {})}
    if "premises" in given.model_fields_set:
        premises = premises_of(place["kind"], given.premises)
        if place["kind"] in GRIDS:
            attributes.pop("premises", None)
            attributes |= premises or {"grid_kind": "base"}
    if "built" in given.model_fields_set:
        attributes.pop("built", None)
        attributes |= {"built": given.built} if given.built is not None else {}
    return attributes
