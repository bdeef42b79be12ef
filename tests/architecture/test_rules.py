"""Rules about the sources, each a failing check instead of a sentence."""

import ast
import importlib
import re
import subprocess
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from shared.kernel.errors import LinliError

OURS = ("services.", "shared.")
ROOT = Path(__file__).parents[2]
PYTHON = sorted(file for part in ("services", "shared", "migrations") for file in (ROOT / part).rglob("*.py"))


def _name(file: Path) -> str:
    return file.relative_to(ROOT).as_posix()


# --- transactions end at the door ---------------------------------------------------------------------------------

# The unit of work, the sealer (which is a door of its own), and migrations.
ENDERS = ("shared/runtime/work.py", "shared/runtime/sealer.py", "shared/runtime/db.py", "migrations/")
_IN_WORDS = re.compile(r"\s*(BEGIN|COMMIT|ROLLBACK|SAVEPOINT|START TRANSACTION)\b")
ENDING = {"commit", "rollback", "transaction", "begin_nested"}


def endings(source: str) -> list[str]:
    """Calls that begin or end a transaction, and statements that say so in words."""
    found = []
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in ENDING:
            found.append(f"{node.lineno}: .{node.func.attr}(")
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and _IN_WORDS.match(node.value):
            found.append(f"{node.lineno}: {node.value[:20]!r}")
    return found


def test_nobody_but_the_door_ends_a_transaction() -> None:
    broken = {_name(file): endings(file.read_text()) for file in PYTHON if not _name(file).startswith(ENDERS)}
    assert {name: found for name, found in broken.items() if found} == {}


@pytest.mark.parametrize(
    "planted",
    [
        "async def f(work):\n    await work._connection.commit()",
        "async def f(c):\n    async with c.transaction():\n        pass",
        "class A:\n    def f(self):\n        self.session.rollback()",
        "SQL = 'COMMIT'",
    ],
)
def test_a_planted_ending_is_found(planted: str) -> None:
    assert endings(planted)


def test_what_only_speaks_of_it_is_no_ending() -> None:
    assert endings('"""Never commit() here."""\n# c.commit()\ncommit = 1\nawait_ = work.begin()') == []


# --- sizes ----------------------------------------------------------------------------------------------------------

FILE, FUNCTION = 300, 40
# Tables of sentences and statements may be longer than a thought; each says what it is a table of.
LONG_FUNCTIONS = {
    ("services/tickets/appeals/intake.py", "born"): "the columns of a new appeal, one per line",
    ("shared/runtime/sealer.py", "_of"): "the sealer's statements, compiled together",
    ("shared/runtime/web/application.py", "create_application"): "the table of contents of an application",
}
LONG_FILES: dict[str, str] = {}


def long_functions(source: str) -> list[tuple[str, int]]:
    return [
        (node.name, length)
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and (length := (node.end_lineno or 0) - node.lineno + 1) > FUNCTION
    ]


def test_files_and_functions_stay_short() -> None:
    hand_written = [file for file in PYTHON if "migrations/versions/" not in _name(file)]
    files = {_name(file) for file in hand_written if len(file.read_text().splitlines()) > FILE}
    functions = {(_name(file), name) for file in hand_written for name, _ in long_functions(file.read_text())}
    assert files - set(LONG_FILES) == set()
    assert functions - set(LONG_FUNCTIONS) == set()


def test_no_exception_outlives_its_reason() -> None:
    functions = {
        (name, f) for name in {n for n, _ in LONG_FUNCTIONS} for f, _ in long_functions((ROOT / name).read_text())
    }
    assert set(LONG_FUNCTIONS) <= functions


def test_a_planted_long_function_is_found() -> None:
    source = "class A:\n    async def f(self):\n" + "        x = 1\n" * FUNCTION
    assert long_functions(source) == [("f", FUNCTION + 1)]


# --- what no file may hold --------------------------------------------------------------------------------------------

REGISTRY = re.compile(
    r"(?:[\w-]+\.)*(?:pypi\.org|pythonhosted\.org|npmjs\.(?:org|com)|crates\.io|rubygems\.org|proxy\.golang\.org)"
    r"|--(?:extra-)?index-url|--find-links|^(?:index|extra-index|find-links)\s*="
)
MACHINE = re.compile(r"(?<![\w.~$}])/(?:work|root|home|Users)(?:/|\b(?!\w))(?!\{)")
MOBILE = re.compile(r"(?<![0-9A-Za-z])1(?!00)[0-9]{10}(?![0-9A-Za-z])")
# What recognises carriers' numbers is tested on two plainly made-up ones.
KNOWN_NUMBERS = {"13800000000", "13812340000", "13800001234"}


def unwanted(text: str) -> list[str]:
    found = [
        match.group() for line in text.splitlines() for match in (*REGISTRY.finditer(line), *MACHINE.finditer(line))
    ]
    return found + [number for number in MOBILE.findall(text) if number not in KNOWN_NUMBERS]


def _tracked() -> Iterator[tuple[str, str]]:
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    for name in filter(None, listed.split("\0")):
        file = ROOT / name
        content = file.read_bytes() if file.is_file() else b""
        if b"\0" not in content and file != Path(__file__):
            yield name, content.decode("utf-8", "replace")


def test_no_file_holds_a_registry_a_machine_or_somebodys_number() -> None:
    if not (ROOT / ".git").exists():
        pytest.skip("not a clone")
    assert {name: found for name, text in _tracked() if (found := unwanted(text))} == {}


@pytest.mark.parametrize(
    "planted",
    [
        "--index-url https://packages.example/simple",
        "wget https://files.pythonhosted.org/x.whl",
        "see https://registry.npmjs.org/x",
        "path = '/root/thing'",
        "cd /work/main",
        "open(/home/someone/x)",
        "call 13911112222",
        '"phone": "19900000001"',
    ],
)
def test_a_planted_one_is_found(planted: str) -> None:
    assert unwanted(planted)


def test_what_only_looks_like_one_is_left_alone() -> None:
    assert unwanted("sha256:13911112222ab 10000000001 ./root services/home.py $HOME/x 1391111222 139111122223") == []


# --- days -----------------------------------------------------------------------------------------------------------


def plain_days(source: str) -> list[str]:
    """Doors that take any `date`, to which 0 is the first of January 1970; `Day` is one that somebody can mean."""
    tree = ast.parse(source)
    doors = (node for node in ast.walk(tree) if isinstance(node, ast.AsyncFunctionDef) and node.decorator_list)
    given = (argument.annotation for door in doors for argument in (*door.args.args, *door.args.kwonlyargs))
    names = (node.value for node in tree.body if isinstance(node, ast.Assign))
    parts = (part for told in (*given, *names) if told for part in ast.walk(told))
    return [f"{part.lineno}: date" for part in parts if isinstance(part, ast.Name) and part.id == "date"]


def test_days_in_a_query_are_days_of_our_time() -> None:
    broken = {_name(file): plain_days(file.read_text()) for file in PYTHON if file.name == "endpoints.py"}
    assert {name: found for name, found in broken.items() if found} == {}
    assert plain_days("@router.get('/x')\nasync def x(on: Annotated[date | None, Query()] = None): ...")
    assert plain_days("On = Annotated[date | None, Query()]")


# --- refusals -------------------------------------------------------------------------------------------------------


def _refusals(kind: type[LinliError] = LinliError) -> Iterator[type[LinliError]]:
    for refusal in kind.__subclasses__():
        yield refusal
        yield from _refusals(refusal)


def test_a_code_is_one_refusal() -> None:
    """Clients go by the code: it means the same wherever it comes from."""
    for service in ("hierarchy", "tickets", "events"):
        importlib.import_module(f"services.{service}.main")
    own = {refusal for refusal in _refusals() if "code" in vars(refusal) and refusal.__module__.startswith(OURS)}
    codes = Counter(refusal.code for refusal in own)
    assert len(codes) > 100
    assert {code: count for code, count in codes.items() if count > 1} == {}


# Read by whoever starts the program or loads a file with it, never by a client.
FOR_OPERATORS = {
    "services/hierarchy/settings.py",
    "services/hierarchy/structures/document.py",
    "shared/runtime/anchoring.py",
    "shared/runtime/settings.py",
}
_VALIDATES = re.compile(r"\b(?:\w+Validator|(?:model|field)_validator)\b")
_CHINESE = re.compile(r"[\u4e00-\u9fff]")


def said_in_english_alone(source: str) -> list[str]:
    """Where a plain ValueError is raised, which clients are told as 格式不正确, or a Wrong without Chinese."""
    raised = [
        node.exc
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.Raise) and isinstance(node.exc, ast.Call) and isinstance(node.exc.func, ast.Name)
    ]
    return [
        f"{call.lineno}: {name}"
        for call in raised
        if (name := ast.unparse(call.func)) == "ValueError"
        or (name == "Wrong" and not _CHINESE.search(ast.unparse(call.args[0])))
    ]


def test_what_a_validator_refuses_it_says_in_chinese_too() -> None:
    validating = [file for file in PYTHON if file.name == "inputs.py" or _VALIDATES.search(file.read_text())]
    broken = {_name(file): found for file in validating if (found := said_in_english_alone(file.read_text()))}
    assert set(broken) == FOR_OPERATORS, broken
    assert said_in_english_alone("def f(x):\n    raise ValueError('no')") == ["2: ValueError"]
    assert said_in_english_alone("raise Wrong('no', 'no')")
    assert not said_in_english_alone("raise Wrong(f'不能是 {x}', 'no')")
