"""What an appointment can be refused for, by whichever door. Pure."""

from shared.kernel.errors import LinliError


class TermOver(LinliError):
    """Nobody is appointed who would be gone before they came."""

    status, code = 422, "term_over"
    zh = "任期届满日 {term_ends} 早于任职首日 {since}：请填 {since} 或之后的日期。"
    en = "The term would end on {term_ends}, before its first day, {since}: give that day or a later one."
