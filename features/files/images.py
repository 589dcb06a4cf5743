"""Smaller sizes of an image, decoded within bounds: a large one in a process of its own, which can be ended."""

from __future__ import annotations

import subprocess
import sys
import threading
from pathlib import Path

from PIL import Image

import engine
from features.files import decoding
from features.files.decoding import SIDES, Picture

__all__ = ["SIDES", "Picture", "picture"]

_ROOT = Path(__file__).resolve().parent.parent.parent
# An image that takes more memory is decoded in another process.
_HERE_BYTES = 48 << 20
_SECONDS = 20.0
# One at a time in a process of the service.
_decoding = threading.Lock()


def picture(content: bytes, kind: str, *, most: int) -> Picture | None:
    """Return the smaller sizes of an image, or None for what cannot be decoded.

    Raises `TooLarge` beyond `most` pixels, before anything is decoded, and where decoding takes too long.
    """
    too_large = f"An image has at most {most} pixels (MAX_IMAGE_PIXELS)."
    try:
        with _decoding, decoding.opened(content, kind) as image:
            width, height = image.size
            if width * height > most:
                raise engine.TooLarge(too_large)
            if decoding.needed_bytes(image, kind) <= _HERE_BYTES:
                return decoding.decoded(image, kind, width=width, height=height)
            return _decoded_apart(content, kind)
    except Image.DecompressionBombError as problem:
        raise engine.TooLarge(too_large) from problem
    except decoding.BROKEN:
        return None


def _decoded_apart(content: bytes, kind: str) -> Picture | None:
    command = [sys.executable, "-m", "features.files.decoding", kind]
    try:
        ended = subprocess.run(
            command, input=content, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, cwd=_ROOT, timeout=_SECONDS
        )
    except subprocess.TimeoutExpired as problem:
        raise engine.TooLarge(f"Decoding the image takes more than {_SECONDS:.0f} seconds.") from problem
    return Picture.of_json(ended.stdout) if ended.returncode == 0 else None
