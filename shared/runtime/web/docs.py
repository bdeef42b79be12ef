"""The documentation pages: offline, and under the strictest policy with which they still work.

Scripts and styles come from our own address. The one script that stands in the page itself is allowed by its hash.
Styles in the page must be allowed: both viewers write them as they go.
"""

import base64
import hashlib
import re
from collections.abc import Awaitable, Callable
from pathlib import Path

import fastapi_offline
from fastapi import FastAPI
from fastapi.openapi.docs import get_redoc_html, get_swagger_ui_html
from fastapi.responses import HTMLResponse
from fastapi.staticfiles import StaticFiles

_ASSETS = Path(fastapi_offline.__file__).parent / "static"
_INLINE = re.compile(rb"<script>(.*?)</script>", re.DOTALL)
_POLICY = (
    "default-src 'none'; script-src 'self'{hashes}; style-src 'self' 'unsafe-inline'; img-src 'self' data:; "
    "connect-src 'self'; worker-src blob:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)


def add_docs(app: FastAPI, base: str) -> None:
    """`{base}/docs` (to try requests) and `{base}/redoc` (to read)."""
    assets, document = f"{base}/docs-assets", f"{base}/openapi.json"
    swagger = get_swagger_ui_html(
        openapi_url=document,
        title=f"{app.title} - Swagger UI",
        swagger_js_url=f"{assets}/swagger-ui-bundle.js",
        swagger_css_url=f"{assets}/swagger-ui.css",
        swagger_favicon_url=f"{assets}/favicon.png",
        swagger_ui_parameters={"validatorUrl": None, "persistAuthorization": True},
    )
    redoc = get_redoc_html(
        openapi_url=document,
        title=f"{app.title} - ReDoc",
        redoc_js_url=f"{assets}/redoc.standalone.js",
        redoc_favicon_url=f"{assets}/favicon.png",
        with_google_fonts=False,
    )
    app.mount(assets, StaticFiles(directory=_ASSETS), name="docs-assets")
    for name, page in (("docs", swagger), ("redoc", redoc)):
        app.add_api_route(f"{base}/{name}", _answering(bytes(page.body)), include_in_schema=False)


def policy(page: bytes) -> str:
    """The Content-Security-Policy of a page: its inline scripts by their hashes, and no other ones."""
    digests = (base64.b64encode(hashlib.sha256(script).digest()).decode() for script in _INLINE.findall(page))
    return _POLICY.format(hashes="".join(f" 'sha256-{digest}'" for digest in digests))


def _answering(page: bytes) -> Callable[[], Awaitable[HTMLResponse]]:
    headers = {"Content-Security-Policy": policy(page)}

    async def answer() -> HTMLResponse:
        return HTMLResponse(page, headers=headers)

    return answer
