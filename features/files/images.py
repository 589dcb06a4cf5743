"""Smaller sizes of an image, decoded within limits; a large one in a process of its own, which can be killed."""

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
# An image that needs more memory is decoded in another process.
_MAX_IN_PROCESS_BYTES = 48 << 20
_TIMEOUT_SECONDS = 20.0
# One image at a time in a process of the service.
_decode_lock = threading.Lock()


def picture(content: bytes, kind: str, *, max_pixels: int) -> Picture | None:
    """Return the smaller sizes of an image, or None for what cannot be decoded.

    Raises `TooLarge` above `max_pixels` before anything is decoded, and where decoding takes too long.
    """
    too_large = f"An image has at most {max_pixels} pixels (MAX_IMAGE_PIXELS)."
    try:
        with _decode_lock, decoding.opened(content, kind) as image:
            width, height = image.size
            if width * height > max_pixels:
                raise engine.TooLarge(too_large)
            if decoding.needed_bytes(image, kind) <= _MAX_IN_PROCESS_BYTES:
                return decoding.decoded(image, kind, width=width, height=height)
            return _decode_in_process(content, kind)
    except Image.DecompressionBombError as error:
        raise engine.TooLarge(too_large) from error
    except decoding.BROKEN:
        return None


def _decode_in_process(content: bytes, kind: str) -> Picture | None:
    command = [sys.executable, "-m", "features.files.decoding", kind]
    try:
        result = subprocess.run(
            command,
            input=content,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            cwd=_ROOT,
            timeout=_TIMEOUT_SECONDS,
        )
    except subprocess.TimeoutExpired as error:
        raise engine.TooLarge(f"Decoding the image takes more than {_TIMEOUT_SECONDS:.0f} seconds.") from error
    return Picture.of_json(result.stdout) if result.returncode == 0 else None
