"""Documents that are made from the code: the services' OpenAPI documents, the README's table of the six steps, and
the tables of docs/rights.md.

All are committed; `linli documents --check` fails where a copy differs.
"""

import base64
import os
import re
import tomllib
from importlib import import_module
from pathlib import Path

import orjson

from migrations.run import SERVICES
from services.hierarchy.structures.document import COMMUNITIES
from services.tickets.appeals.workflow import APPEAL
from shared.kernel import rights_table as rights

# Only shapes matter here; nothing is signed, stored or connected to.
_KEY = base64.b64encode(bytes(range(32))).decode()
_SETTINGS = {
    "LINLI_ENV": "dev",
    "LINLI_REDIS_URL": "redis://127.0.0.1:1/0",
    "LINLI_SERVICE_VERIFY_KEYS": "",
    "LINLI_DATA_KEY": _KEY,
    "LINLI_INDEX_KEY": base64.b64encode(bytes(32)).decode(),  # the vault refuses one key for both
    "LINLI_SIGNING_KEY": _KEY,
    "LINLI_VERIFY_KEYS": "",
}
for _service in SERVICES:
    _SETTINGS[f"LINLI_{_service.upper()}_DATABASE_URL"] = "postgresql://nobody@127.0.0.1:1/none"
    _SETTINGS[f"LINLI_{_service.upper()}_SERVICE_KEY"] = _KEY


ROOT = Path(__file__).parent.parent
_RIGHTS = ROOT / "docs" / "rights.md"
_MADE = re.compile(r"(?<=made by `linli documents`: )(\w+)( -->\n).*?(?=<!-- end -->)", re.DOTALL)
_TABLE, _END = "<!-- appeal table: made by `linli documents` -->\n", "<!-- end -->"


def made() -> dict[Path, bytes]:
    """Every document's path and what it must hold."""
    found = {ROOT / "docs" / "openapi" / f"{service}.json": text for service, text in openapi().items()}
    for name, table in (("README.md", APPEAL.markdown()), ("README.zh-CN.md", APPEAL.markdown_zh())):
        before, mark, rest = (ROOT / name).read_text("utf-8").partition(_TABLE)
        found[ROOT / name] = (before + mark + table + rest[rest.index(_END) :]).encode()
    tables = _rights()
    found[_RIGHTS] = _MADE.sub(
        lambda match: match[1] + match[2] + tables[match[1]], _RIGHTS.read_text("utf-8")
    ).encode()
    return found


def _rights() -> dict[str, str]:
    """The tables of docs/rights.md by name."""
    files = [tomllib.loads(file.read_text("utf-8")) for file in sorted(COMMUNITIES.glob("*.toml"))]
    posts = (
        (file["name"], [(one["name"], one["role"], "categories" in one) for one in file["structure"]["posts"]])
        for file in sorted(files, key=lambda file: file["article"])
    )
    return {"matrix": rights.matrix(), "roles": rights.roles(), "posts": rights.posts(posts)}


def openapi() -> dict[str, bytes]:
    """Per service, its document as indented JSON with sorted keys."""
    before = {name: os.environ.get(name) for name in _SETTINGS}
    os.environ.update(_SETTINGS)
    try:
        return {service: _document(service) for service in SERVICES}
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name)
            else:
                os.environ[name] = value


def _document(service: str) -> bytes:
    app = import_module(f"services.{service}.main").create_app()
    return orjson.dumps(app.openapi(), option=orjson.OPT_INDENT_2 | orjson.OPT_SORT_KEYS) + b"\n"
