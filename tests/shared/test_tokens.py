import base64
import json
import time
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from shared.kernel.errors import SessionEnded, TokenExpired, TokenInvalid
from shared.kernel.rights import Grant, Principal, Role
from shared.runtime import tokens
from shared.runtime.tokens import TokenSigner, TokenVerifier, jwks, key_id, public_half, service_token

SEED, OTHER_SEED, EVENTS, TICKETS = b"s" * 32, b"o" * 32, b"k" * 32, b"t" * 32
SERVICES = {"events": public_half(EVENTS), "tickets": public_half(TICKETS)}
SIGNER = TokenSigner(SEED)
PRIVATE, OTHER, EVENTS_PRIVATE = map(Ed25519PrivateKey.from_private_bytes, (SEED, OTHER_SEED, EVENTS))
EVENTS_ID = key_id(SERVICES["events"])
GRANTS = (Grant(Role.GRID_WORKER, "000100010001"), Grant(Role.RESIDENT, "0001"))


def verifier(**changes: Any) -> TokenVerifier:
    return TokenVerifier([SIGNER.public_key], SERVICES.items(), **{"service": "tickets"} | changes)


def access() -> str:
    return SIGNER.sign(user="u1", district="330106", session="s1", grants=GRANTS)


def forged(key: Any = PRIVATE, algorithm: str = "EdDSA", header: dict[str, Any] | None = None, **changes: Any) -> str:
    now = int(time.time())
    claims = {
        "iss": "linli", "aud": "linli", "sub": "u1", "district": "330106", "sid": "s1", "grants": [],
        "jti": "j", "iat": now, "nbf": now, "exp": now + 600,
    }  # fmt: skip
    claims = {name: value for name, value in (claims | changes).items() if value is not None}
    return jwt.encode(claims, key, algorithm, {"typ": "at+jwt", "kid": key_id(SIGNER.public_key)} | (header or {}))


def test_an_access_token_brings_its_principal() -> None:
    assert verifier().verify(access()) == Principal("330106", "u1", "user", GRANTS, "s1")
    header = jwt.get_unverified_header(access())
    assert header == {"alg": "EdDSA", "typ": "at+jwt", "kid": key_id(SIGNER.public_key)}
    claims = jwt.decode(access(), options={"verify_signature": False})
    assert set(claims) == {"iss", "aud", "sub", "district", "sid", "grants", "jti", "iat", "nbf", "exp"}
    assert claims["exp"] - claims["iat"] == 600
    assert claims["grants"] == [["grid_worker", "000100010001"], ["resident", "0001"]]


def test_the_forger_of_these_tests_makes_a_good_token_when_nothing_is_changed() -> None:
    assert verifier().verify(forged()).id == "u1"


def test_a_service_token_brings_the_service_role_for_the_whole_district() -> None:
    token = service_token(EVENTS, "events", "tickets", "330106")
    assert verifier().verify(token) == Principal("330106", "events", "service", (Grant(Role.SERVICE, "0001"),))


def test_a_service_token_names_the_person_it_acts_for() -> None:
    token = service_token(EVENTS, "events", "tickets", "330106", act="u1")
    assert jwt.decode(token, options={"verify_signature": False})["act"] == {"sub": "u1"}
    assert (verifier().verify(token).id, verifier().verify(token).act) == ("events", "u1")


def test_one_services_key_speaks_for_no_other() -> None:
    checker = verifier(service="hierarchy")
    assert checker.verify(service_token(EVENTS, "events", "hierarchy", "330106")).id == "events"
    for caller in ("tickets", "hierarchy", "", "unknown"):
        with pytest.raises(TokenInvalid):
            checker.verify(service_token(EVENTS, caller, "hierarchy", "330106"))
    with pytest.raises(TokenInvalid):
        checker.verify(service_token(b"x" * 32, "events", "hierarchy", "330106"))


def test_a_clients_token_says_that_it_is_one() -> None:
    token = SIGNER.sign(user="c1", district="330106", session="c1", grants=GRANTS, kind="client")
    assert verifier().verify(token) == Principal("330106", "c1", "client", GRANTS, "c1")
    for kind in ("service", "job", "command"):
        with pytest.raises(TokenInvalid):
            verifier().verify(forged(kind=kind))


def test_an_ended_session_is_refused_though_its_token_was_verified_before() -> None:
    ended: set[str] = set()

    def check(session: str) -> None:
        if session in ended:
            raise SessionEnded

    checker, token = verifier(check=check), access()
    assert checker.verify(token).session == "s1"
    ended.add("s1")
    for _ in range(2):
        with pytest.raises(SessionEnded):
            checker.verify(token)
    with pytest.raises(SessionEnded):
        verifier(check=check).verify(token)
    assert checker.verify(SIGNER.sign(user="u1", district="330106", session="s2", grants=())).session == "s2"


LATER = 9_999_999_999


@pytest.mark.parametrize(
    "changes",
    [
        {"aud": "elsewhere"},
        {"aud": ["linli", "elsewhere"]},
        {"aud": None},
        {"iss": "elsewhere"},
        {"sub": ""},
        {"sub": None},
        {"sid": None},
        {"jti": None},
        {"exp": None},
        {"nbf": None},
        {"nbf": LATER},
        {"iat": LATER},
        {"district": "33010"},
        {"district": "330106\n"},
        {"district": None},
        {"grants": [["resident"]]},
        {"grants": "resident"},
        {"header": {"typ": "JWT"}},
        {"header": {"typ": None}},
        {"header": {"typ": "service+jwt"}},
        {"header": {"kid": "00000000"}},
        {"key": OTHER},
    ],
    ids=" ".join,
)
def test_a_token_that_is_wrong_in_one_point_is_invalid(changes: dict[str, Any]) -> None:
    with pytest.raises(TokenInvalid):
        verifier().verify(forged(**changes))


def test_an_expired_token_says_so() -> None:
    with pytest.raises(TokenExpired):
        verifier().verify(forged(exp=1_700_000_600, nbf=1_700_000_000, iat=1_700_000_000))


def test_ten_seconds_of_leeway() -> None:
    now = int(time.time())
    assert verifier().verify(forged(exp=now - 5)).id == "u1"
    assert verifier().verify(forged(nbf=now + 5, iat=now + 5)).id == "u1"


def b64(part: bytes) -> str:
    return base64.urlsafe_b64encode(part).decode().rstrip("=")


def test_no_algorithm_but_the_types_own() -> None:
    claims = access().split(".")[1]
    header = {"typ": "at+jwt", "alg": "none", "kid": key_id(SIGNER.public_key)}
    unsigned = f"{b64(json.dumps(header).encode())}.{claims}."
    confused = [
        unsigned,
        forged(SIGNER.public_key, "HS256"),  # HMAC with the public key, known to everybody
        forged(EVENTS_PRIVATE, "EdDSA", {"kid": EVENTS_ID}),  # a service may not speak as a person
        forged(SERVICES["events"], "HS256", {"typ": "service+jwt", "kid": EVENTS_ID}, aud="tickets", iss="events"),
        forged(PRIVATE, "EdDSA", {"typ": "service+jwt"}, aud="tickets", iss="events"),
        forged(PRIVATE, "EdDSA", {"typ": "service+jwt", "kid": EVENTS_ID}, aud="tickets", iss="events"),
    ]
    for token in confused:
        with pytest.raises(TokenInvalid):
            verifier().verify(token)


def test_a_service_token_is_for_one_service_and_only_where_services_may_call() -> None:
    token = service_token(EVENTS, "events", "tickets", "330106")
    for other in (verifier(service="hierarchy"), verifier(service=None)):
        with pytest.raises(TokenInvalid):
            other.verify(token)
    with pytest.raises(TokenInvalid):
        verifier().verify(service_token(b"x" * 32, "events", "tickets", "330106"))


def test_every_changed_character_is_noticed() -> None:
    token = access()
    checker = verifier()
    for position in range(0, len(token), 7):
        changed = token[:position] + ("A" if token[position] != "A" else "B") + token[position + 1 :]
        with pytest.raises(TokenInvalid):
            checker.verify(changed)


@given(st.text(max_size=60))
def test_no_text_makes_it_fail_otherwise(text: str) -> None:
    with pytest.raises(TokenInvalid):
        verifier().verify(text)


@pytest.mark.parametrize(
    "token",
    [
        b64(b"[" * 9000) + ".e30.x",
        b64(b"[]") + ".e30.x",
        "\ud800",
        "x" * 20_000,
        b64(b'{"typ":["at+jwt"]}') + ".e30.eA",
        b64(b'{"typ":"at+jwt","alg":"EdDSA","kid":[]}') + ".e30.eA",
    ],
)
def test_nor_does_a_hostile_header(token: str) -> None:
    with pytest.raises(TokenInvalid):
        verifier().verify(token)


def test_a_role_from_a_newer_release_is_dropped_and_widens_nothing() -> None:
    principal = verifier().verify(forged(grants=[["emperor", "0001"], ["resident", "00010001"]]))
    assert principal.grants == (Grant(Role.RESIDENT, "00010001"),)


def test_keys_rotate() -> None:
    old, new = TokenSigner(OTHER_SEED), SIGNER
    both = TokenVerifier([old.public_key, new.public_key], [])
    for signer in (old, new):
        assert both.verify(signer.sign(user="u1", district="330106", session="s", grants=())).id == "u1"


def test_service_keys_rotate() -> None:
    both = TokenVerifier([], [*SERVICES.items(), ("events", public_half(OTHER_SEED))], service="tickets")
    for seed in (EVENTS, OTHER_SEED):
        assert both.verify(service_token(seed, "events", "tickets", "330106")).id == "events"
    with pytest.raises(TokenInvalid):
        both.verify(service_token(OTHER_SEED, "hierarchy", "tickets", "330106"))


def test_a_verified_token_is_read_once_until_it_expires(monkeypatch: pytest.MonkeyPatch) -> None:
    checker, token = verifier(), access()
    read: list[str] = []
    decode = jwt.decode

    def spy(token: str, *args: Any, **options: Any) -> Any:
        read.append(token)
        return decode(token, *args, **options)

    monkeypatch.setattr(jwt, "decode", spy)
    assert checker.verify(token) is checker.verify(token)
    assert len(read) == 1
    real = time.time
    monkeypatch.setattr("shared.runtime.tokens.time.time", lambda: real() + 601)
    checker.verify(token)  # after `exp` it is checked again (PyJWT's own clock was not moved)
    assert len(read) == 2


def test_the_cache_is_bounded_and_only_good_access_tokens_enter_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tokens, "_MOST_CACHED", 3)
    checker = verifier()
    for _ in range(5):
        checker.verify(access())
        checker.verify(service_token(EVENTS, "events", "tickets", "330106"))
        with pytest.raises(TokenInvalid):
            checker.verify(forged(aud="elsewhere"))
    assert len(checker._verified) == 3


def test_the_published_key_set_verifies_our_tokens() -> None:
    (key,) = jwt.PyJWKSet.from_dict(jwks([SIGNER.public_key])).keys
    assert key.key_id == key_id(SIGNER.public_key)
    assert jwt.decode(access(), key, ["EdDSA"], audience="linli")["sub"] == "u1"
    assert "d" not in jwks([SIGNER.public_key])["keys"][0]


def test_keys_of_another_length_are_refused() -> None:
    with pytest.raises(ValueError, match="32 bytes"):
        TokenVerifier([], [("events", b"short")])
    with pytest.raises(ValueError, match="32 bytes"):
        service_token(b"short", "events", "tickets", "330106")
