"""What clients see of people. Names and numbers are masked here; revealing them is another use case."""

from pydantic import Field

from shared.schemas.base import View


class PeopleCount(View):
    """How many people one roll names at a place and below."""

    listed_as: str = Field(description="The roll, such as `member` 党员 or the key of a post.", examples=["member"])
    count: int = Field(examples=[187])
    party_members: int = Field(description="How many of them are party members (党员).", examples=[187])
