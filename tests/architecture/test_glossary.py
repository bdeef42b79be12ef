"""The documents are read by Chinese operators: what they fill in, choose from and look under is said in Chinese."""

from collections.abc import Iterator
from importlib import import_module
from typing import Any

import pytest

from migrations.run import SERVICES
from shared.runtime.web.glossary import CHINESE, Glossary, enumerations
from shared.schemas import glossary as common
from tests.architecture.applications import DOCUMENTS

Found = Iterator[tuple[str, dict[str, Any]]]


def _operations(service: str) -> Iterator[dict[str, Any]]:
    for methods in DOCUMENTS[service]["paths"].values():
        yield from methods.values()


def _fields(service: str) -> Found:
    """Every field of every schema, parameter and form, by its full name."""
    for schema, body in DOCUMENTS[service]["components"]["schemas"].items():
        plain = schema.removesuffix("-Input").removesuffix("-Output")
        yield from ((f"{plain}.{name}", part) for name, part in body.get("properties", {}).items())
    for operation in _operations(service):
        named = operation["operationId"]
        yield from ((f"{named}.{one['name']}", one) for one in operation.get("parameters", ()))
        for content in operation.get("requestBody", {}).get("content", {}).values():
            form = content.get("schema", {}).get("properties", {})
            yield from ((f"{named}.{name}", part) for name, part in form.items())


def _is_said(part: dict[str, Any]) -> bool:
    return CHINESE.search(part.get("description", "")) is not None


@pytest.mark.parametrize("service", SERVICES)
def test_every_field_is_explained_in_chinese(service: str) -> None:
    silent = sorted(name for name, part in _fields(service) if not _is_said(part))
    assert not silent, f"say in the glossary of {service} what these are: {silent}"


@pytest.mark.parametrize("service", SERVICES)
def test_every_value_of_an_enumeration_is_explained_where_it_stands(service: str) -> None:
    silent = [one["enum"] for one in enumerations(DOCUMENTS[service]) if not _is_said(one)]
    assert not silent, f"give these labels in the glossary of {service}: {silent}"


@pytest.mark.parametrize("service", SERVICES)
def test_every_operation_stands_under_one_tag_that_is_explained(service: str) -> None:
    declared = [tag["name"] for tag in DOCUMENTS[service]["tags"]]
    used = [operation["tags"] for operation in _operations(service)]
    assert len(declared) == len(set(declared))
    assert {len(tags) for tags in used} == {1}
    assert {tags[0] for tags in used} == set(declared)
    assert all(CHINESE.search(tag["name"]) and _is_said(tag) for tag in DOCUMENTS[service]["tags"])


@pytest.mark.parametrize("service", SERVICES)
def test_the_introduction_begins_in_chinese(service: str) -> None:
    introduction = DOCUMENTS[service]["info"]["description"].strip()
    assert CHINESE.match(introduction)
    for word in ("登录", "出错", "防重复提交", "翻页", "时间"):
        assert f"**{word}**" in introduction


def test_the_glossaries_hold_no_word_that_is_used_nowhere() -> None:
    everywhere: set[str] = set()
    for service in SERVICES:
        full = {name for name, _ in _fields(service)}
        here = full | {name.rpartition(".")[2] for name in full}
        own = set(import_module(f"services.{service}.glossary").GLOSSARY.fields)
        assert own <= here, f"{service}: {sorted(own - here)}"
        everywhere |= here
    assert set(common.FIELDS) <= everywhere, sorted(set(common.FIELDS) - everywhere)


def test_what_is_said_of_one_schema_goes_before_what_is_said_of_the_name() -> None:
    lab = Glossary(
        {"how": "方式", "Visit.how": "走访方式"}, ({"home": "入户", "phone": "电话", "online": "线上"}, {"home": "家"})
    )
    plain: dict[str, Any] = {"enum": ["home", "phone"]}
    paired: dict[str, Any] = {"description": "How (怎么去)."}
    known = dict(paired)
    lab.describe(plain, "Call", "how")
    lab.describe(paired, "Visit-Input", "how")
    lab.describe(known, "Call", "how")
    assert plain["description"] == "方式 how：home 入户、phone 电话"
    assert paired["description"] == "走访方式 How (怎么去)."
    assert known["description"] == "How (怎么去)."
