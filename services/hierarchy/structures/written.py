"""Reads a structure as somebody wrote it, in TOML or JSON, and says for every mistake on which line it stands.

Pure. A whole data file of a community will do as well: its `[structure]` is what is read.
"""

import json
import re
import tomllib
from collections.abc import Iterator
from typing import Any, Literal, NamedTuple

from pydantic import ValidationError

from services.hierarchy.structures.lines import Steps, line_at, lines_of
from services.hierarchy.structures.refusals import StructureInvalid
from services.hierarchy.structures.structure import BROKEN_REFERENCE, Structure
from shared.kernel.errors import Wrong

Format = Literal["toml", "json"]
MOST_MISTAKES = 100
_LINE = re.compile(r"line (\d+)")
_STEP = re.compile(r"\[(\d+)\]|([A-Za-z_][A-Za-z0-9_]*)")
_KINDS_ZH = {
    "missing": "缺少必填项",
    "extra_forbidden": "不认识的字段",
    "literal_error": "不是允许的取值",
    "string_pattern_mismatch": "格式不正确",
    "string_too_long": "文字过长",
    "string_too_short": "不能为空",
    "string_type": "应为文字",
    "union_tag_invalid": "不认识的规则种类（kind）",
    "union_tag_not_found": "规则缺少种类（kind）",
    BROKEN_REFERENCE: "引用的内容不存在或重复",
}


class Mistake(NamedTuple):
    """`at` is a JSON pointer into what was written."""

    line: int
    at: str
    kind: str
    zh: str
    en: str


def read_structure(text: str, form: Format) -> Structure:
    """The structure. StructureInvalid names every mistake with its line."""
    content = _content(text, form)
    below: Steps = ("structure",) if isinstance(content, dict) and "structure" in content else ()
    try:
        return Structure.model_validate(content["structure"] if below else content)
    except ValidationError as error:
        lines = _lines(text, form)
        found = [mistake for item in error.errors(include_url=False) for mistake in _mistakes(item, below, lines)]
        raise refused(found) from error


def _content(text: str, form: Format) -> Any:  # noqa: ANN401 - whatever stands there
    try:
        return tomllib.loads(text) if form == "toml" else json.loads(text)
    except RecursionError as error:
        raise refused([Mistake(1, "", "too_deep", "嵌套过深", "nested too deeply")]) from error
    except ValueError as error:  # tomllib's and json's own errors are of this kind
        line = int(found[1]) if (found := _LINE.search(str(error))) else text.count("\n") + 1
        zh = f"不是合法的 {form.upper()}"
        raise refused([Mistake(line, "", f"{form}_invalid", zh, str(error))]) from error


def _lines(text: str, form: Format) -> dict[Steps, int]:
    try:
        return lines_of(text, toml=form == "toml")
    except RecursionError:  # the walk goes less deep than what accepted the text; it is refused in any case
        return {}


def refused(found: list[Mistake]) -> StructureInvalid:
    """The refusal for these mistakes, those of the upper lines first."""
    listed = [mistake._asdict() for mistake in sorted(found)[:MOST_MISTAKES]]
    return StructureInvalid(errors=listed, mistakes=len(found))


def _mistakes(item: Any, below: Steps, lines: dict[Steps, int]) -> Iterator[Mistake]:  # noqa: ANN401 - Pydantic's own
    kind, said = item["type"], item["msg"].removeprefix("Value error, ")
    zh, own = _KINDS_ZH.get(kind, "内容不正确"), item.get("ctx", {}).get("error")
    if kind != BROKEN_REFERENCE:
        steps = (*below, *_written(item["loc"]))
        words = own.zh if isinstance(own, Wrong) else f"{zh}：{steps[-1]}" if steps else zh
        yield Mistake(line_at(lines, steps), _pointer(steps), kind, words, said)
        return
    for sentence in said.splitlines():  # each begins with its place
        place, _, words = sentence.partition(": ")
        steps = (*below, *(int(found[1]) if found[1] else found[2] for found in _STEP.finditer(place)))
        yield Mistake(line_at(lines, steps), _pointer(steps), kind, f"{zh}：{words}", words)


def _written(loc: tuple[str | int, ...]) -> Steps:
    """The steps without the tag of a quota's kind, which nobody wrote."""
    return tuple(step for n, step in enumerate(loc) if not (n and loc[0] == "quotas" and n == 2))  # noqa: PLR2004 - quotas, number, tag


def _pointer(steps: Steps) -> str:
    return "".join(f"/{step}" for step in steps)
