"""What the doors of personal data take. Pure."""

from enum import StrEnum
from typing import Annotated

from pydantic import Field

from shared.schemas.base import Body
from shared.schemas.personal import IdNumber, Reason, RevealReason


class Shown(StrEnum):
    """What can be shown in full."""

    NAME = "name"
    PHONE = "phone"
    ID_NUMBER = "id_number"


class Reveal(RevealReason):
    """Why, and what: only what the reason needs."""

    fields: Annotated[list[Shown], Field(min_length=1, max_length=3)] = [Shown.NAME, Shown.PHONE]


class NewIdNumber(Body):
    """An identity card number that was checked against the card."""

    id_number: IdNumber


class Way(StrEnum):
    """`erase` 删除, or `stop`: keep it where the law says so, and do nothing else with it (停止处理)."""

    ERASE = "erase"
    STOP = "stop"


class Erasure(Body):
    """Why the data is to go."""

    way: Way = Way.ERASE
    reason: Reason


class OwnErasure(Body):
    """One's own wish."""

    reason: Reason
