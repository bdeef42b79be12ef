"""What every person can ask every service: who saw my data, and what do you hold about me. The same routes everywhere.

Handing a copy to somebody else on a person's request is the security administrator's, in each service, with a reason.
"""

from collections.abc import Awaitable, Callable
from enum import Enum
from typing import Any
from uuid import UUID

from fastapi import APIRouter, Response
from sqlalchemy import Select

from shared.kernel.paths import ROOT
from shared.kernel.rights import Permission
from shared.runtime import personal
from shared.runtime.journal import Entry
from shared.runtime.service import Service
from shared.runtime.tables import Schema
from shared.runtime.web.doors import Reading, TheService, Writing
from shared.runtime.web.pages import Cursor, Limit
from shared.runtime.work import Work
from shared.schemas.base import Page
from shared.schemas.personal import Access, Exported, RevealReason

TAG: list[str | Enum] = ["个人信息 Personal data"]
DESCRIPTION = {
    "name": "个人信息 Personal data",
    "description": "查看个人信息须写明事由；谁看过我的信息、我的副本、删除。 "
    "Looking at personal data with a reason; who saw mine; my copy; erasure.",
}
Export = Callable[[Work, Service, UUID], Awaitable[dict[str, Any]]]


def add_routes(routes: APIRouter, schema: Schema, export: Export, also: Select[Any] | None = None) -> None:
    """Adds the three routes of every person.

    `also` finds the cases (column `id`, parameter `person`) whose journal rows are about a person as well; `export`
    collects everything about one.
    """
    _own(routes, schema, export, also)
    _on_request(routes, export)


def _own(routes: APIRouter, schema: Schema, export: Export, also: Select[Any] | None) -> None:
    @routes.get("/me/data-access", summary="谁查看过我的信息 Who saw my data")
    async def me_data_access(work: Reading, cursor: Cursor = None, limit: Limit = 20) -> Page[Access]:
        """Every time that somebody saw your data in full, found you by a number, or was given a copy; newest first.

        It says when, what, in which role or post and why, and not who: an auditor finds that out if you complain.
        """
        return await personal.report(work, personal.accesses(schema, also), cursor, limit)

    @routes.get("/me/data", summary="我的个人信息副本 A copy of my data")
    async def me_data(work: Reading, service: TheService, response: Response) -> Exported:
        """Everything this service holds about you, for machines to read. It is journaled that you took it."""
        person = personal.own_id(work)
        copy = await _copy(work, service, person, export)
        await work.record(Entry("person", personal.EXPORTED, data={"role": "self", "fields": ["all"]}), person)
        keep_nowhere(response)
        return copy


def _on_request(routes: APIRouter, export: Export) -> None:
    @routes.post("/people/{id}/data", name="person_data", summary="依申请提供个人信息副本 A person's copy, on request")
    async def person_data(
        id: UUID, given: RevealReason, work: Writing, service: TheService, response: Response
    ) -> Exported:
        """For the security administrator, when a person asks at the desk. They see it under `GET /me/data-access`.

        What others must not see yet (a score, while an evaluation is blind) is in their own `GET /me/data` alone.
        """
        work.actor.demand(Permission.PERSONAL_ERASE, ROOT)

        async def run() -> Exported:
            copy = await _copy(work, service, id, export)
            role = personal.role_of(work.actor, Permission.PERSONAL_ERASE, ROOT)
            entry = personal.because("person", personal.EXPORTED, given, fields=["all"], role=role)
            await work.record(entry, id)
            return copy

        async def again(person: UUID) -> Exported:
            await personal.shown_lately(work, person)
            return await _copy(work, service, person, export)

        shown = await work.once(run, again)
        keep_nowhere(response)
        return shown


def keep_nowhere(response: Response) -> None:
    """Neither a proxy nor a browser keeps it."""
    response.headers["Cache-Control"] = "no-store"


async def _copy(work: Work, service: Service, person: UUID, export: Export) -> Exported:
    data = await export(work, service, person)
    return Exported(service=service.name, district=work.district, person_id=person, made_at=work.now, data=data)
