"""Turns a workflow's table into its endpoints: one `POST /{cases}/{id}/{move}` per move, typed by what the move needs,
described by who may make it and from where; and `GET /workflows/{name}`, the table itself.
"""

from collections.abc import Awaitable, Callable, Iterable
from enum import Enum
from functools import wraps
from typing import Any, Concatenate, ParamSpec, TypeVar, cast, get_type_hints
from uuid import UUID

from fastapi import APIRouter, Response
from pydantic import BaseModel

from shared.kernel.errors import NotFound
from shared.kernel.workflow import Workflow
from shared.runtime.service import Service
from shared.runtime.web.doors import IfMatch, TheService, Versioned, Writing, tagged
from shared.runtime.work import Work

TAG = "流程 Workflows"
M = TypeVar("M")  # what a move returns: the case's id, unless `again` is given
P = ParamSpec("P")
T = TypeVar("T")
V = TypeVar("V", bound=Versioned)
Make = Callable[[Work, Service, UUID, str, BaseModel, int | None], Awaitable[M]]
Show = Callable[[Work, Service, M], Awaitable[V]]


def plain(
    use_case: Callable[Concatenate[Work, P], Awaitable[T]],
) -> Callable[Concatenate[Work, Service, P], Awaitable[T]]:
    """A use case that needs nothing of the running service, as `move_routes` calls it."""

    @wraps(use_case)
    def called(work: Work, _: Service, /, *args: P.args, **kwargs: P.kwargs) -> Awaitable[T]:
        return use_case(work, *args, **kwargs)

    return called


def move_routes(
    router: APIRouter,
    workflow: Workflow,
    *,
    cases: str,
    make: Make[M],
    view: Show[M, V],
    again: Show[UUID, V] | None = None,
    only: Iterable[str] | None = None,
    tags: list[str | Enum] | None = None,
) -> None:
    """Adds one route per move. `make` is the slice's one door for a state change, `view` renders what it returned (its
    annotation is what the document promises).

    `again` renders a case by its id for a repeated request; it may be left out where `make` returns just the id.
    `only` names the moves where the others have another door (a higher slice, or our own jobs alone). `tags` is for a
    router that has none itself: the two are added up.
    """
    chosen = None if only is None else set(only)
    for name, needs in workflow.moves().items():
        if chosen is not None and name not in chosen:
            continue
        router.add_api_route(
            f"/{cases}/{{id}}/{name}",
            _endpoint(name, needs, make, view, again or cast("Show[UUID, V]", view)),
            methods=["POST"],
            response_model=get_type_hints(view)["return"],
            name=f"{workflow.name}_{name}",
            summary=_summary(workflow, name),
            description=_description(workflow, name),
            tags=tags,
        )


def _endpoint(
    name: str, needs: type[BaseModel], make: Make[M], view: Show[M, V], again: Show[UUID, V]
) -> Callable[..., Awaitable[V]]:
    async def endpoint(
        id: UUID, given: BaseModel, work: Writing, running: TheService, response: Response, expected: IfMatch
    ) -> V:
        async def run() -> V:
            return await view(work, running, await make(work, running, id, name, given, expected))

        return tagged(response, await work.once(run, lambda case: again(work, running, case)))

    endpoint.__annotations__["given"] = needs
    return endpoint


def _summary(workflow: Workflow, name: str) -> str:
    label = next(row.label for _, move, row in workflow.rows() if move == name)
    return f"{label} {name.replace('_', ' ').capitalize()}"


def _description(workflow: Workflow, name: str) -> str:
    lines = []
    for step, move, row in workflow.rows():
        if move == name:
            target = f"→ {workflow.steps[row.target].label} `{row.target}`" if row.target else "stays"
            condition = f", when `{row.when}`" if row.when else ""
            condition += f", unless `{row.unless}`" if row.unless else ""
            parties = ", ".join(row.by)
            lines.append(f"- at {workflow.steps[step].label} `{step}`: {target}; by {parties}{condition}")
    return "\n".join(["Where it is open, and to whom:", "", *lines])


def table_routes(router: APIRouter, *workflows: Workflow) -> None:
    """`GET /workflows/{name}`: the table as JSON, with a Mermaid picture."""
    by_name = {workflow.name: workflow for workflow in workflows}

    @router.get("/workflows/{name}", name="workflow_table", summary="流程表 The table of a workflow", tags=[TAG])
    async def table(name: str) -> dict[str, Any]:
        """Steps, moves, parties and conditions exactly as the service enforces them, and a Mermaid state diagram."""
        if name not in by_name:
            raise NotFound
        return {**by_name[name].describe(), "mermaid": by_name[name].mermaid()}
