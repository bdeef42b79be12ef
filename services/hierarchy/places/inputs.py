"""What questions about places take. Pure."""

from typing import Annotated

from pydantic import Field, StringConstraints

PlaceCode = Annotated[
    str,
    StringConstraints(pattern=r"^[A-Za-z0-9_-]{1,64}$"),
    Field(
        description="Code of the place: official digits, then `-` and a short token per level (地点编码).",
        examples=["141021100002"],
    ),
]
PlaceKind = Annotated[
    str,
    StringConstraints(max_length=40, pattern=r"^[a-z_]+$"),
    Field(description="Only this kind (地点类别).", examples=["grid"]),
]
