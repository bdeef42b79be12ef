"""The import rules hold, and each of them notices a breach: a rule that matches nothing would pass in silence."""

import configparser
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
RULES = ROOT / ".importlinter"

# Per rule: a file, and the line that it must not hold. A file that does not exist yet is made.
BREACHES: dict[str, list[tuple[str, str]]] = {
    "services": [
        ("services/tickets/appeals/moves.py", "import services.hierarchy.places.service"),
        ("services/events/schema.py", "import services.tickets.schema"),
        ("services/local/home.py", "import services.hierarchy.settings"),
        ("services/newcomer.py", ""),
    ],
    "shared": [
        ("shared/runtime/work.py", "import services.tickets.schema"),
        ("shared/kernel/errors.py", "import migrations.run"),
    ],
    "shared-floors": [
        ("shared/schemas/base.py", "import shared.runtime.ids"),
        ("shared/kernel/paths.py", "import shared.schemas.base"),
        ("shared/utils.py", ""),
    ],
    "kernel": [
        ("shared/kernel/calendar.py", "import chinese_calendar"),
        ("shared/kernel/workflow.py", "import shared.runtime.ids"),
        ("shared/kernel/fresh.py", "import orjson"),
    ],
    "schemas": [
        ("shared/schemas/hotline.py", "import fastapi"),
        ("shared/schemas/base.py", "import shared.runtime.db"),
    ],
    "tickets-files": [
        ("services/tickets/appeals/workflow.py", "import services.tickets.appeals.moves"),
        ("services/tickets/hotline/service.py", "import services.tickets.hotline.endpoints"),
        ("services/tickets/appeals/jobs.py", "import services.tickets.appeals.endpoints"),
        ("services/tickets/appeals/utils.py", ""),
    ],
    "events-files": [
        ("services/events/activities/queries.py", "import services.events.activities.service"),
        ("services/events/registrations/helpers.py", ""),
    ],
    "hierarchy-files": [
        ("services/hierarchy/places/tables.py", "import services.hierarchy.places.queries"),
        ("services/hierarchy/structures/structure.py", "import services.hierarchy.structures.rules"),
        ("services/hierarchy/people/misc.py", ""),
    ],
    "pure": [
        ("services/tickets/appeals/workflow.py", "import sqlalchemy"),
        ("services/tickets/appeals/effects.py", "import shared.runtime.work"),
        ("services/events/activities/rules.py", "import httpx"),
        ("services/hierarchy/structures/rows.py", "import orjson"),
        ("services/events/registrations/due.py", "import arq"),
    ],
    "tickets-slices": [
        ("services/tickets/appeals/moves.py", "import services.tickets.hotline.service"),
        ("services/tickets/wishes/__init__.py", ""),
    ],
    "events-slices": [
        ("services/events/activities/service.py", "import services.events.registrations.service"),
        ("services/events/awards/__init__.py", ""),
    ],
    "hierarchy-slices": [
        ("services/hierarchy/places/service.py", "import services.hierarchy.people.service"),
        ("services/hierarchy/errands/__init__.py", ""),
    ],
    "privacy": [
        ("services/tickets/hotline/endpoints.py", "import services.tickets.appeals.queries"),
        ("services/events/notices/service.py", "from services.events.registrations import tables"),
        ("services/hierarchy/identity/service.py", "from services.hierarchy.people.tables import PEOPLE"),
        ("services/tickets/main.py", "import services.tickets.appeals.queries"),
    ],
    "arq": [
        ("services/tickets/appeals/jobs.py", "import arq"),
        ("shared/runtime/dispatcher.py", "from arq.worker import Worker"),
        ("services/events/worker.py", "import arq"),
    ],
    "segno": [
        ("services/hierarchy/places/service.py", "import segno"),
    ],
    "shapely": [
        ("services/hierarchy/boundaries/service.py", "import shapely"),
    ],
    "place-statements": [
        ("services/hierarchy/relocation/service.py", "from services.hierarchy.places import tree_queries"),
    ],
    "organisation-statements": [
        ("services/hierarchy/succession/service.py", "from services.hierarchy.organisations import past_queries"),
    ],
    "post-statements": [
        ("services/hierarchy/succession/service.py", "from services.hierarchy.appointments import post_queries"),
    ],
    "roster-statements": [
        ("services/hierarchy/contact_sheets/service.py", "from services.hierarchy.rosters import past_queries"),
    ],
    "venue-statements": [
        ("services/hierarchy/rosters/duty.py", "from services.hierarchy.venues import past_queries"),
    ],
    "mandate-statements": [
        ("services/hierarchy/dissolution/service.py", "from services.hierarchy.responsibility import mandate_queries"),
    ],
    "calamine": [
        ("services/hierarchy/workbooks/service.py", "import python_calamine"),
    ],
    "xlsxwriter": [
        ("services/hierarchy/workbooks/service.py", "import xlsxwriter"),
    ],
    "zhconv": [
        ("services/hierarchy/people/service.py", "import zhconv"),
    ],
    "pillow": [
        ("services/tickets/attachments/service.py", "from PIL import Image"),
        ("shared/runtime/attachments/inspector.py", "import PIL.Image"),
    ],
    "obstore": [
        ("services/tickets/attachments/jobs.py", "import obstore"),
    ],
    "httpx": [
        ("services/tickets/hotline/jobs.py", "import httpx"),
        ("shared/runtime/runner.py", "from httpx import AsyncClient"),
    ],
    "doors": [
        ("services/tickets/appeals/endpoints.py", "from sqlalchemy import select"),
        ("services/events/activities/jobs.py", "import asyncpg"),
        ("services/tickets/hotline/endpoints.py", "import services.tickets.hotline.tables"),
    ],
    "sql": [
        ("services/tickets/appeals/moves.py", "from sqlalchemy import select"),
        ("services/events/activities/service.py", "import sqlalchemy.dialects.postgresql"),
    ],
    "http": [
        ("services/tickets/appeals/moves.py", "from fastapi import Request"),
        ("services/hierarchy/places/service.py", "import starlette.requests"),
        ("shared/runtime/work.py", "import fastapi"),
    ],
}


def _lint(folder: Path, *rules: str) -> subprocess.CompletedProcess[str]:
    chosen = [part for rule in rules for part in ("--contract", rule)]
    program = "from importlinter.cli import lint_imports_command; lint_imports_command()"
    return subprocess.run(
        [sys.executable, "-c", program, "--no-logo", "--no-cache", *chosen],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The sources in a folder of their own, with the rules."""
    folder = tmp_path_factory.mktemp("tree")
    unwanted = shutil.ignore_patterns("__pycache__")
    for part in ("services", "shared", "migrations"):
        shutil.copytree(ROOT / part, folder / part, ignore=unwanted)
    shutil.copytree(Path(__file__).parent / "contracts", folder / "tests/architecture/contracts", ignore=unwanted)
    shutil.copy(RULES, folder)
    return folder


def _rules() -> dict[str, str]:
    read = configparser.ConfigParser()
    read.read(RULES)
    start = "importlinter:contract:"
    return {name.removeprefix(start): read[name]["name"] for name in read.sections() if name.startswith(start)}


def test_the_rules_hold() -> None:
    done = _lint(ROOT)
    assert done.returncode == 0, done.stdout + done.stderr


def test_every_rule_begins_with_its_sentence() -> None:
    lines = RULES.read_text().splitlines()
    heads = [number for number, line in enumerate(lines) if line.startswith("[importlinter:contract:")]
    assert len(heads) == len(_rules())
    assert [
        lines[n] for n in heads if not (lines[n - 1].startswith("# ") and lines[n - 1].rstrip().endswith((".", ")")))
    ] == []


def test_every_rule_has_a_planted_breach() -> None:
    assert set(BREACHES) == set(_rules())


@pytest.mark.parametrize(
    ("rule", "file", "line"), [(rule, *breach) for rule, breaches in BREACHES.items() for breach in breaches]
)
def test_a_breach_is_found(copy: Path, rule: str, file: str, line: str) -> None:
    target = copy / file
    before = target.read_text() if target.exists() else None
    made = [folder for folder in target.parents if not folder.exists()]
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text((before or "") + f"\n{line}\n")
    try:
        done = _lint(copy, rule)
    finally:
        if before is None:
            target.unlink()
            for folder in made:
                folder.rmdir()
        else:
            target.write_text(before)
    assert done.returncode == 1, done.stdout + done.stderr
    assert f"{_rules()[rule]} BROKEN" in done.stdout, done.stdout + done.stderr


@pytest.mark.parametrize("rule", ["pure", "privacy"])
def test_a_rule_that_guards_nothing_is_broken(copy: Path, rule: str) -> None:
    """Our own kinds of rule refuse an expression that matches no module."""
    rules = copy / ".importlinter"
    before = rules.read_text()
    rules.write_text(
        before.replace("    services.*.*.workflow\n", "    services.*.*.no_such_name\n").replace(
            "private =\n    queries\n", "private =\n    no_such_name\n"
        )
    )
    try:
        done = _lint(copy, rule)
    finally:
        rules.write_text(before)
    assert done.returncode == 1, done.stdout
    assert "matches no module" in done.stdout
