"""Every workflow refuses so that people understand it: in Chinese by its labels, in English by its codes."""

import re
from importlib import import_module
from pathlib import Path

import pytest

import services
from shared.kernel.errors import MoveNotOpen, NotYourMove
from shared.kernel.workflow import Workflow

_ROOT = Path(services.__file__).parent
WORKFLOWS = [
    one
    for file in sorted(_ROOT.glob("*/*/workflow.py"))
    for one in vars(import_module(f"services.{file.parent.parent.name}.{file.parent.name}.workflow")).values()
    if isinstance(one, Workflow)
]


def refused(workflow: Workflow, step: str, move: str) -> list[NotYourMove | MoveNotOpen]:
    """How a move is refused at a step: to a stranger, and to everybody at once where nothing holds that opens it."""
    parties = {party for _, _, row in workflow.rows() for party in row.by}
    shuts = {row.unless for _, _, row in workflow.rows() if row.unless}
    found: list[NotYourMove | MoveNotOpen] = []
    for who, facts in (((), ()), (parties, shuts)):
        try:
            workflow.apply(step, move, who, facts)
        except (NotYourMove, MoveNotOpen) as refusal:
            found.append(refusal)
    return found


@pytest.mark.parametrize("workflow", WORKFLOWS, ids=lambda workflow: workflow.name)
def test_refusals_speak_the_language_of_the_reader(workflow: Workflow) -> None:
    kinds = set()
    for step in workflow.steps:
        for move in workflow.moves():
            for refusal in refused(workflow, step, move):
                assert not re.search("[A-Za-z]", refusal.sentence("zh")), refusal.sentence("zh")
                assert refusal.sentence("en").isascii(), refusal.sentence("en")
                kinds.add(type(refusal))
    assert kinds == {NotYourMove, MoveNotOpen}


def test_there_are_as_many_as_there_are_files() -> None:
    assert len(WORKFLOWS) >= len(list(_ROOT.glob("*/*/workflow.py"))) > 15
