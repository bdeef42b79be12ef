"""`make chaos`: load while processes are killed, hung and emptied; then the reckoning."""

import asyncio
from pathlib import Path

import click

from services.local.interruption import until_interrupted
from services.local.problems import LocalError
from tests.chaos.report import details, save, table
from tests.chaos.run import RATE, Plan, run


@click.command()
@click.option("--seconds", default=120.0, show_default=True, type=click.FloatRange(min=4), help="Length of the load.")
@click.option("--seed", default=1, show_default=True, help="Decides arrivals and blows.")
@click.option("--rate", default=RATE, show_default=True, help="Requests per second, without repetitions.")
@click.option("--control", is_flag=True, help="Hand jobs to arq straight after the commit; must lose something.")
@click.option("--home", type=click.Path(path_type=Path, file_okay=False), help="Keep the stack's data and logs here.")
@click.option("--save", "where", type=click.Path(path_type=Path, file_okay=False), help="Folder for JSON and picture.")
def main(*, seconds: float, seed: int, rate: float, control: bool, home: Path | None, where: Path | None) -> None:
    """Kill, hang and empty every part of a throw-away stack under load and compare what was acknowledged with what is
    there. Exit code 0 only if nothing is lost, doubled, left undone, out of order or oversold; with --control only if
    something is.
    """
    try:
        outcome = asyncio.run(until_interrupted(run(Plan(seconds, seed, rate, control, home=home))))
    except LocalError as error:
        raise click.ClickException(str(error)) from error
    if outcome is None:
        raise click.ClickException("interrupted before the end")
    click.echo(table(outcome))
    click.echo(details(outcome))
    click.echo(outcome.line())
    if where is not None:
        save(outcome, where)
    raise SystemExit(0 if outcome.is_as_promised else 1)


if __name__ == "__main__":
    main()
