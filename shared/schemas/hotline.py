"""The 12345 hotline's own language: work orders in, status callbacks out (domain dictionary §4.5 and §4.6).

Both directions carry Standard Webhooks headers (`webhook-id`, `webhook-timestamp`, `webhook-signature`).
"""

from enum import StrEnum
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator

from shared.kernel.days import Moment
from shared.kernel.errors import Wrong
from shared.kernel.texts import PRINTABLE, Prose, Remark
from shared.schemas.base import View

Short = Annotated[str, StringConstraints(max_length=200, pattern=PRINTABLE)]
Number = Annotated[str, StringConstraints(pattern=r"^(|1[0-9]{10}|0[0-9]{9,11})$")]
OrderNo = Annotated[str, StringConstraints(min_length=1, max_length=64, pattern=r"^[\x21-\x7e]+$")]
Code = Annotated[str, StringConstraints(max_length=64, pattern=r"^[A-Za-z0-9_-]*$")]


class _Part(BaseModel):
    """A hotline is another vendor's program: what we do not know is refused with its name, never dropped silently."""

    model_config = ConfigDict(extra="forbid", frozen=True, str_strip_whitespace=True)


class Category(_Part):
    """诉求分类. `code` of the scheme `linli` is used as it is; other schemes come with a path of names."""

    scheme: Short = "linli"
    code: Code = ""
    path: Annotated[list[Short], Field(max_length=6)] = []


class Caller(_Part):
    """诉求人. Stored encrypted, shown masked."""

    name: Short | None = None
    gender: Literal["M", "F", ""] | None = None
    age_range: Short | None = None
    phone: Number | None = None
    callback_phone: Number | None = None
    anonymous: bool = False


class Occurred(_Part):
    """事发地. The finest code that Linli knows wins: place, grid, community."""

    address: Annotated[str, StringConstraints(max_length=300, pattern=PRINTABLE)] = ""
    place_code: Code | None = Field(None, description="Linli's own code of the place, if the hotline knows it.")
    admin_code: Code | None = Field(None, description="12-digit community code.", examples=["341702010005"])
    grid_code: Code | None = Field(None, description="15-digit grid code.")
    lng: Annotated[float | None, Field(ge=-180, le=180, allow_inf_nan=False)] = None
    lat: Annotated[float | None, Field(ge=-90, le=90, allow_inf_nan=False)] = None
    coord: Literal["gcj02", "bd09", "wgs84", "cgcs2000"] | None = None

    @property
    def code(self) -> str | None:
        """The finest code that was given."""
        return self.place_code or self.grid_code or self.admin_code or None


class Dispatch(_Part):
    """派单."""

    mode: Short | None = None
    lead_unit: Short | None = None
    assist_units: Annotated[list[Short], Field(max_length=20)] = []
    at: Moment | None = None
    by: Short | None = None
    note: Remark | None = None


class Deadline(_Part):
    """时限 as the hotline sets it."""

    sign: Moment | None = None
    contact: Moment | None = None
    reply: Moment | None = None
    unit: Literal["work_day", "day", "hour"] | None = None
    amount: Annotated[int | None, Field(ge=0, le=365)] = None


class Attachment(_Part):
    """附件, by address and digest."""

    name: Short
    url: Annotated[str, StringConstraints(max_length=1000, pattern=r"^https?://[^\x00-\x20\x7f]+$")]
    sha256: Annotated[str | None, Field(pattern=r"^[0-9a-f]{64}$")] = None
    mime: Short | None = None


class Order(_Part):
    """工单. The whole of it comes with every event; `revision` grows with every change at the hotline."""

    order_no: OrderNo = Field(examples=["250912101108115409"])
    source_order_no: OrderNo | None = None
    parent_order_no: OrderNo | None = None
    revision: Annotated[int, Field(ge=1, le=1_000_000)] = 1
    channel: Short = "phone"
    appeal_type: Literal["consult", "help", "complain", "report", "suggest", "praise"] = "help"
    category: Category
    title: Annotated[str, StringConstraints(min_length=1, max_length=200, pattern=PRINTABLE)]
    content: Prose
    caller: Caller = Caller()
    confidential: bool = False
    publishable: bool = True
    call_time: Moment | None = None
    accepted_at: Moment | None = None
    accepted_by: Short | None = None
    occurred: Occurred = Occurred()
    urgency: Literal["L1", "L2", "L3", "L4"] = "L3"
    dispatch: Dispatch = Dispatch()
    deadline: Deadline = Deadline()
    callback_required: bool = True
    callback_type: Short | None = None
    repeat_of: OrderNo | None = None
    repeat_count: Annotated[int, Field(ge=0, le=1_000_000)] = 0
    attachments: Annotated[list[Attachment], Field(max_length=20)] = []


class Inbound(StrEnum):
    """What a hotline may tell us."""

    DISPATCHED = "order.dispatched"
    SUPPLEMENTED = "order.supplemented"
    URGED = "order.urged"
    WITHDRAWN = "order.withdrawn"
    CALLBACK_RESULT = "order.callback_result"
    REWORK = "order.rework"
    PING = "ping"


class CallbackResult(_Part):
    """回访结果 as the hotline heard it."""

    reached: bool
    resolved: bool | None = None
    score: Annotated[int | None, Field(ge=1, le=5)] = None
    comment: Remark | None = None


class HotlineEvent(_Part):
    """One message from the hotline. All but `ping` say which order they are about, by `order` or `order_no`."""

    event: Inbound
    order: Order | None = Field(None, description="The whole order; required with `order.dispatched`.")
    order_no: OrderNo | None = Field(None, description="For events about a known order.")
    note: Annotated[Remark, Field(min_length=1)] | None = Field(None, description="The hotline's words about it.")
    callback: CallbackResult | None = Field(None, description="Required with `order.callback_result`.")

    @property
    def about(self) -> str | None:
        """The number of the order it is about."""
        return self.order.order_no if self.order else self.order_no

    @model_validator(mode="after")
    def _is_whole(self) -> Self:
        if self.event is not Inbound.PING and self.about is None:
            raise Wrong(
                f"{self.event} 须带 order 或 order_no，说明是哪张工单",
                f"{self.event} needs `order` or `order_no`: which order is it about?",
            )
        if self.order and self.order_no not in (None, self.order.order_no):
            raise Wrong(
                "order_no 与 order.order_no 不是同一张工单", "`order_no` and `order.order_no` name two different orders"
            )
        if self.event is Inbound.DISPATCHED and self.order is None:
            raise Wrong("order.dispatched 须带完整的 order", "order.dispatched needs the whole `order`")
        if self.event is Inbound.SUPPLEMENTED and self.order is None and self.note is None:
            raise Wrong(
                "order.supplemented 须带 note 或完整的 order，说明补充了什么",
                "order.supplemented needs a `note` or the whole `order`: what is to be added?",
            )
        if self.event is Inbound.CALLBACK_RESULT and self.callback is None:
            raise Wrong("order.callback_result 须带 callback", "order.callback_result needs `callback`")
        return self


class Receipt(View):
    """The answer to an accepted message (202)."""

    status: Literal["placed", "unplaced", "recorded", "pong"] = Field(
        description="`placed`: kept, its place is known. `unplaced`: kept, and waiting for an operator who knows its "
        "place. `recorded`: kept, its place is still being asked for; or news about a known order."
    )
    ticket_no: str | None = Field(description="Our number of the appeal (我方编号).", examples=["20261122-7K3F9Q"])
    appeal_id: str | None


class StatusCallback(BaseModel):
    """状态回传: what Linli tells the hotline. `seq` counts 1, 2, 3 … per order, and arrives in this order."""

    model_config = ConfigDict(frozen=True)

    event: str = Field(examples=["signed"])
    order_no: str
    ticket_no: str
    seq: int
    at: Moment
    operator: str | None
    unit: str | None
    detail: dict[str, Any] = {}
