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
