"""What browsers are told: who may call from where, and what our pages may do."""

import base64
import hashlib
import re
from collections.abc import AsyncIterator, Callable
from typing import Any

import httpx
import pytest
from pydantic import ValidationError

from shared.runtime.settings import Settings
from tests.conftest import client_of
from tests.support.edge_lab import BASE, lab_app
from tests.support.world import environment, somebody

APP, OTHER = "https://app.example.cn", "https://other.example.cn"
LISTED = f"{APP}, https://console.example.cn:8443"


@pytest.fixture
async def lab_http(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Callable[..., httpx.AsyncClient]]:
    made = []
    for name, value in environment({}, "redis://127.0.0.1:1/0").items():
        monkeypatch.setenv(name, value)

    def make(**changed: Any) -> httpx.AsyncClient:
        app = lab_app(**changed)
        made.append((app.state.service, client_of(app)))
        return made[-1][1]

    yield make
    for service, http in made:
        await http.aclose()
        await service.close()


def cors(answer: httpx.Response) -> dict[str, str]:
    return {name: value for name, value in answer.headers.items() if name.startswith("access-control-")}


async def preflight(
    http: httpx.AsyncClient, origin: str, method: str = "POST", headers: str = "authorization"
) -> httpx.Response:
    asked = {"origin": origin, "access-control-request-method": method, "access-control-request-headers": headers}
    return await http.options(f"{BASE}/me", headers=asked)


async def test_nobody_by_default(lab_http: Any, district: str) -> None:
    http = lab_http()
    assert cors(await http.get(f"{BASE}/me", headers=somebody(district).headers | {"origin": APP})) == {}
    assert (await preflight(http, APP)).status_code == 405


async def test_a_listed_page_may_call_and_read(lab_http: Any, district: str) -> None:
    http = lab_http(cors_origins=LISTED)
    asked = await preflight(http, APP, headers="authorization, content-type, idempotency-key, if-match")
    assert asked.status_code == 200
    assert asked.headers["access-control-allow-origin"] == APP
    answer = await http.get(f"{BASE}/me", headers=somebody(district).headers | {"origin": APP})
    assert answer.headers["access-control-allow-origin"] == APP
    assert "origin" in answer.headers["vary"].lower()
    exposed = answer.headers["access-control-expose-headers"].lower()
    assert all(name in exposed for name in ("etag", "retry-after", "idempotent-replayed", "x-request-id", "ratelimit"))


@pytest.mark.parametrize("origin", [OTHER, "null", "https://app.example.cn.evil.example", "http://app.example.cn", "*"])
async def test_another_page_may_not(lab_http: Any, district: str, origin: str) -> None:
    http = lab_http(cors_origins=LISTED)
    assert (await preflight(http, origin)).status_code == 400
    answer = await http.get(f"{BASE}/me", headers=somebody(district).headers | {"origin": origin})
    assert "access-control-allow-origin" not in answer.headers


async def test_no_cookies_ever(lab_http: Any, district: str) -> None:
    http = lab_http(cors_origins=LISTED)
    for answer in (await preflight(http, APP), await http.get(f"{BASE}/me", headers={"origin": APP})):
        assert "access-control-allow-credentials" not in answer.headers
        assert answer.headers["access-control-allow-origin"] != "*"


async def test_a_preflight_is_no_attempt_to_sign_in(lab_http: Any) -> None:
    http = lab_http(cors_origins=LISTED, rate_factor=1.0, rate_address=2)
    assert {(await preflight(http, APP)).status_code for _ in range(20)} == {200}
    assert (await http.get(f"{BASE}/me")).status_code == 401  # and not 429


@pytest.mark.parametrize("path", ["/boom", "/me", "/nowhere", "/things/%00"])
async def test_refusals_can_be_read_by_the_page_too(lab_http: Any, path: str) -> None:
    answer = await lab_http(cors_origins=LISTED).get(BASE + path, headers={"origin": APP})
    assert answer.status_code >= 400
    assert answer.headers["access-control-allow-origin"] == APP


@pytest.mark.parametrize(
    "unusable", ["*", "https://*.example.cn", "app.example.cn", f"{APP}/", f"{APP} {OTHER}", "null"]
)
def test_an_origin_that_is_none_is_refused_at_the_start(lab_http: Any, unusable: str) -> None:
    with pytest.raises(ValidationError, match="cors_origins"):
        Settings(cors_origins=unusable)


def test_in_production_pages_come_by_https(lab_http: Any) -> None:
    Settings(cors_origins="http://localhost:5173")
    with pytest.raises(ValidationError, match="must be https"):
        Settings(cors_origins="http://localhost:5173", env="production")


# --- the documentation pages ------------------------------------------------------------------------------------------


def directives(answer: httpx.Response) -> dict[str, list[str]]:
    policy = answer.headers["content-security-policy"]
    return {words[0]: words[1:] for words in (part.split() for part in policy.split(";")) if words}


@pytest.mark.parametrize("page", ["docs", "redoc"])
async def test_a_page_runs_its_own_scripts_and_no_others(lab_http: Any, page: str) -> None:
    http = lab_http()
    answer = await http.get(f"/api/lab/{page}")
    policy = directives(answer)
    assert policy["default-src"] == policy["frame-ancestors"] == ["'none'"]
    inline = re.findall(r"<script>(.*?)</script>", answer.text, re.DOTALL)
    hashes = [base64.b64encode(hashlib.sha256(script.encode()).digest()).decode() for script in inline]
    assert policy["script-src"] == ["'self'", *(f"'sha256-{one}'" for one in hashes)]
    assert "<script " not in re.sub(r'<script src="/api/lab/docs-assets/[a-z.-]+">', "", answer.text)
    assert not re.search(r"\son[a-z]+=|javascript:", answer.text)
    for asset in re.findall(r'(?:src|href)="([^"]+)"', answer.text):
        assert (await http.get(asset)).status_code == 200, asset
    assert not re.search(r'(?:src|href)="https?:', answer.text)


@pytest.mark.parametrize(
    ("env", "docs", "expected"),
    [("dev", None, 200), ("dev", False, 404), ("production", None, 404), ("production", True, 200)],
)
async def test_docs_are_there_where_they_are_wanted(lab_http: Any, env: str, docs: bool | None, expected: int) -> None:  # noqa: FBT001
    http = lab_http(env=env, docs=docs)
    for page in ("docs", "redoc", "openapi.json", "docs-assets/swagger-ui.css"):
        assert (await http.get(f"/api/lab/{page}")).status_code == expected, page


async def test_https_is_insisted_on_outside_dev(lab_http: Any) -> None:
    answer = await lab_http(env="production").get(f"{BASE}/me")
    assert answer.headers["strict-transport-security"] == "max-age=31536000"
