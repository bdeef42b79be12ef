"""What notices take. Pure."""

from typing import Annotated

from pydantic import Field

from services.hierarchy.places.inputs import PlaceCode
from services.hierarchy.structures.structure import Key
from shared.schemas.base import Body, Line, Prose


class NewNotice(Body):
    """通知: to everybody who holds a post at the place and below, or posts of some kinds alone."""

    place: PlaceCode = Field(description="At this place and below (地点编码).")
    posts: Annotated[tuple[Key, ...], Field(max_length=40)] = Field(
        (), description="Kinds of posts; left out: all of them (岗位类别).", examples=[["building_head"]]
    )
    title: Line = Field(examples=["本周六停水检修"])
    content: Prose = Field(examples=["请各楼栋长转告住户：周六8时至17时停水，提前蓄水。"])


class Receipt(Body):
    """签收: nothing is asked but that it was read."""
