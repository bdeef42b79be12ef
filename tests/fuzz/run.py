"""One run of Schemathesis: one service, as one person, for so many seconds; and what came of it."""

import asyncio
import json
import os
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.fuzz.town import Town, Words

HERE = Path(__file__).parent
# What ends the very caller (or its session): tried in a pass of its own, after which it does not matter any more.
LAST = ("sign_out", "erase_me", "disable_account", "end_sessions", "erase_person")


_PARAMETERS = {
    "code": "code", "place": "code", "parent": "code", "person": "person", "person_id": "person", "category": "category"
}  # fmt: skip
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


async def fuzz(town: Town, service: str, role: str, folder: Path, *, seconds: int, seed: int, last: bool) -> Outcome:
    """All checks and all phases of `tests/fuzz/schemathesis.toml`."""
    folder.mkdir(parents=True, exist_ok=True)
    config, counts = folder / "schemathesis.toml", folder / "counts.json"
    config.write_text(_config(town, service, role, folder), "utf-8")
    which = "--include-operation-id" if last else "--exclude-operation-id"
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "schemathesis.cli", "--config-file", str(config), "run"),
        *(f"{town.address(service)}/openapi.json", "--seed", str(seed), "--max-time", str(seconds)),
        *("--continue-on-failure", "--generation-database", "none", "--no-color"),
        *(word for name in LAST for word in (which, name)),
        cwd=HERE.parent.parent,
        env={**os.environ, "FUZZ_COUNTS": str(counts), "FUZZ_TOKEN_OF": json.dumps(_who(town, role))},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    out, _ = await process.communicate()
    statuses = json.loads(counts.read_text()) if counts.exists() else {}
    cases = sum(times for found in statuses.values() for times in found.values())
    return Outcome(service, role, seconds, cases, statuses, process.returncode != 0, out.decode())


def _who(town: Town, role: str) -> dict[str, str]:
    person = town.people[role]
    return {"id": str(person.id), "district": person.district, "role": person.role, "place": person.place}


def _config(town: Town, service: str, role: str, folder: Path) -> str:
    """The settings that are for everybody, and the words of this town."""
    words = town.words[service]
    lines = [(HERE / "schemathesis.toml").read_text("utf-8"), f'hooks = "{HERE / "hooks.py"}"']
    text = "\n".join([*lines[1:], lines[0], *_dictionaries(words)])
    if role == "resident":
        text += _peers(town, folder)
    return text


def _dictionaries(words: Words) -> list[str]:
    lines = []
    for name, values in words.items():
        lines += [f"[dictionaries.{name}]", f"values = {json.dumps(values)}", ""]
    lines.append("[parameters]")
    for parameter, dictionary in _PARAMETERS.items():
        lines += [f'"{where}.{parameter}" = {_OFTEN % dictionary}' for where in ("path", "query", "body")]
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
