"""What the stack is made of, and what each process may know."""

import base64
import hashlib
import hmac
import socket
import stat
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from services.local import commands, probes
from services.local.home import Home
from services.local.keys import development_keys, service_database_url
from services.local.layout import Layout, children
from services.local.output import Output
from services.local.ports import free_port, listening_socket, require_free
from services.local.problems import LocalError
from services.local.processes import Process
from services.local.settings import SERVICES, local_settings
from services.local.stack import local_stack
from services.local.supervisor import Supervisor, layers

OWNER = "postgresql://linli:owner-secret@127.0.0.1:5432/linli"


@pytest.fixture
def layout(home: Home) -> Layout:
    return Layout(
        home=home.path,
        owner_url=OWNER,
        database_urls={service: service_database_url(OWNER, service) for service in SERVICES},
        redis_url="redis://:bell@127.0.0.1:6379/0",
        ports={"hierarchy": 8001, "tickets": 8002, "events": 8003},
        keys=development_keys(home),
        listeners={},
        servers=(),
    )


def test_the_children_and_their_order(layout: Layout) -> None:
    found = [[process.name for process in layer] for layer in layers(children(layout))]
    assert found[:3] == [["migrate"], ["load"], ["load.hotlines"]]
    assert sorted(found[3]) == sorted(f"{service}.{kind}" for service in SERVICES for kind in ("api", "worker"))
    commands_by_name = {process.name: " ".join(process.argv[1:]) for process in children(layout)}
    assert commands_by_name["load"] == "-m services load communities --if-empty"
    assert commands_by_name["events.worker"] == "-m services.events.worker"
    assert commands_by_name["tickets.api"] == (
        "-m uvicorn services.tickets.main:create_app --factory --host 127.0.0.1 --port 8002 --no-access-log "
        "--no-server-header --no-proxy-headers --timeout-graceful-shutdown 15"
    )


def test_no_process_knows_a_secret_that_is_not_its_own(layout: Layout, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LINLI_DATABASE_URL", OWNER)
    monkeypatch.setenv("LINLI_LOG_LEVEL", "debug")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "not yours")
    env = {process.name: process.env for process in children(layout)}
    for service in SERVICES:
        for name in (f"{service}.api", f"{service}.worker"):
            databases = {key for key in env[name] if key.endswith("DATABASE_URL")}
            assert databases == {f"LINLI_{service.upper()}_DATABASE_URL"}
            assert ("LINLI_SIGNING_KEY" in env[name]) == (service == "hierarchy")
            assert ("LINLI_ANCHOR_KEY" in env[name]) == ("LINLI_ANCHOR_DIR" in env[name]) == name.endswith(".worker")
            assert env[name]["LINLI_ENV"] == "dev"
            assert env[name]["LINLI_TICKETS_URL"] == "http://127.0.0.1:8002"
            assert env[name]["LINLI_LOG_LEVEL"] == "debug"
            assert {key for key in env[name] if key.endswith("_SERVICE_KEY")} == {
                f"LINLI_{service.upper()}_SERVICE_KEY"
            }
            public = {"LINLI_VERIFY_KEYS", "LINLI_SERVICE_VERIFY_KEYS"}
            assert public | {"LINLI_DATA_KEY", "LINLI_INDEX_KEY"} <= set(env[name])
            assert "AWS_SECRET_ACCESS_KEY" not in env[name]
            assert "owner-secret" not in str(env[name])
    assert env["migrate"]["LINLI_DATABASE_URL"] == OWNER
    assert "LINLI_EVENTS_DATABASE_URL" in env["load"]
    assert "LINLI_ANCHOR_KEY" not in {*env["migrate"], *env["load"]}


def test_a_role_password_comes_from_the_owners() -> None:
    derived = hmac.new(b"p@ss", b"linli_tickets", hashlib.sha256).hexdigest()[:40]
    url = service_database_url("postgresql://me:p%40ss@db.example:5433/linli?ssl=require", "tickets")
    assert url == f"postgresql://linli_tickets:{derived}@db.example:5433/linli?ssl=require"
    with pytest.raises(LocalError, match="no password"):
        service_database_url("postgresql://me@db.example/linli", "tickets")


def test_development_keys_are_made_once_and_private(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    keys = development_keys(home)
    assert development_keys(home) == keys
    assert stat.S_IMODE((home.path / "secrets.json").stat().st_mode) == 0o600
    signature = Ed25519PrivateKey.from_private_bytes(base64.b64decode(keys["LINLI_SIGNING_KEY"])).sign(b"token")
    Ed25519PublicKey.from_public_bytes(base64.b64decode(keys["LINLI_VERIFY_KEYS"])).verify(signature, b"token")
    monkeypatch.setenv("LINLI_DATA_KEY", "mine")
    assert development_keys(home)["LINLI_DATA_KEY"] == "mine"
    monkeypatch.setenv("LINLI_SIGNING_KEY", "nonsense")
    with pytest.raises(LocalError, match="LINLI_SIGNING_KEY"):
        development_keys(home)


async def test_several_processes_share_a_port(toy: Callable[..., Process], output: Output) -> None:
    script = (
        "import asyncio, os, socket, sys\n"
        "async def answer(reader, writer):\n"
        "    await reader.readline(); writer.write(b'HTTP/1.1 200 OK\\r\\n\\r\\n'); writer.close()\n"
        "async def main():\n"
        "    listener = socket.socket(fileno=int(sys.argv[1]))\n"
        "    await (await asyncio.start_server(answer, sock=listener)).serve_forever()\n"
        "asyncio.run(main())"
    )
    port = free_port()
    with listening_socket(port) as listener:
        number = listener.fileno()

        async def ready() -> bool:
            return await probes.http_status(port, "/readyz") == 200

        plain = [toy(f"api.{n}", script, ready=ready, inherit=(number,)) for n in (1, 2)]
        both = [Process(**{**vars(spec), "argv": (*spec.argv, str(number))}) for spec in plain]
        async with Supervisor(both, output) as supervisor:
            assert supervisor.pid("api.1") != supervisor.pid("api.2")
            assert await probes.http_status(port, "/") == 200


def test_a_taken_port_is_named_with_its_holder_and_its_setting() -> None:
    with listening_socket(free_port()) as listener:
        port = listener.getsockname()[1]
        with pytest.raises(LocalError, match=rf"Port {port} is taken by .*\(pid \d+\).*LINLI_TICKETS_PORT"):
            require_free(port, "LINLI_TICKETS_PORT")
        assert free_port(port) != port


def test_a_taken_port_stops_up_with_one_sentence(tmp_path: Path) -> None:
    with listening_socket(free_port()) as listener:
        port = listener.getsockname()[1]
        ports = {"LINLI_HIERARCHY_PORT": free_port(), "LINLI_TICKETS_PORT": free_port(), "LINLI_EVENTS_PORT": port}
        env = {name: str(number) for name, number in ports.items()}
        result = CliRunner().invoke(commands.up, ["--home", str(tmp_path)], env=env)
    assert result.exit_code == 1
    assert result.output.count("\n") == 1
    assert "LINLI_EVENTS_PORT" in result.output


def test_a_setting_that_cannot_be_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LINLI_TICKETS_PORT", "many")
    with pytest.raises(LocalError, match="LINLI_TICKETS_PORT is not usable"):
        local_settings()


@pytest.mark.parametrize("variable", ["LINLI_DATABASE_URL", "LINLI_REDIS_URL"])
async def test_a_dead_server_of_ones_own_is_one_sentence(
    tmp_path: Path, variable: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    scheme = "postgresql+asyncpg" if "DATABASE" in variable else "redis"
    monkeypatch.setenv(variable, f"{scheme}://a:secret@127.0.0.1:{free_port()}/0")
    with pytest.raises(LocalError, match=variable) as caught:
        async with local_stack(tmp_path, free_ports=True, make_children=lambda _: []):
            pytest.fail("it started")
    assert "secret" not in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_home_that_is_a_file_or_damaged_is_one_sentence(tmp_path: Path, home: Home) -> None:
    file = tmp_path / "file"
    file.touch()
    with pytest.raises(LocalError, match="LINLI_HOME"), Home(file).locked():
        pass
    (home.path / "secrets.json").write_text("{")
    with pytest.raises(LocalError, match=r"secrets.json is damaged"):
        development_keys(home)


def test_doctor_says_what_is_wrong(tmp_path: Path) -> None:
    runner = CliRunner()
    ports = {f"LINLI_{service.upper()}_PORT": str(free_port()) for service in SERVICES}
    well = runner.invoke(commands.doctor, ["--home", str(tmp_path)], env=ports)
    assert well.exit_code == 0, well.output
    assert "✗" not in well.output
    assert "PostgreSQL) 18" in well.output
    with socket.create_server(("127.0.0.1", 0)) as listener:
        taken = str(listener.getsockname()[1])
        ill = runner.invoke(commands.doctor, ["--home", str(tmp_path)], env=ports | {"LINLI_EVENTS_PORT": taken})
    assert ill.exit_code == 1
    assert "✗ Port" in ill.output
    assert f"Python {sys.version_info[0]}.{sys.version_info[1]}" in ill.output
