"""Personal data across borders: why somebody looks at it, what was looked at, and what a person can ask for."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated, Any, Literal, Self
from uuid import UUID

from pydantic import AfterValidator, Field, StringConstraints, model_validator

from shared.kernel.errors import Wrong
from shared.kernel.id_numbers import is_id_number
from shared.kernel.texts import ID_NUMBER, PRINTABLE
from shared.schemas.base import Body, Phone, View


class ReasonKind(StrEnum):
    """查看事由, as a list that can be counted; the words stand beside it."""

    CONTACT = "contact_resident"
    IDENTITY = "verify_identity"
    EMERGENCY = "emergency"
    DUTY = "legal_duty"
    REQUEST = "data_subject_request"


def _checked(text: str) -> str:
    if not is_id_number(text):
        raise Wrong(
            "不是有效的身份证号：出生日期或校验位不对",
            "not an identity card number (GB 11643): its date or its check character is wrong",
        )
    return text.upper()


IdNumber = Annotated[
    str,
    StringConstraints(max_length=18, pattern=ID_NUMBER),
    AfterValidator(_checked),
    Field(description="Identity card number, 18 characters, GB 11643 (公民身份号码)."),
]
Reason = Annotated[
    str,
    StringConstraints(min_length=4, max_length=500, pattern=PRINTABLE),
    Field(description="In words; the person concerned can read it (事由，本人可见).", examples=["上门前电话确认时间"]),
]


class RevealReason(Body):
    """Why somebody wants to see personal data in full."""

    reason_kind: ReasonKind
    reason: Reason


class SearchPerson(RevealReason):
    """Exactly one of the two; it is compared by a keyed index, so only whole numbers are found."""

    phone: Phone | None = None
    id_number: IdNumber | None = None

    @model_validator(mode="after")
    def _one_of_them(self) -> Self:
        if (self.phone is None) == (self.id_number is None):
            raise Wrong("phone 与 id_number 须填且只填一项", "give `phone` or `id_number`, one of them")
        return self


class Access(View):
    """One time that somebody saw or handed out a person's data in full, or that it was erased."""

    at: datetime
    event: str = Field(examples=["personal.revealed"])
    label: str = Field(examples=["查看联系方式"])
    about: str = Field(description="`person`, or `appeal` for the contact data of one appeal.", examples=["appeal"])
    about_id: UUID
    fields: list[str] = Field(description="What was shown.", examples=[["name", "phone"]])
    role: str | None = Field(description="In which role; who that was, an auditor can find out.", examples=["operator"])
    post: str | None = Field(description="The post or unit, where one handled the appeal.", examples=["楼栋长"])
    reason_kind: str | None = Field(examples=["contact_resident"])
    reason: str | None = Field(description="In the words that were given; null where they were erased.")


class ContactRead(Body):
    """One service asks hierarchy for a person's name and number: in full to show it to somebody whose reason it
    journals, or masked for whoever may read the case.
    """

    person_id: UUID
    masked: bool = Field(False, description="脱敏 As lists show it; nothing leaves in full.")


class KnownContact(View):
    """A person's name and number, in full or masked; nulls where there is none."""

    name: str | None
    phone: str | None


class Standing(View):
    """What stands in the way of erasing a person's data in a service."""

    open_cases: int = Field(description="Cases of theirs that are not closed yet.")
    handling: int = Field(description="Cases that wait for them as the one who handles them.")


class ErasureOrder(Body):
    """hierarchy tells the other services that a person's data is to go."""

    person_id: UUID
    phone_indexes: Annotated[
        list[Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]],
        Field(max_length=4, description="Blind indexes of the number, for what was never linked to the person."),
    ] = []


class Ordered(View):
    """The order is kept and being carried out."""

    person_id: UUID


class Exported(View):
    """Everything a service holds about a person (个人信息副本)."""

    format: Literal["linli-personal-data/1"] = Field(
        "linli-personal-data/1", description="Name and version of this form."
    )
    service: str
    district: str
    person_id: UUID
    made_at: datetime
    data: dict[str, Any] = Field(description="By kind; described in docs/decisions/0009-personal-data.md.")
