"""What becomes of hostile uploads, at a real server process: refused or made harmless, for two seconds of
work at most, without a 5xx, and without the process growing by 150 MB. `hostile.py` holds the files.
"""

import asyncio
import io
from collections.abc import AsyncIterator
from uuid import uuid4

import httpx
import pytest
from PIL import Image

from shared.kernel.rights import Role
from shared.runtime.attachments.names import safe_name
from tests.support.stand_in import StandIn
from tests.support.world import Somebody, somebody
from tests.tickets.conftest import BASE, COMMUNITY, Cast, problem
from tests.tickets.hostile import CORPUS, GPS_WORDS, ONLY_THE_PICTURE, SCRIPT, Case, jpeg, noise, parts_of, with_place
from tests.tickets.uploading import Server, attach, running_server

SECONDS, GROWTH = 2.0, 150 << 20
IMAGES = ("image/jpeg", "image/png")


@pytest.fixture(scope="module")
async def server(database: dict[str, str], hierarchy_server: StandIn) -> AsyncIterator[Server]:
    """Memory is counted from a server that has begun to work."""
    settings = {
        "LINLI_TICKETS_DATABASE_URL": database["tickets"],
        "LINLI_HIERARCHY_URL": hierarchy_server.url,
        "LINLI_APPEAL_FILES": "500",
    }
    async with running_server(**settings) as running:
        await running.http.get(f"{BASE}/workflows/appeal")
        running.began_with = running.memory()
        yield running


@pytest.fixture
async def appeal(cast: Cast) -> str:
    return str((await cast.report()).json()["id"])


async def send(
    server: Server, cast: Cast, appeal: str, content: bytes, *, who: Somebody | None = None, name: str = "照片.jpg"
) -> tuple[httpx.Response, float]:
    """What is answered, and for how many seconds of the server's work."""
    began = server.worked()
    answer = await attach(cast, appeal, who or cast.resident, content=content, client=server.http, name=name)
    return answer, server.worked() - began


async def stored(server: Server, who: Somebody, attachment: str, variant: str = "content_url") -> httpx.Response:
    headers = who.headers
    links = (await server.http.get(f"{BASE}/attachments/{attachment}", headers=headers)).json()
    answer = await server.http.get(links[variant], headers=headers)
    assert answer.status_code == 200, answer.text
    return answer


@pytest.mark.parametrize("case", CORPUS, ids=lambda case: case.story)
async def test_what_becomes_of(server: Server, cast: Cast, appeal: str, case: Case) -> None:
    content = case.build()
    answer, seconds = await send(server, cast, appeal, content)
    assert seconds < SECONDS
    if answer.status_code == 201:
        assert answer.json()["media_type"] == case.becomes
        await _holds_nothing_else(server, cast, answer.json()["id"], content)
    else:
        assert problem(answer) == (422, "attachment_refused")
        assert answer.json()["reason"] == case.becomes
        listed = await cast.get(f"/appeals/{appeal}/attachments", cast.resident)
        assert listed.json() == []


async def _holds_nothing_else(server: Server, cast: Cast, attachment: str, came: bytes) -> None:
    """What is stored is a picture to its last byte, and is not what came."""
    answer = await stored(server, cast.resident, attachment)
    if answer.headers["content-type"] not in IMAGES:
        return  # a PDF is searched, not written anew
    assert answer.content != came
    assert parts_of(answer.content) <= ONLY_THE_PICTURE
    for secret in (GPS_WORDS, SCRIPT, b"PK\x03\x04", b"<?php", b"%PDF", b"Exif", "虚构机主".encode()):
        assert secret not in answer.content
    with Image.open(io.BytesIO(answer.content)) as shown:
        shown.load()
        assert shown.mode in ("L", "RGB", "RGBA")
        assert not shown.getexif()
    small = await stored(server, cast.resident, attachment, "thumbnail_url")
    with Image.open(io.BytesIO(small.content)) as shown:
        assert shown.format == "WEBP"
        assert max(shown.size) <= 320
        assert not shown.getexif()


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
async def test_the_place_is_in_what_came_and_not_in_what_is_kept(
    server: Server, cast: Cast, appeal: str, kind: str
) -> None:
    came = with_place(kind, orientation=6)
    with Image.open(io.BytesIO(came)) as before:
        assert before.getexif().get_ifd(0x8825)[29] == GPS_WORDS.decode()
        size = before.size
    answer, _ = await send(server, cast, appeal, came)
    assert (answer.json()["width"], answer.json()["height"]) == (size[1], size[0])  # it was held upright
    kept = (await stored(server, cast.resident, answer.json()["id"])).content
    with Image.open(io.BytesIO(kept)) as after:
        assert not after.getexif()
        assert "icc_profile" not in after.info
        assert after.size == (size[1], size[0])
    assert GPS_WORDS not in kept


# --- what a client may call a file -----------------------------------------------------------------------------------

NAMES = {
    "../../../etc/passwd": "passwd.jpg",
    "..\\..\\windows\\win.ini": "win.jpg",
    "C:\\Users\\甲某\\照片.jpg": "照片.jpg",
    "/etc/cron.d/evil": "evil.jpg",
    "photo.jpg\0.exe": "photo.jpg.jpg",
    "\u202egpj.exe": "gpj.jpg",  # shown from right to left it reads exe.jpg
    "a" * 300 + ".jpg": "a" * 80 + ".jpg",
    "CON": "attachment_CON.jpg",
    "com1.jpg": "attachment_com1.jpg",
    "LPT¹.png": "attachment_LPT¹.jpg",
    "nul.tar.gz": "attachment_nul.tar.jpg",
    ".htaccess": "htaccess.jpg",
    "...": "attachment.jpg",
    "": "attachment.jpg",
    "   ": "attachment.jpg",
    "invoice.pdf.exe": "invoice.pdf.jpg",
    'a"; filename="evil.exe': "a__ filename=_evil.jpg",
    "a\r\nSet-Cookie: x=1": "aSet-Cookie_ x=1.jpg",
    "漏水😀.heic": "漏水😀.jpg",
    "%2e%2e%2fetc": "_2e_2e_2fetc.jpg",
    "\ufeffzero\u200bwidth": "zerowidth.jpg",
}


@pytest.mark.parametrize("given", NAMES, ids=lambda given: ascii(given)[:40])
def test_a_name_is_made_harmless(given: str) -> None:
    assert safe_name(given, "image/jpeg") == NAMES[given]


async def test_a_name_never_reaches_the_store_nor_breaks_a_header(server: Server, cast: Cast, appeal: str) -> None:
    for given in ("../../../etc/passwd", '漏水"\\;照片\u202e.exe', "a" * 300):
        answer, _ = await send(server, cast, appeal, jpeg(), name=given)
        assert answer.status_code == 201, answer.text
        headers = (await stored(server, cast.resident, answer.json()["id"])).headers
        assert headers["content-disposition"].startswith('attachment; filename="')
        assert headers["content-disposition"].isascii()
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["cache-control"] == "private, no-store"
    names = [row[0] for row in await cast.sql("SELECT stored_as FROM tickets.attachments WHERE district = $1")]
    assert len(names) == 3
    for name in names:
        assert name.startswith(f"{cast.district}/")
        assert len(name.split("/")) == 3
        assert set(name.split("/")[2]) <= set("0123456789abcdef")


# --- requests that are not what they say -----------------------------------------------------------------------------


def head(cast: Cast, appeal: str, *lines: str, content_type: str = "multipart/form-data; boundary=B") -> str:
    sent = {**cast.resident.writes(), "Host": "linli", "Content-Type": content_type}
    given = [f"{name}: {value}" for name, value in sent.items()]
    return "\n".join([f"POST {BASE}/appeals/{appeal}/attachments HTTP/1.1", *given, *lines, "", ""])


def part(name: str, content: bytes, *more: str) -> bytes:
    filename = '; filename="a.jpg"' if name == "file" else ""
    lines = [f'Content-Disposition: form-data; name="{name}"{filename}', *more]
    return b"--B\r\n" + "\r\n".join(lines).encode() + b"\r\n\r\n" + content + b"\r\n"


END = b"--B--\r\n"
KIND = part("kind", b"report")


def bodies() -> dict[str, tuple[bytes, set[int]]]:
    """Forms that are none, and what they are answered."""
    photo = part("file", jpeg())
    return {
        "thousands of parts": (part("kind", b"report") * 5000 + photo + END, {400}),
        "thousands of empty parts": (b"--B\r\n\r\n\r\n" * 5000 + END, {400}),
        "a part with a head of a megabyte": (b"--B\r\nX: " + b"x" * (1 << 20) + b"\r\n\r\nx\r\n" + END, {400}),
        "a part with a hundred thousand headers": (b"--B\r\n" + b"X: y\r\n" * 100_000 + b"\r\nx\r\n" + END, {400}),
        "no end": (KIND + photo, {400}),
        "nothing but the end": (END, {400}),
        "no body at all": (b"", {400}),
        "no file": (KIND + END, {422}),
        "two files": (KIND + photo + photo + END, {422}),
        "no kind": (photo + END, {422}),
        "an unknown kind": (part("kind", b"gift") + photo + END, {422}),
        "an unknown field": (KIND + part("appeal_id", b"x") + photo + END, {422}),
        "a kind of a megabyte": (part("kind", b"r" * (1 << 20)) + photo + END, {422}),
        "a kind that is no text": (part("kind", b"\xff\xfe") + photo + END, {400}),
        "a file that is packed on the way": (
            KIND + part("file", b"/9j/4AAQ" * 99, "Content-Transfer-Encoding: base64") + END,
            {422},
        ),
        "a form inside the file": (
            KIND
            + part("file", b"--C\r\n\r\n" + jpeg() + b"\r\n--C--", "Content-Type: multipart/mixed; boundary=C")
            + END,
            {422},
        ),
        "carriage returns by the million": (KIND + part("file", b"\r\n--" * 1_000_000) + END, {422}),
    }


@pytest.mark.parametrize("story", list(bodies()))
async def test_a_form_that_is_none(server: Server, cast: Cast, appeal: str, story: str) -> None:
    body, expected = bodies()[story]
    began = server.worked()
    answer = await server.raw(head(cast, appeal, f"Content-Length: {len(body)}", "Connection: close"), body)
    assert server.worked() - began < SECONDS
    assert int(answer.split()[1]) in expected, answer


@pytest.mark.parametrize(
    "content_type",
    ["application/json", "multipart/form-data", "multipart/form-data; boundary=", "text/plain; boundary=B",
     "multipart/form-data; boundary=" + "b" * 300, "multipart/mixed; boundary=B"],
)  # fmt: skip
async def test_another_type_of_body(server: Server, cast: Cast, appeal: str, content_type: str) -> None:
    lines = ("Content-Length: 5", "Connection: close")
    answer = await server.raw(head(cast, appeal, *lines, content_type=content_type), b"hello")
    assert int(answer.split()[1]) == 415, answer


async def test_more_than_the_limit_is_not_read_to_its_end(server: Server, cast: Cast, appeal: str) -> None:
    """Said beforehand, in pieces without a word, and as a file just too large."""
    said = await server.raw(head(cast, appeal, f"Content-Length: {1 << 40}"), b"x" * 1000)
    assert b" 413 " in said.split(b"\r\n")[0]
    pieces = [b"%X\r\n" % (1 << 16) + bytes(1 << 16) + b"\r\n"] * 400
    endless = await server.raw(head(cast, appeal, "Transfer-Encoding: chunked"), *pieces)
    assert endless == b"" or b" 413 " in endless.split(b"\r\n")[0]
    answer, seconds = await send(server, cast, appeal, b"\xff\xd8\xff" + noise(10 << 20))
    assert problem(answer) == (413, "body_too_large")
    assert seconds < SECONDS


async def test_less_than_it_says(server: Server, cast: Cast, appeal: str) -> None:
    """Content-Length promises more than comes: the client goes away, and nothing was taken."""
    body = KIND + part("file", jpeg()) + END
    await server.raw(head(cast, appeal, f"Content-Length: {len(body) + 1000}"), body, wait=0.3)
    assert (await cast.get(f"/appeals/{appeal}/attachments", cast.resident)).json() == []


async def test_more_than_it_says(server: Server, cast: Cast, appeal: str) -> None:
    """What is behind the promised length is no part of the form."""
    body = KIND + part("file", jpeg()) + END
    answer = await server.raw(head(cast, appeal, f"Content-Length: {len(body) - 4}", "Connection: close"), body)
    assert int(answer.split()[1]) == 400, answer


async def test_nobody_is_read_before_they_are_known(server: Server, cast: Cast, appeal: str) -> None:
    lines = f"POST {BASE}/appeals/{appeal}/attachments HTTP/1.1\nHost: linli\nContent-Length: 9000000\n\n"
    answer = await server.raw(lines.replace("9000000\n", f"9000000\nIdempotency-Key: {uuid4()}\n"))
    assert int(answer.split()[1]) == 401


async def test_twenty_large_ones_at_once_keep_nobody_out(server: Server, cast: Cast, appeal: str) -> None:
    """One person has two on the way at a time; an honest photograph of somebody else's is taken meanwhile."""
    by_story = {case.story: case for case in CORPUS}
    bomb = by_story["a real photograph of 39 megapixels"].build()
    attempts = [send(server, cast, appeal, bomb) for _ in range(20)]
    *answers, (honest, _) = await asyncio.gather(*attempts, send(server, cast, appeal, jpeg(), who=cast.staff))
    assert {answer.status_code for answer, _ in answers} <= {201, 429}
    assert honest.status_code == 201
    assert (await server.http.get("/healthz")).status_code == 200


async def test_ten_megabytes_from_twelve_people_at_once(server: Server, cast: Cast, appeal: str) -> None:
    """Few are held in memory; the others wait for a moment, or are asked to come again."""
    crowd = [somebody(cast.district, Role.COMMUNITY_STAFF, COMMUNITY) for _ in range(12)]
    content = b"\xff\xd8\xff\xe0" + noise((10 << 20) - 4)
    answers = await asyncio.gather(*(send(server, cast, appeal, content, who=one) for one in crowd))
    assert {answer.status_code for answer, _ in answers} <= {422, 503}


def test_afterwards_the_server_has_not_grown(server: Server) -> None:
    """The last of the file: after all of the above."""
    assert server.process.is_running()
    growth = server.most_memory() - server.began_with
    assert growth < GROWTH, f"{growth >> 20} MB"
