"""公民身份号码, GB 11643: six digits of a place, a birth date, a sequence, a check character (ISO 7064 MOD 11-2)."""

from datetime import date

_LENGTH = 18
_CHECKS = "10X98765432"


def is_id_number(text: str) -> bool:
    """Whether it is one: a date that exists, and the check character that belongs to the seventeen digits."""
    digits, check = text[:17], text[17:]
    if len(text) != _LENGTH or not (digits.isascii() and digits.isdigit()) or digits[0] == "0":
        return False
    try:
        date(int(digits[6:10]), int(digits[10:12]), int(digits[12:14]))
    except ValueError:
        return False
    total = sum(int(digit) * pow(2, 17 - at, 11) for at, digit in enumerate(digits))
    return _CHECKS[total % 11] == check.upper()
