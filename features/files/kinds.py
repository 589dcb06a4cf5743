"""The media type of a file by its first bytes: a short list of types that browsers may show, else `OTHER`."""

from __future__ import annotations

OTHER = "application/octet-stream"
JPEG, PNG, GIF, WEBP = "image/jpeg", "image/png", "image/gif", "image/webp"
# What a page may show; everything else is for saving alone.
IMAGES = (JPEG, PNG, GIF, WEBP)


def kind_of(content: bytes) -> str:
    """Return the media type of a file's content; the type that the client sent is ignored."""
    if content.startswith(b"\xff\xd8\xff"):
        return JPEG
    if content.startswith(b"\x89PNG\r\n\x1a\n"):
        return PNG
    if content.startswith((b"GIF87a", b"GIF89a")):
        return GIF
    if content[:4] == b"RIFF" and content[8:12] == b"WEBP":
        return WEBP
    return "application/pdf" if content.startswith(b"%PDF-") else OTHER
