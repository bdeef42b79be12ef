import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.runtime.privacy import CannotOpen, Suite, Vault, mask_name, mask_phone, normal_phone

KEYS = {"2026": b"a" * 32, "2027": b"b" * 32}
INDEX = b"i" * 32
ROW = "330106|appeals|phone|0192f0c1"
SUITES: list[Suite] = ["aes-256-gcm", "sm4-gcm"]


def vault(suite: Suite = "aes-256-gcm", current: str = "2026") -> Vault:
    return Vault(KEYS, current, INDEX, suite)


@given(st.text(), st.text(), st.sampled_from(SUITES))
def test_what_is_sealed_opens_in_its_own_place(text: str, bound_to: str, suite: Suite) -> None:
    assert vault(suite).open(vault(suite).seal(text, bound_to=bound_to), bound_to=bound_to) == text


@pytest.mark.parametrize("suite", SUITES)
def test_a_ciphertext_moved_to_another_row_does_not_open(suite: Suite) -> None:
    blob = vault(suite).seal("13800000000", bound_to=ROW)
    with pytest.raises(CannotOpen):
        vault(suite).open(blob, bound_to=ROW.replace("0192f0c1", "0192f0c2"))


@pytest.mark.parametrize("suite", SUITES)
def test_no_changed_byte_opens(suite: Suite) -> None:
    blob = vault(suite).seal("幸福里 3 幢 2 单元 501", bound_to=ROW)
    for position in range(len(blob)):
        changed = blob[:position] + bytes([blob[position] ^ 1]) + blob[position + 1 :]
        with pytest.raises(CannotOpen):
            vault(suite).open(changed, bound_to=ROW)


@given(st.binary(max_size=80))
def test_bytes_that_are_not_ours_are_refused_by_name(blob: bytes) -> None:
    with pytest.raises(CannotOpen):
        vault().open(blob, bound_to=ROW)


def test_the_same_text_is_never_sealed_twice_alike_and_never_readable() -> None:
    one, two = (vault().seal("13800000000", bound_to=ROW) for _ in range(2))
    assert one != two
    assert b"13800000000" not in one


def test_old_rows_open_after_a_change_of_key_and_suite() -> None:
    old = vault("aes-256-gcm", "2026").seal("张三", bound_to=ROW)
    now = vault("sm4-gcm", "2027")
    assert now.open(old, bound_to=ROW) == "张三"
    assert not now.is_current(old)
    assert now.is_current(now.seal("张三", bound_to=ROW))


def test_a_key_that_is_gone_says_so() -> None:
    blob = vault(current="2027").seal("张三", bound_to=ROW)
    with pytest.raises(CannotOpen, match="2027"):
        Vault({"2026": b"a" * 32}, "2026", INDEX).open(blob, bound_to=ROW)


@pytest.mark.parametrize(
    ("keys", "current", "index", "message"),
    [
        (KEYS, "2028", INDEX, "not among"),
        ({"2026": b"short"}, "2026", INDEX, "32 bytes"),
        (KEYS, "2026", b"short", "32 bytes"),
        (KEYS, "2026", b"a" * 32, "index key"),
        ({"": b"a" * 32}, "", INDEX, "key id"),
    ],
)
def test_refuses_unsafe_keys(keys: dict[str, bytes], current: str, index: bytes, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        Vault(keys, current, index)


def test_the_blind_index_depends_on_everything_it_names() -> None:
    def index(
        value: str = "330106199001011234",
        purpose: str = "id",
        district: str = "330106",
        of: Vault | None = None,
    ) -> bytes:
        return (of or vault()).blind_index(value, purpose=purpose, district=district)

    others = [
        index(value="330106199001011235"),
        index(purpose="other"),
        index(district="330108"),
        index(of=vault("sm4-gcm")),
        index(of=Vault(KEYS, "2026", b"j" * 32)),
    ]
    assert index() == index()
    assert index() == index(of=vault(current="2027"))  # a new data key leaves the index alone
    assert len({index(), *others}) == 1 + len(others)
    assert {len(one) for one in (index(), *others)} == {32}


@pytest.mark.parametrize(
    "written",
    [
        "13800000000",
        "138 0000 0000",
        "138-0000-0000",
        "+8613800000000",
        "+86 138 0000 0000",
        "0086 13800000000",
        "86 13800000000",
        "１３８００００００００",
        " 13800000000\n",
    ],
)
def test_a_phone_is_found_however_it_is_written(written: str) -> None:
    assert normal_phone(written) == "13800000000"
    expected = vault().blind_index("13800000000", purpose="phone", district="330106")
    assert vault().blind_index(written, purpose="phone", district="330106") == expected


@pytest.mark.parametrize(
    ("written", "normal"),
    [
        ("0571-8888 6666", "057188886666"),
        ("12345", "12345"),
        ("+852 6123 4567", "+85261234567"),
        ("匿名", "匿名"),
        ("", ""),
    ],
)
def test_other_numbers(written: str, normal: str) -> None:
    assert normal_phone(written) == normal


@given(st.text(max_size=20))
def test_normal_phone_is_idempotent(text: str) -> None:
    assert normal_phone(normal_phone(text)) == normal_phone(text)


@pytest.mark.parametrize(
    ("phone", "masked"),
    [
        ("13812340000", "138****0000"),
        ("+86 138 1234 0000", "138****0000"),
        ("057188886666", "0571****6666"),
        ("88886666", "****6666"),
        ("12345", "****"),
        ("", "****"),
    ],
)
def test_mask_phone(phone: str, masked: str) -> None:
    assert mask_phone(phone) == masked


@pytest.mark.parametrize(
    ("name", "masked"),
    [("张三", "张*"), ("张三丰", "张*"), (" 欧阳修 ", "欧*"), ("张", "*"), ("", ""), ("Alice", "A*")],
)
def test_mask_name(name: str, masked: str) -> None:
    assert mask_name(name) == masked
