"""Files that somebody might send us, built here byte by byte: bombs, half files, two files in one, wrong ones.

`CORPUS` reads as a story per line: what it is, and what becomes of it. `clean` is a media type: the file is taken, and
what is stored holds nothing but the picture.
"""

import io
import struct
import zipfile
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from random import Random

from PIL import Image, TiffImagePlugin

GPS_WORDS = b"LINLI-SECRET-PLACE"
SCRIPT = b"<script>alert(document.domain)</script>"


# --- honest files --------------------------------------------------------------------------------------------------


def picture(size: tuple[int, int] = (640, 480), mode: str = "RGB") -> Image.Image:
    """Something with a gradient and an edge, the same at every run."""
    made = Image.linear_gradient("L").resize(size).convert("RGB")
    made.paste((200, 30, 30), (0, 0, size[0] // 3, size[1] // 2))
    return made.convert(mode)


def encoded(image: Image.Image, kind: str, **options: object) -> bytes:
    out = io.BytesIO()
    image.save(out, kind, **options)
    return out.getvalue()


def jpeg(size: tuple[int, int] = (640, 480), **options: object) -> bytes:
    return encoded(picture(size), "JPEG", **options)


def exif(orientation: int = 1) -> Image.Exif:
    """The place of the capture, the owner's name, and how the camera was held."""
    made = Image.Exif()
    made[0x0112] = orientation
    made[0x010E] = GPS_WORDS.decode()
    made[0x013B] = "虚构机主".encode()
    place = made.get_ifd(0x8825)
    place[1], place[2] = "N", tuple(TiffImagePlugin.IFDRational(part) for part in (35, 38, 27))
    place[3], place[4] = "E", tuple(TiffImagePlugin.IFDRational(part) for part in (111, 28, 33))
    place[29] = GPS_WORDS.decode()
    return made


def with_place(kind: str, orientation: int = 1) -> bytes:
    """As a phone writes it."""
    more = {"xmp": b"<x:xmpmeta>" + GPS_WORDS + b"</x:xmpmeta>"} if kind != "PNG" else {}
    return encoded(picture(), kind, exif=exif(orientation), icc_profile=b"icc" + GPS_WORDS, **more)


def pdf(body: bytes = b"", tail: bytes = b"") -> bytes:
    """A page that says nothing."""
    return (
        b"%PDF-1.7\n1 0 obj\n<</Type/Catalog/Pages 2 0 R>>\nendobj\n2 0 obj\n<</Type/Pages/Count 1/Kids[3 0 R]>>\n"
        b"endobj\n3 0 obj\n<</Type/Page/Parent 2 0 R/MediaBox[0 0 72 72]>>\nendobj\n"
        + body
        + b"\nxref\n0 1\n0000000000 65535 f \ntrailer\n<</Size 4/Root 1 0 R>>\nstartxref\n180\n%%EOF\n"
        + tail
    )


# --- PNG, WebP and JPEG by hand --------------------------------------------------------------------------------------


def chunk(name: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


def png(width: int, height: int, *extra: bytes, bits: int = 8, colour: int = 0, data: bytes | None = None) -> bytes:
    header = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, bits, colour, 0, 0, 0))
    pixels = chunk(b"IDAT", zlib.compress(b"\0" * 64) if data is None else data)
    return b"\x89PNG\r\n\x1a\n" + header + b"".join(extra) + pixels + chunk(b"IEND", b"")


def zeros(megabytes: int) -> bytes:
    """So many megabytes in a thousandth of them."""
    packer = zlib.compressobj(9)
    return b"".join(packer.compress(bytes(1 << 20)) for _ in range(megabytes)) + packer.flush()


def wide_png() -> bytes:
    """144 megapixels in one bit each: 18 MB unpacked, and all there."""
    packer = zlib.compressobj(9)
    rows = b"".join(packer.compress(bytes(1501)) for _ in range(12_000)) + packer.flush()
    return png(12_000, 12_000, bits=1, data=rows)


def webp(body: bytes, kind: bytes = b"VP8X") -> bytes:
    part = kind + struct.pack("<I", len(body)) + body
    return b"RIFF" + struct.pack("<I", len(part) + 4) + b"WEBP" + part


def segment(marker: int, data: bytes) -> bytes:
    return bytes((0xFF, marker)) + struct.pack(">H", len(data) + 2) + data


def with_segments(*segments: bytes) -> bytes:
    """A photograph with more behind its first marker."""
    plain = jpeg()
    return plain[:2] + b"".join(segments) + plain[2:]


def profile(pieces: int) -> list[bytes]:
    """A colour profile in as many pieces as a JPEG may have."""
    return [segment(0xE2, b"ICC_PROFILE\0" + bytes((n, pieces)) + noise(5000)) for n in range(1, pieces + 1)]


def claimed_jpeg() -> bytes:
    """65,500 by 65,500, it says."""
    plain = jpeg((64, 64))
    at = plain.index(b"\xff\xc0") + 5
    return plain[:at] + struct.pack(">HH", 65_500, 65_500) + plain[at + 4 :]


def many_scans(times: int) -> bytes:
    """A progressive photograph of 36 megapixels whose last scan comes again and again."""
    plain = encoded(Image.new("RGB", (6000, 6000), "gray"), "JPEG", progressive=True, quality=10)
    scan = plain[plain.rindex(b"\xff\xda") : -2]
    return plain[:-2] + scan * times + b"\xff\xd9"


def frames(kind: str, count: int) -> bytes:
    made = [Image.new("RGB", (64, 64), (number % 256, number // 256, 0)) for number in range(count)]
    return encoded(made[0], kind, save_all=True, append_images=made[1:], duration=10)


# --- others --------------------------------------------------------------------------------------------------------


def archive(**files: bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as made:
        for name, data in files.items():
            made.writestr(name, data)
    return out.getvalue()


def nested_bomb() -> bytes:
    inner = archive(**{f"{number}.bin": bytes(10 << 20) for number in range(4)})
    return archive(**{f"{number}.zip": inner for number in range(16)})


def ftyp(brand: bytes) -> bytes:
    return struct.pack(">I", 24) + b"ftyp" + brand + b"\0\0\0\0mif1" + brand + b"\0" * 400


def object_stream(packed: bytes) -> bytes:
    head = b"4 0 obj\n<</Type/ObjStm/N 1/First 4/Filter/FlateDecode/Length %d>>\nstream\n" % len(packed)
    return head + packed + b"\nendstream\nendobj"


def noise(count: int) -> bytes:
    return Random(12345).randbytes(count)


# --- the story -----------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Case:
    story: str
    becomes: str  # a reason of `attachment_refused`, or the media type that is stored
    build: Callable[[], bytes]


JPEG, PNG, PDF = "image/jpeg", "image/png", "application/pdf"
CORPUS = [
    # It says that it is enormous, or is.
    Case("a PNG of 50,000 by 50,000 pixels in 100 bytes", "too_many_pixels", lambda: png(50_000, 50_000)),
    Case("a PNG of 144 megapixels, all there, in 20 kB", "too_many_pixels", wide_png),
    Case("a JPEG that claims 65,500 by 65,500", "too_many_pixels", claimed_jpeg),
    Case("a WebP with a canvas of 16,384 by 16,384", "too_many_pixels",
         lambda: webp(b"\x10\0\0\0" + b"\xff\x3f\0" * 2)),
    Case("a lossless WebP of 16,384 by 16,384", "too_many_pixels", lambda: webp(b"\x2f\xff\xff\xff\x0f", b"VP8L")),
    Case("a PNG without any pixel", "damaged", lambda: png(0, 0)),
    Case("a small PNG whose pixels unpack to 300 MB", PNG, lambda: png(100, 100, data=zeros(300))),
    Case("a PNG with a text that unpacks to 100 MB", "damaged",
         lambda: png(8, 8, chunk(b"zTXt", b"Comment\0\0" + zeros(100)))),
    Case("a PNG with a colour profile that unpacks to 100 MB", "damaged",
         lambda: png(8, 8, chunk(b"iCCP", b"icc\0\0" + zeros(100)))),
    Case("a PNG with 200,000 little texts", "damaged", lambda: png(8, 8, chunk(b"tEXt", b"k\0v" * 30) * 60_000)),
    Case("a progressive JPEG of 36 megapixels with 90 more scans", "too_expensive", lambda: many_scans(90)),
    Case("the same with 4,000 more", "too_expensive", lambda: many_scans(4000)),
    Case("a real photograph of 39 megapixels", JPEG, lambda: jpeg((7200, 5400), quality=70)),
    # It moves.
    Case("a GIF of 2,000 frames", "type_not_allowed", lambda: frames("GIF", 2000)),
    Case("an animated PNG", "animated", lambda: frames("PNG", 40)),
    Case("an animated WebP", "animated", lambda: frames("WEBP", 40)),
    # It is not whole.
    Case("half a JPEG", "damaged", lambda: jpeg()[:4000]),
    Case("half a PNG", "damaged", lambda: encoded(picture(), "PNG")[:700]),
    Case("half a WebP", "damaged", lambda: encoded(picture(), "WEBP")[:900]),
    Case("half a PDF", "damaged", lambda: pdf()[:150]),
    Case("nothing", "empty", lambda: b""),
    Case("one byte", "type_not_allowed", lambda: b"\xff"),
    Case("the first bytes of a JPEG and then noise", "damaged", lambda: b"\xff\xd8\xff\xe0" + noise(50_000)),
    Case("the first bytes of a PNG and then noise", "damaged", lambda: b"\x89PNG\r\n\x1a\n" + noise(50_000)),
    # Two in one.
    Case("a JPEG with a ZIP behind it", JPEG, lambda: jpeg() + archive(evil=b"MZ" * 99)),
    Case("a JPEG with a PDF behind it", JPEG, lambda: jpeg() + pdf()),
    Case("a JPEG with a page of script as its comment", JPEG, lambda: with_segments(segment(0xFE, SCRIPT))),
    Case("a JPEG with PHP in its EXIF", JPEG, lambda: with_segments(segment(0xE1, b"Exif\0\0<?php system($_GET[0]);"))),
    Case("a PNG with HTML behind it", PNG, lambda: encoded(picture(), "PNG") + b"<html>" + SCRIPT),
    Case("a GIF that is JavaScript", "type_not_allowed", lambda: b"GIF89a/*" + b"\0" * 20 + b"*/=1;alert(1)"),
    Case("a PDF that is a ZIP as well", "mixed", lambda: pdf(archive(evil=b"x" * 999))),
    Case("a PDF with a ZIP behind it", "damaged", lambda: pdf(tail=archive(evil=b"x" * 999))),
    Case("a PDF that begins as HTML", "type_not_allowed", lambda: b"<html>" + SCRIPT + pdf()),
    Case("a PDF whose first lines are HTML", "mixed",
         lambda: pdf().replace(b"1 0 obj", b"%" + SCRIPT + b"\n1 0 obj", 1)),
    # Something else.
    Case("an SVG with a script", "type_not_allowed", lambda: b'<svg xmlns="http://www.w3.org/2000/svg">' + SCRIPT),
    Case("a page of HTML", "type_not_allowed", lambda: b"<!doctype html>" + SCRIPT),
    Case("a Windows program", "type_not_allowed", lambda: b"MZ\x90\0" + noise(4000)),
    Case("a Linux program", "type_not_allowed", lambda: b"\x7fELF" + noise(4000)),
    Case("a ZIP", "type_not_allowed", lambda: archive(a=b"a")),
    Case("a ZIP of ZIPs that unpacks to 640 MB", "type_not_allowed", nested_bomb),
    Case("a spreadsheet", "type_not_allowed", lambda: archive(**{"[Content_Types].xml": b"<Types/>"})),
    Case("a TIFF", "type_not_allowed", lambda: encoded(picture(), "TIFF")),
    Case("a BMP", "type_not_allowed", lambda: encoded(picture(), "BMP")),
    Case("a photograph from an iPhone as HEIC", "heic", lambda: ftyp(b"heic")),
    Case("an AVIF", "heic", lambda: ftyp(b"avif")),
    Case("a video", "type_not_allowed", lambda: ftyp(b"isom")),
    Case("ten megabytes of noise", "type_not_allowed", lambda: noise(10 << 20)),
    # Odd, and a picture all the same.
    Case("a photograph with the place where it was taken", JPEG, lambda: with_place("JPEG")),
    Case("a PNG with it", PNG, lambda: with_place("PNG")),
    Case("a WebP with it", JPEG, lambda: with_place("WEBP")),
    Case("a photograph with 40 blocks of 64 kB of EXIF", JPEG,
         lambda: with_segments(*[segment(0xE1, b"Exif\0\0" + noise(65_000))] * 40)),
    Case("a photograph with a broken EXIF", JPEG,
         lambda: with_segments(segment(0xE1, b"Exif\0\0II*\0\xff\xff\xff\xff"))),
    Case("a photograph with 255 pieces of a colour profile", JPEG,
         lambda: with_segments(*profile(255))),
    Case("a photograph for the printer (CMYK)", JPEG, lambda: encoded(picture(mode="CMYK"), "JPEG")),
    Case("a PNG with 16 bits of grey", PNG, lambda: encoded(picture(mode="L").convert("I;16"), "PNG")),
    Case("a PNG with a palette that shows through", PNG, lambda: encoded(picture(mode="P"), "PNG", transparency=3)),
    Case("a PNG in black and white", PNG, lambda: encoded(picture(mode="1"), "PNG")),
    Case("a WebP that shows through", PNG, lambda: encoded(_see_through(), "WEBP")),
    # A PDF that does more than show pages.
    Case("a plain PDF", PDF, pdf),
    Case("a PDF with a script", "active", lambda: pdf(b"5 0 obj<</S/JavaScript/JS(app.alert(1))>>endobj")),
    Case("a PDF that spells it /J#61vaScript", "active", lambda: pdf(b"5 0 obj<</S/J#61vaScript/#4AS(x)>>endobj")),
    Case("a PDF that packs it into an object stream", "active",
         lambda: pdf(object_stream(zlib.compress(b"5 0 <</S/JavaScript/JS(app.alert(1))>>")))),
    Case("a PDF whose object stream unpacks to 100 MB", "too_expensive", lambda: pdf(object_stream(zeros(100)))),
    Case("a PDF that starts a program", "active", lambda: pdf(b"5 0 obj<</S/Launch/F(cmd.exe)>>endobj")),
    Case("a PDF with a file inside", "active", lambda: pdf(b"5 0 obj<</Type/EmbeddedFile>>endobj")),
    Case("a PDF with a form that is a program (XFA)", "active", lambda: pdf(b"5 0 obj<</XFA[(a)6 0 R]>>endobj")),
    Case("an encrypted PDF", "encrypted", lambda: pdf(b"trailer<</Encrypt 9 0 R>>")),
    Case("only the head of a PDF", "damaged", lambda: b"%PDF-1.7\n%%EOF\n"),
]  # fmt: skip


def _see_through() -> Image.Image:
    made = picture(mode="RGBA")
    made.putalpha(128)
    return made


# --- what is left in a picture ---------------------------------------------------------------------------------------


def parts_of(content: bytes) -> set[str]:
    """The names of everything in a stored picture, to its last byte."""
    return _parts_of_png(content) if content.startswith(b"\x89PNG") else _parts_of_jpeg(content)


def _parts_of_png(content: bytes) -> set[str]:
    found, at = set(), 8
    while at < len(content):
        length = int.from_bytes(content[at : at + 4], "big")
        found.add(content[at + 4 : at + 8].decode("latin-1"))
        at += length + 12
    return found


def _parts_of_jpeg(content: bytes) -> set[str]:
    found, at = set(), 2
    while content[at + 1] != 0xDA:
        found.add(f"{content[at + 1]:02X}")
        at += int.from_bytes(content[at + 2 : at + 4], "big") + 2
    end = content.index(b"\xff\xd9", at)
    return found | ({"something behind the picture"} if end + 2 != len(content) else set())


ONLY_THE_PICTURE = {"IHDR", "PLTE", "tRNS", "IDAT", "IEND", "E0", "DB", "C0", "C2", "C4"}
