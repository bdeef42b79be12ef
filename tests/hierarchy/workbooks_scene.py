"""Workbooks as communities keep them, and the small district that they are imported into."""

import asyncio
import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import httpx
import xlsxwriter  # type: ignore[import-untyped] # no types are published
from python_calamine import CalamineWorkbook

from services.hierarchy.workbooks import jobs as _jobs
from shared.kernel.rights import Role
from tests.hierarchy.households_scene import COMMUNITY, Register
from tests.support.steps import run_due
from tests.support.world import Somebody, somebody

__all__ = ["_jobs"]

TITLES = ("户编码", "姓名", "与户主关系", "手机号", "身份证号", "标签", "标签依据", "依据说明", "依据日期", "截止日期")


def book(rows: Iterable[Sequence[Any]], merged: Iterable[tuple[int, int, int, int, str]] = ()) -> bytes:
    """An XLSX of these rows; `merged`: first row, first column, last row, last column, text."""
    out = io.BytesIO()
    made = xlsxwriter.Workbook(out, {"in_memory": True, "strings_to_urls": False, "strings_to_formulas": False})
    page = made.add_worksheet()
    for number, cells in enumerate(rows):
        for at, cell in enumerate(cells):
            if cell is not None:
                page.write(number, at, cell)
    for top, left, bottom, right, text in merged:
        page.merge_range(top, left, bottom, right, text)
    made.close()
    return out.getvalue()


def cells(content: bytes) -> list[list[Any]]:
    """The rows of a workbook that was returned."""
    return list(CalamineWorkbook.from_filelike(io.BytesIO(content)).get_sheet_by_index(0).to_python())


@dataclass
class Desk(Register):
    """Whoever sends workbooks in."""

    def __post_init__(self) -> None:
        self.operator = somebody(self.district, Role.OPERATOR)

    @property
    def grid_worker(self) -> Somebody:
        return somebody(self.district, Role.GRID_WORKER, COMMUNITY)

    def importer(self, kind: str) -> Somebody:
        """Places, and posts of the community's staff, are the operator's."""
        return self.operator if kind in ("places", "appointments") else self.staff

    async def send(
        self,
        content: bytes,
        kind: str = "households",
        mode: str = "all_or_nothing",
        *,
        who: Somebody | None = None,
        place: str | None = None,
        key: str | None = None,
    ) -> httpx.Response:
        data = {"kind": kind, "mode": mode, "place": place or f"{self.district}100001"}
        files = {"file": ("户籍底册.xlsx", content)}
        return await self.api.post("imports", data=data, files=files, headers=(who or self.staff).writes(key))

    async def checked(
        self,
        content: bytes,
        kind: str = "households",
        mode: str = "all_or_nothing",
        who: Somebody | None = None,
    ) -> dict[str, Any]:
        sent = await self.send(content, kind, mode, who=who)
        assert sent.status_code == 201, sent.text
        await run_due(self.service, self.district)
        return await self.shown(sent.json()["id"])

    async def shown(self, id_: str) -> dict[str, Any]:
        answer = await self.get(f"imports/{id_}")
        found: dict[str, Any] = answer.json()
        return found

    async def confirm(self, id_: str, who: Somebody | None = None) -> dict[str, Any]:
        """Confirmed, and all that follows."""
        answer = await self.post(f"imports/{id_}/confirm", {}, who)
        assert answer.status_code == 200, answer.text
        await run_due(self.service, self.district, rounds=200)
        return await self.shown(id_)

    async def imported(
        self,
        content: bytes,
        kind: str = "households",
        mode: str = "all_or_nothing",
        who: Somebody | None = None,
    ) -> dict[str, Any]:
        checked = await self.checked(content, kind, mode, who)
        assert "confirm" in checked["moves"], (checked, await self.faults(checked["id"]))
        return await self.confirm(checked["id"], who)

    async def faults(self, id_: str) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = []
        cursor: dict[str, Any] = {}
        while True:
            page = (await self.get(f"imports/{id_}/faults", limit=100, **cursor)).json()
            found += page["items"]
            if page["next"] is None:
                return found
            cursor = {"cursor": page["next"]}

    async def refused(self, rows: Iterable[Sequence[Any]], kind: str, who: Somebody | None = None) -> list[Any]:
        """Why no row of a workbook can be confirmed: the row, its column and the reason."""
        checked = await self.checked(book(rows), kind, who=who)
        assert "confirm" not in checked["moves"]
        found = [(row["row"], one) for row in await self.faults(checked["id"]) for one in row["faults"]]
        assert all(one["zh"] and one["en"] for _, one in found)
        return [(row, one["field"], one["reason"]) for row, one in found]

    async def state(self) -> tuple[Any, ...]:
        """The register, as somebody would read it: ids and times apart."""
        rows = await self.rows(
            "SELECT h.code, m.relation, p.phone_index, p.id_number_index, p.path, t.tags "
            "FROM hierarchy.households h "
            "LEFT JOIN (SELECT household_id, array_agg(tag || basis || since ORDER BY tag) AS tags "
            " FROM hierarchy.household_tags WHERE district = $1 AND withdrawn_at IS NULL GROUP BY 1) t "
            "ON t.household_id = h.id "
            "LEFT JOIN hierarchy.household_members m ON m.district = h.district AND m.household_id = h.id "
            "LEFT JOIN hierarchy.people p ON p.district = m.district AND p.id = m.person_id "
            "WHERE h.district = $1 ORDER BY h.code, p.phone_index, p.id_number_index, m.relation"
        )
        return await asyncio.to_thread(lambda: tuple(tuple(map(str, row.values())) for row in rows))
