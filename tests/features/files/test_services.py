"""The media archive: names of files, their metadata, and the size that is opened."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest

import engine
from engine.store import Blob
from features.files import kinds, services
from features.files.services import Content

AT = datetime(2026, 1, 2, 3, 4, 5)


class Source:
    """Returns as content which part of which file was read."""

    def read(self, blob: Blob, size: str, *, start: int, end: int | None) -> bytes:
        return f"{blob.id} {size} {start} {end}".encode()


def blob(**facts: Any) -> Blob:
    return Blob(id="f1", name="a.png", length=900, at=AT, facts={"kind": kinds.PNG, "by": "u1", **facts})


def content(stored: Blob, size: str) -> Content:
    source: Any = Source()
    return services._content(source, stored, size)


@pytest.mark.parametrize(
    ("name", "stored_name"),
    [
        ("photo.png", "photo.png"),
        ("/etc/passwd", "passwd"),
        ("C:\\Users\\Ann\\photo.png", "photo.png"),
        ("a/b\\c.txt", "c.txt"),
        ("  größe 日本.txt ", "größe 日本.txt"),
        ("a\r\nb\x00\x7f\x85.txt", "ab.txt"),
        ("a\u202egnp.exe", "agnp.exe"),
        ("a\u2028\u2066b\ud800.txt", "ab.txt"),
        ("", "file"),
        ("   ", "file"),
        ("folder/", "file"),
        ("\u202e", "file"),
        ("x" * 200, "x" * 200),
        ("x" * 300 + ".png", "x" * 196 + ".png"),
    ],
)
def test_the_name_of_a_file_is_one_line_without_its_folder(name: str, stored_name: str) -> None:
    assert services._name(name) == stored_name


@pytest.mark.parametrize(
    ("facts", "size", "opened"),
    [
        ({}, "o", (kinds.PNG, 900, "o")),
        ({}, "t", (kinds.PNG, 900, "o")),
        ({"kind": kinds.OTHER}, "w", (kinds.OTHER, 900, "o")),
        ({"kind": kinds.GIF, "small": kinds.PNG, "sizes": {"t": 12, "w": 34}}, "t", (kinds.PNG, 12, "t")),
        ({"kind": kinds.GIF, "small": kinds.PNG, "sizes": {"t": 12, "w": 34}}, "w", (kinds.PNG, 34, "w")),
        ({"kind": kinds.GIF, "small": kinds.PNG, "sizes": {"t": 12, "w": 34}}, "o", (kinds.GIF, 900, "o")),
    ],
)
def test_a_file_without_smaller_sizes_is_opened_whole(
    facts: dict[str, Any], size: str, opened: tuple[str, int, str]
) -> None:
    item = content(blob(**facts), size)
    assert (item.kind, item.length, item.size) == opened
    assert item.read() == f"f1 {opened[2]} 0 None".encode()
    assert item.read(start=3, end=7) == f"f1 {opened[2]} 3 7".encode()


@pytest.mark.parametrize("size", ["", "T", "x", "original"])
def test_an_unknown_size_is_refused(size: str) -> None:
    with pytest.raises(engine.Invalid) as caught:
        content(blob(), size)
    assert caught.value.errors == (engine.FieldError("s", "Must be one of t, w, o."),)


@pytest.mark.parametrize(
    ("kind", "is_shown"),
    [(kinds.PNG, True), (kinds.WEBP, True), ("application/pdf", False), (kinds.OTHER, False)],
)
def test_only_images_are_shown(kind: str, is_shown: bool) -> None:
    assert content(blob(kind=kind), "o").is_shown is is_shown


def test_the_metadata_of_a_file() -> None:
    exif = {"Make": "Camera"}
    image = services._file(blob(width=3, height=2, exif=exif))
    assert (image.id, image.name, image.kind, image.length) == ("f1", "a.png", kinds.PNG, 900)
    assert (image.at, image.by, image.width, image.height, image.exif) == (AT, "u1", 3, 2, exif)
    other = services._file(blob(kind=kinds.OTHER))
    assert (other.width, other.height, other.exif) == (None, None, {})
