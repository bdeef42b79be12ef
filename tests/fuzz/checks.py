"""Two checks of our own, beside those of Schemathesis."""

from typing import Any

import schemathesis
from schemathesis import Case, CheckContext, Response
from schemathesis.generation import GenerationMode

_OF_A_DATE = {"greater_than", "greater_than_equal", "less_than", "less_than_equal"}
_OF_A_LENGTH = {"too_short", "string_too_short"}


@schemathesis.check
def every_error_is_a_problem(ctx: CheckContext, response: Response, case: Case[Any]) -> None:
    """A 4xx is a problem document with a code and two sentences, or the page that the document promises to people."""
    if response.status_code < 400:
        return
    if "text/html" in _promised(case, response.status_code):
        assert response.headers["content-type"][0].startswith("text/html")
        return
    problem: dict[str, Any] = response.json()
    assert problem["status"] == response.status_code
    assert problem["code"]
    assert problem["detail_zh"]
    assert problem["detail_en"]


def _promised(case: Case[Any], status: int) -> set[str]:
    answers: dict[str, Any] = case.operation.definition.raw["responses"]
    return set(answers.get(str(status), {}).get("content", {}))


@schemathesis.check
def form_is_accepted(ctx: CheckContext, response: Response, case: Case[Any]) -> None:
    """What the document allows is not refused for its form: a stricter rule belongs into the document."""
    if case.meta is None or case.meta.generation.mode is not GenerationMode.POSITIVE:
        return
    if response.status_code == 400:
        assert response.json()["code"] == "cursor_invalid"
    if response.status_code == 422 and response.json()["code"] == "invalid":
        wrong = [error for error in response.json()["errors"] if not _beyond_schemas(error, case.body)]
        assert not wrong, f"refused for its form: {wrong}"


def _beyond_schemas(error: dict[str, str], body: Any) -> bool:
    """Rules between fields are in no JSON Schema, nor the first and the last day of a date.

    That texts are trimmed before they are measured, and hold no NUL and no half of a surrogate pair, the documents say
    once, at their beginning.
    """
    if error["kind"] == "value_error" or "should not hold" in error["en"]:
        return True
    found, before = body, ""
    for step in error["at"].split("/")[2:]:
        if step == "[key]":  # of an object: its name is what is wrong, not what stands there
            found = before
        else:
            found, before = found[int(step) if isinstance(found, list) else step], step
    if not isinstance(found, str):
        return False
    return error["kind"] in _OF_A_DATE or (error["kind"] in _OF_A_LENGTH and found != found.strip())
