"""Examples of the writes on attachments; see `writes.py`."""

from shared.runtime.ids import new_id
from tests.architecture.writes import APPEAL, Example, Scene, Try
from tests.tickets.hostile import jpeg

_BOUNDARY = "linli-boundary"


def form(content: bytes, **fields: str) -> bytes:
    """A file and its fields, as a phone sends them."""
    parts = [f'Content-Disposition: form-data; name="{name}"\r\n\r\n{value}'.encode() for name, value in fields.items()]
    parts.append(b'Content-Disposition: form-data; name="file"; filename="a.jpg"\r\n\r\n' + content)
    line = f"--{_BOUNDARY}".encode()
    return b"".join(line + b"\r\n" + part + b"\r\n" for part in parts) + line + b"--\r\n"


async def _upload(scene: Scene) -> Try:
    appeal = (await scene.done(scene.resident, "/appeals", APPEAL))["id"]
    key = str(new_id())
    headers = scene.resident.writes(key) | {"content-type": f"multipart/form-data; boundary={_BOUNDARY}"}
    body = form(jpeg((16, 16)), kind="report")
    return Try("POST", f"/api/tickets/v1/appeals/{appeal}/attachments", body, headers, key)


async def _remove(scene: Scene) -> Try:
    made = await scene.send(await _upload(scene))
    return scene.ask(scene.resident, f"/attachments/{made.json()['id']}", {}, "DELETE")


ATTACHMENTS: dict[tuple[str, str], Example] = {
    ("tickets", "attachment_upload"): _upload,
    ("tickets", "attachment_remove"): _remove,
}
