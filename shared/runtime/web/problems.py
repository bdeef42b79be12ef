"""Renders every error as an RFC 9457 problem document, in Chinese or English by Accept-Language."""

import orjson
from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect
from starlette.routing import Match

from shared.kernel import errors as e
from shared.runtime.web import refused

MEDIA_TYPE = "application/problem+json"

# Pydantic's kinds of violation that clients meet, in Chinese; other kinds get the general sentence.
_KINDS_ZH = {
    "missing": "必填项不能为空",
    "extra_forbidden": "不认识的字段",
    "string_too_long": "文字过长，最多 {max_length} 字",
    "string_too_short": "文字过短，至少 {min_length} 字",
    "string_pattern_mismatch": "格式不正确或含有不允许的字符",
    "string_type": "应为文字",
    "int_parsing": "应为整数",
    "int_type": "应为整数",
    "bool_parsing": "应为 true 或 false",
    "bool_type": "应为 true 或 false",
    "enum": "只能是：{expected}",
    "literal_error": "只能是：{expected}",
    "uuid_parsing": "应为 UUID",
    "datetime_from_date_parsing": "应为带时区的日期时间",
    "datetime_parsing": "应为带时区的日期时间",
    "timezone_aware": "日期时间必须带时区，如 +08:00",
    "greater_than": "必须大于 {gt}",
    "greater_than_equal": "不能小于 {ge}",
    "less_than": "必须小于 {lt}",
    "less_than_equal": "不能大于 {le}",
    "too_long": "最多 {max_length} 项",
    "too_short": "至少 {min_length} 项",
    "list_type": "应为列表",
    "model_attributes_type": "应为对象",
    "json_invalid": "不是合法的 JSON",
}


def language(request: Request) -> str:
    """`en` where the client prefers it over Chinese, else `zh`."""
    for part in request.headers.get("accept-language", "").lower().split(","):
        tag = part.split(";")[0].strip()
        if tag.startswith(("zh", "en")):
            return tag[:2]
    return "zh"


def render(request: Request, error: e.LinliError) -> Response:
    """The answer for an error; retryable ones carry Retry-After."""
    lang = language(request)
    fields = {k: v for k, v in error.fields.items() if k != "retry_after"}
    body = {
        **fields,
        "type": f"urn:linli:problem:{error.code}",
        "title": error.code.replace("_", " "),
        "status": error.status,
        "code": error.code,
        "detail": error.sentence(lang),
        "detail_zh": error.sentence("zh"),
        "detail_en": error.sentence("en"),
        "request_id": request.scope.get("linli.request_id"),
    }
    headers = {"Content-Language": "zh-CN" if lang == "zh" else "en"} | _rate(error)
    if "retry_after" in error.fields:
        headers["Retry-After"] = str(error.fields["retry_after"])
    if error.status == 401:  # noqa: PLR2004
        headers["WWW-Authenticate"] = 'Bearer realm="linli"'
    content = orjson.dumps(body, default=str)
    return Response(content, error.status, headers, media_type=MEDIA_TYPE)


def _rate(error: e.LinliError) -> dict[str, str]:
    """The limit that was met, as draft-ietf-httpapi-ratelimit-headers-10 writes it."""
    if not (isinstance(error, e.TooManyRequests) and "most" in error.fields):
        return {}
    name, wait = error.fields["limit"], error.fields["retry_after"]
    policy = f'"{name}";q={error.fields["most"]};w={error.fields["within"]}'
    return {"RateLimit-Policy": policy, "RateLimit": f'"{name}";r=0;t={wait}'}


def _methods(request: Request) -> set[str]:
    """Every method that this address takes; Starlette names those of the first route alone."""
    matching = (route for route in request.app.routes if route.matches(request.scope)[0] is not Match.NONE)
    return {method for route in matching for method in getattr(route, "methods", None) or ()}


def invalid(error: RequestValidationError) -> e.Invalid:
    """A 422 that says for each field where and why. What was sent is not repeated: it may be personal."""
    found = []
    for item in error.errors()[:50]:
        context = item.get("ctx", {})
        zh = _KINDS_ZH.get(item["type"], "格式不正确")
        found.append(
            {
                "at": "/" + "/".join(str(part) for part in item["loc"]),
                "kind": item["type"],
                "zh": zh.format_map(
                    {**dict.fromkeys(("max_length", "min_length", "expected", "gt", "ge", "lt", "le"), "?"), **context}
                ),
                "en": item["msg"],
            }
        )
    return e.Invalid(errors=found)


def add_handlers(app: FastAPI) -> None:
    """Every way out of the application that is not a 2xx goes through `render`; what nobody foresaw, in `gate.py`."""

    @app.exception_handler(e.LinliError)
    async def known(request: Request, error: e.LinliError) -> Response:
        refused.note(request, error)
        return render(request, error)

    @app.exception_handler(RequestValidationError)
    async def unreadable(request: Request, error: RequestValidationError) -> Response:
        return render(request, invalid(error))

    @app.exception_handler(ClientDisconnect)
    async def left(request: Request, _: ClientDisconnect) -> Response:
        return render(request, e.BadRequest())  # nobody reads it: it went away while it was still sending

    @app.exception_handler(HTTPException)
    async def framework(request: Request, error: HTTPException) -> Response:
        cause = error.__cause__  # raised while FastAPI read the body
        if isinstance(cause, RequestValidationError):
            return render(request, invalid(cause))
        if isinstance(cause, e.LinliError):
            return render(request, cause)
        by_status: dict[int, type[e.LinliError]] = {
            404: e.NotFound,
            405: e.MethodNotAllowed,
            415: e.MediaTypeUnsupported,
        }
        answer = render(request, by_status.get(error.status_code, e.BadRequest)())
        answer.headers.update(error.headers or {})
        if error.status_code == 405:  # noqa: PLR2004
            answer.headers["Allow"] = ", ".join(sorted(_methods(request)))
        return answer
