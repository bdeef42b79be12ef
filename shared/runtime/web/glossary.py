"""What a document says in Chinese of its fields and values, from one glossary instead of a sentence at every field.

A name means the same wherever it stands, so it is explained once; where it means something else in one schema, or
more is to be said there, the glossary names the pair (`BookingView.people`). What has some Chinese in it already is
left as it is, unless the pair is named.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from shared.schemas import glossary as common

CHINESE = re.compile(r"[\u4e00-\u9fff]")
# What people call each value; of several words for one, the first.
Labels = Mapping[Any, str | tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class Glossary:
    """A service's words: `fields` by `name` or `Schema.name`, and the labels of its enumerations."""

    fields: Mapping[str, str] = field(default_factory=dict)
    labels: Sequence[Labels] = ()

    def describe(self, part: dict[str, Any], schema: str, name: str) -> None:
        """Says what a field is, and which values stand in it."""
        plain = schema.removesuffix("-Input").removesuffix("-Output")
        said = part.get("description", "")
        term = self._term(f"{plain}.{name}")
        if not CHINESE.search(said):
            term = term or self._term(name)
        if term and not said.startswith(term):
            part["description"] = f"{term} {said or name.replace('_', ' ')}"
        for one in enumerations(part):
            self.list_values(part, one["enum"])

    def list_values(self, part: dict[str, Any], values: Sequence[Any]) -> None:
        """Adds `normal 正常、need 发现需求` to a description, by the narrowest labels that know them all."""
        fitting = [labels for labels in (*self.labels, *common.LABELS) if labels.keys() >= set(values)]
        if not fitting:
            return
        labels = min(fitting, key=len)
        words = [f"{value} {_first(labels[value])}" for value in values]
        listed = ("；" if any("、" in word for word in words) else "、").join(words)
        said = part.get("description", "")
        if listed not in said:
            part["description"] = f"{said.rstrip('.。')}：{listed}" if said else listed

    def _term(self, key: str) -> str | None:
        return self.fields.get(key) or common.FIELDS.get(key)


def explain(document: dict[str, Any], glossary: Glossary) -> None:
    """Describes the fields, parameters and values of an OpenAPI document."""
    for schema, body in document["components"]["schemas"].items():
        for name, part in body.get("properties", {}).items():
            glossary.describe(part, schema, name)
    for operation in (one for methods in document["paths"].values() for one in methods.values()):
        named = operation["operationId"]
        for parameter in operation.get("parameters", ()):
            glossary.describe(parameter, named, parameter["name"])
        for content in operation.get("requestBody", {}).get("content", {}).values():
            for name, part in content.get("schema", {}).get("properties", {}).items():
                glossary.describe(part, named, name)
    for one in enumerations(document):
        glossary.list_values(one, one["enum"])


def enumerations(part: Any) -> Iterator[dict[str, Any]]:  # noqa: ANN401 - JSON
    """Every schema in the document that lists its values."""
    if isinstance(part, dict):
        if isinstance(part.get("enum"), list):
            yield part
        part = list(part.values())
    if isinstance(part, list):
        for inner in part:
            yield from enumerations(inner)


def _first(label: str | tuple[str, ...]) -> str:
    return label if isinstance(label, str) else label[0]
