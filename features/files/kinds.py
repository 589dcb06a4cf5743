"""What a file is, by its first bytes: a short list of kinds that browsers may show, and all else."""

from __future__ import annotations

OTHER = "application/octet-stream"
JPEG, PNG, GIF, WEBP = "image/jpeg", "image/png", "image/gif", "image/webp"
# What a page may show; everything else is for saving alone.
IMAGES = (JPEG, PNG, GIF, WEBP)


def kind_of(content: bytes) -> str:
    """A media type; what its sender called it plays no part."""
    if content.startswith(b"\xff\xd8\xff"):
        return JPEG
    if content.startswith(b"\x89PNG\r\n\x1a\n"):
        return PNG
    if content.startswith((b"GIF87a", b"GIF89a")):
        return GIF
    if content[:4] == b"RIFF" and content[8:12] == b"WEBP":
        return WEBP
    return "application/pdf" if content.startswith(b"%PDF-") else OTHER
