"""Whatever is wrong in a body, its sender reads in Chinese what it should be: no field falls to a general sentence."""

from collections.abc import Iterator
from typing import Any

import pytest
from fastapi.exceptions import RequestValidationError
from pydantic import ValidationError

from shared.runtime.web.problems import invalid
from shared.schemas.base import Body
from tests.architecture.applications import ROUTES

_WRONG: list[Any] = [
    None, True, 1, -1_000_000, 1.5, 10**30, float("nan"), "", "x", "x" * 100_000, "两\n行", "\0", "\ud800",
    "2026-13-45", "2026-11-22T00:00", "25:61", [], [{}], ["x"] * 3000, {}, {"x": "y"}, {"x": 1},
]  # fmt: skip


def _below(kind: type[Body]) -> Iterator[type[Body]]:
    for one in kind.__subclasses__():
        yield one
        yield from _below(one)


_BODIES = {f"{one.__module__}.{one.__name__}": one for one in _below(Body) if one.__module__.startswith("services.")}


@pytest.mark.parametrize("name", _BODIES)
def test_every_mistake_in_a_body_is_named(name: str) -> None:
    assert ROUTES  # which imports every body
    for field in (*_BODIES[name].model_fields, "unknown"):
        for wrong in _WRONG:
            try:
                _BODIES[name].model_validate({field: wrong})
            except ValidationError as error:
                found = invalid(RequestValidationError(error.errors(include_url=False))).fields["errors"]
                assert "格式不正确" not in {one["zh"] for one in found}, (field, wrong, found)


def test_a_missing_body_is_named() -> None:
    (found,) = invalid(RequestValidationError([{"type": "missing", "loc": ("body",), "msg": "Field required"}])).fields[
        "errors"
    ]
    assert found["zh"] == "缺少请求正文（JSON）"
