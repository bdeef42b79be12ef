"""What naming a person can be refused for. Pure."""

from shared.kernel.errors import LinliError


class UnknownPerson(LinliError):
    status, code = 422, "unknown_person"
    zh = "没有编号为“{person}”的人员，或此人不在您的范围内。"
    en = "There is no person {person} within your reach."
