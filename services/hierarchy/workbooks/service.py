"""Use cases of imports: a workbook is received, read and checked, confirmed, applied batch by batch, and forgotten.

What it holds is sealed while it lies here: the file until it is read, its good rows until they are applied. Each batch
is one transaction with its position in it, so a worker that dies goes on where it was. Everything-or-nothing is one
transaction over all batches; the district is locked at its end alone.
"""

import hashlib
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import orjson

from services.hierarchy.places import service as places
from services.hierarchy.workbooks import due, keeping
from services.hierarchy.workbooks import queries as q
from services.hierarchy.workbooks.inputs import ImportForm
from services.hierarchy.workbooks.refusals import NothingWrong, refused
from services.hierarchy.workbooks.views import ImportView, RowFaults, fault, parties, shown
from services.hierarchy.workbooks.workflow import IMPORT, WORKING, Party, facts
from shared.kernel.errors import Conflict, NotFound
from shared.kernel.refusals import expect, stale
from shared.kernel.rights import Grant, Permission, Principal, Role
from shared.runtime.changes import Change
from shared.runtime.db import Row
from shared.runtime.ids import new_id
from shared.runtime.jobs import Job, has_come
from shared.runtime.journal import Entry
from shared.runtime.privacy import Vault, bound_to
from shared.runtime.scoping import limits
from shared.runtime.web.pages import decode, encode
from shared.runtime.work import Work
from shared.schemas.base import Page

MANAGE = Permission.IMPORTS_MANAGE
_JOBS = {"received": due.CHECK, "applying": due.APPLY}
_XLSX, _OLE = b"PK\x03\x04", b"\xd0\xcf\x11\xe0"


# --- receiving -------------------------------------------------------------------------------------------------------


async def receive(work: Work, vault: Vault, form: ImportForm, name: str, content: bytes) -> UUID:
    """Keeps a workbook to be read by a job. UnknownPlace (also outside scope), Forbidden, WorkbookRefused."""
    if not content:
        raise refused("empty")
    if content.startswith(_OLE):
        raise refused("old_format")
    if b"\0" in content[:512] and not content.startswith((_XLSX, b"\xff\xfe", b"\xfe\xff")):
        raise refused("type_not_allowed")
    await places.lock(work)  # the place keeps its path until it is written down here
    place = await places.meant(work, form.place, MANAGE)
    made = new_id()
    values: dict[str, Any] = {
        "step": IMPORT.first,
        "kind": form.kind.value,
        "mode": form.mode.value,
        "place": form.place,
        "path": place["path"],
        "file_name": _plain(name),
        "size": len(content),
        "sha256": hashlib.sha256(content).hexdigest(),
        "made_by": work.actor.id,
        "kept_until": work.now + due.KEPT,
    }
    codes = {field: values[field] for field in ("kind", "mode", "place", "size", "sha256")}
    jobs = [due.CHECK.of(import_id=str(made), by=_signature(work.actor)), _expire(made, values["kept_until"])]
    await work.write(
        q.RECEIVE, Entry("import", "import.receive", after=IMPORT.first, data=codes), jobs, id=made, **values
    )
    await keeping.keep(work, vault, made, keeping.FILE, keeping.pieces(content))
    return made


def _signature(caller: Principal) -> dict[str, Any]:
    """Who says so and what they may do, for the job that does it: a workbook can do no more than they could by hand."""
    grants = [[grant.role.value, grant.place] for grant in caller.grants]
    return {"id": caller.id, "kind": caller.kind, "grants": grants}


def signed_by(district: str, by: dict[str, Any] | None) -> Principal:
    """Who said so, and what they may do. Without a signature (a job from before there were any): nothing."""
    if by is None:
        return Principal(district, "job:unsigned", "job")
    return Principal(district, by["id"], by["kind"], tuple(Grant(Role(role), place) for role, place in by["grants"]))


def _plain(name: str) -> str:
    """What the client calls its file, as far as it can be shown."""
    last = name.replace("\\", "/").rsplit("/", 1)[-1]
    return "".join(one for one in last if one.isprintable())[:120] or "workbook"


# --- reading ---------------------------------------------------------------------------------------------------------


async def load(work: Work, import_id: UUID) -> Row:
    """The import, for those who run imports at its place. NotFound."""
    row = await work.one(q.BY_ID, id=import_id)
    if row is None or not parties(row, work.actor):
        raise NotFound
    return row


async def whole(work: Work, vault: Vault, import_id: UUID) -> ImportView:
    """An import as its people see it. NotFound."""
    return (await _shown(work, vault, [await load(work, import_id)]))[0]


async def _shown(work: Work, vault: Vault, rows: Sequence[Row]) -> list[ImportView]:
    stalled = await _stalled(work, rows)
    return [shown(row, work.actor, _preview(work, vault, row), stalled=row["id"] in stalled) for row in rows]


async def _stalled(work: Work, rows: Iterable[Row]) -> set[UUID]:
    """Those whose job was given up after all its attempts. The job says so itself: no step could go wrong with it."""
    waiting = [str(row["id"]) for row in rows if row["step"] in WORKING]
    return {UUID(row["import_id"]) for row in await work.all(q.STALLED, imports=waiting)} if waiting else set()


def _preview(work: Work, vault: Vault, row: Row) -> list[dict[str, Any]]:
    kept = row["preview"]
    bound = bound_to(work.district, "imports", "preview", row["id"])
    found: list[dict[str, Any]] = orjson.loads(vault.open(kept, bound_to=bound)) if kept else []
    return found


async def page(work: Work, vault: Vault, cursor: str | None, limit: int) -> Page[ImportView]:
    """The newest first. Forbidden."""
    work.actor.demand(MANAGE)
    key = decode(cursor, UUID)
    scopes = limits("scopes", "scope_ends", work.actor.scopes(MANAGE))
    more = {} if key is None else {"before": key[0]}
    rows = await work.all(q.listed(following=key is not None), **scopes, **more, limit=limit + 1)
    following = encode(rows[limit - 1]["id"]) if len(rows) > limit else None
    return Page(items=await _shown(work, vault, rows[:limit]), next=following)


async def faults(work: Work, vault: Vault, import_id: UUID, cursor: str | None, limit: int) -> Page[RowFaults]:
    """The rows that are wrong, in the order of the sheet. NotFound."""
    await load(work, import_id)
    key = decode(cursor, int)
    kept = await keeping.faults(work, vault, import_id, key[0] if key else 0, limit + 1)
    items = [RowFaults(row=row, faults=[fault(one) for one in content["faults"]]) for row, content in kept[:limit]]
    return Page(items=items, next=encode(items[-1].row) if len(kept) > limit else None)


async def all_faults(work: Work, vault: Vault, import_id: UUID) -> tuple[Row, list[tuple[int, dict[str, Any]]]]:
    """Every row that is wrong, for the returned workbook. NotFound, NothingWrong."""
    row = await load(work, import_id)
    found = await keeping.faults(work, vault, import_id, 0, 100_000)
    if not found:
        raise NothingWrong
    return row, found


# --- moves -----------------------------------------------------------------------------------------------------------


async def move(work: Work, import_id: UUID, name: str, expected: int | None = None) -> UUID:
    """Confirms, cancels, or goes on. NotFound, PreconditionFailed, Conflict, and what `Workflow.apply` raises."""
    row = await load(work, import_id)
    stalled = bool(await _stalled(work, [row]))
    outcome = IMPORT.apply(row["step"], name, parties(row, work.actor), facts(dict(row), stalled=stalled))
    expect(row["version"], expected)
    await work.begin()
    data, jobs, kept = {}, [], None
    if stalled:
        # The job goes, and one with the rights of whoever resumes takes its place: revived, it would write with those
        # that somebody had when they confirmed, perhaps long ago. Nothing is done twice: a check is of what was
        # `received`, and `position` says which batches are applied.
        given_up = await work.one(q.DROP_STALLED, imports=[str(import_id)])
        if given_up is None:  # an operator revived it this moment
            raise Conflict
        data["given_up"] = given_up["last_error"]
    if (kind := _JOBS.get(outcome.after)) is not None:
        jobs.append(kind.of(import_id=str(import_id), by=_signature(work.actor)))
        jobs.append(_expire(import_id, kept := work.now + due.KEPT))
    if outcome.after == "cancelled":
        await keeping.forget(work, import_id)
    change = q.END if outcome.after == "cancelled" else q.MOVE
    values = {"failure": None, "kept_until": kept}
    await _write(work, row, change, name, outcome.after, jobs=jobs, data=data, expected=expected, **values)
    return import_id


async def _write(
    work: Work,
    row: Row,
    change: Change,
    name: str,
    to_step: str,
    *,
    jobs: Iterable[Job] = (),
    data: dict[str, Any] | None = None,
    expected: int | None = None,
    **values: Any,  # noqa: ANN401
) -> None:
    entry = Entry("import", f"import.{name}", before=row["step"], after=to_step, data=data or {})
    if await work.write(change, entry, jobs, id=row["id"], version=row["version"], to_step=to_step, **values) is None:
        raise stale(expected)


# --- for our own jobs ------------------------------------------------------------------------------------------------


async def waiting(work: Work, import_id: UUID, *steps: str) -> Row | None:
    """The import, if it stands at one of the steps."""
    row = await work.one(q.BY_ID, id=import_id)
    return row if row is not None and row["step"] in steps else None


async def checked(
    work: Work, vault: Vault, row: Row, figures: dict[str, Any], columns: dict[str, Any], preview: list[dict[str, Any]]
) -> None:
    """It was read: from now on it waits to be confirmed, and is gone if nobody does."""
    await work.all(q.DROP_PART, import_id=row["id"], part=keeping.FILE)
    sealed = vault.seal(
        orjson.dumps(preview).decode(), bound_to=bound_to(work.district, "imports", "preview", row["id"])
    )
    outcome = IMPORT.apply(row["step"], "check", [Party.CLOCK])
    kept = work.now + due.KEPT
    jobs = [_expire(row["id"], kept), _forget_faults(work, row["id"])]
    await _write(
        work,
        row,
        q.CHECKED,
        "check",
        outcome.after,
        jobs=jobs,
        data=figures,
        columns=columns,
        preview=sealed,
        kept_until=kept,
        **figures,
    )


def _expire(import_id: UUID, kept_until: datetime) -> Job:
    return due.EXPIRE.of(due_at=kept_until, import_id=str(import_id))


def _forget_faults(work: Work, import_id: UUID) -> Job:
    return due.FORGET.of(due_at=work.now + due.FAULTS_KEPT, import_id=str(import_id))


async def end(work: Work, row: Row, name: str, failure: str | None = None) -> None:
    """Our job ends it: `refuse`, `finish`, `fail`, `expire`. Nothing of its content is kept."""
    outcome = IMPORT.apply(row["step"], name, [Party.CLOCK], facts(dict(row), stalled=name == "expire"))
    await keeping.forget(work, row["id"])
    data = {"failure": failure} if failure else {n: row[n] for n in ("added", "changed", "unchanged", "left_out")}
    await _write(work, row, q.END, name, outcome.after, data=data, failure=failure)


async def expire(work: Work, import_id: UUID) -> None:
    """Nobody confirmed it, or went on with it where it stood still: it ends. While its job is still tried it stays, and
    is looked at again.
    """
    row = await waiting(work, import_id, "checked", *WORKING)
    if row is None or (row["kept_until"] is not None and not has_come(row["kept_until"], work.now)):
        return
    if row["step"] not in WORKING or await work.one(q.DROP_STALLED, imports=[str(import_id)]) is not None:
        await end(work, row, "expire")
        return
    again = work.now + due.AGAIN
    if await work.one(q.KEEP_ON, id=import_id, version=row["version"], kept_until=again) is not None:
        await work.due(_expire(import_id, again))


async def hold(work: Work, import_id: UUID) -> Row | None:
    """Keeps other runs away while it is being applied; None where it is not."""
    if await work.one(q.HOLD, id=import_id) is None:
        return None
    return await work.one(q.BY_ID, id=import_id)


async def advance(work: Work, row: Row, to: int, figures: dict[str, Any], more: Sequence[Job]) -> Row:
    """Batches up to `to` are applied. Conflict where another run was faster."""
    entry = Entry("import", "import.advance", before="applying", after="applying", data={"position": to} | figures)
    moved = await work.write(q.ADVANCE, entry, more, id=row["id"], position=row["position"], to_position=to, **figures)
    if moved is None:
        raise Conflict
    return moved


async def count_faults(work: Work, import_id: UUID, rows: int, faults: int) -> None:
    """Rows that were good when they were read and are not any more."""
    await work.one(q.COUNT_FAULTS, id=import_id, more_wrong=rows, more_faults=faults)


rebase = q.REBASE
