"""What a structure can be refused for. Pure."""

from shared.kernel.errors import Invalid, LinliError


class StructureInvalid(Invalid):
    """`errors` says for each mistake on which `line` of the text it stands."""

    code = "structure_invalid"
    zh = "组织架构文本有误，请按 errors 中的行号修改。"
    en = "The structure is not valid. `errors` names the lines."


class UnknownInChange(LinliError):
    status, code = 422, "unknown_in_change"
    zh = "第 {number} 项变更：“{what}”{why_zh}。"
    en = "Change number {number}: {what!r} {why_en}."


class VersionThere(LinliError):
    status, code = 409, "version_there"
    zh = "{place} 已有第 {number} 版组织架构，请使用新的版本号。"
    en = "{place!r} has version {number} already. Give it a new number."


class LaterVersion(LinliError):
    status, code = 409, "later_version"
    zh = "第 {number} 版自 {on} 起生效，不能再启用更早生效的版本；如需启用，请先撤回该版本。"
    en = "Version {number} comes into force on {on}; withdraw it before you activate an earlier one."


class StructureBreached(LinliError):
    """`breaches` counts the hard ones by rule; the linter of the version lists them."""

    status, code = 409, "structure_breached"
    zh = "现状不符合该组织架构，共 {hard} 处（{words}）。请先整改，或注明理由后接受现状启用。"
    en = "What is there breaches this structure in {hard} places ({words}). Mend that, or accept it with a reason."
