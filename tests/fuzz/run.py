"""One run of Schemathesis: one service, as one person, for so many seconds; and what came of it."""

import asyncio
import json
import os
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx

from tests.fuzz.town import Town, Words

EVERYBODY = "everybody"  # each request as another of the three
HERE = Path(__file__).parent
# What ends the very caller (or its session): tried in a pass of its own, after which it does not matter any more.
LAST = (
    "session_sign_out",
    "me_erase",
    "account_disable",
    "session_end_all",
    "person_erase",
    "password_change",
    "phone_change",
)


_PARAMETERS = {
    "path.code": "places",
    "query.place": "places",
    "body.place": "places",
    "body.parent": "places",
    "path.person": "people",
    "body.person": "people",
    "query.category": "categories",
    "body.category": "categories",
    "body.code": "codes",
}
_OFTEN = '{ dictionary = "%s", probability = 0.7 }'


@dataclass(frozen=True)
class Outcome:
    """`statuses` by operation: how often which status was answered. `failures` as Schemathesis tells them."""

    service: str
    role: str
    seconds: float
    cases: int
    statuses: dict[str, dict[str, int]]
    failed: bool
    report: str = field(repr=False)

    def answered(self, kind: str) -> int:
        """How often the status began with this digit."""
        return sum(times for found in self.statuses.values() for status, times in found.items() if status[0] == kind)

    @property
    def reached(self) -> int:
        """Operations that were answered with 2xx at least once."""
        return sum(any(status[0] == "2" for status in found) for found in self.statuses.values())


@dataclass(frozen=True)
class Plan:
    """`seconds` for each service and role. `only` names operations; without it, all but those of `LAST`."""

    seconds: int
    seed: int = 1
    phases: str = "examples,coverage,fuzzing,stateful"
    only: tuple[str, ...] = ()


async def fuzz(town: Town, service: str, role: str, folder: Path, plan: Plan) -> Outcome:
    """All checks that there are, with what `schemathesis.toml` says."""
    config, counts = prepared(town, service, role, folder), folder / "counts.json"
    told = await document(town, service, folder)
    which = "--include-operation-id" if plan.only else "--exclude-operation-id"
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "schemathesis.cli", "--config-file", str(config), "run"),
        *(str(told), "--url", town.address(service), "--seed", str(plan.seed), "--max-time", str(plan.seconds)),
        *("--phases", plan.phases, "--checks", "all", "--generation-database", "none", "--no-color"),
        *(word for name in plan.only or LAST for word in (which, name)),
        cwd=folder,  # it keeps a cache where it is
        env={
            **os.environ,
            "PYTHONPATH": str(HERE.parent.parent),
            "SCHEMATHESIS_HOOKS": str(HERE / "hooks.py"),
            "FUZZ_COUNTS": str(counts),
            "FUZZ_AS": json.dumps(_who(town, role)),
        },
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    out, _ = await process.communicate()
    return _outcome(service, role, plan, counts, failed=process.returncode != 0, report=out.decode())


async def document(town: Town, service: str, folder: Path) -> Path:
    """What the service says about itself, as a file."""
    async with httpx.AsyncClient(trust_env=False, timeout=30) as http:
        text = (await http.get(f"{town.address(service)}/api/{service}/openapi.json")).raise_for_status().text
    path = folder / "openapi.json"
    path.write_text(text, "utf-8")
    return path


def prepared(town: Town, service: str, role: str, folder: Path) -> Path:
    """The file of settings for this town, as this role."""
    folder.mkdir(parents=True, exist_ok=True)
    config = folder / "schemathesis.toml"
    config.write_text(_config(town, service, role, folder), "utf-8")
    return config


def _outcome(service: str, role: str, plan: Plan, counts: Path, *, failed: bool, report: str) -> Outcome:
    statuses = json.loads(counts.read_text()) if counts.exists() else {}
    cases = sum(times for found in statuses.values() for times in found.values())
    return Outcome(service, role, plan.seconds, cases, statuses, failed or not cases, report)


def _who(town: Town, role: str) -> list[dict[str, str]]:
    return [
        {"id": str(person.id), "district": person.district, "role": person.role, "place": person.place}
        for name, person in town.people.items()
        if role in (name, EVERYBODY)
    ]


def _config(town: Town, service: str, role: str, folder: Path) -> str:
    """The settings that are for everybody, and the words of this town."""
    words = town.words[service]
    text = "\n".join([(HERE / "schemathesis.toml").read_text("utf-8"), *_dictionaries(words)])
    if role == "resident":
        text += _peers(town, folder)
    return text


def _dictionaries(words: Words) -> list[str]:
    lines = []
    for name, values in words.items():
        lines += [f"[dictionaries.{name}]", f"values = {json.dumps(values)}", ""]
    lines.append("[parameters]")
    lines += [f'"{name}" = {_OFTEN % dictionary}' for name, dictionary in _PARAMETERS.items() if dictionary in words]
    for name in words.keys() - set(_PARAMETERS.values()):
        lines += ["[[operations]]", f'include-path-regex = "/{name}/[{{]id[}}]"', "[operations.parameters]"]
        lines.append(f'"path.id" = {_OFTEN % name}')
    return lines


def _peers(town: Town, folder: Path) -> str:
    """Two residents who must not see each other's things."""
    users: list[dict[str, Any]] = [
        {"name": name, "fixedHeaders": [{"name": "Authorization", "value": f"Bearer {person.token}"}]}
        for name, person in (("resident", town.people["resident"]), ("neighbour", town.neighbour))
    ]
    path = folder / "people.json"
    path.write_text(json.dumps({"auth": users}))
    return f'\n[auth.wfc]\npath = "{path}"\nuser = "resident"\npeers = ["resident", "neighbour"]\n'
