"""An appeal's files, as people meet them: attached, listed, looked at, taken away."""

import io

from PIL import Image

from tests.tickets.conftest import BASE, Cast, problem


def jpeg(size=(640, 480)) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", size, "red").save(out, "JPEG")
    return out.getvalue()


async def test_smoke(cast: Cast) -> None:
    appeal = (await cast.report()).json()["id"]
    a = await cast.client.post(f"{BASE}/appeals/{appeal}/attachments", headers=cast.resident.writes(), data={"kind": "report"}, files={"file": ("a.jpg", jpeg(), "image/jpeg")})
    assert a.status_code == 201, a.text
    h = cast.resident.headers
    r = await cast.client.get(f"{BASE}/attachments/{a.json()['id']}", headers=h)
    print(r.json())
    c = await cast.client.get(r.json()["content_url"], headers=h)
    print(c.status_code, c.headers, len(c.content))
    d = await cast.client.delete(f"{BASE}/attachments/{a.json()['id']}", headers=cast.resident.writes())
    print(d.status_code, d.text)
    print(await cast.work(), await cast.events(appeal))
