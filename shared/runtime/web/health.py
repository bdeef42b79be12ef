"""`/healthz`: the process answers. `/readyz`: it can serve (PostgreSQL there and migrated). `/metrics`: Prometheus.

Valkey and the other services are no conditions: without them requests are still accepted (design decision 15).
"""

from fastapi import APIRouter, Response
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from sqlalchemy import func, select

from shared.runtime.db import Statement, fetch_one
from shared.runtime.tables import Schema
from shared.runtime.web.doors import TheService


def router(schema: Schema) -> APIRouter:
    """The three pages, outside the versioned API and its document."""
    routes = APIRouter(include_in_schema=False)
    probe = Statement(select(func.count()).select_from(select(schema.jobs.c.id).limit(1).subquery()))

    @routes.get("/healthz")
    async def alive() -> dict[str, str]:
        return {"status": "ok"}

    @routes.get("/readyz")
    async def ready(service: TheService) -> dict[str, str]:
        async with service.db.connection() as connection:
            await fetch_one(connection, probe)
        return {"status": "ready"}

    @routes.get("/metrics")
    async def metrics() -> Response:
        return Response(generate_latest(), media_type=CONTENT_TYPE_LATEST)

    return routes
