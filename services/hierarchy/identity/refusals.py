"""Refusals that count. Pure."""

from shared.kernel.errors import TooManyRequests


class Limited(TooManyRequests):
    """`first` is the first refusal in a row: that one is journaled, a flood of them is not."""

    def __init__(self, retry_after: int, *, first: bool) -> None:
        super().__init__(retry_after=retry_after)
        self.first = first
