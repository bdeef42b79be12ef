"""What each move of an appeal must be given: request body, form and 422 in one. Also what a new appeal holds."""

from datetime import UTC, datetime
from enum import StrEnum
from typing import Annotated, Self
from uuid import UUID

from pydantic import BaseModel, Field, StringConstraints, model_validator

from shared.kernel.categories import is_category
from shared.kernel.days import Moment
from shared.kernel.errors import UnknownCategory, Wrong
from shared.kernel.texts import PRINTABLE, Remark
from shared.schemas.base import Body, Code, Line, Phone, Prose
from shared.schemas.hierarchy import PlaceRef, Responsible


class Urgency(StrEnum):
    """紧急程度: L1 特急, L2 紧急, L3 一般, L4 疑难复杂."""

    L1 = "L1"
    L2 = "L2"
    L3 = "L3"
    L4 = "L4"


class AppealType(StrEnum):
    """诉求类型 as the hotlines sort them."""

    CONSULT = "consult"
    HELP = "help"
    COMPLAIN = "complain"
    REPORT = "report"
    SUGGEST = "suggest"
    PRAISE = "praise"


class Channel(StrEnum):
    """渠道: how it reached us (domain dictionary; a hotline order always says `hotline_12345`)."""

    APP = "app"
    MINIPROGRAM = "miniprogram"
    WEB = "web"
    QR = "qr"
    WECHAT_GROUP = "wechat_group"
    PHONE = "phone"
    WALK_IN = "walk_in"
    STATION = "station"
    WINDOW = "window"
    GRID_PATROL = "grid_patrol"
    VISIT = "visit"
    MEETING = "meeting"
    PROPERTY_BOOK = "property_book"
    BUILDING_LOG = "building_log"
    SERVICE_BOOK = "service_book"
    SUGGESTION_BOX = "suggestion_box"
    SUGGESTION_BOOK = "suggestion_book"
    SUPERIOR = "superior"
    HOTLINE = "hotline_12345"


class Evidence(Body):
    """佐证: what shows that a step was really taken. A file comes as an attachment of the appeal, or by its digest."""

    kind: Annotated[str, Field(pattern=r"^(photo|document|call|message|visit|statement)$")]
    description: Line
    sha256: Annotated[str | None, Field(pattern=r"^[0-9a-f]{64}$")] = None
    attachment: UUID | None = Field(None, description="An attachment of this very appeal (附件), uploaded before.")


def named_attachments(given: BaseModel) -> list[UUID]:
    """The attachments that the evidence of a move names."""
    return [one.attachment for one in getattr(given, "evidence", ()) if one.attachment is not None]


Evidences = Annotated[list[Evidence], Field(max_length=20)]
Category = Annotated[Code, Field(description="Category code (诉求类别), such as JC05 供暖.", examples=["JC05"])]


class Caller(Body):
    """Who asks, if not the signed-in person: a neighbour without a phone, a caller at the desk. Stored encrypted."""

    name: Line | None = None
    phone: Phone | None = None
    address: Annotated[str, StringConstraints(max_length=200, pattern=PRINTABLE)] | None = None


_PAPER = Field(ge=datetime(1949, 10, 1, tzinfo=UTC), lt=datetime(2200, 1, 1, tzinfo=UTC))


class NewAppeal(Body):
    """A new appeal (诉求). Place and category must exist; everything else may be settled at 核实立案."""

    title: Line = Field(examples=["3号楼暖气不热"])
    content: Prose = Field(examples=["从昨晚起暖气片冰凉，家里有老人。"])
    place: Code = Field(description="Code of the place it is about (地点编码).", examples=["141021100002"])
    category: Category
    appeal_type: AppealType = AppealType.HELP
    urgency: Urgency = Urgency.L3
    channel: Channel = Channel.APP
    on_behalf_of: Caller | None = Field(None, description="Given when somebody enters it for another (代录).")
    collected_at: Annotated[Moment, _PAPER] | None = Field(
        None, description="When it was written down on paper (纸质登记时间)."
    )
    anonymous: bool = Field(False, description="Nobody who handles it is shown who reported it (匿名).")
    confidential: bool = Field(False, description="Only those who handle it may see it (保密).")

    @model_validator(mode="after")
    def _not_the_hotline(self) -> Self:
        if self.channel is Channel.HOTLINE:
            raise Wrong("hotline_12345 只能由热线平台推送", "hotline_12345 is for the hotline's own webhook")
        return self


def known_category(code: str) -> str:
    """The code itself. Raises UnknownCategory (422)."""
    if not is_category(code):
        raise UnknownCategory(category=code)
    return code


class Located(Body):
    place: Code = Field(description="Code of the place (地点编码).")
    note: Line | None = None


class KnownLocation(Located):
    """The location as `moves` gets it: with the place found, and who the caller's number belongs to, if known."""

    found: PlaceRef
    reporter: UUID | None = None


class Supplement(Body):
    content: Prose
    evidence: Evidences = []


class Revision(Supplement):
    """A newer version of a hotline's order: what it changed, and its text."""

    revision: int
    changed: list[str]


class Filing(Body):
    category: Category
    urgency: Urgency = Urgency.L3
    note: Line | None = Field(None, description="What was verified, how (核实情况).")
    evidence: Evidences = []


class RefusalReason(StrEnum):
    """不予立案理由: the eight grounds of 不合理诉求剔除, and what does not belong to this district."""

    OUTSIDE = "outside_territory"
    PROCEDURE = "legal_procedure_under_way"
    UNLAWFUL = "against_law_or_policy"
    SECRET = "secret_or_privacy"  # noqa: S105 - a reason, no password
    NOT_FACTUAL = "not_factual"
    UNREASONABLE = "unreasonable"
    HEARD = "found_unreasonable_at_hearing"
    MALICIOUS = "malicious"
    EMERGENCY = "emergency_number"


class Refusal(Body):
    reason: RefusalReason
    note: Prose = Field(description="The reason in words; the resident is told (告知诉求人的理由).")


class Duplicate(Body):
    of: Annotated[str, Field(pattern=r"^[0-9]{8}-[0-9A-Z]{6}$", description="Number of the appeal it repeats.")]
    note: Line | None = None


class Assignment(Body):
    post: Code | None = Field(None, description="Post to lead; left out: the nearest post that answers for it.")
    note: Line | None = None


class RoutedAssignment(Assignment):
    """The assignment as our own job makes it: with the chain that hierarchy answered, and where the place lies now."""

    chain: list[Responsible]
    found: PlaceRef | None = None


class Escalation(Body):
    reason: Line = Field(description="Why the next one up must take it (上报原因).")


class ReturnReason(StrEnum):
    """退单理由."""

    NOT_MINE = "not_this_unit"
    OUTSIDE = "outside_area"
    INCOMPLETE = "incomplete"
    REPEATED = "repeated"
    PROCEDURE = "legal_procedure_under_way"
    EMERGENCY = "emergency_number"
    OTHER = "other"


class Return(Body):
    reason: ReturnReason
    note: Line


class Urging(Body):
    note: Prose


class Contact(Body):
    reached: bool
    how: Annotated[str, Field(pattern=r"^(phone|visit|message)$")] = "phone"
    note: Line
    evidence: Evidences = []


class Progress(Body):
    note: Prose
    evidence: Evidences = []


class Suspension(Body):
    reason: Line = Field(description="What it waits for (挂起原因); the clock stands still until `resume`.")


class ResultKind(StrEnum):
    """办理结果."""

    SOLVED = "resolved"
    PARTLY = "partly_resolved"
    UNSOLVED = "unresolved"


class Result(Body):
    """办理结果 with evidence: closing without any is impossible."""

    result: ResultKind
    truthful: bool = Field(True, description="Whether what was reported is so (诉求属实).")
    internal_note: Prose = Field(description="What was done (办理情况), for the file.")
    public_reply: Prose = Field(description="What the resident is to read (公开答复).")
    unresolved_reason: Line | None = None
    evidence: Annotated[list[Evidence], Field(min_length=1, max_length=20)]

    @model_validator(mode="after")
    def _says_why_not(self) -> Self:
        if self.result is not ResultKind.SOLVED and not self.unresolved_reason:
            raise Wrong("未解决的，须填写 unresolved_reason", "unresolved_reason is required unless `resolved`")
        return self


class Reply(Body):
    how: Annotated[str, Field(pattern=r"^(phone|visit|message|app)$")] = "app"
    text: Prose = Field(description="The answer as it was given (答复内容).")


class CallBack(Body):
    reached: bool
    attempts: Annotated[int, Field(ge=1, le=20)] = 1
    resolved: bool | None = Field(None, description="Whether the resident says it is solved (是否解决).")
    note: Line | None = None


class HeardCallBack(CallBack):
    """The call-back as the hotline made it: with the score it heard, which a rating by the resident outweighs."""

    score: Annotated[int | None, Field(ge=1, le=5)] = None
    comment: Remark | None = None


class Rating(Body):
    """一事一评: 5 非常满意, 4 满意, 3 基本满意, 2 不满意, 1 非常不满意."""

    score: Annotated[int, Field(ge=1, le=5)]
    resolved: bool
    comment: Remark | None = None

    @model_validator(mode="after")
    def _bad_ones_say_why(self) -> Self:
        if self.score <= 2 and not self.comment:  # noqa: PLR2004 - the bottom two are 差评
            raise Wrong("评 1 分或 2 分，请写明原因（comment）", "a rating of 1 or 2 needs a comment")
        return self


class Rework(Body):
    reason: Prose


class Confidentiality(Body):
    """保密: whether only those who handle it may see it from now on."""

    confidential: bool
    reason: Line
