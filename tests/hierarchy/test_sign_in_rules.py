"""The rules of signing in as tables: what is not listed as allowed is not."""

from datetime import UTC, datetime, timedelta
from itertools import product

import pytest

from services.hierarchy.sign_in.rules import (
    PER_NUMBER,
    Limit,
    PasswordUnsuitable,
    check_password,
    counted_address,
    free_at,
    per_hour,
    remembered,
    step_of,
    steps_taken,
)

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)


def ago(*seconds: float) -> list[datetime]:
    return [NOW - timedelta(seconds=s) for s in seconds]


@pytest.mark.parametrize(
    ("sent", "wait"),
    [
        ([], None),
        ([0.5], 59.5),
        ([59.9], 0.1),
        ([60], None),  # the minute is over
        ([61], None),
        ([61, 122], None),
        ([61, 122, 183], 417),  # three in ten minutes: until the first of them is ten minutes old
        ([61, 122, 599.5], 0.5),
        ([61, 122, 600], None),
        ([30, 122, 183], 417),  # both the minute and the ten minutes: the longer wait
        ([601, 700, 800, 900], None),  # four in the hour
        ([601, 700, 800, 900, 1000], 2600),  # five in the hour
        ([601, 700, 800, 900, 3599], 1),
        ([601, 700, 800, 900, 3600], None),
        ([30, 601, 700, 800, 900], 2700),
        ([-5], 65),  # another process was a moment ahead
        ([3601, 4000, 5000, 6000, 7000, 8000], None),
    ],
)
def test_how_often_a_number_is_sent_a_code(sent: list[float], wait: float | None) -> None:
    free = free_at(ago(*sent), PER_NUMBER, NOW)
    assert (free and (free - NOW).total_seconds()) == (wait and pytest.approx(wait))
    if free is not None:  # and then it is allowed, not before
        assert free_at(ago(*sent), PER_NUMBER, free) is None
        assert free_at(ago(*sent), PER_NUMBER, free - timedelta(milliseconds=1)) is not None


def test_the_published_limits() -> None:
    minute, ten, hour = timedelta(minutes=1), timedelta(minutes=10), timedelta(hours=1)
    assert (Limit(1, minute), Limit(3, ten), Limit(5, hour)) == PER_NUMBER


def test_whoever_keeps_asking_gets_exactly_the_published_number() -> None:
    """Every three seconds for three hours: no window of any of the three lengths holds more than it may."""
    times: list[datetime] = []
    granted: list[datetime] = []
    for seconds in range(0, 3 * 3600, 3):
        now = NOW + timedelta(seconds=seconds)
        if free_at(times, PER_NUMBER, now) is None:
            times = remembered(times, PER_NUMBER, now)
            granted.append(now)
    assert len(granted) == 15
    assert len(times) <= 5  # what is kept does not grow
    for limit, start in product(PER_NUMBER, granted):
        assert sum(start <= at < start + limit.within for at in granted) <= limit.most


@pytest.mark.parametrize("most", [1, 2, 10])
def test_an_hourly_limit(most: int) -> None:
    assert free_at(ago(*range(most - 1)), per_hour(most), NOW) is None
    assert free_at(ago(*range(most)), per_hour(most), NOW) == NOW + timedelta(seconds=3600 - most + 1)


@pytest.mark.parametrize(
    ("address", "counted"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:db8:1:2::9", "2001:db8:1:2::/64"),
        ("2001:db8:1:3::9", "2001:db8:1:3::/64"),
        (None, "unknown"),
        ("", "unknown"),
        ("unix:", "unknown"),
        ("192.0.2.7:80", "unknown"),
    ],
)
def test_what_an_address_counts_as(address: str | None, counted: str) -> None:
    assert counted_address(address) == counted


@pytest.mark.parametrize(
    "password",
    [
        "short",
        "ninechars",
        "10077770001",
        "10077770001a",
        "虚构楼栋长虚构楼栋长",
        "x10077770001y",
        "aaaaaaaaaaaa",
        "虚构楼栋长1",
        "一二三四五六七八九",
    ],
)
def test_passwords_that_will_not_do(password: str) -> None:
    with pytest.raises(PasswordUnsuitable):
        check_password(password, phone="10077770001", name="虚构楼栋长")


@pytest.mark.parametrize(
    "password",
    [
        "tencharsss",
        "correct horse battery",
        "一二三四五六七八九十",
        "10077770001 and more",
        "lowercaseonly",
        "１２３４５６７８９０",
    ],
)
def test_passwords_that_will_do(password: str) -> None:
    """No digits, capitals or signs are asked for."""
    check_password(password, phone="10077770001", name="虚构楼栋长")


def test_three_time_steps_are_taken() -> None:
    assert step_of(datetime(1970, 1, 1, 0, 0, 59, tzinfo=UTC)) == 1
    assert sorted(steps_taken(NOW)) == [step_of(NOW) - 1, step_of(NOW), step_of(NOW) + 1]
