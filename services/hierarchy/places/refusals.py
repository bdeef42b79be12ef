"""What a change of places can be refused for. Pure."""

from shared.kernel.errors import LinliError


class PlaceCodeTaken(LinliError):
    status, code = 409, "place_code_taken"
    zh = "编码“{place}”已被使用（包括已撤销的地点），请换一个。"
    en = "The code {place!r} is taken, by a place that is there or one that was. Codes are never given twice."


class PlaceNameTaken(LinliError):
    status, code = 409, "place_name_taken"
    zh = "“{parent}”下已有“{name}”（编码 {place}），请换一个名称，或直接使用该地点。"
    en = "{name!r} is there already in {parent!r}: {place}. Use that one, or another name."


class PlaceCodesUsedUp(LinliError):
    status, code = 409, "place_codes_used_up"
    zh = "“{prefix}”下的编码已用完，请自行指定编码。"
    en = "No number is left behind {prefix!r}. Give a code yourself."


class PlaceCodeInvalid(LinliError):
    status, code = 422, "place_code_invalid"
    zh = "编码“{place}”不符合规则：{why_zh}。"
    en = "The code {place!r} is not possible: {why_en}."


class CannotChangePlace(LinliError):
    """A merge, a split or the closing of a place that cannot be."""

    status, code = 422, "cannot_change_place"
    zh = "“{place}”不能{what_zh}：{why_zh}。"
    en = "{place!r} cannot be {what_en}: {why_en}."


class PlaceStillNeeded(LinliError):
    """Something hangs on a place that shall be closed; a field for each kind says how much."""

    status, code = 409, "place_still_needed"
    zh = "“{place}”还不能撤销，名下还有：{what_zh}。请先办结、移出或办理交接；若由其他地点接管，请改用“合并”。"
    en = "{place!r} cannot close yet: {what_en}. Settle them, move them or hand them over; or merge it into another."


class CannotMove(LinliError):
    """A place that cannot lie where it is wanted."""

    status, code = 422, "cannot_move"
    zh = "“{place}”不能移到“{parent}”：{why_zh}。"
    en = "{place!r} cannot move to {parent!r}: {why_en}."
