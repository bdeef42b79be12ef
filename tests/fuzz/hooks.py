"""Loaded by Schemathesis: who calls, a check of our own, and the count of what was answered."""

import atexit
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

_WHO = json.loads(os.environ["FUZZ_TOKEN_OF"])
_PERSON = Person(UUID(_WHO["id"]), _WHO["district"], Role(_WHO["role"]), _WHO["place"])
_counts: dict[str, Counter[str]] = defaultdict(Counter)


@schemathesis.auth(refresh_interval=None)
class Signed:
    """A session of its own for every request: signing out ends that one alone."""

    def get(self, case: Case, ctx: AuthContext) -> str:
        return _PERSON.token

    def set(self, case: Case, data: str, ctx: AuthContext) -> None:
        case.headers["Authorization"] = f"Bearer {data}"


@schemathesis.hook
def after_call(context: HookContext, case: Case, response: Response) -> None:
    _counts[case.operation.label][str(response.status_code)] += 1


@schemathesis.check
def every_error_is_a_problem(ctx: CheckContext, response: Response, case: Case) -> None:
    """A 4xx is a problem document with a code and two sentences, and repeats nothing that was sent."""
    if response.status_code < 400:
        return
    problem: dict[str, Any] = response.json()
    assert problem["status"] == response.status_code
    assert problem["code"]
    assert problem["detail_zh"]
    assert problem["detail_en"]


@schemathesis.check
def form_is_accepted(ctx: CheckContext, response: Response, case: Case) -> None:
    """What the document allows is not refused for its form: a stricter rule belongs into the document."""
    if case.meta is None or case.meta.generation.mode is not GenerationMode.POSITIVE:
        return
    if response.status_code == 400:
        assert response.json()["code"] == "cursor_invalid"
    if response.status_code == 422 and response.json()["code"] == "invalid":
        rules = {error["kind"] for error in response.json()["errors"]}
        assert rules <= {"value_error"}, f"refused for its form: {response.json()['errors']}"


@atexit.register
def save() -> None:
    Path(os.environ["FUZZ_COUNTS"]).write_text(json.dumps(_counts))
