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

# What every service's introduction tells first, in the language of those who read it.
MANNERS_ZH = """\
* **登录**：在组织服务用 `POST /api/hierarchy/v1/sessions` 登录（手机号加密码；也可用短信验证码或微信），此后每个请求
  都带 `Authorization: Bearer <访问令牌>`。令牌过期答 401，用刷新令牌换新的。
* **权限**：不在您管理范围内的一律答 404；在范围内但无权办理的答 403。
* **出错**：一律是问题文档（RFC 9457）。`code` 固定不变，供程序判断；`detail` 写明错在哪里、怎么办，按 `Accept-Language`
  用中文或英文；填写有误（422）时，`errors` 逐项指出字段。求助时请提供 `request_id`。
* **防重复提交**：要求 `Idempotency-Key` 的请求，每次提交换一个新的 UUID；网络中断、超时或答 503 时，
  用原来的键重发，不会办两次。
* **同时修改**：把读到的 `ETag` 放入 `If-Match`；内容已被别人更新时答 412，重新读取后再办。
* **翻页**：`limit` 是每页条数，最多 100；答复中的 `next` 作为 `cursor` 传入，就是下一页；为空即到底。
* **时间**：时刻都带时区，如 `2026-11-23T08:00:00+08:00`；日期、工作日和时限按北京时间计算。
"""


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
