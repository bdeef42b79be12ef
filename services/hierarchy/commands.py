"""hierarchy's commands: `linli load communities`, `linli places`, `linli token`, `linli user`."""

import asyncio
import os
import re
import time
from collections.abc import Coroutine
from pathlib import Path
from typing import Any, TypeVar

import click
from pydantic import ValidationError

from services.hierarchy.add_user import add_user
from services.hierarchy.import_places import import_file
from services.hierarchy.load_communities import Report, load_communities
from services.hierarchy.move_place import move_place
from services.hierarchy.places.sheet import SheetError
from services.hierarchy.progress import Progress
from services.hierarchy.settings import HierarchySettings
from services.hierarchy.tokens import NoSuchUser, token_for
from services.local.home import Home
from services.local.keys import REMEMBERED as SECRETS
from services.local.keys import development_keys, service_database_url
from services.local.postgres import DATABASE, OWNER
from services.local.postgres import REMEMBERED as SERVERS
from services.local.problems import LocalError
from shared.kernel.errors import LinliError
from shared.kernel.rights import Role

T = TypeVar("T")
_SHORTEST = 12
_HOME = click.option(
    "--home",
    type=click.Path(path_type=Path, file_okay=False),
    envvar="LINLI_HOME",
    default=Path(".linli"),
    show_default=True,
    help="Folder of the local stack: where dev-credentials.json stands, and what the environment does not say.",
)


@click.group()
def load() -> None:
    """Load data files into a service. 载入数据。"""


@load.command("communities")
@click.option("--if-empty", is_flag=True, help="Leave a district alone that is there already, without looking closer.")
@_HOME
def load_the_communities(*, if_empty: bool, home: Path) -> None:
    """Load the five communities: places, organisations, posts, people, responsibilities. 载入五个社区。

    Repeating it changes nothing; a changed data file updates and adds, and removes nothing. With LINLI_ENV=dev it
    also lets demonstration users sign in, writes their passwords to HOME/dev-credentials.json, and plans four weeks of
    shifts from today on where nobody is on duty yet.
    """
    settings = _settings(home)

    def say(report: Report) -> None:
        click.echo(str(report))

    _run(load_communities(settings, Home(home.absolute()), if_empty=if_empty, say=say))


@click.command()
@click.argument("role", type=click.Choice([role.value for role in Role]))
@click.option("--district", required=True, help="Six-digit code, such as 141021.")
@_HOME
def token(role: str, district: str, home: Path) -> None:
    """Print an access token of a demonstration user with ROLE. Only in dev. 打印演示令牌。

    It carries what that person may do today, lives ten minutes, and goes into `Authorization: Bearer …`.
    """
    settings = _settings(home)
    if settings.env != "dev":
        raise click.ClickException("`linli token` works with LINLI_ENV=dev only: elsewhere sign in. 仅限开发环境。")
    try:
        click.echo(_run(token_for(settings, Home(home.absolute()), Role(role), district)))
    except NoSuchUser as error:
        raise click.ClickException(str(error)) from error


@click.group()
def user() -> None:
    """People who may sign in. 用户。"""


@user.command("add")
@click.argument("role", type=click.Choice([role.value for role in Role if role is not Role.SERVICE]))
@click.option("--district", required=True, help="Six-digit code, such as 141021.")
@click.option("--place", help="Code of the place the role is for. [default: the whole district]")
@click.option("--name", required=True, help="As others will see it.")
@click.option("--phone", required=True, help="Eleven digits; signs in with it.")
@click.password_option(help="Asked for, unless given here or in LINLI_NEW_PASSWORD.", envvar="LINLI_NEW_PASSWORD")
@_HOME
def add_the_user(role: str, home: Path, **given: str | None) -> None:
    """Let a person sign in with ROLE: how a district gets its first operator. 新增用户。

    Repeating it sets the password anew and keeps what the person has.
    """
    password = given["password"] or ""
    if len(password) < _SHORTEST:
        raise click.ClickException(f"a password has at least {_SHORTEST} characters. 密码至少 {_SHORTEST} 位。")
    if not re.fullmatch(r"1[0-9]{10}", given["phone"] or ""):
        raise click.ClickException("--phone takes eleven digits that begin with 1. 请输入 11 位手机号。")
    district = given["district"] or ""
    person = _run(
        add_user(
            _settings(home),
            district=district,
            role=Role(role),
            place=given["place"] or district,
            name=given["name"] or "",
            phone=given["phone"] or "",
            password=password,
        )
    )
    click.echo(f"{given['name']} may sign in as {role} (person {person})")


@click.group()
def places() -> None:
    """The place tree. 地点。"""


@places.command("import")
@click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.option("--district", "only", multiple=True, metavar="CODE", help="Only this district; may be repeated.")
@click.option("--dry-run", is_flag=True, help="Check everything and say what would happen; write nothing.")
@_HOME
def import_the_places(file: Path, only: tuple[str, ...], *, dry_run: bool, home: Path) -> None:
    """Import the places of any number of districts from a CSV FILE. 批量导入地点。

    UTF-8, first line district,code,name,kind,parent_code, rows in any order; a district's own row has kind district
    and no parent_code. A district is imported whole or not at all, and refused rows are named with their line.
    Places that are there keep what they have, take the name and kind given, and are never removed; repeating it
    changes nothing. Exit code 1 if any district was refused.
    """
    began = time.monotonic()
    try:
        with Progress() as progress:
            report = _run(import_file(_settings(home), file, progress, only=only, dry_run=dry_run))
    except SheetError as error:
        raise click.ClickException(f"{file.name}: {error}") from error
    seconds = time.monotonic() - began
    verb = "would be " if dry_run else ""
    click.echo(
        f"{report.rows:,} rows of {report.districts:,} districts in {seconds:.1f} s: "
        f"{report.added:,} places {verb}added, {report.changed:,} {verb}changed, {report.unchanged:,} there already; "
        f"{len(report.refused):,} districts {verb}refused"
    )
    raise SystemExit(1 if report.refused else 0)


@places.command("move")
@click.argument("code")
@click.option("--to", "parent", required=True, metavar="PARENT", help="Code of the place it will lie in.")
@click.option("--district", required=True, help="Six-digit code, such as 141021.")
@_HOME
def move_the_place(code: str, parent: str, district: str, home: Path) -> None:
    """Move the place with CODE and all below it to another parent. 移动地点及其全部下级。"""
    moved = _run(move_place(_settings(home), district=district, code=code, to=parent))
    click.echo(f"{moved.code} {moved.full_name} lies in {parent} now, at {moved.path}")


COMMANDS: list[click.Command] = [load, token, user, places]


def _run(work: Coroutine[Any, Any, T]) -> T:
    try:
        return asyncio.run(work)
    except (LocalError, LinliError) as error:
        raise click.ClickException(str(error)) from error


def _settings(home: Path) -> HierarchySettings:
    """From the environment; what it does not say, from a local stack's home."""
    try:
        for name, value in _of_home(home).items():
            os.environ.setdefault(name, value)
        return HierarchySettings()
    except LocalError as error:
        raise click.ClickException(str(error)) from error
    except ValidationError as error:
        missing = ", ".join(_variable(str(item["loc"][0])) for item in error.errors(include_input=False))
        raise click.ClickException(
            f"Not usable or not set: {missing}. Run this with the stack's environment, or give --home of a local one. "
            "缺少环境变量。"
        ) from error


def _variable(field: str) -> str:
    return field if field.startswith("LINLI_") else f"LINLI_{field.upper()}"


def _of_home(home: Path) -> dict[str, str]:
    """What the local stack in this folder tells its services; nothing where there is none."""
    if not (home / SECRETS).exists():
        return {}
    place = Home(home.absolute())
    made = {"LINLI_ENV": "dev", **development_keys(place)}
    server: dict[str, Any] = place.read(SERVERS).get("postgres", {})
    owner = os.environ.get("LINLI_DATABASE_URL")
    if owner is None and server:
        owner = f"postgresql://{OWNER}:{server['password']}@127.0.0.1:{server['port']}/{DATABASE}"
    if owner is not None:
        made["LINLI_HIERARCHY_DATABASE_URL"] = service_database_url(owner, "hierarchy")
    # Nothing here rings Valkey; the setting only has to be there.
    return made | {"LINLI_REDIS_URL": "redis://127.0.0.1:6379/0"}
