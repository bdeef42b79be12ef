"""The hotline's side of an appeal: taking its orders and its news, and knowing how to reach it.

An order becomes an appeal in the transaction that stores it; the answer (202) is only given after that. What cannot
be placed is kept all the same, in the queue that the district's operators see.
"""

from uuid import UUID

import orjson

from services.tickets.appeals import inputs, intake, moves
from services.tickets.appeals import queries as appeals
from services.tickets.appeals.relations import is_unplaced
from services.tickets.hotline import queries as q
from services.tickets.hotline.inputs import HotlineSettings, HotlineView
from shared.kernel.categories import is_category
from shared.kernel.errors import NotFound
from shared.kernel.rights import Principal
from shared.runtime.db import Row
from shared.runtime.ids import new_id
from shared.runtime.journal import Entry
from shared.runtime.service import Service
from shared.runtime.webhooks import check_target, new_secret
from shared.runtime.work import Work
from shared.schemas.hotline import CallbackResult, HotlineEvent, Inbound, Order, Receipt

_UNSORTED = "WY99"


def district_of(hotline_id: str) -> str:
    """A hotline's id begins with its district, so that its webhook needs nothing else to be placed."""
    return hotline_id.split("-", 1)[0]


def principal(hotline_id: str) -> Principal:
    """The hotline as an actor."""
    return Principal(district=district_of(hotline_id), id=hotline_id, kind="hotline")


async def exists(work: Work, hotline_id: str) -> bool:
    """Whether it is set up."""
    return await work.one(q.BY_CODE, code=hotline_id) is not None


async def find(work: Work, hotline_id: str) -> Row:
    """The hotline's row. Raises NotFound."""
    row = await work.one(q.BY_CODE, code=hotline_id)
    if row is None:
        raise NotFound
    return row


def secret_of(service: Service, district: str, row: Row) -> str:
    """The signing secret in clear."""
    return service.vault.open(row["secret"], bound_to=_bound(district, row["code"]))


def _bound(district: str, code: str) -> str:
    return f"{district}|hotlines|secret|{code}"


async def put(work: Work, service: Service, hotline_id: str, settings: HotlineSettings) -> HotlineView:
    """Sets a hotline up or changes it. Raises TargetRefused (422) for a callback address that is not to be called."""
    if district_of(hotline_id) != work.district:
        raise NotFound
    if settings.callback_url:
        await check_target(settings.callback_url, allow_loopback=service.settings.env == "dev")
    known = await work.one(q.BY_CODE, code=hotline_id)
    made = new_secret() if known is None or settings.rotate_secret else None
    secret = made or secret_of(service, work.district, known)  # type: ignore[arg-type]
    row = await store(work, service, hotline_id, settings.name, settings.callback_url, secret)
    return HotlineView(id=row["code"], name=row["name"], callback_url=row["callback_url"], secret=made)


async def store(work: Work, service: Service, hotline_id: str, name: str, callback_url: str | None, secret: str) -> Row:
    """Writes a hotline with its secret encrypted."""
    row = await work.write(
        q.PUT,
        Entry("hotline", "set_up", data={"hotline": hotline_id}),
        code=hotline_id,
        id=new_id(),
        name=name,
        callback_url=callback_url,
        secret=service.vault.seal(secret, bound_to=_bound(work.district, hotline_id)),
    )
    assert row is not None  # noqa: S101 - an upsert returns its row
    return row


async def take(work: Work, service: Service, event: HotlineEvent) -> UUID | None:
    """Takes one message of the hotline. Returns the appeal it is about (None for a ping).

    Raises NotFound for news about an order that never came, and what the workflow says about the moves that the news
    would make.
    """
    if event.event is Inbound.PING:
        return None
    if event.event is Inbound.DISPATCHED and event.order is not None:
        return await _dispatched(work, service, event.order)
    order_no = event.order_no or (event.order.order_no if event.order else None)
    known = await work.one(q.ORDER, hotline=work.actor.id, order_no=order_no or "")
    if known is None:
        raise NotFound
    appeal_id: UUID = known["appeal_id"]
    await _news(work, service, event, appeal_id)
    return appeal_id


async def _dispatched(work: Work, service: Service, order: Order) -> UUID:
    known = await work.one(q.ORDER, hotline=work.actor.id, order_no=order.order_no)
    if known is not None:
        appeal_id: UUID = known["appeal_id"]
        if order.revision > known["revision"]:
            await work.begin()
            await _keep(work, service, order, appeal_id)
            supplement = inputs.Supplement(content=order.content)
            await moves.make(work, service.calendar, appeal_id, "supplement", supplement)
        return appeal_id
    await work.begin()
    row = await intake.born(
        work,
        service,
        None,
        place_code=order.occurred.code,
        contact=_contact(order),
        entry_data={"order_no": order.order_no, "revision": order.revision},
        title=order.title,
        content=order.content,
        appeal_type=order.appeal_type,
        category=order.category.code if is_category(order.category.code) else _UNSORTED,
        urgency=order.urgency,
        channel=inputs.Channel.HOTLINE.value,
        anonymous=order.caller.anonymous,
        confidential=order.confidential,
        hotline=work.actor.id,
        order_no=order.order_no,
    )
    await _keep(work, service, order, row["id"])
    born: UUID = row["id"]
    return born


def _contact(order: Order) -> dict[str, str]:
    caller = order.caller
    found = {
        "name": caller.name,
        "phone": caller.callback_phone or caller.phone,
        "address": order.occurred.address,
    }
    return {name: value for name, value in found.items() if value}


async def _keep(work: Work, service: Service, order: Order, appeal_id: UUID) -> None:
    payload = service.vault.seal(
        orjson.dumps(order.model_dump(mode="json")).decode(),
        bound_to=f"{work.district}|hotline_orders|payload|{work.actor.id}|{order.order_no}",
    )
    await work.one(
        q.KEEP_ORDER,
        hotline=work.actor.id,
        order_no=order.order_no,
        id=new_id(),
        appeal_id=appeal_id,
        revision=order.revision,
        payload=payload,
    )


async def _news(work: Work, service: Service, event: HotlineEvent, appeal_id: UUID) -> None:
    calendar = service.calendar
    match event.event:
        case Inbound.SUPPLEMENTED:
            content = event.note or (event.order.content if event.order else "")
            await moves.make(
                work, calendar, appeal_id, "supplement", inputs.Supplement(content=content or "（无文字）")
            )
        case Inbound.URGED:
            await moves.make(work, calendar, appeal_id, "urge", inputs.Urging(note=(event.note or "热线催办")[:200]))
        case Inbound.WITHDRAWN:
            await moves.make(work, calendar, appeal_id, "withdraw", inputs.NOTHING)
        case Inbound.REWORK:
            reason = (event.note or "热线回访不满意")[:200]
            await moves.make(work, calendar, appeal_id, "rework", inputs.Rework(reason=reason))
        case Inbound.CALLBACK_RESULT if event.callback is not None:
            await work.begin()
            await _called_back(work, service, event.callback, appeal_id)


async def _called_back(work: Work, service: Service, result: CallbackResult, appeal_id: UUID) -> None:
    call = inputs.CallBack(reached=result.reached, resolved=result.resolved, note="热线回访")
    await moves.make(work, service.calendar, appeal_id, "call_back", call)
    if result.score is not None:
        rating = inputs.Rating(
            score=result.score, resolved=bool(result.resolved), comment=result.comment or "热线回访评分，无文字说明"
        )
        await moves.make(work, service.calendar, appeal_id, "rate", rating)


async def receipt(work: Work, appeal_id: UUID | None) -> Receipt:
    """What the hotline is answered."""
    if appeal_id is None:
        return Receipt(status="pong")
    row = await work.one(appeals.BY_ID, id=appeal_id)
    if row is None:
        return Receipt(status="recorded")
    unplaced = is_unplaced(dict(row)) and row["step"] == "report"
    status = "unplaced" if unplaced else ("placed" if row["step"] == "report" else "recorded")
    return Receipt(status=status, ticket_no=row["number"], appeal_id=str(appeal_id))
