"""The decoder of images: estimate of memory, smaller sizes, Exif tags, and the program."""

from __future__ import annotations

import io
import json
import sys
from types import SimpleNamespace
from typing import Any

import pytest
from PIL import ExifTags, Image, UnidentifiedImageError

from features.files import decoding, kinds
from features.files.decoding import Picture

FORMATS = {kinds.PNG: "PNG", kinds.JPEG: "JPEG", kinds.GIF: "GIF", kinds.WEBP: "WEBP"}


def drawn(width: int, height: int, kind: str, *, mode: str = "RGB", **options: Any) -> bytes:
    target = io.BytesIO()
    Image.new(mode, (width, height)).save(target, format=FORMATS[kind], **options)
    return target.getvalue()


def test_an_image_of_another_kind_is_not_opened() -> None:
    assert decoding.opened(drawn(3, 2, kinds.PNG), kinds.PNG).size == (3, 2)
    with pytest.raises(UnidentifiedImageError):
        decoding.opened(drawn(3, 2, kinds.PNG), kinds.JPEG)


@pytest.mark.parametrize(
    ("kind", "options", "bytes_of_pixel"),
    [
        (kinds.PNG, {}, 8),
        (kinds.GIF, {}, 8),
        (kinds.WEBP, {}, 16),
        (kinds.JPEG, {}, 8),
        (kinds.JPEG, {"progressive": True}, 8 + 6),
    ],
)
def test_the_estimate_of_memory(kind: str, options: dict[str, Any], bytes_of_pixel: int) -> None:
    image = decoding.opened(drawn(50, 20, kind, **options), kind)
    assert decoding.needed_bytes(image, kind) == 50 * 20 * bytes_of_pixel


@pytest.mark.parametrize(
    ("kind", "mode", "options", "small_kind", "small_mode"),
    [
        (kinds.PNG, "RGBA", {}, kinds.PNG, "RGBA"),
        (kinds.PNG, "RGB", {}, kinds.PNG, "RGB"),
        (kinds.PNG, "P", {}, kinds.PNG, "RGB"),
        (kinds.PNG, "P", {"transparency": 0}, kinds.PNG, "RGBA"),
        (kinds.JPEG, "L", {}, kinds.JPEG, "L"),
        (kinds.JPEG, "CMYK", {}, kinds.JPEG, "RGB"),
        (kinds.GIF, "P", {}, kinds.PNG, "RGB"),
        (kinds.GIF, "P", {"transparency": 0}, kinds.PNG, "RGBA"),
    ],
)
def test_kind_and_mode_of_the_smaller_sizes(
    kind: str, mode: str, options: dict[str, Any], small_kind: str, small_mode: str
) -> None:
    image = decoding.opened(drawn(1_300, 650, kind, mode=mode, **options), kind)
    picture = decoding.decoded(image, kind, width=1_300, height=650)
    assert (picture.width, picture.height, picture.kind) == (1_300, 650, small_kind)
    small_images = {name: Image.open(io.BytesIO(content)) for name, content in picture.sizes.items()}
    assert {name: (item.size, item.mode) for name, item in small_images.items()} == {
        "w": ((640, 320), small_mode),
        "t": ((128, 64), small_mode),
    }


@pytest.mark.parametrize(
    ("tags", "facts"),
    [
        ({}, {}),
        ({0x010F: " Cam\0era \0"}, {"Make": "Camera"}),
        ({0x010F: "ü" * 201}, {"Make": "ü" * 200}),
        ({0x0112: 6, 0x0100: 2**31 - 1}, {"Orientation": 6, "ImageWidth": 2**31 - 1}),
        ({0x0100: 2**31, 0x0101: -(2**31)}, {}),
        ({0x0102: (8, 8, 8), 0x011A: 72.0, 0x9286: b"text"}, {}),
        ({0x0000_FFFF: "without a name"}, {}),
    ],
)
def test_exif_tags_that_are_text_or_integers_are_facts(tags: dict[int, Any], facts: dict[str, Any]) -> None:
    image: Any = SimpleNamespace(getexif=lambda: tags)
    assert decoding._facts(image) == facts


def test_only_the_first_thirty_exif_tags_are_read() -> None:
    names = dict(list(ExifTags.TAGS.items())[:31])
    image: Any = SimpleNamespace(getexif=lambda: dict.fromkeys(names, 1))
    assert decoding._facts(image) == dict.fromkeys(list(names.values())[:30], 1)


def test_a_picture_is_the_same_after_json() -> None:
    picture = Picture(2, 1, kinds.PNG, {"t": b"\x00\xff", "w": b""}, {"Make": "Kämera", "Orientation": 6})
    text = picture.as_json()
    assert json.loads(text)["sizes"] == {"t": "AP8=", "w": ""}
    assert Picture.of_json(text.encode()) == picture


@pytest.mark.parametrize(("is_whole", "status"), [(True, 0), (False, 1)])
def test_the_program_writes_json_or_returns_1(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], is_whole: bool, status: int
) -> None:
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 1)  # which the program removes; restored after the test
    content = drawn(10, 20, kinds.PNG)
    content = content if is_whole else content[: len(content) // 2]
    monkeypatch.setattr(sys, "stdin", SimpleNamespace(buffer=io.BytesIO(content)))
    assert decoding.main(kinds.PNG) == status
    output = capsys.readouterr().out
    assert (Picture.of_json(output.encode()).height if output else None) == (20 if is_whole else None)
