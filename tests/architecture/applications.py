"""The three applications without any server behind them: for rules about routes and documents."""

from collections.abc import Iterator
from dataclasses import dataclass
from importlib import import_module
from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.dependencies.models import Dependant
from fastapi.routing import iter_route_contexts

from migrations.run import SERVICES
from services.documents import _SETTINGS
from shared.runtime.web.doors import WorkRoute

READS = {"GET", "HEAD", "OPTIONS"}


@dataclass(frozen=True)
class Route:
    service: str
    name: str
    path: str
    methods: frozenset[str]
    dependant: Dependant
    documented: bool
    ends_work: bool  # a WorkRoute

    @property
    def writes(self) -> bool:
        return not self.methods <= READS

    def dependencies(self) -> Iterator[Dependant]:
        """Every dependency, also those of dependencies."""
        waiting = list(self.dependant.dependencies)
        while waiting:
            found = waiting.pop()
            yield found
            waiting += found.dependencies


def application(service: str) -> FastAPI:
    with pytest.MonkeyPatch.context() as patch:
        for name, value in _SETTINGS.items():
            patch.setenv(name, value)
        made: FastAPI = import_module(f"services.{service}.main").create_app()
    return made


APPLICATIONS = {service: application(service) for service in SERVICES}
DOCUMENTS: dict[str, dict[str, Any]] = {service: app.openapi() for service, app in APPLICATIONS.items()}


def routes(app: FastAPI, service: str) -> list[Route]:
    return [
        Route(
            service,
            str(one.name),
            str(one.path),
            frozenset(one.methods or ()),
            one.dependant,
            one.include_in_schema,
            isinstance(one.original_route, WorkRoute),
        )
        for one in iter_route_contexts(app.routes)
        if hasattr(one, "dependant")
    ]


ROUTES = [route for service, app in APPLICATIONS.items() for route in routes(app, service)]
WRITES = [route for route in ROUTES if route.writes]
