"""Loaded by Schemathesis: who calls, our own checks, and the count of what was answered."""

import atexit
import itertools
import json
import os
from collections import Counter, defaultdict
from pathlib import Path
from typing import Any
from uuid import UUID

import schemathesis
from schemathesis import AuthContext, Case, HookContext, Response

from shared.kernel.rights import Role
from tests.fuzz import checks
from tests.fuzz.town import Person

_PEOPLE = itertools.cycle(
    Person(UUID(one["id"]), one["district"], Role(one["role"]), one["place"])
    for one in json.loads(os.environ["FUZZ_AS"])
)
__all__ = ["checks"]
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


@atexit.register
def save() -> None:
    Path(os.environ["FUZZ_COUNTS"]).write_text(json.dumps(_counts))
