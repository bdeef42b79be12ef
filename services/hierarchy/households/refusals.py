"""What the household register refuses. Pure."""

from shared.kernel.errors import LinliError


class NotAHousehold(LinliError):
    status, code = 422, "not_a_household"
    zh = "“{place}”不是户级地点，不能登记住户。"
    en = "{place!r} is no household place."


class NumberTaken(LinliError):
    """Somebody of another name has it."""

    status, code = 409, "number_taken"
    zh = "这个号码已登记在另一人名下，请先核对。"
    en = "This number is kept for somebody of another name. Check both first."


class NumberKept(LinliError):
    """Whoever has a number may sign in by it: a register does not change it."""

    status, code = 409, "number_kept"
    zh = "此人已登记另一个号码。手机号由本人登录后更换，证件号码凭证件在人员页面更正。"
    en = (
        "This person has another number. They change a phone number themselves, signed in; an identity card number is "
        "corrected at POST /people/…/id-number, with the card."
    )


class RegisteredElsewhere(LinliError):
    """Who and where is not said."""

    status, code = 409, "registered_elsewhere"
    zh = "这个号码属于在其他社区登记的人员。请先由该社区登记迁出，再由系统管理员登记到这里。"
    en = (
        "This number belongs to somebody who is registered in another community. That community records that they "
        "moved out; then the operator registers them here."
    )
