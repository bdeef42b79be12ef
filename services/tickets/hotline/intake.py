"""What a hotline says: its orders become appeals, its news become moves.

The answer (202) is only given after that. What cannot be placed is kept all the same, in the queue that the district's
operators see; what cannot be done is refused with its reason. Nothing is dropped silently.
"""

import hashlib
from typing import Any
from uuid import UUID

import orjson

from services.tickets.appeals import inputs, moves
from services.tickets.appeals import intake as appeals
from services.tickets.appeals.relations import Appeal, facts, is_unplaced
from services.tickets.hotline import due
from services.tickets.hotline import queries as q
from services.tickets.places import service as places
from shared.kernel.categories import is_category
from shared.kernel.errors import NotFound, UnknownPlace
from shared.kernel.workflow import Note
from shared.runtime.db import Row
from shared.runtime.ids import new_id
from shared.runtime.jobs import Job
from shared.runtime.privacy import bound_to
from shared.runtime.service import Service
from shared.runtime.work import Work
from shared.schemas.hierarchy import PlaceRef
from shared.schemas.hotline import Attachment, CallbackResult, HotlineEvent, Inbound, Order, Receipt

_BORN = appeals.reporting(q.kept)
_OUR_SCHEME = "linli"


async def take(work: Work, service: Service, event: HotlineEvent) -> Appeal | None:
    """Takes one message of the hotline. Returns the appeal it is about (None for a ping).

    Raises NotFound for news about an order that never came, and what the workflow says about the moves that the news
    would make.
    """
    if event.event is Inbound.PING:
        return None
    known = await work.one(q.ORDER, hotline=work.actor.id, order_no=event.about)
    if known is None and event.event is Inbound.DISPATCHED and event.order is not None:
        return await _ordered(work, service, event.order)
    if known is None:
        raise NotFound
    if event.event in (Inbound.DISPATCHED, Inbound.SUPPLEMENTED):
        return await _supplemented(work, service, event, known)
    return await _news(work, service, event, known)


def receipt(event: Inbound, appeal: Appeal | None) -> Receipt:
    """What the hotline is answered."""
    if appeal is None:
        return Receipt(status="pong", ticket_no=None, appeal_id=None)
    status = "recorded"
    if event is Inbound.DISPATCHED and appeal["place_name"] is not None:
        status = "placed"
    elif event is Inbound.DISPATCHED and is_unplaced(appeal):
        status = "unplaced"
    return Receipt(status=status, ticket_no=appeal["number"], appeal_id=str(appeal["id"]))


async def _ordered(work: Work, service: Service, order: Order) -> Appeal:
    place, unknown = await _place(work, service, order.occurred.code)
    category = order.category.code if _is_sorted(order) else None
    data: dict[str, Any] = {"order_no": order.order_no, "revision": order.revision}
    data |= {"unknown_place": unknown} if unknown else {}
    given = order.category
    text = None if category else {"unsorted": f"{given.scheme}:{given.code}", "path": given.path}
    return await appeals.born(
        work,
        service,
        place,
        step="report",  # the job that follows locates it, and files what is sorted
        place_code=None if unknown else order.occurred.code,
        contact=_contact(order),
        change=_BORN,
        data=data,
        text=text,
        title=order.title,
        content=order.content,
        appeal_type=order.appeal_type,
        category=category,
        urgency=order.urgency,
        channel=inputs.Channel.HOTLINE.value,
        anonymous=order.caller.anonymous,
        confidential=order.confidential,
        hotline=work.actor.id,
        order_no=order.order_no,
        order_id=new_id(),
        order_revision=order.revision,
        order_payload=_sealed(work, service, order),
        jobs=_fetches(work, order),
    )


def _fetches(work: Work, order: Order) -> list[Job]:
    """A job for each file that the order points to."""
    return [
        due.FETCH.of(hotline=work.actor.id, order_no=order.order_no, source=source(one)) for one in order.attachments
    ]


def source(attachment: Attachment) -> str:
    """What makes a file of an order the same one when the order comes again."""
    return hashlib.sha256(f"{attachment.url}\n{attachment.sha256 or ''}".encode()).hexdigest()[:32]


async def pointed_to(
    work: Work, service: Service, hotline: str, order_no: str, wanted: str
) -> tuple[UUID, Attachment] | None:
    """The file of an order with its appeal; None where the order does not point to it any more."""
    known = await work.one(q.ORDER, hotline=hotline, order_no=order_no)
    if known is None:
        return None
    opened = orjson.loads(service.vault.open(known["payload"], bound_to=_bound(work.district, hotline, order_no)))
    if not opened:  # erased
        return None
    order = Order.model_validate(opened)
    return next(((known["appeal_id"], one) for one in order.attachments if source(one) == wanted), None)


async def _place(work: Work, service: Service, code: str | None) -> tuple[PlaceRef | None, str | None]:
    """The place, if it can be found now; and the code, if there is no such place."""
    if code is None:
        return None, None
    try:
        return await places.find(work, service.clients["hierarchy"], code), None
    except UnknownPlace:
        return None, code


def _is_sorted(order: Order) -> bool:
    return order.category.scheme == _OUR_SCHEME and is_category(order.category.code)


def _contact(order: Order) -> dict[str, str]:
    caller = order.caller
    found = {
        "name": caller.name,
        "phone": caller.callback_phone or caller.phone,
        "address": order.occurred.address,
    }
    return {name: value for name, value in found.items() if value}


def _bound(district: str, hotline: str, order_no: str) -> str:
    return bound_to(district, "hotline_orders", "payload", hotline, order_no)


def _sealed(work: Work, service: Service, order: Order) -> bytes:
    bound = _bound(work.district, work.actor.id, order.order_no)
    return service.vault.seal(orjson.dumps(order.model_dump(mode="json")).decode(), bound_to=bound)


async def _supplemented(work: Work, service: Service, event: HotlineEvent, known: Row) -> Appeal:
    """A known order again. What it changes supplements the appeal; a revision older than ours changes nothing."""
    order, changed = event.order, _changed(work, service, event.order, known)
    if order is None or not changed:
        if event.note is None:
            return await moves.load(work, known["appeal_id"])
        supplement = inputs.Supplement(content=event.note)
        return await moves.make(work, service.calendar, known["appeal_id"], "supplement", supplement)
    await work.begin()
    payload = _sealed(work, service, order)
    values = {"hotline": work.actor.id, "order_no": order.order_no, "order_revision": order.revision}
    await work.one(q.REVISE, order_payload=payload, **values)
    if "attachments" in changed:
        await work.due(*_fetches(work, order))
    given = inputs.Revision(content=event.note or order.content, revision=order.revision, changed=changed)
    return await moves.make(work, service.calendar, known["appeal_id"], "supplement", given)


def _changed(work: Work, service: Service, order: Order | None, known: Row) -> list[str]:
    """Which fields of the order say something new."""
    if order is None or order.revision < known["revision"]:
        return []
    bound = _bound(work.district, work.actor.id, order.order_no)
    before = orjson.loads(service.vault.open(known["payload"], bound_to=bound))
    now = order.model_dump(mode="json")
    return [name for name in now if name != "revision" and now[name] != before.get(name)]


async def _news(work: Work, service: Service, event: HotlineEvent, known: Row) -> Appeal:
    calendar, appeal_id = service.calendar, known["appeal_id"]
    match event.event:
        case Inbound.URGED:
            return await moves.make(work, calendar, appeal_id, "urge", inputs.Urging(note=event.note or "热线催办"))
        case Inbound.WITHDRAWN:
            return await moves.make(work, calendar, appeal_id, "withdraw", Note(note=event.note))
        case Inbound.REWORK:
            rework = inputs.Rework(reason=event.note or "热线回访不满意")
            return await moves.make(work, calendar, appeal_id, "rework", rework)
        case Inbound.CALLBACK_RESULT if event.callback is not None:
            return await _called_back(work, service, event.callback, known)
        case other:
            raise NotImplementedError(other)


async def _called_back(work: Work, service: Service, result: CallbackResult, known: Row) -> Appeal:
    """The call-back, and the score that was heard on the phone unless the resident has rated already."""
    await work.begin()
    call = inputs.HeardCallBack(
        reached=result.reached, resolved=result.resolved, score=result.score, comment=result.comment, note="热线回访"
    )
    appeal = await moves.make(work, service.calendar, known["appeal_id"], "call_back", call)
    if result.score is None or "rated" in facts(appeal):
        return appeal
    comment = result.comment or "热线回访评分，无文字说明"
    rating = inputs.Rating(score=result.score, resolved=bool(result.resolved), comment=comment)
    return await moves.make(work, service.calendar, known["appeal_id"], "rate", rating)
