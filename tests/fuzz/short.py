"""The short run among the tests: the same document, words and checks, in this process, with an end to what it tries."""

import itertools
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Any

import orjson
import schemathesis
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis.errors import Unsatisfiable
from schemathesis import Case
from schemathesis.config import SchemathesisConfig
from schemathesis.core.failures import Failure, FailureGroup
from schemathesis.core.result import Ok
from schemathesis.generation import GenerationMode

from tests.fuzz import checks
from tests.fuzz.town import Town

__all__ = ["checks", "try_some"]


@dataclass
class Tried:
    """`statuses` by operation; `failures` in words."""

    statuses: dict[str, Counter[int]] = field(default_factory=dict)
    failures: list[str] = field(default_factory=list)

    @property
    def cases(self) -> int:
        return sum(found.total() for found in self.statuses.values())

    def answered(self, kind: int) -> int:
        """How often the status began with this digit."""
        return sum(times for found in self.statuses.values() for code, times in found.items() if code // 100 == kind)


def try_some(town: Town, config: Path, document: str, base: str, *, number: int, cases: int) -> Tried:
    """Operations in an order that `number` decides, each a few times, each time as another of the three people."""
    schema = schemathesis.openapi.from_dict(orjson.loads(document), config=SchemathesisConfig.from_path(config))
    schema.config.update(base_url=base)
    operations = [found.ok() for found in schema.get_all_operations() if isinstance(found, Ok)]
    Random(number).shuffle(operations)
    people, tried = itertools.cycle(town.people.values()), Tried()

    def attempt(case: Case[Any]) -> None:
        response = case.call(headers={"Authorization": f"Bearer {next(people).token}"})
        tried.statuses.setdefault(case.operation.label, Counter())[response.status_code] += 1
        try:
            case.validate_response(response)
        except (FailureGroup, Failure, AssertionError) as failure:
            tried.failures.append(f"{case.operation.label}: {failure}")

    bounded = settings(max_examples=2, database=None, phases=[Phase.generate], suppress_health_check=list(HealthCheck))
    for operation, mode in itertools.product(operations, (GenerationMode.POSITIVE, GenerationMode.NEGATIVE)):
        if tried.cases >= cases:
            break
        try:
            trying: Callable[[], None] = bounded(given(operation.as_strategy(generation_mode=mode))(attempt))  # type: ignore[no-untyped-call]  # so is Hypothesis
            seed(number)(trying)()
        except Unsatisfiable:
            continue  # nothing about it can be wrong
    return tried
