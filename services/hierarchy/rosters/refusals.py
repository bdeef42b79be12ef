"""What rosters can refuse. Pure."""

from shared.kernel.errors import LinliError


class NotAMember(LinliError):
    status, code = 422, "not_a_member"
    zh = "此人不在“{roster}”的值班人员之中，请先加入。"
    en = "This person takes no turns on {roster!r}. Add them first."


class TwoPlacesAtOnce(LinliError):
    """`begins_at` and `ends_at` are those of the shift that is there already."""

    status, code = 409, "two_places_at_once"
    zh = "此人在 {words} 已有班次（{roster}），同一时间不能值两处。"
    en = "This person has a shift then already ({roster}), from {begins_at} until {ends_at}."


class RosterHasGaps(LinliError):
    """`gaps` lists them; publish with `accept_gaps` where they are meant."""

    status, code = 409, "roster_has_gaps"
    zh = "值班表有 {count} 处空档，最早一处 {words}。请补齐，或说明理由后公布。"
    en = "The roster has {count} gaps, the first from {begins_at} until {ends_at}. Fill them, or say why they may stay."


class ShiftsHang(LinliError):
    """Nobody leaves while shifts wait for them; `shifts` lists their ids."""

    status, code = 409, "shifts_hang"
    zh = "此人还有 {count} 个未完成的班次，请先换人或移交。"
    en = "{count} shifts still wait for this person. Give them to others, or hand them over, first."


class RosterStillNeeded(LinliError):
    """`shifts` lists the ids of those that are not over."""

    status, code = 409, "roster_still_needed"
    zh = "“{roster}”还有 {count} 个未完成的班次，请先取消，或等到离岗后再停用。"
    en = "{count} shifts of {roster!r} are not over. Cancel them, or wait until those on duty have left."


class RosterEnded(LinliError):
    status, code = 409, "roster_ended"
    zh = "“{roster}”已停用。"
    en = "{roster!r} has ended."
