"""Reads a structure as somebody wrote it, in TOML or JSON, and says for every mistake on which line it stands.

Pure. A whole data file of a community will do as well: its `[structure]` is what is read.
"""

import json
import re
import tomllib
from typing import Any, Literal, NamedTuple, get_args

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from services.hierarchy.structures.lines import Steps, line_at, lines_of, repeated
from services.hierarchy.structures.references import BROKEN_REFERENCE, Broken, broken_references, misplaced_quotas
from services.hierarchy.structures.refusals import StructureInvalid
from services.hierarchy.structures.structure import PlaceKind, Structure
from shared.kernel.errors import Wrong

Format = Literal["toml", "json"]
MOST_MISTAKES = 100
_LONGEST_QUOTE = 40
_LINE = re.compile(r"line (\d+)")
_ESCAPES = re.compile(r"\\(?:u[0-9a-fA-F]{4}(?:\\u[0-9a-fA-F]{4})*|.)", re.DOTALL)
_STEP = re.compile(r"\[(\d+)\]|([A-Za-z_][A-Za-z0-9_]*)")
_KINDS_ZH = {
    "bool_parsing": "{name} 应为 true 或 false",
    "bool_type": "{name} 应为 true 或 false",
    "date_from_datetime_parsing": "{name} 应为日期，如 2027-01-01",
    "date_type": "{name} 应为日期，如 2027-01-01",
    "extra_forbidden": "不认识的字段：{name}",
    "greater_than_equal": "{name} 不能小于 {ge}",
    "int_parsing": "{name} 应为整数",
    "int_type": "{name} 应为整数",
    "less_than_equal": "{name} 不能大于 {le}",
    "literal_error": "“{input}”不是{noun}，可填：{expected}",
    "model_type": "{name} 应为一组字段",
    "missing": "缺少必填项：{name}",
    "string_pattern_mismatch": "{name} 格式不正确",
    "string_too_long": "{name} 过长，最多 {max_length} 字",
    "string_too_short": "{name} 不能为空",
    "string_type": "{name} 应为文字",
    "too_long": "{name} 最多 {max_length} 项",
    "too_short": "{name} 至少 {min_length} 项",
    "tuple_type": "{name} 应为列表",
    "union_tag_invalid": "不认识的规则种类（kind）“{tag}”，可填：{expected_tags}",
    "union_tag_not_found": "规则缺少种类（kind）",
}
_NOUNS = {
    "categories": "诉求类别",
    "organisation": "组织类型",
    "origins": "产生方式",
    "place": "地点类型",
    "role": "权限角色",
    "unit": "地点类型",
    "venue": "阵地类型",
    "zone_type": "分区类型",
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
    written = content["structure"] if below else content
    structure, errors, broken = None, [], []
    try:
        structure = Structure.model_validate(written)
    except ValidationError as error:
        errors = [item for item in error.errors(include_url=False) if item["type"] != BROKEN_REFERENCE]
    if isinstance(written, dict):
        kinds = get_args(PlaceKind)
        broken = [*broken_references(written, kinds), *misplaced_quotas(written, kinds)]
    if structure is None or broken:
        lines = _lines(text, form)
        found = [_mistake(item, below, lines) for item in errors]
        raise refused([*found, *(_broken(one, below, lines) for one in broken)])
    return structure


def _content(text: str, form: Format) -> Any:  # noqa: ANN401 - whatever stands there
    try:
        return tomllib.loads(text) if form == "toml" else _of_json(text)
    except RecursionError as error:
        raise refused([Mistake(1, "", "too_deep", "嵌套过深", "nested too deeply")]) from error
    except ValueError as error:  # tomllib's and json's own errors are of this kind
        line = int(found[1]) if (found := _LINE.search(str(error))) else text.count("\n") + 1
        zh = f"不是合法的 {form.upper()}"
        raise refused([Mistake(line, "", f"{form}_invalid", zh, str(error))]) from error


def _of_json(text: str) -> Any:  # noqa: ANN401 - whatever stands there
    """What `json` reads, unless it would lose something or make text that nobody can write down."""
    content = json.loads(text)
    for found in _ESCAPES.finditer(text):
        if found[0].startswith("\\u") and any("\ud800" <= letter <= "\udfff" for letter in json.loads(f'"{found[0]}"')):
            raise ValueError(f"half a surrogate pair: line {text.count(chr(10), 0, found.start()) + 1}")
    twice = [
        Mistake(line, _pointer(steps), "key_twice", f"“{steps[-1]}”写了两次", "this key is there twice")
        for steps, line in repeated(text).items()
    ]
    if twice:
        raise refused(twice)
    return content


def _lines(text: str, form: Format) -> dict[Steps, int]:
    try:
        return lines_of(text, toml=form == "toml")
    except RecursionError:  # the walk goes less deep than what accepted the text; it is refused in any case
        return {}


def refused(found: list[Mistake]) -> StructureInvalid:
    """The refusal for these mistakes, those of the upper lines first."""
    listed = [mistake._asdict() for mistake in sorted(found)[:MOST_MISTAKES]]
    return StructureInvalid(errors=listed, mistakes=len(found))


def _mistake(item: ErrorDetails, below: Steps, lines: dict[Steps, int]) -> Mistake:
    steps, en = (*below, *_written(item["loc"])), item["msg"].removeprefix("Value error, ")
    return Mistake(line_at(lines, steps), _pointer(steps), item["type"], _in_chinese(item, steps), en)


def _in_chinese(item: ErrorDetails, steps: Steps) -> str:
    context = item.get("ctx", {})
    if isinstance(own := context.get("error"), Wrong):
        return own.zh
    name = next((step for step in reversed(steps) if isinstance(step, str)), "")
    told = {key: _listed(value) if "expected" in key else value for key, value in context.items()}
    told |= {"name": name, "input": str(item["input"])[:_LONGEST_QUOTE], "noun": _NOUNS.get(name, "允许的取值")}
    return _KINDS_ZH.get(item["type"], "{name} 内容不正确").format_map(told).strip()


def _listed(expected: str) -> str:
    """`'a', 'b' or 'c'`, as Pydantic writes it, as `a、b、c`."""
    return expected.replace(" or ", ", ").replace("'", "").replace(", ", "、")


def _broken(one: Broken, below: Steps, lines: dict[Steps, int]) -> Mistake:
    steps = (*below, *(int(found[1]) if found[1] else found[2] for found in _STEP.finditer(one.where)))
    return Mistake(line_at(lines, steps), _pointer(steps), BROKEN_REFERENCE, one.zh, one.en)


def _written(loc: tuple[str | int, ...]) -> Steps:
    """The steps without the tag of a quota's kind, which nobody wrote."""
    return tuple(step for n, step in enumerate(loc) if not (n and loc[0] == "quotas" and n == 2))  # noqa: PLR2004 - quotas, number, tag


def _pointer(steps: Steps) -> str:
    return "".join(f"/{step}" for step in steps)
