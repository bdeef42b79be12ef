"""Two checks of our own, beside those of Schemathesis."""

from typing import Any

import schemathesis
from schemathesis import Case, CheckContext, Response
from schemathesis.generation import GenerationMode


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
