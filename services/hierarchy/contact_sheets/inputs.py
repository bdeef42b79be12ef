"""What contact sheets take. Pure."""

from pydantic import Field

from services.hierarchy.contact_sheets.rules import Dial, SheetRules
from shared.schemas.base import Body


class NewRules(SheetRules):
    """The whole of what a community's sheets say; it replaces what was said before."""


class PostNumber(Body):
    """A number that belongs to the post and outlives its holder (值班手机、办公电话)."""

    number: Dial | None = Field(description="Public from now on; null takes it back.", examples=["10099000001"])
