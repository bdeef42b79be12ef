"""Place paths: the only scope key.

A path is the segments of a place and all its ancestors, each `WIDTH` characters of base 36, written without a
separator: the district is `0001`, its first street `00010001`. Fixed width makes "below this place" a plain prefix
range on a B-tree (`COLLATE "C"`), and the ancestors of a place its own prefixes. Segments are never reused.
"""

WIDTH = 4
ROOT = "0001"
_DIGITS = "0123456789abcdefghijklmnopqrstuvwxyz"
_AFTER = "~"  # sorts after every digit of a segment in the C collation


def segment(number: int) -> str:
    """The segment of the n-th child (1 … 1,679,615). ValueError outside."""
    if not 0 < number < len(_DIGITS) ** WIDTH:
        raise ValueError(f"a place has at most {len(_DIGITS) ** WIDTH - 1} children, this would be number {number}")
    digits = ""
    for _ in range(WIDTH):
        number, rest = divmod(number, len(_DIGITS))
        digits = _DIGITS[rest] + digits
    return digits


def child(parent: str, number: int) -> str:
    """The path of the n-th child of `parent`."""
    return parent + segment(number)


def chain(path: str) -> list[str]:
    """The place's own path and its ancestors', nearest first."""
    return [path[:end] for end in range(len(path), 0, -WIDTH)]


def covers(scope: str, path: str) -> bool:
    """Whether `path` is `scope` itself or lies below it."""
    return path.startswith(scope)


def after(scope: str) -> str:
    """Where the subtree's range ends, exclusive: below `scope` is what is at least it and less than this."""
    return scope + _AFTER
