"""What a client calls its file, made harmless: shown to people, sent as a download's name, never a path of ours."""

import re
import unicodedata
from urllib.parse import quote

_LONGEST = 80
_EXTENSIONS = {"image/jpeg": ".jpg", "image/png": ".png", "image/webp": ".webp", "application/pdf": ".pdf"}
_DEVICES = re.compile(r"(?i)^(con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³]|conin\$|conout\$)$")
_FORBIDDEN = re.compile(r'[<>:"|?*;%]')
_HIDDEN = {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}  # controls, directions, surrogates: not letters of a name


def safe_name(given: str, media_type: str) -> str:
    """The last part of the given name without anything that a system or a reader could misunderstand, with the
    extension of what the file really is.
    """
    last = re.split(r"[/\\]", given[-1000:])[-1]
    letters = "".join(one for one in unicodedata.normalize("NFC", last) if unicodedata.category(one) not in _HIDDEN)
    stem = _FORBIDDEN.sub("_", letters)
    head, dot, tail = stem.rpartition(".")
    if dot and re.fullmatch(r"[A-Za-z0-9]{1,5}", tail):
        stem = head
    stem = " ".join(stem.split()).strip(". ")[:_LONGEST].strip(". ")
    if not stem or _DEVICES.match(stem.partition(".")[0].strip()):
        stem = f"attachment_{stem}".rstrip("_")
    return stem + _EXTENSIONS[media_type]


def disposition(name: str) -> str:
    """The header that has a browser save the file instead of showing it, whatever is in its name (RFC 6266)."""
    plain = re.sub(r"[^A-Za-z0-9._-]", "_", name)
    return f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(name, safe='')}"
