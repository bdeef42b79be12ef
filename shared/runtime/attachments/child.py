"""The program that looks at one uploaded file, in a process of its own with bounds on time, memory and files.

    python -I child.py <pixels> <longest side> <thumbnail side> <CPU seconds> <memory bytes>  < file  > answer

It knows nothing: no settings, no secrets, no part of Linli. It reads the file from standard input and answers with one
line of JSON (`{"refused": "animated"}`, or sizes and types) followed by the bytes to be stored and those of a small
picture. An image is decoded and written anew, so that whatever else was in the file (EXIF with the place of the
capture, profiles, comments, a second file behind the first) is gone. A PDF is searched, not parsed.
"""

import io
import json
import os
import re
import resource
import signal
import sys
import zlib
from collections.abc import Iterator

from PIL import (
    Image,
    ImageOps,
    JpegImagePlugin,
    MpoImagePlugin,
    PngImagePlugin,
    TiffImagePlugin,
    WebPImagePlugin,
)

# Loaded before the bounds forbid opening files: the types we take, what a phone's JPEG may be, and what reads its EXIF.
_PLUGINS = (JpegImagePlugin, MpoImagePlugin, PngImagePlugin, TiffImagePlugin, WebPImagePlugin)
_PNG_PIXELS = 5_000_000  # what is larger is written as JPEG: PNG would take seconds
_WEBP_PIXELS = 16_000_000  # its decoder holds the whole canvas three times
_HALF = 2800  # what a JPEG that is too large keeps at least, where half of it is decoded
_SCANNED = 600_000_000  # pixels times scans: a progressive JPEG has about ten, each a pass over the whole image
_TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
_ORIENTATION = 0x0112


class Refused(Exception):
    """The file is not taken; the word says why (`refusals.py` has the sentences)."""


def bound(cpu_s: float, memory: int) -> None:
    """From here on: so much CPU time, so much memory, no file, no child, no core."""
    signal.setitimer(signal.ITIMER_PROF, cpu_s)  # its signal ends us, also in the middle of a decoder
    whole = int(cpu_s) + 1
    for what, limit in (
        (resource.RLIMIT_CPU, whole),
        (resource.RLIMIT_AS, memory),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_NOFILE, 3),
        (resource.RLIMIT_NPROC, 0),
        (resource.RLIMIT_CORE, 0),
    ):
        resource.setrlimit(what, (limit, limit))


# --- images ----------------------------------------------------------------------------------------------------------


def image(data: bytes, kind: str, pixels: int, longest: int, small: int) -> tuple[dict[str, object], bytes, bytes]:
    """The image decoded and written anew, and a small one. Raises Refused."""
    if kind == "WEBP":
        _bounded(*_webp_size(data), min(pixels, _WEBP_PIXELS))
    try:
        with Image.open(io.BytesIO(data), formats=(kind,)) as opened:
            _bounded(*opened.size, pixels)
            _still(opened, data.count(b"\xff\xda"))
            turned = _orientation(opened)
            clean = _plain(_reduced(opened, longest))
    except Refused:
        raise
    except MemoryError:
        raise Refused("too_expensive") from None
    except Exception:  # noqa: BLE001 - whatever a decoder says about a file that is none
        raise Refused("damaged") from None
    if turned in _TURNS:
        clean = clean.transpose(_TURNS[turned])
    clean.info.clear()  # what a format keeps there (comment, profile, resolution) would be written again
    sharp = (kind == "PNG" or clean.mode == "RGBA") and clean.width * clean.height <= _PNG_PIXELS
    stored = _written(clean, sharp=sharp)
    width, height = clean.size
    clean.thumbnail((small, small))
    preview = io.BytesIO()
    clean.save(preview, "WEBP", quality=75, method=2)
    media_type = "image/png" if sharp else "image/jpeg"
    return {"media_type": media_type, "width": width, "height": height}, stored, preview.getvalue()


def _bounded(width: int, height: int, pixels: int) -> None:
    if width * height > pixels or min(width, height) < 1:
        raise Refused("too_many_pixels")


def _still(opened: Image.Image, scans: int) -> None:
    """A phone's JPEG may hold a second view, which is dropped; in the other types more frames are an animation."""
    if opened.format in ("JPEG", "MPO"):
        if scans * opened.width * opened.height > _SCANNED:
            raise Refused("too_expensive")
    elif getattr(opened, "n_frames", 1) > 1:
        raise Refused("animated")


def _webp_size(data: bytes) -> tuple[int, int]:
    """From the first chunk: the decoder would take the memory for the whole canvas before it tells us."""
    chunk, body = data[12:16], data[20:30]
    if chunk == b"VP8X":
        return int.from_bytes(body[4:7], "little") + 1, int.from_bytes(body[7:10], "little") + 1
    if chunk == b"VP8L":
        bits = int.from_bytes(body[1:5], "little")
        return (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
    return int.from_bytes(body[6:8], "little") & 0x3FFF, int.from_bytes(body[8:10], "little") & 0x3FFF


def _orientation(opened: Image.Image) -> int:
    """How the camera was held. An EXIF block that cannot be read says nothing."""
    try:
        return int(opened.getexif().get(_ORIENTATION, 1))
    except Exception:  # noqa: BLE001 - a broken block of EXIF is no reason to refuse the picture
        return 1


def _reduced(opened: Image.Image, longest: int) -> Image.Image:
    """Decoded, and no larger than we keep. A JPEG is decoded at half or a quarter of its size where that is enough."""
    if opened.format in ("JPEG", "MPO") and max(opened.size) > longest:
        scale = _HALF / max(opened.size)
        opened.draft(None, (int(opened.width * scale) or 1, int(opened.height * scale) or 1))
    opened.load()
    if max(opened.size) <= longest:
        return opened
    reduced = ImageOps.contain(opened, (longest, longest), Image.Resampling.BOX)
    reduced.info = opened.info
    return reduced


def _plain(image: Image.Image) -> Image.Image:
    """RGB, grey, or RGBA where something shows through."""
    if image.mode.startswith("I"):  # 16 bits of grey
        return image.convert("I").point(lambda value: value * (1 / 256)).convert("L")
    if image.mode in ("RGBA", "LA", "PA", "La", "RGBa") or "transparency" in image.info:
        seen = image.convert("RGBA")
        return seen.convert("RGB") if seen.getchannel("A").getextrema() == (255, 255) else seen
    return image.convert("L" if image.mode in ("1", "L") else "RGB")


def _written(clean: Image.Image, *, sharp: bool) -> bytes:
    out = io.BytesIO()
    if sharp:
        clean.save(out, "PNG", compress_level=3)
        return out.getvalue()
    if clean.mode == "RGBA":  # too large to stay transparent: onto white
        ground = Image.new("RGB", clean.size, "white")
        ground.paste(clean, mask=clean.getchannel("A"))
        clean = ground
    clean.save(out, "JPEG", quality=88)
    return out.getvalue()


# --- PDF -------------------------------------------------------------------------------------------------------------

_ESCAPED = re.compile(rb"#([0-9A-Fa-f]{2})")
_ACTIVE = re.compile(
    rb"/(?:JavaScript|JS|Launch|EmbeddedFiles?|EmbeddedFile|RichMedia|Rendition|XFA|SubmitForm|ImportData|GoToE|GoToR"
    rb"|Movie|Sound|AA)(?![A-Za-z0-9])"
)
_ENCRYPTED = re.compile(rb"/Encrypt(?![A-Za-z0-9])")
_OBJECTS = re.compile(rb"/ObjStm(?![A-Za-z0-9])")
_STREAM = re.compile(rb"(?<!end)stream\r?\n")
_TAIL, _NEAR, _UNPACKED = 1024, 2048, 48 * 1024 * 1024
_FOREIGN = (b"<html", b"<script", b"<?php", b"<svg", b"PK\x03\x04")
_ZIP_END, _ZIP_REACH = b"PK\x05\x06", 66_000


def pdf(data: bytes) -> None:
    """Refuses what a PDF is not needed for here. A search of the bytes: it finds names, also escaped ones and those in
    compressed object streams, and knows nothing of what else a page may hold.
    """
    end = data.rstrip(b"\r\n\t \0")
    if not re.match(rb"%PDF-[12]\.[0-9]", data) or not end.endswith(b"%%EOF"):
        raise Refused("damaged")
    if any(word in data[:_TAIL].lower() for word in _FOREIGN[:4]) or _ZIP_END in data[-_ZIP_REACH:]:
        raise Refused("mixed")
    if b"obj" not in data or b"startxref" not in data[-_TAIL - 64 :]:
        raise Refused("damaged")
    for part in (data, *_object_streams(data)):
        names = _ESCAPED.sub(lambda found: bytes([int(found[1], 16)]), part)
        if _ENCRYPTED.search(names):
            raise Refused("encrypted")
        if _ACTIVE.search(names):
            raise Refused("active")


def _object_streams(data: bytes) -> Iterator[bytes]:
    """The unpacked object streams, in which objects (and names) may hide. Raises Refused where one cannot be opened."""
    room = _UNPACKED
    for found in _STREAM.finditer(data):
        before = _ESCAPED.sub(
            lambda hidden: bytes([int(hidden[1], 16)]), data[max(0, found.start() - _NEAR) : found.start()]
        )
        if not _OBJECTS.search(before[before.rfind(b"obj") :]):
            continue
        opener = zlib.decompressobj()
        try:
            unpacked = opener.decompress(data[found.end() : found.end() + len(data)], room)
        except zlib.error:
            raise Refused("damaged") from None
        room -= len(unpacked)
        if room <= 0:
            raise Refused("too_expensive")
        yield unpacked


# --- the program ---------------------------------------------------------------------------------------------------


def examined(data: bytes, pixels: int, longest: int, small: int) -> tuple[dict[str, object], bytes, bytes]:
    """What is stored of the file, by its first bytes."""
    if data.startswith(b"%PDF-"):
        pdf(data)
        return {"media_type": "application/pdf", "width": None, "height": None}, data, b""
    if data.startswith(b"\xff\xd8\xff"):
        return image(data, "JPEG", pixels, longest, small)
    if data.startswith(b"\x89PNG\r\n\x1a\n"):
        return image(data, "PNG", pixels, longest, small)
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return image(data, "WEBP", pixels, longest, small)
    raise Refused("type_not_allowed")


def main() -> None:
    pixels, longest, small, cpu_s, memory = sys.argv[1:]
    Image.preinit()  # it would load more plugins, from files
    Image.MAX_IMAGE_PIXELS = None  # ours is the bound
    bound(float(cpu_s), int(memory))
    stored = preview = b""
    try:
        data = sys.stdin.buffer.read()
        answer, stored, preview = examined(data, int(pixels), int(longest), int(small))
        answer |= {"size": len(stored), "preview": len(preview)}
    except Refused as refused:
        answer = {"refused": str(refused)}
    except MemoryError:
        answer = {"refused": "too_expensive"}
    out = sys.stdout.buffer
    out.writelines([json.dumps(answer).encode(), b"\n", stored, preview])
    out.flush()
    os._exit(0)  # nothing is left to be tidied


if __name__ == "__main__":
    main()
