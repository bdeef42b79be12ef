"""What is committed is what the code says: OpenAPI copies, the README's table, and the quick half of `make check`."""

import subprocess
import sys
from pathlib import Path

import pytest

from services.documents import ROOT, made
from services.tickets.appeals.workflow import APPEAL


def test_the_committed_documents_are_as_the_code_says() -> None:
    differing = [str(path.relative_to(ROOT)) for path, text in made().items() if path.read_bytes() != text]
    assert not differing, f"run `linli documents` and commit: {differing}"


@pytest.mark.parametrize(
    ("name", "table"), [("README.md", APPEAL.markdown()), ("README.zh-CN.md", APPEAL.markdown_zh())]
)
def test_the_readme_shows_the_six_steps_that_run(name: str, table: str) -> None:
    assert table in (ROOT / name).read_text("utf-8")
    for step in ("信息上报", "核实立案", "分流交办", "跟踪处理", "事件反馈", "考核评价"):
        assert step in table


@pytest.mark.parametrize("command", [("ruff", "format", "--check", "."), ("ruff", "check", "."), ("mypy",)])
def test_make_check(command: tuple[str, ...]) -> None:
    binary = Path(sys.executable).parent / command[0]
    done = subprocess.run([binary, *command[1:]], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-2000:]
