"""Refusals that many use cases make in the same way. Pure."""

from shared.kernel.errors import Conflict, Invalid, PreconditionFailed


def expect(version: int | None, expected: int | None) -> None:
    """The version there is (None: nothing yet) is the one the caller has seen, if they say so. PreconditionFailed."""
    if expected is not None and version != expected:
        raise PreconditionFailed


def stale(expected: int | None) -> PreconditionFailed | Conflict:
    """Somebody was faster: who said what they had seen (If-Match) must read it again, any other try is repeated."""
    return PreconditionFailed() if expected is not None else Conflict()


def invalid(field: str, zh: str, en: str) -> Invalid:
    """What is wrong with one field of a body that only a use case can tell."""
    return Invalid(errors=[{"at": f"/body/{field}", "kind": "value_error", "zh": zh, "en": en}])
