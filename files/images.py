"""Smaller sizes of an image, decoded within bounds."""

from __future__ import annotations

import io
import struct
import threading
from dataclasses import dataclass
from typing import Any

from PIL import ExifTags, Image, ImageOps

import engine
from files.kinds import GIF, JPEG, PNG, WEBP

# The longest side of each size; the original is "o".
SIDES = {"t": 128, "w": 640}
_FORMATS = {JPEG: "JPEG", PNG: "PNG", GIF: "GIF", WEBP: "WEBP"}
# A first frame is no animation, and GIF has few colours.
_WRITTEN = {GIF: "PNG"}
_KINDS = {"JPEG": JPEG, "PNG": PNG, "WEBP": WEBP}
_BROKEN = (OSError, ValueError, SyntaxError, EOFError, TypeError, IndexError, KeyError, struct.error)
_MOST_FACTS = 30
_LONGEST_FACT = 200
# One at a time in a process: a decoded image takes four bytes for each of its pixels.
_decoding = threading.Lock()


@dataclass(frozen=True)
class Picture:
    """An image with its smaller sizes, `kind` is theirs; `facts` is what the file says of itself."""

    width: int
    height: int
    kind: str
    sizes: dict[str, bytes]
    facts: dict[str, Any]


def picture(content: bytes, kind: str, *, most: int) -> Picture | None:
    """None for what cannot be decoded; `TooLarge` beyond `most` pixels, seen before anything is decoded."""
    too_large = f"An image has at most {most} pixels (MAX_IMAGE_PIXELS)."
    try:
        with _decoding, Image.open(io.BytesIO(content), formats=[_FORMATS[kind]]) as image:
            if image.width * image.height > most:
                raise engine.TooLarge(too_large)
            return _picture(image, kind)
    except Image.DecompressionBombError as problem:
        raise engine.TooLarge(too_large) from problem
    except _BROKEN:
        return None


def _picture(image: Image.Image, kind: str) -> Picture:
    facts, (width, height) = _facts(image), image.size
    written = _WRITTEN.get(kind, _FORMATS[kind])
    image.draft("RGB", (SIDES["w"] * 2, SIDES["w"] * 2))  # a JPEG need not be decoded in full
    upright = ImageOps.exif_transpose(image)
    upright = upright if written == "JPEG" and upright.mode == "L" else upright.convert(_mode(upright, written))
    sizes = {}
    for name, side in sorted(SIDES.items(), key=lambda item: -item[1]):
        upright.thumbnail((side, side))
        sizes[name] = _encoded(upright, written)
    return Picture(width, height, _KINDS[written], sizes, facts)


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
