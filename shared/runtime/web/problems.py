"""Renders every error as an RFC 9457 problem document, in Chinese or English by Accept-Language."""

from collections.abc import Mapping
from typing import Any

import orjson
from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect
from starlette.routing import Match

from shared.kernel import errors as e
from shared.kernel.rights_table import PERMISSIONS
from shared.kernel.texts import PATTERNS_ZH
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
    "string_unicode": "含有不合法的字符",
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
    "date_parsing": "应为日期，如 2026-11-22",
    "date_type": "应为日期，如 2026-11-22",
    "date_from_datetime_parsing": "应为日期，如 2026-11-22",
    "date_from_datetime_inexact": "应为日期，如 2026-11-22",
    "datetime_type": "应为带时区的日期时间",
    "dict_type": "应为对象",
    "model_type": "应为对象",
    "float_parsing": "应为数字",
    "float_type": "应为数字",
    "finite_number": "应为数字",
    "int_from_float": "应为整数",
    "int_parsing_size": "数字过大",
    "multiple_of": "应为 {multiple_of} 的倍数",
    "tuple_type": "应为列表",
    "union_tag_invalid": "{discriminator} 只能是：{expected_tags}",
    "union_tag_not_found": "缺少 {discriminator}",
    "uuid_type": "应为 UUID",
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
        "detail": in_full(error, lang),
        "detail_zh": in_full(error, "zh"),
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


def in_full(error: e.LinliError, lang: str) -> str:
    """The sentence; where a permission is missing, Chinese names it and who helps."""
    sentence = error.sentence(lang)
    if lang == "zh" and (missing := PERMISSIONS.get(error.fields.get("permission", ""))):
        return f"{sentence}需要的权限：{missing[0]}。如需办理，请联系社区工作人员。"
    return sentence


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
        context, kind = item.get("ctx", {}), item["type"]
        own = context.get("error")
        zh = own.zh if isinstance(own, e.Wrong) else _in_chinese(kind, context)
        if kind == "missing" and item["loc"] == ("body",):
            zh = "缺少请求正文（JSON）"
        at = "/" + "/".join(str(part) for part in item["loc"])
        found.append({"at": at, "kind": kind, "zh": zh, "en": item["msg"].removeprefix("Value error, ")})
    return e.Invalid(errors=found)


def _in_chinese(kind: str, context: Mapping[str, Any]) -> str:
    told = {name: _listed(value) if "expected" in name else value for name, value in context.items()}
    zh = PATTERNS_ZH.get(context.get("pattern", ""), _KINDS_ZH.get(kind, "格式不正确"))
    try:
        return zh.format_map(told)
    except KeyError:  # refused by ourselves, without what Pydantic tells with its own
        return "格式不正确"


def _listed(expected: str) -> str:
    """`'a', 'b' or 'c'`, as Pydantic writes it, as `a、b、c`."""
    return expected.replace(" or ", ", ").replace("'", "").replace(", ", "、")


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
