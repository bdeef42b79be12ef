"""Another machine's clock, told from this one's without asking it each time (Cristian's algorithm).

An answer that says what the time is there was written between our asking and our hearing it, and more cannot be known.
So each measurement moves the estimate only as far as it must: one that took long, because a machine or a network
paused, moves nothing that a quick one has settled, and two clocks that agree are never taken to differ.
"""


class Clock:
    """How far the other clock is ahead of this one, in seconds; 0 until something else is heard."""

    __slots__ = ("ahead",)

    def __init__(self) -> None:
        self.ahead = 0.0

    def heard(self, asked: float, there: float, answered: float) -> None:
        """Takes in a measurement: the other clock said `there` between `asked` and `answered`, POSIX seconds all."""
        self.ahead = min(max(self.ahead, there - answered), there - asked)
