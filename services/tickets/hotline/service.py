"""The hotlines themselves: who may speak to a district, with which secret, and what was told to them."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple
from uuid import UUID

import orjson

from services.tickets.appeals import moves
from services.tickets.appeals.relations import Appeal
from services.tickets.hotline import queries as q
from services.tickets.hotline.inputs import DeliveredCallback, HotlineSettings, HotlineView
from shared.kernel.errors import Conflict, NotFound
from shared.kernel.rights import Principal
from shared.runtime.db import Row
from shared.runtime.ids import new_id
from shared.runtime.journal import Entry
from shared.runtime.privacy import bound_to
from shared.runtime.service import Service
from shared.runtime.webhooks import check_target, new_secret
from shared.runtime.work import Work
from shared.schemas.hotline import StatusCallback

_GRACE = timedelta(hours=24)
# What the hotline is told of a journal row (its status interface, 状态回传).
_TOLD = ("result", "truthful", "reached", "how", "reason", "of")
_TOLD_IN_WORDS = ("internal_note", "public_reply", "unresolved_reason", "note", "reason", "evidence")


def district_of(hotline_id: str) -> str:
    """A hotline's id begins with its district, so that its webhook needs nothing else to be placed."""
    return hotline_id.split("-", 1)[0]


def principal(hotline_id: str) -> Principal:
    """The hotline as an actor."""
    return Principal(district=district_of(hotline_id), id=hotline_id, kind="hotline")


async def look_up(work: Work, hotline_id: str) -> Row | None:
    """The hotline's row, if it is set up."""
    return await work.one(q.BY_CODE, code=hotline_id)


def heard(service: Service, row: Row | None, now: datetime) -> list[str]:
    """The secrets with which a message may be signed. One that nobody knows stands for a hotline that nobody knows:
    whether a hotline exists is nobody's business.
    """
    if row is None:
        return [new_secret()]
    old = [row["previous_secret"]] if row["previous_until"] and row["previous_until"] > now else []
    return [_opened(service, row, sealed) for sealed in (row["secret"], *old)]


def _opened(service: Service, row: Row, sealed: bytes) -> str:
    return service.vault.open(sealed, bound_to=_bound(row["district"], row["code"]))


def _bound(district: str, code: str) -> str:
    return f"{district}|hotlines|secret|{code}"


async def put(work: Work, service: Service, hotline_id: str, settings: HotlineSettings) -> HotlineView:
    """Sets a hotline up or changes it; a setting that is so already writes nothing.

    Raises TargetRefused (422) for a callback address that is not to be called, Conflict where somebody else changed
    the hotline at the same moment.
    """
    if district_of(hotline_id) != work.district:
        raise NotFound
    if settings.callback_url:
        checks = service.settings
        dev, allowed, ports = checks.env == "dev", checks.allowed_networks, checks.allowed_ports
        await check_target(settings.callback_url, allow_loopback=dev, allowed=allowed, ports=ports)
    known = await look_up(work, hotline_id)
    if known is None:
        secret = new_secret()
        row = await add(work, service, hotline_id, settings.name, secret, settings.callback_url)
        return _view(row, secret)
    asked = (settings.name, settings.callback_url)
    if not settings.rotate_secret and asked == (known["name"], known["callback_url"]):
        return _view(known, None)
    return await _alter(work, service, known, settings)


async def add(
    work: Work, service: Service, hotline_id: str, name: str, secret: str, callback_url: str | None = None
) -> Row:
    """Writes a new hotline with its secret encrypted. Raises Conflict where there is one already."""
    row = await work.write(
        q.ADD,
        Entry("hotline", "set_up", data={"hotline": hotline_id}),
        code=hotline_id,
        id=new_id(),
        name=name,
        callback_url=callback_url,
        secret=_sealed(work, service, hotline_id, secret),
    )
    if row is None:
        raise Conflict
    return row


async def _alter(work: Work, service: Service, known: Row, settings: HotlineSettings) -> HotlineView:
    secret = new_secret() if settings.rotate_secret else None
    secrets = {name: known[name] for name in ("secret", "previous_secret", "previous_until")}
    if secret:
        secrets = {
            "secret": _sealed(work, service, known["code"], secret),
            "previous_secret": known["secret"],
            "previous_until": work.now + _GRACE,
        }
    row = await work.write(
        q.ALTER,
        Entry("hotline", "altered", data={"hotline": known["code"], "secret_rotated": settings.rotate_secret}),
        code=known["code"],
        known_secret=known["secret"],
        name=settings.name,
        callback_url=settings.callback_url,
        **secrets,
    )
    if row is None:
        raise Conflict
    return _view(row, secret)


def _sealed(work: Work, service: Service, code: str, secret: str) -> bytes:
    return service.vault.seal(secret, bound_to=_bound(work.district, code))


def _view(row: Row, secret: str | None) -> HotlineView:
    return HotlineView(id=row["code"], name=row["name"], callback_url=row["callback_url"], secret=secret)


# --- what the hotline is told ---


class Message(NamedTuple):
    """A callback ready to be sent. No `url`: the operator has not said where to."""

    url: str | None
    secret: str
    body: bytes


async def message(work: Work, service: Service, appeal_id: UUID, entry_id: UUID, event: str, seq: int) -> Message:
    """The callback about one journal row of an appeal. Raises NotFound where one of the three is gone."""
    appeal = await moves.load(work, appeal_id)
    entry = await work.one(q.ENTRY, appeal_id=appeal_id, entry_id=entry_id)
    hotline = await look_up(work, appeal["hotline"])
    if entry is None or hotline is None:
        raise NotFound
    body = orjson.dumps(_callback(appeal, entry, event, seq).model_dump(mode="json"))
    return Message(hotline["callback_url"], _opened(service, hotline, hotline["secret"]), body)


def _callback(appeal: Appeal, entry: Row, event: str, seq: int) -> StatusCallback:
    data: dict[str, Any] = entry["data"]
    words: dict[str, Any] = entry["body"] or {}
    if appeal["confidential"]:  # that something happened, and nothing of what
        data, words = {}, {}
    return StatusCallback(
        event=event,
        order_no=appeal["order_no"],
        ticket_no=appeal["number"],
        seq=seq,
        at=entry["at"],
        operator=entry["actor_kind"],
        unit=data.get("lead_name") or data.get("unit"),
        detail={name: data[name] for name in _TOLD if name in data}
        | {name: words[name] for name in _TOLD_IN_WORDS if name in words},
    )


async def delivered(work: Work, appeal_id: UUID, entry_id: UUID, event: str, seq: int, status: int) -> None:
    """Writes down that the hotline took a callback."""
    await work.write(
        q.DELIVERED,
        Entry("appeal", "hotline_told", data={"seq": seq, "event": event, "status": status}),
        appeal_id=appeal_id,
        seq=seq,
        id=entry_id,
        event=event,
        status=status,
    )


async def told(work: Work, appeal_id: UUID) -> list[DeliveredCallback]:
    """The callbacks that the hotline has taken, in order. Raises NotFound."""
    await moves.load(work, appeal_id)
    return [DeliveredCallback(**dict(row)) for row in await work.all(q.CALLBACKS_OF, appeal_id=appeal_id)]


async def erase_orders(work: Work, service: Service, appeals: Sequence[UUID]) -> None:
    """Leaves nothing of the orders that these appeals came from but their numbers. Inside a transaction."""
    for row in await work.all(q.ORDERS_OF, appeals=list(appeals)):
        bound = bound_to(work.district, "hotline_orders", "payload", row["hotline"], row["order_no"])
        empty = service.vault.seal("{}", bound_to=bound)
        await work.one(q.EMPTY, hotline=row["hotline"], order_no=row["order_no"], order_payload=empty)


async def orders_of(work: Work, service: Service, appeals: Sequence[UUID]) -> list[dict[str, Any]]:
    """The orders that these appeals came from, as the hotline sent them."""
    found = []
    for row in await work.all(q.ORDERS_OF, appeals=list(appeals)):
        known = await work.one(q.ORDER, hotline=row["hotline"], order_no=row["order_no"])
        bound = bound_to(work.district, "hotline_orders", "payload", row["hotline"], row["order_no"])
        payload = orjson.loads(service.vault.open(known["payload"], bound_to=bound)) if known else {}
        found.append({"appeal_id": str(row["appeal_id"]), "order_no": row["order_no"], "order": payload})
    return found
