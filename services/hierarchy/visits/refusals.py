"""What visits refuse. Pure."""

from shared.kernel.errors import LinliError


class NotAVisitor(LinliError):
    """Whoever visits holds a post there."""

    status, code = 422, "not_a_visitor"
    zh = "走访人在这里没有任职。"
    en = "The visitor holds no post that reaches this place."


class OwnHome(LinliError):
    """The floor is about others: nobody meets it at their own door."""

    status, code = 422, "own_home"
    zh = "这里是走访人自己的家，不登记为走访。家中有需求的，请提交诉求。"
    en = "This is the visitor's own home, which is no visit. What is needed there is reported as an appeal."


class NotOnTheList(LinliError):
    """A point that the quarter's list does not have."""

    status, code = 422, "not_on_the_list"
    zh = "本区清单没有“{point}”；清单为：{listed}。"
    en = "The list of this quarter has no point {point!r}; it has: {listed}."


class TooManyHouseholds(LinliError):
    """The ranking is made for a community, not for a district."""

    status, code = 409, "too_many_households"
    zh = "该地点登记住户超过 {most} 户，请选择社区或更小的地点。"
    en = "More than {most} households are registered here: ask about a community or a smaller place."


class NoFloor(LinliError):
    status, code = 409, "no_floor"
    zh = "这里的组织架构没有规定每月走访底数。"
    en = "The structure in force here names no monthly floor of visits."
