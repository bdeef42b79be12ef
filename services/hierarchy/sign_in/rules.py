"""What limits codes, which passwords will do, and which time-steps a one-time code may be of. Pure."""

import unicodedata
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address, ip_network
from typing import Literal, NamedTuple

from shared.kernel.errors import LinliError

Purpose = Literal["sign_in", "confirm_phone", "new_phone"]
CODE_DIGITS, CODE_LIFE, CODE_GUESSES = 6, timedelta(minutes=5), 5
SHORTEST_PASSWORD, LONGEST_PASSWORD = 10, 200
STEP_S = 30  # RFC 6238
_IPV6_HOME = 64  # one customer has at least a /64: its addresses count as one
_CHINESE_NAME = 2


class PasswordUnsuitable(LinliError):
    status, code = 422, "password_unsuitable"
    zh = "密码不合适：{why_zh}。"
    en = "The password will not do: {why_en}."


class Limit(NamedTuple):
    """At most so many within so long, by a window that slides."""

    most: int
    within: timedelta


# A number may be sent a code once a minute, three times in ten minutes, five times in an hour.
PER_NUMBER = (Limit(1, timedelta(minutes=1)), Limit(3, timedelta(minutes=10)), Limit(5, timedelta(hours=1)))


def per_hour(most: int) -> tuple[Limit, ...]:
    """One limit, as a setting gives it."""
    return (Limit(most, timedelta(hours=1)),)


def free_at(times: Iterable[datetime], limits: Sequence[Limit], now: datetime) -> datetime | None:
    """When the next one is allowed again; None if it is allowed now."""
    known = sorted(times)
    ends = []
    for most, within in limits:
        recent = [at for at in known if at > now - within]
        if len(recent) >= most:
            ends.append(recent[-most] + within)
    return max(ends, default=None)


def remembered(times: Iterable[datetime], limits: Sequence[Limit], now: datetime) -> list[datetime]:
    """The times that still count, and this one."""
    longest = max(within for _, within in limits)
    return [*sorted(at for at in times if at > now - longest), now]


def counted_address(address: str | None) -> str:
    """What an address counts as: an IPv4 address for itself, an IPv6 one for its customer's network."""
    try:
        parsed = ip_address(address or "")
    except ValueError:
        return "unknown"
    inner = parsed.ipv4_mapped if parsed.version == 6 else parsed  # noqa: PLR2004 - IPv6
    return str(inner or ip_network(f"{parsed}/{_IPV6_HOME}", strict=False))


def step_of(now: datetime) -> int:
    """The number of the time-step that this moment is in."""
    return int(now.astimezone(UTC).timestamp()) // STEP_S


def steps_taken(now: datetime) -> tuple[int, int, int]:
    """The steps whose code is taken: this one, and one to either side for clocks that are off."""
    step = step_of(now)
    return step, step - 1, step + 1


def check_password(password: str, *, phone: str, name: str) -> None:
    """PasswordUnsuitable if it is too short or made of what everybody knows about its owner.

    No rules of composition (NIST SP 800-63B): length is what helps.
    """
    plain = unicodedata.normalize("NFKC", password)
    if len(plain) < SHORTEST_PASSWORD:
        raise PasswordUnsuitable(
            why_zh=f"至少 {SHORTEST_PASSWORD} 个字符", why_en=f"it needs at least {SHORTEST_PASSWORD} characters"
        )
    folded = plain.casefold()
    known = [phone] + ([name.casefold()] if len(name) >= _CHINESE_NAME else [])
    for part in known:
        folded = folded.replace(part, "")
    if len(folded) < SHORTEST_PASSWORD // 2:
        raise PasswordUnsuitable(
            why_zh="不能由手机号或姓名构成", why_en="it must not be made of the phone number or the name"
        )
    if len(set(folded)) == 1:
        raise PasswordUnsuitable(why_zh="不能只重复一个字符", why_en="it repeats a single character")
