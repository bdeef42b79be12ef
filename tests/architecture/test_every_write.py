"""Every write route of every service: a commit that fails is never answered with 2xx, and fifty twins have one effect.

The scratch database has what the real one must not: a trigger, which lets commits fail in chosen districts.
"""

import asyncio
import re
from collections.abc import AsyncIterator, Callable
from importlib import import_module

import asyncpg
import httpx
import pytest
from sqlalchemy import make_url

from migrations import run as migrations
from services.commands import service_urls
from shared.runtime.service import Service
from tests.architecture.applications import WRITES
from tests.architecture.writes import EXAMPLES, Scene, Try
from tests.architecture.writes_attachments import ATTACHMENTS
from tests.architecture.writes_grants import GRANTS
from tests.architecture.writes_households import HOUSEHOLDS
from tests.architecture.writes_partners import EFFECTS as PARTNERS_EFFECTS
from tests.architecture.writes_partners import PARTNERS
from tests.architecture.writes_partners import QUESTIONS as PARTNERS_QUESTIONS
from tests.architecture.writes_personal import EFFECTS as PERSONAL_EFFECTS
from tests.architecture.writes_personal import LOOK_UPS as PERSONAL_LOOK_UPS
from tests.architecture.writes_personal import PERSONAL
from tests.architecture.writes_places import EFFECTS as PLACES_EFFECTS
from tests.architecture.writes_places import KEYLESS as PLACES_KEYLESS
from tests.architecture.writes_places import PLACES
from tests.architecture.writes_posts import EFFECTS as POSTS_EFFECTS
from tests.architecture.writes_posts import LOOK_UPS as POSTS_LOOK_UPS
from tests.architecture.writes_posts import POSTS
from tests.architecture.writes_sessions import EFFECTS as SESSIONS_EFFECTS
from tests.architecture.writes_sessions import KEYLESS as SESSIONS_KEYLESS
from tests.architecture.writes_sessions import SESSIONS, UNJOURNALED
from tests.architecture.writes_sign_in import EFFECTS as SIGN_IN_EFFECTS
from tests.architecture.writes_sign_in import KEYLESS as SIGN_IN_KEYLESS
from tests.architecture.writes_sign_in import SIGN_IN, WEIXIN
from tests.architecture.writes_venues import VENUES
from tests.conftest import client_of
from tests.hierarchy.small import PASSWORD, PHONE, load_small, with_password
from tests.support.contractors import contracted
from tests.support.stand_in import StandIn, serving
from tests.support.world import fresh_district

# Writes without a request key (test_routes.KEYLESS gives the reasons) are not repeated fifty times.
KEYLESS = {("hierarchy", "session_create"), ("hierarchy", "contact_match"), ("tickets", "hotline_put")}
KEYLESS |= SESSIONS_KEYLESS | SIGN_IN_KEYLESS | PLACES_KEYLESS | PARTNERS_QUESTIONS
# An order is known by its number as well, so that a repetition does not even reach the key.
KNOWN_OTHERWISE = {("tickets", "hotline_event")}
# How many journal rows the request writes, where it is more than one.
EFFECTS = {("tickets", "hotline_event:result"): 2} | SESSIONS_EFFECTS | SIGN_IN_EFFECTS | PERSONAL_EFFECTS
EFFECTS |= POSTS_EFFECTS
EFFECTS |= PARTNERS_EFFECTS | PLACES_EFFECTS
LOOK_UPS = POSTS_LOOK_UPS | {("hierarchy", "contact_match")} | PERSONAL_LOOK_UPS | PLACES_KEYLESS | PARTNERS_QUESTIONS
_TRIGGERS = """
    CREATE TABLE broken (district text PRIMARY KEY);
    CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public AS $$ BEGIN
        IF EXISTS (SELECT FROM broken WHERE district = NEW.district) THEN
            RAISE EXCEPTION 'the commit fails' USING ERRCODE = 'disk_full';
        END IF;
        RETURN NULL; END $$;
""" + "".join(
    f"CREATE CONSTRAINT TRIGGER refuse AFTER INSERT ON {service}.journal DEFERRABLE INITIALLY DEFERRED "
    "FOR EACH ROW EXECUTE FUNCTION refuse();"
    for service in migrations.SERVICES
)  # fmt: skip


async def _sign_in(scene: Scene) -> Try:
    """The one write before there is a token."""
    await load_small(scene.service, scene.district)
    await with_password(scene.service, scene.district)
    body = {"district": scene.district, "phone": PHONE, "password": PASSWORD}
    made = scene.ask(scene.resident, "/sessions", body)
    made.headers = {"content-type": "application/json"}
    return made


ALL = EXAMPLES | POSTS | ATTACHMENTS | SESSIONS | GRANTS | SIGN_IN | PERSONAL | VENUES | PLACES | PARTNERS
ALL |= HOUSEHOLDS | {("hierarchy", "session_create"): _sign_in}
KEYED = sorted(set(ALL) - KEYLESS)


@pytest.fixture(scope="session")
async def fragile(database: dict[str, str]) -> AsyncIterator[str]:
    """A database in which commits can fail; its address as the owner."""
    admin = await asyncpg.connect(database["owner"])
    await admin.execute("CREATE DATABASE fragile")
    url = make_url(database["owner"]).set(database="fragile").render_as_string(hide_password=False)
    await migrations.upgrade(url, service_urls(url, lambda _: None))
    owner = await asyncpg.connect(url)
    await owner.execute(_TRIGGERS)
    await owner.close()
    yield url
    await admin.execute("DROP DATABASE fragile WITH (FORCE)")
    await admin.close()


@pytest.fixture(scope="session")
async def services(fragile: str) -> AsyncIterator[dict[str, tuple[Service, httpx.AsyncClient, StandIn]]]:
    """The three services on it, each with two connections, beside a stand-in for hierarchy.

    Fifty twins that each held a connection until `lock_timeout` would keep everybody else waiting for seven seconds.
    """
    made = {}
    async with serving(StandIn()) as hierarchy, contracted(WEIXIN) as weixin:
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("LINLI_HIERARCHY_URL", hierarchy.url)
            patch.setenv("LINLI_TICKETS_URL", hierarchy.url)
            patch.setenv("LINLI_WECHAT_URL", weixin.url)
            patch.setenv("LINLI_WECHAT_APP_ID", "wx-app")
            patch.setenv("LINLI_WECHAT_APP_SECRET", "app-secret")
            patch.setenv("LINLI_POOL_SIZE", "2")
            for name, url in service_urls(fragile, lambda _: None).items():
                import_module(f"services.{name}.worker")  # registers the handlers
                patch.setenv(f"LINLI_{name.upper()}_DATABASE_URL", url)
                main = import_module(f"services.{name}.main")
                service: Service = getattr(main, f"open_{name}")()
                made[name] = service, client_of(main.create_app(service)), hierarchy
        yield made
        for service, client, _ in made.values():
            await client.aclose()
            await service.close()


@pytest.fixture
async def scene_of(
    services: dict[str, tuple[Service, httpx.AsyncClient, StandIn]], fragile: str
) -> AsyncIterator[Callable[[str], Scene]]:
    owner = await asyncpg.connect(fragile)
    yield lambda name: Scene(name, *services[name], owner, fresh_district())
    await owner.close()


def shown(answer: httpx.Response) -> bytes:
    """What twins are told alike. A client's secret is told to the first one only; links are made for each anew."""
    return re.sub(
        rb'"(client_secret|content_url|thumbnail_url|expires_at|made_at)":("[^"]*"|null)', b"", answer.content
    )


def test_every_write_route_has_an_example() -> None:
    assert {(route.service, route.name) for route in WRITES} - LOOK_UPS == {
        (service, name.split(":")[0]) for service, name in ALL
    }


@pytest.mark.parametrize("route", sorted(set(ALL) - UNJOURNALED), ids="-".join)
async def test_a_failed_commit_is_never_a_success(scene_of: Callable[[str], Scene], route: tuple[str, str]) -> None:
    scene = scene_of(route[0])
    attempt = await ALL[route](scene)
    before = await scene.journal()
    await scene.commits_fail(fail=True)
    answers = [await scene.send(attempt) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [503, 503], answers[0].text
    assert {answer.headers["content-type"] for answer in answers} == {"application/problem+json"}
    assert all("retry-after" in answer.headers for answer in answers)
    assert await scene.journal() == before
    await scene.commits_fail(fail=False)
    repeated = await scene.send(attempt)
    assert repeated.is_success, repeated.text
    assert "idempotent-replayed" not in repeated.headers
    assert await scene.journal() == before + EFFECTS.get(route, 1)


@pytest.mark.parametrize("route", KEYED, ids="-".join)
async def test_fifty_twins_have_one_effect(scene_of: Callable[[str], Scene], route: tuple[str, str]) -> None:
    scene = scene_of(route[0])
    attempt = await ALL[route](scene)
    before = await scene.journal()

    async def somebody_else() -> int:
        await asyncio.sleep(0.02)
        return (await scene.http.get("/readyz")).status_code

    elsewhere = asyncio.create_task(somebody_else())
    answers = await asyncio.gather(*(scene.send(attempt) for _ in range(50)))
    assert await elsewhere == 200  # a connection was free within the second that one may wait for it
    done = [answer for answer in answers if answer.is_success]
    assert {shown(answer) for answer in done} == {shown(done[0])}
    assert {answer.json()["code"] for answer in answers if not answer.is_success} <= {"request_in_progress"}
    firsts = [answer for answer in done if "idempotent-replayed" not in answer.headers]
    assert len(firsts) == 1 or route in KNOWN_OTHERWISE
    assert await scene.with_key(attempt.key) == 1
    assert await scene.journal() == before + EFFECTS.get(route, 1)
    late = await scene.send(attempt)
    assert (shown(late), late.status_code) == (shown(done[0]), done[0].status_code)
    assert "idempotent-replayed" in late.headers or route in KNOWN_OTHERWISE
