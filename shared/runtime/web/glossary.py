"""What a document says in Chinese of its fields and values, from one glossary instead of a sentence at every field.

A name means the same wherever it stands, so it is explained once; where it means something else in one schema, the
glossary names the pair (`Booking.people`). A description that is in Chinese already is left as it is.
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

    def term(self, schema: str, name: str) -> str | None:
        """The Chinese for a field, the nearest first."""
        plain = schema.removesuffix("-Input").removesuffix("-Output")
        both = (self.fields, common.FIELDS)
        return next((words[key] for key in (f"{plain}.{name}", name) for words in both if key in words), None)

    def values(self, values: Sequence[Any]) -> str | None:
        """`normal 正常、need 发现需求`, by the narrowest labels that know them all."""
        fitting = [labels for labels in (*self.labels, *common.LABELS) if labels.keys() >= set(values)]
        if not fitting:
            return None
        labels = min(fitting, key=len)
        return "、".join(f"{value} {_first(labels[value])}" for value in values)


def explain(document: dict[str, Any], glossary: Glossary) -> None:
    """Describes the fields, parameters and values of an OpenAPI document; a second time it changes nothing."""
    for schema, body in document["components"]["schemas"].items():
        for name, part in body.get("properties", {}).items():
            _say(part, name, glossary.term(schema, name))
    for methods in document["paths"].values():
        for operation in methods.values():
            named = operation["operationId"]
            for parameter in operation.get("parameters", ()):
                _say(parameter, parameter["name"], glossary.term(named, parameter["name"]))
            for content in operation.get("requestBody", {}).get("content", {}).values():
                for name, part in content.get("schema", {}).get("properties", {}).items():
                    _say(part, name, glossary.term(named, name))
    for enumeration in enumerations(document):
        said, values = enumeration.get("description", ""), glossary.values(enumeration["enum"])
        if values and values not in said:
            enumeration["description"] = f"{said} {values}".lstrip()


def enumerations(part: Any) -> Iterator[dict[str, Any]]:  # noqa: ANN401 - JSON
    """Every schema in the document that lists its values."""
    if isinstance(part, dict):
        if isinstance(part.get("enum"), list):
            yield part
        part = list(part.values())
    if isinstance(part, list):
        for inner in part:
            yield from enumerations(inner)


def _say(part: dict[str, Any], name: str, term: str | None) -> None:
    said = part.get("description")
    if term and not (said and CHINESE.search(said)):
        part["description"] = f"{term} {said or name.replace('_', ' ')}"


def _first(label: str | tuple[str, ...]) -> str:
    return label if isinstance(label, str) else label[0]
