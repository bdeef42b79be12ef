"""What clients see of people. Names and numbers are masked here; revealing them is another use case."""

from datetime import datetime
from uuid import UUID

from pydantic import Field

from shared.schemas.base import View


class PeopleCount(View):
    """How many people one roll names at a place and below."""

    listed_as: str = Field(description="The roll, such as `member` 党员 or the key of a post.", examples=["member"])
    count: int = Field(examples=[187])
    party_members: int = Field(description="How many of them are party members (党员).", examples=[187])


class MaskedPerson(View):
    """A person as everybody sees them who may read people there."""

    id: UUID
    name: str = Field(description="Masked (姓名，已脱敏).", examples=["张*"])
    phone: str | None = Field(description="Masked (手机号，已脱敏).", examples=["100****0001"])
    id_number: str | None = Field(description="Masked (证件号，已脱敏).", examples=["3201**********1234"])
    listed_as: str = Field(description="The roll that names them.", examples=["member"])
    stopped_at: datetime | None = Field(description="Since when the data is kept only (停止处理).")
    erased_at: datetime | None = Field(description="When it was erased (已删除).")
