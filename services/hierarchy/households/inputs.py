"""What the household register takes. Pure."""

from dataclasses import dataclass
from datetime import date
from typing import Annotated, Self
from uuid import UUID

from pydantic import Field, StringConstraints, model_validator

from services.hierarchy.households.rules import HONOURS, Basis, Relation, Tag
from shared.kernel.errors import Wrong
from shared.kernel.texts import PRINTABLE
from shared.schemas.base import Body, Code, Phone
from shared.schemas.personal import IdNumber

PersonName = Annotated[
    str,
    StringConstraints(min_length=1, max_length=60, pattern=PRINTABLE),
    Field(description="Stored encrypted (姓名，加密保存).", examples=["虚构住户"]),
]
LegalBasis = Annotated[
    str,
    StringConstraints(min_length=2, max_length=200, pattern=PRINTABLE),
    Field(description="Which consent was given, or which law says so (依据说明).", examples=["本人签署的知情同意书"]),
]
Day = Annotated[date, Field(ge=date(1949, 10, 1), lt=date(2200, 1, 1))]


class NewHousehold(Body):
    """登记一户: at a household place of the tree."""

    place: Code = Field(
        description="Code of a place of kind `household` (户编码).", examples=["141021100002-B01-H0001"]
    )


class NewHouseholdMember(Body):
    """登记成员. Numbers are optional; whoever is known by name and number already is joined, not written twice."""

    name: PersonName
    relation: Relation = Relation.OTHER
    phone: Phone | None = None
    id_number: IdNumber | None = None


class LeavingHousehold(Body):
    """迁出: the last day."""

    on: Day | None = Field(None, description="The last day; left out: today.")


class NewTag(Body):
    """户标签 under a basis: nobody's home is marked without one."""

    tag: Tag
    basis: Basis
    legal_basis: LegalBasis
    given_by: UUID | None = Field(None, description="The member who consented (同意人); needed for `consent`.")
    public: bool = Field(
        False,
        description="Shown at the door and on the contact sheet that hangs there, never on a page that is open to all "
        "(标识公示); an honour, consented to, alone.",
    )
    since: Day | None = Field(None, description="When it was given; left out: today.")
    until: Day | None = Field(None, description="The last day; left out: until it is withdrawn.")

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if self.basis is Basis.CONSENT and self.given_by is None:
            raise Wrong(
                "依据为同意（consent）的，须填写同意人（given_by）",
                "`consent` needs `given_by`, the member who gave it",
            )
        if self.public and (self.basis is not Basis.CONSENT or self.tag not in HONOURS):
            raise Wrong(
                "只有荣誉类标签、且经住户同意（consent），才能公开（public）",
                "`public` is for honours that the household consents to",
            )
        if self.since and self.until and self.until < self.since:
            raise Wrong("结束日期（until）不能早于开始日期（since）", "`until` lies before `since`")
        return self


class Withdrawal(Body):
    """撤回同意 or the basis is gone: the tag is not read any more."""


@dataclass(frozen=True, slots=True)
class Entered:
    """One member of one household as given: `code` and `path` are its place's."""

    code: str
    path: str
    name: str
    relation: str
    phone: str | None = None
    id_number: str | None = None
    tags: tuple[str, ...] = ()
    basis: str | None = None
    legal_basis: str = ""
    since: date | None = None
    until: date | None = None
