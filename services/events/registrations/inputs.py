"""What a sign-up and each move of a registration must be given: request body, form and 422 in one."""

from typing import Annotated

from pydantic import Field, StringConstraints

from shared.kernel.days import Moment
from shared.schemas.base import Body, Code, Line

CheckInCode = Annotated[str, StringConstraints(to_upper=True, pattern=r"^[0-9A-Za-z]{4,16}$")]


class SignUp(Body):
    """报名: the caller signs up."""

    note: Line | None = Field(None, description="For the organiser (备注).", examples=["自带理发工具"])


class Scan(Body):
    """签到、签退: with the code shown at the activity, or by those who keep its list, who may also give the time."""

    code: CheckInCode | None = Field(None, description="The activity's check-in code (签到码); volunteers need it.")
    at: Moment | None = Field(None, description="When it was, if not now (补录); not for volunteers.")
    note: Line | None = None


class WalkIn(Body):
    """现场参加: somebody who comes without having signed up."""

    person: Code = Field(description="Person id.", examples=["0199c0de-0000-7000-8000-000000000001"])
    note: Line | None = None
