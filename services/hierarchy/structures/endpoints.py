"""Structures and figures over HTTP."""

from typing import Annotated
from uuid import UUID

from fastapi import Query, Response, status

from services.hierarchy.places.inputs import PlaceCode
from services.hierarchy.schema import VERSIONS
from services.hierarchy.structures import moves, service, zones
from services.hierarchy.structures.inputs import NewStructure, Trial
from services.hierarchy.structures.rules import RULES
from services.hierarchy.structures.views import (
    ChecklistView,
    Linted,
    PlaceSummary,
    StructureSummary,
    StructureVersion,
    StructureView,
    Tried,
)
from services.hierarchy.structures.workflow import OWN_MOVES, STRUCTURE
from shared.kernel.days import Day
from shared.runtime.web.conditional import IfNoneMatch, holds, not_modified, tag_of
from shared.runtime.web.doors import Reading, Writing, api_router, tagged
from shared.runtime.web.pages import Cursor, Limit
from shared.runtime.web.workflow_routes import move_routes, plain
from shared.schemas.base import Page

TAG = "组织架构 Structures"
router = api_router()
On = Annotated[Day | None, Query(description="The day in question; today without it (统计日期).")]
Rule = Annotated[
    str | None,
    Query(
        description="Only breaches of this rule.",
        pattern=f"^({'|'.join(RULES)})$",
        json_schema_extra={"enum": list(RULES)},
    ),
]


@router.get(
    "/structures/{code}",
    summary="组织架构 The structure in force at a place",
    tags=[TAG],
    response_model=StructureView,
    responses={304: {}, 410: {}},
)
async def structure_read(
    code: PlaceCode, work: Reading, response: Response, on: On = None, known: IfNoneMatch = None
) -> StructureView | Response:
    """How the community of this place organises itself: levels, posts and their spans, quotas; as data.

    Without a structure of its own, a place lives by the nearest one above it.
    """
    day = on or work.today
    tag = tag_of(await VERSIONS.now(work), work.actor, code, day)
    if holds(known, tag):
        return not_modified(tag)
    response.headers["ETag"] = tag
    return await service.structure_at(work, code, day)


@router.post("/structures", status_code=status.HTTP_201_CREATED, summary="上传组织架构 Upload a structure", tags=[TAG])
async def structure_upload(given: NewStructure, work: Writing, response: Response) -> StructureVersion:
    """Keeps it as a draft of the place that it names. For whoever runs structures there (`structures.manage`).

    422 `structure_invalid`: `errors` says for every mistake on which line it stands. 409 `version_there`: numbers are
    never used twice.
    """
    return tagged(
        response, await work.once(lambda: service.upload(work, given), lambda id_: service.version(work, id_))
    )


@router.post("/structures/what-if", summary="推演 What would be if", tags=[TAG])
async def structure_try(given: Trial, work: Reading) -> Tried:
    """Another structure, other facts (places merged, split, moved; seats filled, vacated, made), or both: the breaches
    before and after. Nothing is written, so it takes no Idempotency-Key. For staff (`people.read` at the place).
    """
    return await service.what_if(work, given)


@router.get("/structures/{code}/versions", summary="组织架构版本 A place's versions", tags=[TAG])
async def structure_versions(
    code: PlaceCode, work: Reading, cursor: Cursor = None, limit: Limit = 20
) -> Page[StructureSummary]:
    """Its own versions, the newest first: drafts, those that wait for their day, the one in force, those before it."""
    return await service.versions(work, code, cursor, limit)


@router.get("/structures/{code}/linter", summary="架构体检 What breaches the structure in force", tags=[TAG])
async def structure_lint(
    code: PlaceCode,
    work: Reading,
    on: On = None,
    rule: Rule = None,
    cursor: Cursor = None,
    limit: Limit = 20,
) -> Linted:
    """The structure in force held against what is at the place and below: spans, seats, vacancies, shares of party
    members, terms that are over, figures that do not add up; each with what was expected, what is there and where the
    rule is written. For staff (`people.read` at the place). On a day gone by: the places, organisations and seats of
    that day, of which no figures are kept; venues and who is a party member are as today.
    """
    return await service.lint(work, code, on or work.today, rule, cursor, limit)


@router.get("/structures/versions/{id}", summary="某一版组织架构 One version", tags=[TAG])
async def structure_read_version(id: UUID, work: Reading, response: Response) -> StructureVersion:
    """With its document and the moves that are open to you. The ETag goes into If-Match of the next move."""
    return tagged(response, await service.version(work, id))


@router.get("/structures/versions/{id}/linter", summary="版本体检 What would breach this version", tags=[TAG])
async def structure_lint_version(
    id: UUID, work: Reading, on: On = None, rule: Rule = None, cursor: Cursor = None, limit: Limit = 20
) -> Linted:
    """A draft (or any version) held against what is there: look here before you activate it."""
    return await service.lint_version(work, id, on or work.today, rule, cursor, limit)


move_routes(
    router,
    STRUCTURE,
    cases="structures/versions",
    make=plain(moves.move),
    view=plain(service.version),
    only=OWN_MOVES,
    tags=[TAG],
)


@router.get("/places/{code}/checklist", summary="分区清单 What is looked at here", tags=["地点 Places"])
async def place_checklist(code: PlaceCode, work: Reading) -> ChecklistView:
    """By the kind of quarter (出租屋区、移民安置区、商品房区) that the place lies in, as the structure in force has it.
    A visit says point by point what was found. 404 where nothing is to be looked at in particular.
    """
    return await zones.checklist(work, code)


@router.get("/places/{code}/summary", summary="地点概况 The figures of a place", tags=["地点 Places"])
async def place_summary(code: PlaceCode, work: Reading, on: On = None) -> PlaceSummary:
    """What there is at a place and below, by kind: places, organisations, posts and how many are held, people on
    each roll, venues. Everything is counted from the rows at the moment of asking.
    """
    return await service.summary(work, code, on or work.today)
