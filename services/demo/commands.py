"""`linli demo`, `linli hotline-simulator` and `linli sms-simulator`."""

import asyncio
import json
from contextlib import AsyncExitStack
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import click

from services.demo.api import Addresses, Api, StoryBroken
from services.demo.simulator import Hotline, Phones, listening
from services.demo.story import Ending, Story
from services.local.interruption import until_interrupted
from services.local.problems import LocalError
from services.local.settings import SERVICES, local_settings
from services.local.stack import local_stack

_CHINA = ZoneInfo("Asia/Shanghai")
_NOBODY = {"hotline": "12345热线", "job": "系统 Linli itself"}
_CREDENTIALS = "dev-credentials.json"


@click.command()
@click.option(
    "--against",
    metavar="URL",
    help="Tell it on a running stack: the URL of its one host name, or `local` for a `make run` on this machine.",
)
@click.option(
    "--credentials",
    type=click.Path(path_type=Path, dir_okay=False),
    help="The stack's dev-credentials.json. [default: in LINLI_HOME, or .linli]",
)
@click.option("--callback-host", default="127.0.0.1", show_default=True, help="Where the stack reaches this program.")
@click.option("--bind", default="127.0.0.1", show_default=True, help="Address the simulated hotline listens on.")
def demo(against: str | None, credentials: Path | None, callback_host: str, bind: str) -> None:
    """Show one hotline order travel the six steps, through real HTTP, queue and workers. 演示一件热线工单的全过程。

    Without --against it starts a throw-away stack on free ports. Exit code 0 only if the appeal ended rated and
    closed, the hotline heard every callback once and in order, and the waiting list of an activity moved.
    """
    try:
        ending = asyncio.run(until_interrupted(_demo(against, credentials, callback_host, bind)))
    except (StoryBroken, LocalError) as error:
        raise click.ClickException(str(error)) from error
    if ending is None:
        raise click.ClickException("interrupted before the end")
    _print(ending)


async def _demo(against: str | None, credentials: Path | None, callback_host: str, bind: str) -> Ending:
    async with AsyncExitStack() as stack:
        if against is None:
            click.echo("starting a throw-away stack (about 15 seconds) …")
            running = await stack.enter_async_context(local_stack(free_ports=True))
            addresses = Addresses.of({service: running.url(service) for service in SERVICES})
            known: dict[str, Any] = running.credentials()
        else:
            settings = local_settings()
            known = _read(credentials or settings.home / _CREDENTIALS)
            urls = {service: f"http://127.0.0.1:{settings.port(service)}" for service in SERVICES}
            addresses = Addresses.of(urls) if against == "local" else Addresses.behind(against)
        api = Api()
        stack.push_async_callback(api.close)
        story = Story(api, addresses, known, lambda line: click.echo(f"  {line}"))
        port = await stack.enter_async_context(listening(story.hotline, bind=bind))
        return await story.tell(f"http://{callback_host}:{port}/callbacks")


def _read(path: Path) -> dict[str, Any]:
    try:
        content: dict[str, Any] = json.loads(path.read_text("utf-8"))
    except (OSError, ValueError) as error:
        raise LocalError(
            f"{path} cannot be read ({type(error).__name__}): name the running stack's with --credentials."
        ) from error
    return content


def _print(ending: Ending) -> None:
    click.echo(f"\n诉求 {ending.number}  办理过程 timeline, Beijing time\n")
    before: datetime | None = None
    for item in [item for item in ending.timeline if item["step_label"]]:
        at = datetime.fromisoformat(item["at"])
        waited = at - before if before else timedelta(0)
        before = at
        who = _NOBODY.get(item["actor_kind"]) or ending.names[item["actor"]]
        handed = f" → {item['data']['lead_name']}" if "lead_name" in item["data"] else ""
        click.echo(
            f"  {at.astimezone(_CHINA):%H:%M:%S.%f}"[:-3]
            + f"  +{waited.total_seconds():5.2f} s  {item['step_label']:　<5}{item['label']}{handed}  ({who})"
        )
    click.echo("\n状态回传 what the hotline heard\n")
    for callback in ending.callbacks:
        click.echo(f"  {callback.seq:>3}  {callback.event:<10} {callback.unit or ''}")
    click.echo(
        f"\n结果 rated and closed; {ending.hops} hops up the chain; {len(ending.callbacks)} callbacks in order; "
        f"{ending.repeated} requests had to be repeated."
    )


@click.command("hotline-simulator")
@click.option("--id", "hotline_id", required=True, help="The hotline's id, such as 141021-12345.")
@click.option("--secret", required=True, envvar="LINLI_HOTLINE_SECRET", help="Its signing secret, whsec_….")
@click.option("--port", default=8100, show_default=True, help="Port for status callbacks.")
def hotline_simulator(hotline_id: str, secret: str, port: int) -> None:
    """Run the other side of the 12345 contract: take status callbacks at /callbacks and check each. 热线模拟器。

    GET /callbacks lists what was taken. Set http://127.0.0.1:PORT/callbacks as the hotline's callback address.
    """
    asyncio.run(until_interrupted(_simulate(Hotline(hotline_id, secret), port)))


async def _simulate(hotline: Hotline, port: int) -> None:
    async with listening(hotline, port=port):
        click.echo(f"listening for callbacks of {hotline.id} on http://127.0.0.1:{port}/callbacks; Ctrl-C ends it")
        shown = 0
        while True:
            await asyncio.sleep(0.2)
            for callback in hotline.callbacks[shown:]:
                click.echo(f"{callback.order_no} #{callback.seq} {callback.event} {callback.unit or ''}")
            shown = len(hotline.callbacks)


@click.command("sms-simulator")
@click.option("--secret", required=True, envvar="LINLI_SMS_SECRET", help="The secret that messages are signed with.")
@click.option("--port", default=8101, show_default=True, help="Port for messages.")
def sms_simulator(secret: str, port: int) -> None:
    """Run the other side of the SMS contract: take text messages at /sms, check each and show its code. 短信模拟器。

    Set LINLI_SMS_URL=http://127.0.0.1:PORT/sms and the same LINLI_SMS_SECRET (LINLI_ENV=dev) for hierarchy and its
    worker. GET /sms lists what was taken.
    """
    asyncio.run(until_interrupted(_text(Phones(secret), port)))


async def _text(phones: Phones, port: int) -> None:
    async with listening(phones, port=port):
        click.echo(f"listening for text messages on http://127.0.0.1:{port}/sms; Ctrl-C ends it")
        shown = 0
        while True:
            await asyncio.sleep(0.2)
            for message in list(phones.messages.values())[shown:]:
                click.echo(f"{message['phone']}  验证码 code {message['params']['code']}")
            shown = len(phones.messages)


COMMANDS: list[click.Command] = [demo, hotline_simulator, sms_simulator]
