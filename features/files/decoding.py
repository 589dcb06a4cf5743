"""Decodes an image and makes its smaller sizes; also as a program that reads the image from standard input.

`python -m features.files.decoding KIND` writes the result as JSON. The memory that decoding a large image takes is
freed with the process.
"""

from __future__ import annotations

import base64
import io
import json
import struct
import sys
from dataclasses import asdict, dataclass
from typing import Any

from PIL import ExifTags, Image, ImageOps

from features.files.kinds import GIF, JPEG, PNG, WEBP

# The longest side of each size; the original is "o".
SIDES = {"t": 128, "w": 640}
BROKEN = (OSError, ValueError, SyntaxError, EOFError, TypeError, IndexError, KeyError, struct.error)
_FORMATS = {JPEG: "JPEG", PNG: "PNG", GIF: "GIF", WEBP: "WEBP"}
# A GIF has few colours, and only its first frame is used.
_WRITTEN = {GIF: "PNG"}
_KINDS = {"JPEG": JPEG, "PNG": PNG, "WEBP": WEBP}
_MAX_EXIF_TAGS = 30
_MAX_EXIF_LENGTH = 200
# Decoded, converted and reduced; the decoder of WebP holds two more copies.
_BYTES_OF_PIXEL = {JPEG: 8, PNG: 8, GIF: 8, WEBP: 16}
# A progressive JPEG has all its coefficients in memory before the first pixel is decoded.
_BYTES_OF_COEFFICIENTS = 6


@dataclass(frozen=True)
class Picture:
    """The smaller sizes of an image and their media type `kind`; `facts` are the Exif tags of the file."""

    width: int
    height: int
    kind: str
    sizes: dict[str, bytes]
    facts: dict[str, Any]

    def as_json(self) -> str:
        sizes = {name: base64.b64encode(content).decode() for name, content in self.sizes.items()}
        return json.dumps({**asdict(self), "sizes": sizes})

    @classmethod
    def of_json(cls, text: bytes) -> Picture:
        members = json.loads(text)
        sizes = {name: base64.b64decode(content) for name, content in members["sizes"].items()}
        return cls(**{**members, "sizes": sizes})


def opened(content: bytes, kind: str) -> Image.Image:
    """Return the image; only its header is read."""
    return Image.open(io.BytesIO(content), formats=[_FORMATS[kind]])


def needed_bytes(image: Image.Image, kind: str) -> int:
    """Return an estimate of the memory that `decoded` needs."""
    pixels = image.width * image.height
    _draft(image)
    coefficients = _BYTES_OF_COEFFICIENTS * pixels if image.info.get("progressive") else 0
    return image.width * image.height * _BYTES_OF_PIXEL[kind] + coefficients


def decoded(image: Image.Image, kind: str, *, width: int, height: int) -> Picture:
    """Return the smaller sizes of an image; `width` and `height` are those of its file."""
    facts = _facts(image)
    format = _WRITTEN.get(kind, _FORMATS[kind])
    _draft(image)
    upright = ImageOps.exif_transpose(_reduced(image))
    upright = upright if format == "JPEG" and upright.mode == "L" else upright.convert(_mode(upright, format))
    sizes = {}
    for name, side in sorted(SIDES.items(), key=lambda item: -item[1]):
        upright.thumbnail((side, side))
        sizes[name] = _encoded(upright, format)
    return Picture(width, height, _KINDS[format], sizes, facts)


def _draft(image: Image.Image) -> None:
    """Decode a JPEG at a fraction of its size."""
    image.draft("RGB", (SIDES["w"] * 2, SIDES["w"] * 2))


def _reduced(image: Image.Image) -> Image.Image:
    """Return a large image at a fraction of its size where its mode can be averaged, before it is copied."""
    factor = max(image.size) // (SIDES["w"] * 2)
    return image.reduce(factor) if factor > 1 and image.mode in ("L", "RGB", "RGBA") else image


def _mode(image: Image.Image, format: str) -> str:
    return "RGBA" if image.has_transparency_data and format != "JPEG" else "RGB"


def _encoded(image: Image.Image, format: str) -> bytes:
    """Return the encoded image without the Exif tags of the original."""
    target = io.BytesIO()
    copy = Image.new(image.mode, image.size)
    copy.paste(image)
    copy.save(target, format=format, **({} if format == "PNG" else {"quality": 85}))
    return target.getvalue()


def _facts(image: Image.Image) -> dict[str, Any]:
    """Return the Exif tags that are text or integers."""
    facts: dict[str, Any] = {}
    for tag, value in list(image.getexif().items())[:_MAX_EXIF_TAGS]:
        name = ExifTags.TAGS.get(tag)
        if name and isinstance(value, str):
            facts[name] = value.replace("\0", "").strip()[:_MAX_EXIF_LENGTH]
        elif name and isinstance(value, int) and abs(value) < 2**31:
            facts[name] = value
    return facts


def main(kind: str) -> int:
    """Decode standard input, whose size was checked before; return 1 for what cannot be decoded."""
    Image.MAX_IMAGE_PIXELS = None
    try:
        with opened(sys.stdin.buffer.read(), kind) as image:
            print(decoded(image, kind, width=image.width, height=image.height).as_json())
    except BROKEN:
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
