"""The media type of a file is read from its content."""

from __future__ import annotations

import pytest

from features.files.kinds import IMAGES, OTHER, kind_of


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (b"\xff\xd8\xff\xe0", "image/jpeg"),
        (b"\x89PNG\r\n\x1a\n...", "image/png"),
        (b"GIF87a", "image/gif"),
        (b"GIF89a", "image/gif"),
        (b"RIFF....WEBPVP8 ", "image/webp"),
        (b"%PDF-1.7", "application/pdf"),
        (b"RIFF....WAVE", OTHER),
        (b"<svg onload='alert(1)'>", OTHER),
        (b"<html>GIF89a", OTHER),
        (b"", OTHER),
    ],
)
def test_kinds(content: bytes, kind: str) -> None:
    assert kind_of(content) == kind
    assert (kind in IMAGES) is kind.startswith("image/")
