"""Imports and exports over HTTP."""

import asyncio
from typing import Any
from uuid import UUID

from fastapi import Response, status
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, ValidationError

from services.hierarchy.workbooks import exporting, service, writing
from services.hierarchy.workbooks.inputs import ImportForm, NewExport
from services.hierarchy.workbooks.rules import Kind, Mode
from services.hierarchy.workbooks.views import ImportView, RowFaults
from services.hierarchy.workbooks.workflow import IMPORT, OWN_MOVES
from shared.runtime.attachments.names import disposition
from shared.runtime.service import Service
from shared.runtime.web.doors import Reading, TheService, Writing, api_router, tagged
from shared.runtime.web.pages import Cursor, Limit
from shared.runtime.web.personal import keep_nowhere
from shared.runtime.web.uploads import Uploading
from shared.runtime.web.workflow_routes import move_routes
from shared.runtime.work import Work
from shared.schemas.base import Page

router = api_router(tags=["导入导出 Workbooks"])
_FIELDS: dict[str, Any] = {
    "kind": {"type": "string", "enum": list(Kind), "description": "What the rows are (导入内容)."},
    "mode": {"type": "string", "enum": list(Mode), "default": Mode.ALL_OR_NOTHING.value,
             "description": "Everything or nothing, or the rows that are right (导入方式)."},
    "place": {
        "type": "string",
        "pattern": "^[A-Za-z0-9_-]{1,64}$",
        "description": "All rows lie at this place and below (地点编码).",
    },
}  # fmt: skip
_BODY: dict[str, Any] = {
    "required": True,
    "content": {
        "multipart/form-data": {
            "schema": {
                "type": "object",
                "required": ["file", "kind", "place"],
                "properties": {
                    "file": {"type": "string", "format": "binary", "description": "XLSX, or CSV (UTF-8 or GB18030)."},
                    **_FIELDS,
                },
                "additionalProperties": False,
            }
        }
    },
}
_BINARY = {"schema": {"type": "string", "format": "binary"}}
_FILE: dict[int | str, dict[str, Any]] = {
    200: {"description": "The workbook.", "content": {writing.XLSX: _BINARY, "text/csv": _BINARY}}
}


@router.post(
    "/imports",
    status_code=status.HTTP_201_CREATED,
    name="import_receive",
    summary="上传工作簿 Send a workbook",
    openapi_extra={"requestBody": _BODY},
)
async def receive(upload: Uploading, running: TheService, response: Response) -> ImportView:
    """One file (`file`) with `kind`, `mode` and `place`, as multipart/form-data; kept encrypted until it is applied.

    A job reads it: ask `GET /imports/{id}` until it is `checked` (or `refused`, with why). The header may stand below
    titles, be merged, and name its columns in its own way; see `columns`. Nothing changes before `confirm`. Needs
    `imports.manage` at the place; and a row is wrong that you could not write by hand (`not_yours`, `post_not_yours`,
    `registered_elsewhere`, `number_kept` …): places are the operator's, and so are posts of the staff.

    What is imported holds from the day of the import: who has held a post for years holds it here from then on. What
    nobody confirms within a week, or goes on with where it stands still, is cancelled and removed (`kept_until`).
    """
    work, form = upload.work, _form(upload.fields)

    return await work.made(
        lambda: service.receive(work, running.vault, form, upload.name, upload.content),
        lambda made: _shown(work, running, made, response),
    )


def _form(fields: dict[str, str]) -> ImportForm:
    try:
        return ImportForm.model_validate(fields)
    except ValidationError as error:
        found = [{**item, "loc": ("body", *item["loc"])} for item in error.errors(include_url=False)]
        raise RequestValidationError(found) from error


@router.get("/imports", name="import_list", summary="导入记录 Imports")
async def listed(work: Reading, running: TheService, cursor: Cursor = None, limit: Limit = 20) -> Page[ImportView]:
    """Imports in your scope (`imports.manage`), the newest first."""
    return await service.page(work, running.vault, cursor, limit)


@router.get("/imports/{id}", name="import_read", summary="导入详情 An import")
async def read(id: UUID, work: Reading, running: TheService, response: Response) -> ImportView:
    """Counts, what the columns were taken for, the first rows masked, and how far it is. Where it stands still because
    its job was given up (`stalled`), it says what to do: whoever runs imports there may `resume` or `cancel`.
    """
    return await _shown(work, running, id, response)


@router.get("/imports/{id}/faults", name="import_faults", summary="错误清单 What is wrong, row by row")
async def faults(
    id: UUID, work: Reading, running: TheService, cursor: Cursor = None, limit: Limit = 50
) -> Page[RowFaults]:
    """Every wrong row with the column's letter, the value masked, the reason in both languages; kept for 30 days."""
    return await service.faults(work, running.vault, id, cursor, limit)


@router.get(
    "/imports/{id}/errors.xlsx",
    name="import_errors",
    summary="错误工作簿 The wrong rows as a workbook",
    response_class=Response,
    responses=_FILE | {409: {}},
)
async def errors(id: UUID, work: Reading, running: TheService) -> Response:
    """The wrong rows with their numbers in the sheet, the cells that are to blame marked, and why in both languages.
    Personal data in it is masked: put it right in the file you sent.
    """
    row, found = await service.all_faults(work, running.vault, id)
    made = await asyncio.to_thread(writing.wrong_rows, Kind(row["kind"]), found)
    return _file(made, writing.XLSX, "errors.xlsx")


@router.get(
    "/imports/templates/{kind}",
    name="import_template",
    summary="导入模板 An empty workbook",
    response_class=Response,
    responses=_FILE,
)
async def template(kind: Kind, work: Reading) -> Response:
    """The columns that an import knows, with nothing in them."""
    del work  # whoever is signed in may see it
    return _file(await asyncio.to_thread(writing.sheet, kind, []), writing.XLSX, f"{kind.value}.xlsx")


@router.post("/exports", name="export_make", summary="导出工作簿 Export", response_class=Response, responses=_FILE)
async def export(given: NewExport, work: Writing, running: TheService, response: Response) -> Response:
    """What lies at a place and below, in the columns of the import; names and numbers masked. With `revealed` and a
    reason they are in full: that needs `personal.reveal`, is told to every person in it, and counts as one look each
    against `LINLI_REVEALS_PER_DAY`. No cell is a formula.
    """
    export = exporting.Export(work, running, given)
    rows = await work.once(export.run, export.again)
    write, media_type = (writing.plain, writing.CSV) if given.format == "csv" else (writing.sheet, writing.XLSX)
    content = await asyncio.to_thread(write, given.kind, rows)
    made = _file(content, media_type, f"{given.kind.value}.{given.format}")
    made.headers.update(response.headers)  # whether it was a repetition
    return made


def _file(content: bytes, media_type: str, name: str) -> Response:
    made = Response(content, media_type=media_type, headers={"content-disposition": disposition(name)})
    keep_nowhere(made)
    return made


async def _shown(work: Work, running: Service, made: UUID, response: Response) -> ImportView:
    return tagged(response, await service.whole(work, running.vault, made))


async def _make(work: Work, _: Service, id_: UUID, move: str, __: BaseModel, expected: int | None) -> UUID:
    return await service.move(work, id_, move, expected)


async def _view(work: Work, running: Service, id_: UUID) -> ImportView:
    return await service.whole(work, running.vault, id_)


move_routes(router, IMPORT, cases="imports", make=_make, view=_view, only=OWN_MOVES)
