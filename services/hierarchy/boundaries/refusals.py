"""What a boundary can be refused for. Pure."""

from shared.kernel.errors import LinliError


class BoundaryInvalid(LinliError):
    status, code = 422, "boundary_invalid"
    zh = "边界有误：{why_zh}。"
    en = "The boundary is not possible: {why_en}."
