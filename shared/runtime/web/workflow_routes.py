"""Turns a workflow's table into its endpoints: one `POST /{cases}/{id}/{move}` per move, typed by what the move needs,
described by who may make it and from where; and `GET /workflows/{name}`, the table itself.
"""

from collections.abc import Awaitable, Callable, Iterable
from typing import Any, TypeVar
from uuid import UUID

from fastapi import APIRouter, Request, Response
from pydantic import BaseModel

from shared.kernel.errors import NotFound
from shared.kernel.workflow import Workflow
from shared.runtime.web.doors import IfMatch, Writing, tagged
from shared.runtime.work import Work
from shared.schemas.base import View

V = TypeVar("V", bound=View)
MakeMove = Callable[[Work, Request, UUID, str, BaseModel, int | None], Awaitable[Any]]
Render = Callable[[Work, Request, Any], Awaitable[Any]]


def move_routes(
    router: APIRouter,
    workflow: Workflow,
    *,
    cases: str,
    make: MakeMove,
    view: Render,
    again: Render | None = None,
    model: type[View],
    only: Iterable[str] | None = None,
) -> None:
    """Adds one route per move. `make` is the slice's one door for a state change, `view` renders what it returned.

    `again` renders a case by its id for a repeated request; it may be left out where `make` returns just the id.
    `only` names the moves where the others have another door (a higher slice, or our own jobs alone).
    """
    chosen = None if only is None else set(only)
    for name, needs in workflow.moves().items():
        if chosen is not None and name not in chosen:
            continue
        router.add_api_route(
            f"/{cases}/{{id}}/{name}",
            _endpoint(name, needs, make, view, again or view),
            methods=["POST"],
            response_model=model,
            name=f"{workflow.name}_{name}",
            summary=_summary(workflow, name),
            description=_description(workflow, name),
            tags=[workflow.label],
        )


def _endpoint(
    name: str, needs: type[BaseModel], make: MakeMove, view: Render, again: Render
) -> Callable[..., Awaitable[Any]]:
    async def endpoint(
        id: UUID,
        given: BaseModel,
        work: Writing,
        request: Request,
        response: Response,
        expected: IfMatch,
    ) -> Any:  # noqa: ANN401 - each workflow has its own view
        async def run() -> Any:  # noqa: ANN401
            return await view(work, request, await make(work, request, id, name, given, expected))

        async def repeated(case: UUID) -> Any:  # noqa: ANN401
            return await again(work, request, case)

        return tagged(response, await work.once(run, repeated))

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

    @router.get(
        "/workflows/{name}", name="workflow_table", summary="流程表 The table of a workflow", tags=["流程 Workflows"]
    )
    async def table(name: str) -> dict[str, Any]:
        """Steps, moves, parties and conditions exactly as the service enforces them, and a Mermaid state diagram."""
        if name not in by_name:
            raise NotFound
        return {**by_name[name].describe(), "mermaid": by_name[name].mermaid()}
