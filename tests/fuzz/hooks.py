"""Loaded by Schemathesis: who calls, a check of our own, and the count of what was answered."""

import atexit
import itertools
import json
import os
from collections import Counter, defaultdict
from pathlib import Path
from typing import Any
from uuid import UUID

import schemathesis
from schemathesis import AuthContext, Case, CheckContext, HookContext, Response
from schemathesis.generation import GenerationMode

from shared.kernel.rights import Role
from tests.fuzz.town import Person

_PEOPLE = itertools.cycle(
    Person(UUID(one["id"]), one["district"], Role(one["role"]), one["place"])
    for one in json.loads(os.environ["FUZZ_AS"])
)
_counts: dict[str, Counter[str]] = defaultdict(Counter)


@schemathesis.auth(refresh_interval=None)
class Signed:
    """A session of its own for every request: signing out ends that one alone."""

    def get(self, _case: Case[Any], _context: AuthContext) -> str:
        return next(_PEOPLE).token

    def set(self, case: Case[Any], data: str, _context: AuthContext) -> None:
        case.headers["Authorization"] = f"Bearer {data}"


@schemathesis.hook
def after_call(context: HookContext, case: Case[Any], response: Response) -> None:
    _counts[case.operation.label][str(response.status_code)] += 1


@schemathesis.check
def every_error_is_a_problem(ctx: CheckContext, response: Response, case: Case[Any]) -> None:
    """A 4xx is a problem document with a code and two sentences, and repeats nothing that was sent."""
    if response.status_code < 400:
        return
    problem: dict[str, Any] = response.json()
    assert problem["status"] == response.status_code
    assert problem["code"]
    assert problem["detail_zh"]
    assert problem["detail_en"]


@schemathesis.check
def form_is_accepted(ctx: CheckContext, response: Response, case: Case[Any]) -> None:
    """What the document allows is not refused for its form: a stricter rule belongs into the document."""
    if case.meta is None or case.meta.generation.mode is not GenerationMode.POSITIVE:
        return
    if response.status_code == 400:
        assert response.json()["code"] == "cursor_invalid"
    if response.status_code == 422 and response.json()["code"] == "invalid":
        # A rule between fields is in no JSON Schema. NUL and halves of surrogate pairs are refused everywhere, which
        # the documents say once, at their beginning, and not at each text.
        errors = response.json()["errors"]
        wrong = [one for one in errors if one["kind"] != "value_error" and "Text should not hold" not in one["en"]]
        assert not wrong, f"refused for its form: {wrong}"


@atexit.register
def save() -> None:
    Path(os.environ["FUZZ_COUNTS"]).write_text(json.dumps(_counts))
