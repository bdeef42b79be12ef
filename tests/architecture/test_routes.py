"""Rules about the routes and their documents, each a failing check instead of a sentence."""

import inspect
import re
from collections import Counter
from collections.abc import Iterator
from typing import Annotated, Any

import orjson
from fastapi import Depends, FastAPI

from services.tickets.hotline import endpoints as hotline
from shared.runtime.web import doors, uploads
from tests.architecture.applications import DOCUMENTS, ROUTES, WRITES, Route, routes

# --- routes -------------------------------------------------------------------------------------------------------

# A unit of work with its request key: the Idempotency-Key, or the signed webhook-id.
KEYED = {doors._writing, hotline._signed, uploads._uploading}
# Writes that need no key, each with its reason.
KEYLESS = {
    "session_create": "a repeated sign-in is another session; it takes the wrong password's count only",
    "session_create_by_code": "the code is its own key: it works once",
    "session_create_by_wechat": "WeChat's code is its own key: it works once",
    "sign_in_ask_code": "asking again replaces the code; the limits allow no second one within a minute",
    "phone_ask_code": "asking again replaces the code; the limits allow no second one within a minute",
    "enrolment_begin": "beginning again replaces the secret that nobody confirmed",
    "enrolment_confirm": "once confirmed, the enrolment token is worth nothing",
    "wechat_unbind": "the same again changes nothing",
    "second_factor_reset": "the same again changes nothing",
    "session_refresh": "the refresh token is its own key: the same one again gets the same successor, then ends it all",
    "session_sign_out": "the same again changes nothing",
    "session_end": "the same again changes nothing",
    "client_sign_in": "a repeated sign-in is another token",
    "body_ask_quorum": "a question: a POST, because of how many may be there; nothing is written",
    "capability_match": "a question; nothing is written",
    "structure_try": "a question: what would be if; nothing is written",
    "contact_read": "a look-up, for another service: a POST, so that nobody's id stands in an address",
    "contact_match": "a look-up: a POST, so that nothing personal stands in an address",
    "place_look_up": "a look-up: a POST, because 500 codes are too long for an address",
    "place_locate_many": "a look-up: a POST, because 500 points are too long for an address",
    "appeal_open_counts": "a look-up, for hierarchy: a POST, because 500 paths are too long for an address",
    "hotline_put": "a PUT: the same again changes nothing",
}


def keyless(route: Route) -> bool:
    return not any(dependency.call in KEYED for dependency in route.dependencies())


def late(route: Route) -> list[str]:
    """Dependencies that end after the answer has left, and works that nobody ends at all."""
    works = [str(found.call) for found in route.dependencies() if found.call in {doors._reading, doors._writing}]
    unended = [] if route.ends_work else works
    return unended + [
        str(dependency.call)
        for dependency in route.dependencies()
        if (inspect.isasyncgenfunction(dependency.call) or inspect.isgeneratorfunction(dependency.call))
        and dependency.scope != "function"
    ]


def test_every_write_takes_a_request_key() -> None:
    assert len(WRITES) > 30
    assert {route.name for route in WRITES if keyless(route)} == set(KEYLESS)


def test_moves_take_if_match() -> None:
    moves = [route for route in WRITES if re.search(r"/(appeals|activities|registrations)/\{id\}/[a-z_]+$", route.path)]
    matching = {route.name for route in moves if any(found.call is doors._if_match for found in route.dependencies())}
    # A sign-up makes a new registration, an upload a new attachment: there is nothing to match yet.
    assert {route.name for route in moves} - matching == {"registration_sign_up", "attachment_upload"}


def test_every_unit_of_work_ends_before_the_answer() -> None:
    assert {route.name: found for route in ROUTES if (found := late(route))} == {}


def test_a_planted_route_is_found() -> None:
    app = FastAPI()

    async def work() -> Any:
        yield None

    @app.post("/x", name="planted")
    async def planted(_: Annotated[Any, Depends(work)]) -> None: ...

    [route] = [route for route in routes(app, "planted") if route.name == "planted"]
    assert late(route)
    assert keyless(route)


# --- documents ------------------------------------------------------------------------------------------------------

METHODS = {"get", "put", "post", "patch", "delete"}
# With what an operation id begins. A new thing is added here; what is done with it (`close`) never is.
NOUNS = (
    "account", "activity", "agreement", "appeal", "appointment", "attachment", "attendance", "body", "booking",
    "boundary", "calendar", "candidacy", "capability", "caseload", "category", "change", "client", "contact",
    "district", "enrolment", "erasure", "evaluation", "expert", "export", "grant", "hotline", "household", "import",
    "inbox", "item", "job", "journal", "key", "listing", "loan", "mandate", "me", "notice", "organisation", "organiser",
    "password", "person", "phone", "place", "post", "record", "registration", "report_in", "responsibility", "roster",
    "second_factor", "session", "shift", "sign_in", "structure", "swap", "venue", "visit", "wechat", "workflow",
)  # fmt: skip
OPERATIONS = [
    (service, path, method, operation)
    for service, document in DOCUMENTS.items()
    for path, item in document["paths"].items()
    for method, operation in item.items()
    if method in METHODS
]


def incomplete(method: str, operation: dict[str, Any], tags: set[str]) -> list[str]:
    """What a reader of the document misses."""
    missing = [part for part in ("summary", "description", "tags", "operationId") if not operation.get(part)]
    missing += [f"the tag {tag} is not described" for tag in operation.get("tags", []) if tag not in tags]
    headers = {parameter["name"].lower() for parameter in operation.get("parameters", ())}
    statuses = {"503"}
    statuses |= {"400", "409"} if method != "get" else set()
    statuses |= {"412"} if "if-match" in headers else set()
    statuses |= {"413", "422"} if "requestBody" in operation else set()
    for status in sorted(statuses | {status for status in operation["responses"] if status >= "4"}):
        content = operation["responses"].get(status, {}).get("content", {})
        if set(content) == {"text/html"}:  # a page for whoever stands before it with a telephone
            continue
        reference = content.get("application/problem+json", {}).get("schema", {}).get("$ref", "")
        if set(content) != {"application/problem+json"} or not reference.endswith("/Problem"):
            missing.append(f"{status} is not documented as a problem")
    return missing


def test_every_operation_is_documented() -> None:
    broken = {}
    for service, path, method, operation in OPERATIONS:
        tags = {tag["name"] for tag in DOCUMENTS[service].get("tags", ())}
        if found := incomplete(method, operation, tags):
            broken[f"{service} {method} {path}"] = found
    assert broken == {}


def dangling(document: dict[str, Any]) -> set[str]:
    """References to schemas that the document does not hold."""
    named = {f"#/components/schemas/{name}" for name in document["components"]["schemas"]}
    return set(re.findall(r'"\$ref":"([^"]+)"', orjson.dumps(document).decode())) - named


def test_every_reference_leads_somewhere() -> None:
    assert {service: dangling(document) for service, document in DOCUMENTS.items()} == {
        name: set() for name in DOCUMENTS
    }
    assert dangling({"components": {"schemas": {"A": {"$ref": "#/components/schemas/B"}}}}) == {
        "#/components/schemas/B"
    }


def test_operation_ids_are_unique() -> None:
    for service in DOCUMENTS:
        ids = Counter(operation["operationId"] for owner, _, _, operation in OPERATIONS if owner == service)
        assert [name for name, times in ids.items() if times > 1] == []


def homonyms(document: dict[str, Any]) -> list[str]:
    """Schemas of one name: FastAPI tells them apart by their modules, which are nothing to clients."""
    return sorted(name for name in document["components"]["schemas"] if "__" in name)


def test_no_two_schemas_share_a_name() -> None:
    assert {service: homonyms(document) for service, document in DOCUMENTS.items()} == {name: [] for name in DOCUMENTS}
    assert homonyms({"components": {"schemas": {"Page_Note_": {}, "a__inputs__Note": {}}}}) == ["a__inputs__Note"]


def test_operation_ids_say_the_noun_first() -> None:
    """`venue_close`, never `close_venue`: all that can be done with a thing stands together in every sorted list."""
    nouns = tuple(f"{noun}_" for noun in NOUNS)
    assert [o["operationId"] for _, _, _, o in OPERATIONS if not o["operationId"].startswith(nouns)] == []


def test_documented_operations_are_all_routes() -> None:
    assert {route.name for route in ROUTES if route.documented} == {o["operationId"] for _, _, _, o in OPERATIONS}


def test_a_planted_undocumented_operation_is_found() -> None:
    found = incomplete(
        "get", {"responses": {"404": {"description": "x"}}, "requestBody": {}, "tags": ["unknown"]}, {"known"}
    )
    assert set(found) == {
        "summary",
        "description",
        "operationId",
        "the tag unknown is not described",
        *(f"{status} is not documented as a problem" for status in (404, 413, 422, 503)),
    }


def unbounded(schema: Any, components: dict[str, Any], at: str, seen: frozenset[str] = frozenset()) -> Iterator[str]:
    """Strings and lists of a body without an end."""
    if not isinstance(schema, dict):
        return
    reference = schema.get("$ref", "").rsplit("/", 1)[-1]
    if reference and reference not in seen:
        yield from unbounded(components[reference], components, at, seen | {reference})
    kinds = ("enum", "const", "format", "maxLength")
    fixed = re.search(r"\{\d+(,\d+)?\}\$$|\)\$$", schema.get("pattern", ""))
    if schema.get("type") == "string" and not any(kind in schema for kind in kinds) and not fixed:
        yield f"{at}: a text without a limit"
    if schema.get("type") == "array" and "maxItems" not in schema:
        yield f"{at}: a list without a limit"
    for name, part in schema.get("properties", {}).items():
        yield from unbounded(part, components, f"{at}.{name}", seen)
    for part in (*schema.get("anyOf", ()), *schema.get("allOf", ()), *schema.get("oneOf", ()), schema.get("items")):
        yield from unbounded(part, components, at, seen)


def test_every_text_of_a_body_has_a_limit() -> None:
    found: set[str] = set()
    for service, _, _, operation in OPERATIONS:
        body = operation.get("requestBody", {}).get("content", {}).get("application/json", {}).get("schema", {})
        components = DOCUMENTS[service]["components"]["schemas"]
        found |= set(unbounded(body, components, f"{service} {operation['operationId']}"))
    assert sorted(found) == []


def test_a_planted_endless_text_is_found() -> None:
    schema = {
        "properties": {"a": {"type": "string"}, "b": {"anyOf": [{"type": "array", "items": {"type": "integer"}}]}}
    }
    assert list(unbounded(schema, {}, "x")) == ["x.a: a text without a limit", "x.b: a list without a limit"]
