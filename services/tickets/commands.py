"""tickets' command: `linli load hotlines`, the second half of loading what a trial needs."""

import asyncio
from pathlib import Path

import click

from services.local.home import Home
from services.tickets.hotline import service as hotlines
from services.tickets.main import open_tickets
from services.tickets.privacy import service as privacy
from services.tickets.settings import TicketsSettings
from shared.kernel.rights import Principal

_HOME = click.option(
    "--home",
    type=click.Path(path_type=Path, file_okay=False),
    envvar="LINLI_HOME",
    default=Path(".linli"),
    show_default=True,
    help="Folder in which `linli load communities` has written dev-credentials.json.",
)


@click.command("hotlines")
@_HOME
def load_hotlines(home: Path) -> None:
    """Let the demonstration's hotlines speak: one per district, with the secret of dev-credentials.json. 载入热线。

    Only with LINLI_ENV=dev. A hotline that is set up already stays as it is.
    """
    known = Home(home.absolute()).read("dev-credentials.json").get("hotlines", [])
    added = asyncio.run(_load(known))
    click.echo(f"{len(known)} hotlines, {added} of them new")


async def _load(known: list[dict[str, str]]) -> int:
    service = open_tickets()
    added = 0
    try:
        for hotline in known if service.settings.env == "dev" else []:
            actor = Principal(district=hotline["district"], id="linli load", kind="system")
            async with service.work(actor) as work:
                if await hotlines.look_up(work, hotline["id"]) is None:
                    name = f"{hotline['district']} 12345热线"
                    await hotlines.add(work, service, hotline["id"], name, hotline["secret"])
                    added += 1
    finally:
        await service.close()
    return added


@click.command("forget-contacts")
@click.option("--district", "districts", multiple=True, required=True, help="Six-digit code; may be repeated.")
def forget_contacts(districts: tuple[str, ...]) -> None:
    """Erase the contact data of appeals closed longer than LINLI_CONTACT_RETENTION_DAYS. 到期删除联系方式。

    For a daily timer. Titles, texts, times and ratings stay; every appeal gets a journal row. Safe to stop and repeat.
    """
    erased = asyncio.run(_forget(districts))
    click.echo(f"contact data of {erased:,} appeals erased")


async def _forget(districts: tuple[str, ...]) -> int:
    service = open_tickets()
    settings, total = service.settings, 0
    try:
        if not (isinstance(settings, TicketsSettings) and settings.contact_retention_days):
            raise click.ClickException("LINLI_CONTACT_RETENTION_DAYS is 0: nothing is ever erased by age. 未设置期限。")
        for district in districts:
            actor = Principal(district=district, id="command:forget-contacts", kind="command")
            more = True
            while more:
                async with service.work(actor) as work:
                    await work.begin()
                    done = await privacy.expire(work, service, settings.contact_retention_days)
                total, more = total + done, done > 0
    finally:
        await service.close()
    return total


LOADERS: list[click.Command] = [load_hotlines]
COMMANDS: list[click.Command] = [forget_contacts]
