"""Attachments: taken in, shown, handed out, removed.

The order makes that nothing is ever half done: a job that will look for the file, the file, then the row. A process
that dies in between leaves at most a file that nobody names, and the job removes it. A row is written last, and goes
before its file does: it never points to nothing.
"""

import hashlib
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from services.tickets.appeals import moves
from services.tickets.appeals.relations import Appeal
from services.tickets.attachments import due
from services.tickets.attachments import queries as q
from services.tickets.attachments.inputs import AttachmentForm
from services.tickets.attachments.rules import INTERNAL, Attachment, demand_adding, demand_removing, may_see
from services.tickets.settings import TicketsSettings
from shared.kernel.errors import NotFound
from shared.runtime.attachments.inspector import Bounds, Clean, Inspector
from shared.runtime.attachments.links import Links
from shared.runtime.attachments.names import safe_name
from shared.runtime.attachments.refusals import AttachmentsFull, UnknownAttachment, UploadsUsedUp
from shared.runtime.attachments.store import Address, FileStore, new_name
from shared.runtime.ids import new_id
from shared.runtime.journal import Entry, by_request_key
from shared.runtime.service import Service
from shared.runtime.work import Replay, Work

_SWEPT_AFTER = timedelta(hours=1)
_CHINA = ZoneInfo("Asia/Shanghai")
_MEGABYTE = 1024 * 1024
_UNBOUNDED = 2**31 - 1
PREVIEW = ".small"


@dataclass(frozen=True)
class Quotas:
    """上限: per appeal, and per person and day."""

    files: int
    bytes: int
    day_bytes: int


@dataclass(frozen=True)
class Files:
    """What attachments stand on besides the database. In `service.extras["files"]`."""

    store: FileStore
    inspector: Inspector
    links: Links
    quotas: Quotas


def open_files(settings: TicketsSettings) -> Files:
    """From the settings; connects nowhere."""
    return Files(
        store=FileStore(
            Address(
                settings.files_url,
                endpoint=settings.files_s3_endpoint,
                region=settings.files_s3_region,
                key_id=settings.files_s3_key_id,
                secret=settings.files_s3_secret,
                allow_http=settings.env == "dev",
            )
        ),
        inspector=Inspector(
            Bounds(
                pixels=settings.upload_pixels,
                cpu_s=settings.inspection_cpu_s,
                memory=settings.inspection_memory,
                at_once=settings.inspections_at_once,
            )
        ),
        links=Links(settings.index_key.get_secret_value()),
        quotas=Quotas(settings.appeal_files, settings.appeal_files_bytes, settings.upload_day_bytes),
    )


def files_of(service: Service) -> Files:
    """The running service's."""
    files: Files = service.extras["files"]
    return files


@dataclass(frozen=True)
class Stored:
    """A clean file in the store, which no row names yet."""

    clean: Clean
    stored_as: str


async def add(work: Work, files: Files, appeal_id: UUID, form: AttachmentForm, name: str, content: bytes) -> Attachment:
    """Takes a file to an appeal, once it is found clean.

    Raises NotFound, Forbidden, MoveNotOpen, AttachmentsFull (409), UploadsUsedUp (429), AttachmentRefused (422).
    """
    appeal = await moves.load(work, appeal_id)
    demand_adding(appeal, work.actor, form.kind)
    await _not_again(work)
    await _demand_room(work, files.quotas, appeal_id, len(content))
    stored = await store(work, files, content)
    await work.begin()
    return await record(work, files, appeal, stored, form=form, name=name)


async def _not_again(work: Work) -> None:
    """A repeated request is not looked at again: that costs more than asking. Raises Replay."""
    if work.request is not None:
        earlier = by_request_key(work.schema)
        if await work.one(earlier, actor=work.actor.id, request_key=work.request.key) is not None:
            raise Replay


async def store(work: Work, files: Files, content: bytes) -> Stored:
    """Examines a file and stores its clean form, outside of any transaction. Raises AttachmentRefused, Unavailable."""
    clean = await files.inspector.inspect(content)
    stored_as = new_name(work.district, work.now)
    await work.due(due.SWEEP.of(due_at=work.now + _SWEPT_AFTER, stored_as=stored_as))
    await files.store.put(stored_as, clean.content)
    if clean.preview:
        await files.store.put(stored_as + PREVIEW, clean.preview)
    return Stored(clean, stored_as)


async def record(
    work: Work,
    files: Files,
    appeal: Appeal,
    stored: Stored,
    *,
    form: AttachmentForm,
    name: str,
    source: str | None = None,
) -> Attachment:
    """Writes the row of a stored file, with its share of the quotas; needs `begin`. Raises what quotas say."""
    clean, attachment_id = stored.clean, new_id()
    size, digest = len(clean.content), hashlib.sha256(clean.content).hexdigest()
    values = {
        "attachment": attachment_id,
        "appeal": appeal["id"],
        "kind": form.kind.value,
        "public": form.public,
        "name": safe_name(name, clean.media_type),
        "media_type": clean.media_type,
        "size": size,
        "sha256": digest,
        "width": clean.width,
        "height": clean.height,
        "stored_as": stored.stored_as,
        "preview": bool(clean.preview),
        "step": appeal["step"],
        "added_by": work.actor.id,
        "source": source,
    }
    data = {"attachment": str(attachment_id), "kind": form.kind.value, "media_type": clean.media_type, "size": size,
            "sha256": digest, "internal": form.kind in INTERNAL and not form.public}  # fmt: skip
    entry = Entry("appeal", "attach", appeal["step"], appeal["step"], data)
    if await work.write(q.ADD, entry, **values, **_quotas(work, files.quotas, appeal["id"])) is None:
        await _demand_room(work, files.quotas, appeal["id"], size)
        raise AttachmentsFull(files=files.quotas.files, megabytes=files.quotas.bytes // _MEGABYTE)
    row = await work.one(q.BY_ID, attachment=attachment_id)
    assert row is not None  # noqa: S101 - written a line above, in this very transaction
    return dict(row)


def _abouts(work: Work, appeal_id: UUID) -> tuple[str, str]:
    return f"appeal:{appeal_id}", f"day:{work.now.astimezone(_CHINA):%Y%m%d}:{work.actor.id}"


def _quotas(work: Work, quotas: Quotas, appeal_id: UUID) -> dict[str, Any]:
    appeal, day = _abouts(work, appeal_id)
    people = work.actor.kind == "user"  # our own job takes what orders bring; those are bounded by their appeals
    return {
        "appeal_about": appeal,
        "appeal_files": quotas.files,
        "appeal_bytes": quotas.bytes,
        "day_about": day,
        "day_files": _UNBOUNDED,
        "day_bytes": quotas.day_bytes if people else 2**62,
    }


async def _demand_room(work: Work, quotas: Quotas, appeal_id: UUID, size: int) -> None:
    """Raises AttachmentsFull, UploadsUsedUp by what is used now; what counts is the statement that writes."""
    limits = _quotas(work, quotas, appeal_id)
    abouts = [limits["appeal_about"], limits["day_about"]]
    used = {row["about"]: row for row in await work.all(q.USED, abouts=abouts)}
    appeal, day = (used.get(about, {"files": 0, "bytes": 0}) for about in abouts)
    if appeal["files"] >= quotas.files or appeal["bytes"] + size > quotas.bytes:
        raise AttachmentsFull(files=quotas.files, megabytes=quotas.bytes // _MEGABYTE)
    if day["bytes"] + size > limits["day_bytes"]:
        tomorrow = (work.now.astimezone(_CHINA) + timedelta(days=1)).replace(hour=0, minute=0, second=0)
        wait = int((tomorrow - work.now).total_seconds()) + 1
        raise UploadsUsedUp(megabytes=quotas.day_bytes // _MEGABYTE, retry_after=wait)


async def added_by_request(work: Work, request_key: str) -> Attachment:
    """The attachment that an earlier request of this caller made. Raises NotFound where it is gone again."""
    entry = await work.one(q.ADDED_BY_REQUEST, actor=work.actor.id, request_key=request_key)
    if entry is None:
        raise NotFound
    _, row = await find(work, UUID(entry["data"]["attachment"]))
    return row


async def find(work: Work, attachment_id: UUID) -> tuple[Appeal, Attachment]:
    """The attachment with its appeal, if both exist for this caller. Raises NotFound."""
    row = await work.one(q.BY_ID, attachment=attachment_id)
    if row is None:
        raise NotFound
    appeal, found = await moves.load(work, row["appeal_id"]), dict(row)
    if not may_see(appeal, found, work.actor):
        raise NotFound
    return appeal, found


async def of_appeal(work: Work, appeal_id: UUID) -> list[Attachment]:
    """Those that exist for this caller, oldest first. Raises NotFound."""
    appeal = await moves.load(work, appeal_id)
    rows = map(dict, await work.all(q.OF_APPEAL, appeal=appeal_id))
    return [row for row in rows if may_see(appeal, row, work.actor)]


async def remove(work: Work, attachment_id: UUID) -> None:
    """Takes it away: its row now, its content by a job. Raises NotFound, Forbidden, MoveNotOpen."""
    appeal, row = await find(work, attachment_id)
    demand_removing(appeal, row, work.actor)
    await removed(work, appeal, row)


async def removed(work: Work, appeal: Appeal, row: Attachment) -> None:
    """Removes without asking whether one may: for `remove`, and for a person's erasure (several need `begin`)."""
    internal = row["kind"] in INTERNAL and not row["public"]
    data = {"attachment": str(row["id"]), "kind": row["kind"], "sha256": row["sha256"], "internal": internal}
    entry = Entry("appeal", "detach", appeal["step"], appeal["step"], data)
    discard = due.DISCARD.of(stored_as=row["stored_as"])
    if await work.write(q.REMOVE, entry, [discard], attachment=row["id"]) is None:
        raise NotFound  # somebody else was faster


async def of_person(work: Work, person: str) -> list[Attachment]:
    """What a person added, for access reports and erasure; at most a thousand at a time."""
    return [dict(row) for row in await work.all(q.OF_PERSON, person=person)]


async def require_of(work: Work, appeal_id: UUID, ids: list[UUID]) -> None:
    """Raises UnknownAttachment (422) unless all of these are this appeal's."""
    known = {row["id"] for row in await work.all(q.KNOWN, appeal=appeal_id, ids=ids)}
    for attachment_id in ids:
        if attachment_id not in known:
            raise UnknownAttachment(attachment=str(attachment_id))


async def taken_before(work: Work, appeal_id: UUID, source: str) -> bool:
    """Whether this file of a hotline's order lies at the appeal already."""
    return await work.one(q.BY_SOURCE, appeal=appeal_id, source=source) is not None


async def is_named(work: Work, stored_as: str) -> bool:
    """Whether an attachment names this file."""
    return await work.one(q.STORED, stored_as=stored_as) is not None


async def forget_days(work: Work) -> None:
    """Days before yesterday count for no quota any more."""
    before = work.now.astimezone(_CHINA) - timedelta(days=1)
    await work.one(q.FORGET_DAYS, before=f"day:{before:%Y%m%d}")
