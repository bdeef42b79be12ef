"""`linli up` and `linli doctor`."""

import asyncio
import sys
from collections.abc import Coroutine
from pathlib import Path
from typing import Any

import click

from services.local.doctor import examine
from services.local.interruption import until_interrupted
from services.local.output import Output
from services.local.problems import LocalError
from services.local.settings import SERVICES, LocalSettings, local_settings
from services.local.stack import LocalStack, local_stack

HOME = click.option(
    "--home",
    type=click.Path(path_type=Path, file_okay=False),
    help="Folder for data, secrets and logs.  [default: LINLI_HOME or .linli]",
)


@click.command()
@HOME
@click.option(
    "--logs/--quiet",
    "follow",
    default=True,
    help="Show what the services log, or only what the supervisor says. HOME/logs gets it all.",
)
def up(*, home: Path | None, follow: bool) -> None:
    """Run the whole local stack in the foreground. 启动全部服务。

    PostgreSQL, Valkey, migrations, the five communities, three services and their workers. Ctrl-C stops
    everything; the data stays in HOME and is found again. LINLI_DATABASE_URL and LINLI_REDIS_URL use
    servers of your own; LINLI_HIERARCHY_PORT, LINLI_TICKETS_PORT, LINLI_EVENTS_PORT move the services.
    """
    settings = _settings()
    _run(until_interrupted(_up((home or settings.home).absolute(), settings, follow=follow)))


@click.command()
@HOME
def doctor(home: Path | None) -> None:
    """Check this machine and say what to do. 自检。

    Python, disk, ports, the embedded servers' programs, and whether the database and the queue answer.
    Exits with 0 only if everything is well.
    """
    settings = _settings()
    try:
        findings = asyncio.run(examine((home or settings.home).absolute(), settings))
    except LocalError as error:
        raise click.ClickException(str(error)) from error
    for finding in findings:
        click.echo(f"{'✓' if finding.well else '✗'} {finding.text}")
    sys.exit(0 if all(finding.well for finding in findings) else 1)


COMMANDS: list[click.Command] = [up, doctor]


def _settings() -> LocalSettings:
    try:
        return local_settings()
    except LocalError as error:
        raise click.ClickException(str(error)) from error


def _run(work: Coroutine[Any, Any, None]) -> None:
    try:
        asyncio.run(work)
    except LocalError as error:
        raise click.ClickException(str(error)) from error


async def _up(home: Path, settings: LocalSettings, *, follow: bool) -> None:
    output = Output(home / "logs", sys.stdout, quiet=not follow)
    try:
        async with local_stack(home, settings=settings, output=output) as stack:
            for line in welcome(stack):
                output.say(line)
            try:
                await asyncio.Event().wait()
            finally:
                output.say("stopping … 正在停止")
    finally:
        output.close()


def welcome(stack: LocalStack) -> list[str]:
    lines = ["linli ready"]
    for service in SERVICES:
        url = stack.url(service)
        lines.append(f"  {service:<10} {url}/api/{service}/v1   docs {url}/api/{service}/docs")
    known = stack.credentials()
    if users := known.get("users"):
        lines.append("  sign in with (演示账号):")
        lines += [
            f"    {user.get('role', ''):<16} {user.get('district', '')}  {user.get('phone', '')}  "
            f"{user.get('password', '')}  {user.get('place', '')}"
            for user in users
        ]
    if hotlines := known.get("hotlines"):
        lines.append("  hotlines (热线对接):")
        lines += [
            f"    {line.get('id', ''):<16} {line.get('district', '')}  {line.get('secret', '')}" for line in hotlines
        ]
    return [*lines, f"  data and logs: {stack.layout.home}   stop: Ctrl-C"]
