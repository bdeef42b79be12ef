"""The application factory: every service is put together here, the same way."""

import gc
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from functools import cache
from typing import Any

from fastapi import APIRouter, FastAPI
from fastapi.middleware.cors import CORSMiddleware
from fastapi.routing import APIRoute
from pydantic import BaseModel

from shared.runtime.logging import configure
from shared.runtime.refusals import Refusals
from shared.runtime.service import Service
from shared.runtime.web import health
from shared.runtime.web.docs import add_docs
from shared.runtime.web.doors import BEARER, KEY_PARAMETER, WorkRoute, give_way
from shared.runtime.web.edge import Edge
from shared.runtime.web.gate import Gate
from shared.runtime.web.glossary import Glossary, explain
from shared.runtime.web.limits import SENSITIVE
from shared.runtime.web.problems import MEDIA_TYPE, add_handlers
from shared.schemas.base import Problem

VERSION = "1.0.0"


def _problem(status: str) -> dict[str, Any]:
    return {
        "description": status,
        "content": {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}},
    }


# What any route may answer besides its own statuses. 422 is described here once, as a problem document.
COMMON: dict[int | str, dict[str, Any]] = {
    401: _problem("Not signed in, or the token has expired (未登录或登录已过期)."),
    403: _problem("Signed in, but without this right (无权办理)."),
    404: _problem("Not there, or outside the caller's scope (不存在或不在管理范围)."),
    422: _problem("The content breaks the schema; `errors` names each field (内容有误)."),
    429: _problem("Too many requests; wait for Retry-After (操作太频繁)."),
    503: _problem("A part is down or overloaded; retry after Retry-After with the same key (稍后用同一请求重试)."),
}
_WRITING = {
    "400": _problem("The request cannot be read, or its Idempotency-Key is missing (请求不完整)."),
    "409": _problem("Not possible now, or the same request is being worked on (当前不能办理，或正在办理)."),
}
_PAGING = {"400": _problem("The cursor is not one of ours (翻页标记无效).")}
_MATCHING = {"412": _problem("If-Match is stale: it changed since it was read (内容已更新).")}
_SENDING = {
    "408": _problem("The body did not arrive in time (提交超时)."),
    "413": _problem("The body is too large (提交内容过大)."),
    "415": _problem("The body is of another media type than the one described (提交格式不支持)."),
}
# What holds for every text of every request, and stands at no single one.
_TEXTS = """
文字先去掉首尾空白再计长度，不得含空字符（NUL）或残缺的代理对；JSON 对象中的名称不得重复，数字须有限，嵌套
不超过 64 层。不符的答 422。

Texts are trimmed before they are measured, and hold neither NUL nor half of a surrogate pair. A name stands once in a
JSON object, numbers are finite, and nothing is nested deeper than 64 levels. Anything else is a 422.
"""
_EXPOSED = [
    "Content-Disposition", "ETag", "Idempotent-Replayed", "Linli-Journal-Rows", "RateLimit", "RateLimit-Policy",
    "Retry-After", "X-Request-ID",
]  # fmt: skip


def create_application(
    service: Service,
    *,
    title: str,
    description: str,
    routers: Sequence[APIRouter],
    tags: list[dict[str, str]],
    models: Sequence[type[BaseModel]] = (),
    glossary: Glossary = Glossary(),  # noqa: B008 - frozen
) -> FastAPI:
    """A service's application: its routers under `/api/<name>/v1`, docs without any CDN, problems, health, edge.

    `models` are described besides: bodies that a door reads by itself and names by `$ref`. `glossary` says in Chinese
    what fields and values are.
    """
    configure(service=service.name, json=service.settings.env != "dev", level=service.settings.log_level)
    base = f"/api/{service.name}"
    refusals = Refusals(service.name, service.db, service.schema)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        # What start-up made lives as long as the process; a collection that walks over all of it is seen in the p99.
        gc.collect()
        gc.freeze()
        async with service.revocations.kept_current(), refusals.kept_written():
            yield
        await service.close()

    settings = service.settings
    app = FastAPI(
        docs_url=None,
        redoc_url=None,
        openapi_url=f"{base}/openapi.json" if settings.serves_docs else None,
        title=title,
        description=f"{description.rstrip()}\n{_TEXTS}",
        version=VERSION,
        openapi_tags=tags,
        lifespan=lifespan,
        generate_unique_id_function=_operation_id,
    )
    app.state.service, app.state.refusals = service, refusals
    add_handlers(app)
    for route in (route for router in routers for route in router.routes):
        if not isinstance(route, WorkRoute):
            raise TypeError(f"{route} is not of an `api_router()`")
        app.router.routes.append(route.under(f"{base}/v1", responses=COMMON, generate_unique_id_function=_operation_id))
    give_way([route for route in app.router.routes if isinstance(route, WorkRoute)])
    app.include_router(health.router(service.schema))
    if settings.serves_docs:
        add_docs(app, base)
    _guard(app, service)
    _describe(app, [Problem, *models], glossary)
    return app


def _guard(app: FastAPI, service: Service) -> None:
    """What a request passes before the application, innermost first."""
    settings = service.settings
    app.add_middleware(
        Gate, limit=settings.body_limit, room=settings.max_in_flight, patience_s=settings.body_patience_s
    )
    if settings.allowed_origins:
        app.add_middleware(
            CORSMiddleware,
            allow_origins=settings.allowed_origins,
            allow_methods=["GET", "POST", "PUT", "PATCH", "DELETE"],
            allow_headers=["Authorization", "Content-Type", "Idempotency-Key", "If-Match", "X-Request-ID"],
            expose_headers=_EXPOSED,
            max_age=600,
        )
    app.add_middleware(Edge, service=service.name, https=settings.env != "dev")


def _operation_id(route: APIRoute) -> str:
    return route.name


def _describe(app: FastAPI, models: Sequence[type[BaseModel]], glossary: Glossary) -> None:
    """Puts these schemas into the document: Problem once, instead of a copy per route; and the glossary's words."""
    make = app.openapi

    @cache
    def document() -> dict[str, Any]:
        made = make()
        components = made.setdefault("components", {})
        components["securitySchemes"] = {"HTTPBearer": BEARER}
        schemas = components.setdefault("schemas", {})
        for model in models:
            # Under the model's own name: a part of another model may be called the same.
            schema = model.model_json_schema(ref_template=f"#/components/schemas/{model.__name__}.{{model}}")
            parts = schema.pop("$defs", {})
            schemas |= {model.__name__: schema, **{f"{model.__name__}.{name}": part for name, part in parts.items()}}
        for name in ("HTTPValidationError", "ValidationError"):
            schemas.pop(name, None)
        _close(schemas)
        for methods in made["paths"].values():
            for method, operation in methods.items():
                if "parameters" in operation:
                    operation["parameters"] = [_as_read(one) for one in operation["parameters"]]
                operation["responses"] = _refusals(method, operation) | _as_problems(operation["responses"])
                if rule := SENSITIVE.get(operation["operationId"]):
                    limit = f"More than {rule.a_minute} a minute per {rule.per}; wait for Retry-After (操作太频繁)."
                    operation["responses"]["429"] = _problem(limit)
                for called in (one for calls in operation.get("callbacks", {}).values() for one in calls.values()):
                    called["post"]["responses"].pop("422", None)  # the other side does not answer as we do
        explain(made, glossary)
        return made

    app.openapi = document  # type: ignore[method-assign]


def _close(schema: Any) -> None:  # noqa: ANN401 - JSON
    """An object whose keys follow a pattern has no others: Pydantic refuses them, and does not say so."""
    if isinstance(schema, dict):
        if "patternProperties" in schema:
            schema.setdefault("additionalProperties", False)
        schema = list(schema.values())
    if isinstance(schema, list):
        for part in schema:
            _close(part)


def _as_read(parameter: dict[str, Any]) -> dict[str, Any]:
    """A door that reads the key by itself takes it as optional, to say in its own words that it is missing."""
    return KEY_PARAMETER if parameter["name"].lower() == "idempotency-key" else parameter


def _as_problems(responses: dict[str, Any]) -> dict[str, Any]:
    """What a route says of its own refusals, each with the body that every refusal has."""
    return {
        status: _problem(answer["description"]) | answer if status >= "4" else answer
        for status, answer in responses.items()
    }


def _refusals(method: str, operation: dict[str, Any]) -> dict[str, Any]:
    """The problems that follow from what a route takes."""
    headers = {parameter["name"].lower() for parameter in operation.get("parameters", ())}
    return {
        **(_PAGING if "cursor" in headers else {}),
        **(_WRITING if method != "get" else {}),
        **(_MATCHING if "if-match" in headers else {}),
        **(_SENDING if "requestBody" in operation else {}),
    }
