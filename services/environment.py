"""`linli env` makes a deployment's secrets, once; `linli settings` shows what can be set."""

import base64
import os
import re
import secrets
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import click
from pydantic.fields import FieldInfo
from pydantic_settings import BaseSettings

from services.events.settings import EventsSettings
from services.hierarchy.settings import HierarchySettings
from services.local.keys import ANCHOR_KEY, SERVICE_KEYS, SERVICE_VERIFY_KEYS, public_key, service_public_keys
from services.local.settings import SERVICES, LocalSettings
from services.tickets.settings import TicketsSettings
from shared.runtime.anchoring import AnchorSettings
from shared.runtime.settings import Settings

_STANDARD_OUTPUT = Path("-")
_ASSIGNED = re.compile(r"^\s*(?:export\s+)?([A-Z][A-Z0-9_]*)=\S", re.MULTILINE)
_NOT_NEEDED = {"LINLI_ENV", "COMPOSE_PROFILES", "LINLI_HTTP_PORT"}  # docker-compose.yml has a default
_NEXT = """\
Next: docker compose up -d --build      (docs/operations.md says the rest)
Keep a copy of this file apart from the database's backups: without LINLI_DATA_KEY and LINLI_INDEX_KEY
nobody can read or find the personal data in them again. 请另行妥善保管，丢失后个人信息无法恢复。"""
_NEXT_TRIAL = """\
Next: docker compose up -d --build && docker compose run --rm demo
This is a trial on one host: LINLI_ENV=dev lets demonstration users in. Not for real residents. 仅供试用。"""


class Line(NamedTuple):
    """One line of the file, and the sentence above it."""

    name: str
    value: str
    why: str


def fresh(*, trial: bool) -> list[Line]:
    """Every secret new. Public keys belong to the private ones, so they are made together."""
    seed, anchor_seed = _key(), _key()
    service_keys = {name: _key() for name in SERVICE_KEYS.values()}
    return [
        Line("LINLI_ENV", "dev" if trial else "production", "`dev` lets demonstration users in and allows loopback."),
        *([Line("COMPOSE_PROFILES", "trial", "Loads the five communities at every start.")] if trial else []),
        Line("LINLI_HTTP_PORT", "8080", "Caddy listens there, on 127.0.0.1."),
        Line("LINLI_OWNER_PASSWORD", _password(), "PostgreSQL's owner `linli`, who migrates."),
        *(
            Line(f"LINLI_{service.upper()}_PASSWORD", _password(), f"PostgreSQL's role `linli_{service}`.")
            for service in SERVICES
        ),
        Line("LINLI_REDIS_PASSWORD", _password(), "Valkey."),
        Line("LINLI_SIGNING_KEY", seed, "Signs access tokens; hierarchy alone has it."),
        Line("LINLI_VERIFY_KEYS", public_key(seed), "The public half of the signing key."),
        *(
            Line(name, service_keys[name], f"Signs {service}'s calls to other services; it alone has it.")
            for service, name in SERVICE_KEYS.items()
        ),
        Line(SERVICE_VERIFY_KEYS, service_public_keys(service_keys), "The public halves of those three."),
        Line(ANCHOR_KEY, anchor_seed, "Signs the anchors of the journal; the workers alone have it."),
        Line("LINLI_ANCHOR_PUBLIC_KEY", public_key(anchor_seed), "Its public half, for `linli journal verify`."),
        Line("LINLI_DATA_KEY", _key(), "Encrypts personal data. Lost, they are lost."),
        Line("LINLI_INDEX_KEY", _key(), "Personal data is looked up by it. Never change it."),
    ]


def _key() -> str:
    return base64.b64encode(secrets.token_bytes(32)).decode()


def _password() -> str:
    """Letters and digits only, so that it stands in a URL as it is."""
    return secrets.token_hex(24)


@click.command("env")
@click.option(
    "--file",
    "file",
    type=click.Path(path_type=Path, dir_okay=False),
    default=Path(".env"),
    show_default=True,
    help="Where to write; `-` is standard output.",
)
@click.option("--trial", is_flag=True, help="To try it out: LINLI_ENV=dev, the five communities, demonstration users.")
def env(*, file: Path, trial: bool) -> None:
    """Write the .env of `docker compose` with fresh random secrets, where there is none. 生成部署密钥。

    A file that is there is never changed; if it lacks a variable, this says which, with exit code 1.
    """
    lines = fresh(trial=trial)
    text = "".join(f"# {line.why}\n{line.name}={line.value}\n" for line in lines)
    if file == _STANDARD_OUTPUT:
        click.echo(text, nl=False)
        return
    try:
        descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        _keep(file, lines)
        return
    except OSError as error:
        raise click.ClickException(f"{file} cannot be written ({error.strerror}). 无法写入。") from error
    with os.fdopen(descriptor, "w", encoding="utf-8") as stream:
        stream.write(text)
    click.echo(f"{file} is written; only you can read it. 已生成。")
    click.echo(_NEXT_TRIAL if trial else _NEXT)


def _keep(file: Path, lines: list[Line]) -> None:
    try:
        there = set(_ASSIGNED.findall(file.read_text("utf-8")))
    except (OSError, UnicodeDecodeError) as error:
        raise click.ClickException(f"{file} is there and cannot be read ({type(error).__name__}).") from error
    missing = [line.name for line in lines if line.name not in there and line.name not in _NOT_NEEDED]
    if missing:
        raise click.ClickException(
            f"{file} is there and stays as it is, but lacks {', '.join(missing)}: "
            "add them (`linli env --file -` prints fresh ones). 缺少变量。"
        )
    click.echo(f"{file} is there and stays as it is. 已存在，未改动。")


@click.command("settings")
def settings() -> None:
    """Print every environment variable, as docs/operations.md shows them. 列出全部设置项。"""
    click.echo(reference(), nl=False)


def reference() -> str:
    """The tables of docs/operations.md, from the settings classes themselves."""
    parts: list[tuple[str, type[BaseSettings], tuple[str, ...]]] = [
        ("Every service", Settings, ()),
        ("Only hierarchy", HierarchySettings, tuple(Settings.model_fields)),
        ("Only tickets", TicketsSettings, tuple(Settings.model_fields)),
        ("Only events", EventsSettings, tuple(Settings.model_fields)),
        ("Only workers, besides the above", AnchorSettings, ()),
        ("Only `linli up` (make run), besides the above", LocalSettings, _OF_SERVICES),
    ]
    return "\n".join("".join(f"{line}\n" for line in _table(*part)) for part in parts)


_OF_SERVICES = tuple(f"{service}_database_url" for service in SERVICES)


def _table(title: str, settings_class: type[BaseSettings], known: tuple[str, ...]) -> Iterator[str]:
    yield f"**{title}**"
    yield ""
    yield "| Variable | Default | |"
    yield "| --- | --- | --- |"
    for name, field in settings_class.model_fields.items():
        if name not in known:
            yield f"| `{variable(name, field)}` | {_default(field)} | {field.description} |"


def variable(name: str, field: FieldInfo) -> str:
    """The environment variable of a settings field."""
    return str(field.validation_alias or f"LINLI_{name.upper()}")


def _default(field: FieldInfo) -> str:
    if field.is_required():
        return "required"
    return f"`{field.default}`" if field.default not in (None, "") else ""


COMMANDS: list[click.Command] = [env, settings]
