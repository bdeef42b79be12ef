"""Conditional GETs: whoever has read something asks whether it is still so, and is told in a few bytes."""

import hashlib
from typing import Annotated

from fastapi import Header, Response
from pydantic import BaseModel

from shared.kernel.rights import Principal

IfNoneMatch = Annotated[
    str | None,
    Header(
        alias="If-None-Match",
        max_length=1000,
        description="The ETag you have; 304 without a body if nothing has changed since (条件请求).",
        examples=['"3"'],
    ),
]


def holds(given: str | None, tag: str) -> bool:
    """Whether the caller's copy is the current one. Weak and strong tags are the same here."""
    if given is None:
        return False
    return any(one.strip().removeprefix("W/") in (tag.removeprefix("W/"), "*") for one in given.split(","))


def not_modified(tag: str) -> Response:
    """304: the caller's copy still holds."""
    return Response(status_code=304, headers={"ETag": tag})


def answered(shown: BaseModel, known: str | None, *, besides: str | None = None) -> Response:
    """An answer whose tag changes when what it says does, and only then; 304 where the caller has read the same.

    `besides` is a field that does not count: when it was asked.
    """
    said = shown.model_dump_json(exclude=None if besides is None else {besides}).encode()
    tag = f'W/"{hashlib.sha256(said).hexdigest()[:24]}"'
    if holds(known, tag):
        return not_modified(tag)
    content = said if besides is None else shown.model_dump_json()
    return Response(content, media_type="application/json", headers={"ETag": tag})


def tag_of(version: str, caller: Principal, *about: object) -> str:
    """A weak tag of an answer that depends on a version, on what was asked, and on who may see what."""
    grants = sorted((grant.role.value, grant.place) for grant in caller.grants)
    written = repr((version, caller.district, grants, [str(part) for part in about]))
    return f'W/"{hashlib.sha256(written.encode()).hexdigest()[:24]}"'
