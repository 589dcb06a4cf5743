"""Decodes an image and makes its smaller sizes; as a program, of the image in its standard input.

`python -m features.files.decoding KIND` writes the result as JSON. What a decoder needs for a large image is freed
with its process.
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
# A first frame is no animation, and GIF has few colours.
_WRITTEN = {GIF: "PNG"}
_KINDS = {"JPEG": JPEG, "PNG": PNG, "WEBP": WEBP}
_MOST_FACTS = 30
_LONGEST_FACT = 200
# Decoded, converted and reduced; the decoder of WebP has two pictures of its own.
_BYTES_OF_PIXEL = {JPEG: 8, PNG: 8, GIF: 8, WEBP: 16}
# All coefficients of a progressive JPEG are in memory before its first pixel.
_BYTES_OF_COEFFICIENTS = 6


@dataclass(frozen=True)
class Picture:
    """An image with its smaller sizes, `kind` is theirs; `facts` is what the file says of itself."""

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
    """Return the image, of which only the header is read yet."""
    return Image.open(io.BytesIO(content), formats=[_FORMATS[kind]])


def needed_bytes(image: Image.Image, kind: str) -> int:
    """Return about how much memory `decoded` will take."""
    whole = image.width * image.height
    _draft(image)
    coefficients = _BYTES_OF_COEFFICIENTS * whole if image.info.get("progressive") else 0
    return image.width * image.height * _BYTES_OF_PIXEL[kind] + coefficients


def decoded(image: Image.Image, kind: str, *, width: int, height: int) -> Picture:
    """Return the smaller sizes of an image; `width` and `height` are those of its file."""
    facts = _facts(image)
    written = _WRITTEN.get(kind, _FORMATS[kind])
    _draft(image)
    upright = ImageOps.exif_transpose(_reduced(image))
    upright = upright if written == "JPEG" and upright.mode == "L" else upright.convert(_mode(upright, written))
    sizes = {}
    for name, side in sorted(SIDES.items(), key=lambda item: -item[1]):
        upright.thumbnail((side, side))
        sizes[name] = _encoded(upright, written)
    return Picture(width, height, _KINDS[written], sizes, facts)


def _draft(image: Image.Image) -> None:
    """Have a JPEG decoded at a fraction of its size."""
    image.draft("RGB", (SIDES["w"] * 2, SIDES["w"] * 2))


def _reduced(image: Image.Image) -> Image.Image:
    """Return a large image at a fraction of its size where its mode can be averaged, before it is copied."""
    factor = max(image.size) // (SIDES["w"] * 2)
    return image.reduce(factor) if factor > 1 and image.mode in ("L", "RGB", "RGBA") else image


def _mode(image: Image.Image, written: str) -> str:
    return "RGBA" if image.has_transparency_data and written != "JPEG" else "RGB"


def _encoded(image: Image.Image, written: str) -> bytes:
    """Without what the original says of its camera and place."""
    target = io.BytesIO()
    plain = Image.new(image.mode, image.size)
    plain.paste(image)
    plain.save(target, format=written, **({} if written == "PNG" else {"quality": 85}))
    return target.getvalue()


def _facts(image: Image.Image) -> dict[str, Any]:
    """The plain ones among the Exif tags."""
    found: dict[str, Any] = {}
    for tag, value in list(image.getexif().items())[:_MOST_FACTS]:
        name = ExifTags.TAGS.get(tag)
        if name and isinstance(value, str):
            found[name] = value.replace("\0", "").strip()[:_LONGEST_FACT]
        elif name and isinstance(value, int) and abs(value) < 2**31:
            found[name] = value
    return found


def main(kind: str) -> int:
    """Decode standard input, whose size has been checked; 1 for what cannot be decoded."""
    Image.MAX_IMAGE_PIXELS = None
    try:
        with opened(sys.stdin.buffer.read(), kind) as image:
            print(decoded(image, kind, width=image.width, height=image.height).as_json())
    except BROKEN:
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
