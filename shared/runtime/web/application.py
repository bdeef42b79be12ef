"""The application factory: every service is put together here, the same way."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any

from fastapi import APIRouter, FastAPI
from fastapi.routing import APIRoute
from fastapi_offline import FastAPIOffline

from shared.runtime.logging import configure
from shared.runtime.service import Service
from shared.runtime.web import health
from shared.runtime.web.edge import Edge
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
    503: _problem("A part is down or overloaded; retry after Retry-After with the same key (稍后用同一请求重试)."),
}


def create_application(
    service: Service, *, title: str, description: str, routers: Sequence[APIRouter], tags: list[dict[str, str]]
) -> FastAPI:
    """A service's application: its routers under `/api/<name>/v1`, docs without any CDN, problems, health, edge."""
    configure(service=service.name, json=service.settings.env != "dev", level=service.settings.log_level)
    base = f"/api/{service.name}"

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        yield
        await service.close()

    app: FastAPI = FastAPIOffline(
        docs_url=f"{base}/docs",
        redoc_url=f"{base}/redoc",
        static_url=f"{base}/docs-assets",
        openapi_url=f"{base}/openapi.json",
        title=title,
        description=description,
        version=VERSION,
        openapi_tags=tags,
        lifespan=lifespan,
        generate_unique_id_function=_operation_id,
        swagger_ui_parameters={"validatorUrl": None, "persistAuthorization": True},
    )
    app.state.service = service
    add_handlers(app)
    app.include_router(health.router(service.schema))
    for router in routers:
        app.include_router(router, prefix=f"{base}/v1", responses=COMMON)
    app.add_middleware(
        Edge, service=service.name, limit=service.settings.body_limit, room=service.settings.max_in_flight
    )
    _describe_problems(app)
    return app


def _operation_id(route: APIRoute) -> str:
    return route.name


def _describe_problems(app: FastAPI) -> None:
    """Puts the Problem schema into the document once, instead of a copy per route."""
    make = app.openapi

    def document() -> dict[str, Any]:
        made = make()
        schemas = made.setdefault("components", {}).setdefault("schemas", {})
        schemas["Problem"] = Problem.model_json_schema(ref_template="#/components/schemas/{model}")
        for name in ("HTTPValidationError", "ValidationError"):
            schemas.pop(name, None)
        return made

    app.openapi = document  # type: ignore[method-assign]
