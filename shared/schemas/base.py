"""The base of every body that crosses a border: nothing unknown is swallowed, nothing is coerced by surprise."""

from typing import Annotated, Generic, TypeVar

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from shared.kernel.texts import CODE, PHONE, Line, Prose

__all__ = ["Body", "Code", "District", "FieldError", "Line", "Page", "Phone", "Problem", "Prose", "View"]

T = TypeVar("T")


class Body(BaseModel):
    """What clients send: unknown fields are refused (422), text is trimmed."""

    model_config = ConfigDict(extra="forbid", frozen=True, str_strip_whitespace=True)


class View(BaseModel):
    """What clients get. Fields are always present; what is unknown is null."""

    model_config = ConfigDict(frozen=True)


Code = Annotated[str, StringConstraints(pattern=CODE)]
District = Annotated[
    str,
    StringConstraints(pattern=r"^[1-9][0-9]{5}$"),
    Field(description="Six-digit GB/T 2260 code of the district (区县代码).", examples=["141021"]),
]
Phone = Annotated[
    str,
    StringConstraints(pattern=PHONE),
    Field(description="Mobile number, eleven digits (手机号).", examples=["10000000001"]),
]


class Page(View, Generic[T]):
    """One page of a list, newest first unless the list says otherwise."""

    items: list[T]
    next: str | None = Field(description="Pass as `cursor` for the next page; null on the last one.")


class FieldError(View):
    """One field of a request that is not as it must be."""

    at: str = Field(description="JSON pointer into the request.", examples=["/body/title"])
    kind: str = Field(description="Stable kind of the violation.", examples=["string_too_long"])
    zh: str
    en: str


class Problem(View):
    """An RFC 9457 problem document, as every error answers. `code` is stable; texts may change."""

    model_config = ConfigDict(extra="allow", frozen=True)

    type: str = Field(examples=["urn:linli:problem:unknown_place"])
    title: str = Field(description="The kind of problem, in short.", examples=["unknown place"])
    status: int = Field(examples=[422])
    code: str = Field(description="Stable, for programs.", examples=["unknown_place"])
    detail: str = Field(
        description="What is wrong and what to do, in the language of Accept-Language (zh-CN or en).",
        examples=["没有编号为“x”的地点。"],
    )
    detail_zh: str = Field(description="The sentence in Chinese.")
    detail_en: str = Field(description="The sentence in English.")
    request_id: str | None = Field(description="Quote this when you ask for help.")
    errors: list[FieldError] | None = Field(None, description="Of `invalid` (422): each field, where and why.")
