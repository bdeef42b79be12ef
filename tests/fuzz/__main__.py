"""`make fuzz`: Schemathesis against the three services, as a resident, a grid worker and an operator."""

import asyncio
import tempfile
from collections.abc import Sequence
from pathlib import Path

import click

from migrations import run as migrations
from services.commands import service_urls
from services.local.interruption import until_interrupted
from services.local.servers import embedded_servers
from tests.fuzz.run import LAST, Outcome, Plan, fuzz
from tests.fuzz.town import ROLES, SERVICES, town

_LAST_S = 20


@click.command()
@click.option("--seconds", default=120, show_default=True, type=click.IntRange(min=5), help="Per service and role.")
@click.option("--seed", default=1, show_default=True, help="Decides what is tried.")
@click.option("--service", "services", multiple=True, type=click.Choice(SERVICES), help="Only this one (repeatable).")
@click.option("--role", "roles", multiple=True, type=click.Choice(list(ROLES)), help="Only as this one (repeatable).")
@click.option("--save", "where", type=click.Path(path_type=Path, file_okay=False), help="Folder for the full reports.")
def main(*, seconds: int, seed: int, services: Sequence[str], roles: Sequence[str], where: Path | None) -> None:
    """Try every operation of the documents with all checks and phases, on a throw-away stack.

    Exit code 0 only if no check failed and nothing was answered with 5xx.
    """
    pairs = [(service, role) for service in services or SERVICES for role in roles or ROLES]
    found = asyncio.run(until_interrupted(_run(pairs, Plan(seconds, seed), where)))
    if found is None:
        raise click.ClickException("interrupted before the end")
    for one in found:
        if one.failed:
            click.echo(f"\n===== {one.service} as {one.role} =====\n{one.report}")
    click.echo(_table(found))
    raise SystemExit(1 if any(one.failed or one.answered("5") for one in found) else 0)


async def _run(pairs: Sequence[tuple[str, str]], plan: Plan, where: Path | None) -> list[Outcome]:
    outcomes: list[Outcome] = []
    with tempfile.TemporaryDirectory(prefix="linli-fuzz-") as name:
        async with embedded_servers() as servers:
            await migrations.upgrade(servers.database_url, service_urls(servers.database_url, lambda _: None))
            async with town(servers.database_url, servers.redis_url, Path(name)) as made:
                passes = [(service, role, plan) for service, role in pairs]
                passes += [(service, role, Plan(_LAST_S, plan.seed, only=LAST)) for service, role in pairs
                           if service == "hierarchy"]  # fmt: skip
                for service, role, one in passes:
                    folder = Path(name) / f"{service}-{role}{'-last' if one.only else ''}"
                    outcomes.append(await fuzz(made, service, role, folder, one))
                    click.echo(_line(outcomes[-1]), err=True)
                    if where is not None:
                        _save(where / f"{folder.name}.txt", outcomes[-1])
    return outcomes


def _save(path: Path, outcome: Outcome) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(outcome.report, "utf-8")


def _line(one: Outcome) -> str:
    answers = "  ".join(f"{kind}xx {one.answered(kind):>6}" for kind in "245")
    reached = f"{one.reached}/{len(one.statuses)} operations answered 2xx"
    verdict = "FAILED" if one.failed else "ok"
    return f"{one.service:<10} {one.role:<12} {one.cases:>7} cases  {answers}  {reached:<34} {verdict}"


def _table(found: Sequence[Outcome]) -> str:
    total = sum(one.cases for one in found)
    failed = sum(one.failed for one in found)
    ended = (
        f"{total} cases, {sum(one.answered('5') for one in found)} answered 5xx, {failed} of {len(found)} runs failed"
    )
    return "\n".join(["", *map(_line, found), ended])


if __name__ == "__main__":
    main()
