"""docs/communities.md: every figure that the page names comes out of the endpoint that it names."""

import json
import re
from pathlib import Path
from typing import Any, NamedTuple

import httpx
import pytest

from shared.kernel.rights import Role
from tests.support.world import somebody

pytestmark = pytest.mark.usefixtures("users")  # the five communities are there

PAGE = Path(__file__).parents[2] / "docs" / "communities.md"
ROW = re.compile(
    r"^\| (?P<what>.+) \| `(?P<request>[^`]+)` \| `(?P<where>[^`]+)` \| (?P<value>[\d.]+) \|$", re.MULTILINE
)
OPENAPI = PAGE.parent / "openapi" / "hierarchy.json"
PREFIX = "/api/hierarchy/v1/"
KEYS = ("kind", "post", "group", "listed_as")


class Figure(NamedTuple):
    what: str
    request: str
    where: str
    value: str


FIGURES = [Figure(**found.groupdict()) for found in ROW.finditer(PAGE.read_text("utf-8"))]


def at(shown: Any, where: str) -> Any:
    """The part of an answer that `list[key].field` names."""
    for name, key in re.findall(r"(\w+)(?:\[(\w+)\])?", where):
        shown = shown[name]
        if key:
            [shown] = [entry for entry in shown if key in [entry.get(one) for one in KEYS]]
    return shown


def test_the_page_has_its_figures() -> None:
    assert len(FIGURES) >= 39
    assert {re.search(r"\d{6}", figure.request)[0] for figure in FIGURES} == {  # type: ignore[index]
        "341702", "370704", "430304", "141021", "620421",
    }  # fmt: skip


@pytest.mark.parametrize("figure", FIGURES, ids=[f"{figure.where}@{figure.request}" for figure in FIGURES])
async def test_the_figure_is_answered(api: httpx.AsyncClient, figure: Figure) -> None:
    district = re.search(r"\d{6}", figure.request)
    assert district is not None
    answer = await api.get(figure.request, headers=somebody(district[0], Role.OPERATOR).headers)
    assert answer.status_code == 200, answer.text
    assert at(answer.json(), figure.where) == float(figure.value)


def test_what_else_is_promised_has_its_endpoint() -> None:
    paths = json.loads(OPENAPI.read_text("utf-8"))["paths"]
    promised = PAGE.read_text("utf-8").partition("## What else")[2].partition("Each row")[0]
    named = re.findall(r"`([^`]+)`", promised)
    assert len(named) > 15
    for name in named:
        path, _, parameter = name.partition("?")
        operations = paths[PREFIX + path]
        given = [one["name"] for one in operations.get("get", {}).get("parameters", ())]
        assert not parameter or parameter.rstrip("=") in given, name
