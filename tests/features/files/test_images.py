"""Images: what is one, its smaller sizes, and what is never decoded."""

from __future__ import annotations

import io
import struct
import zlib

import pytest
from PIL import Image

import engine
from features.files import decoding, images, kinds

MAX_PIXELS = 1_000_000


def drawn(width: int, height: int, *, format: str = "PNG", mode: str = "RGB", **more: object) -> bytes:
    target = io.BytesIO()
    Image.new(mode, (width, height), "red" if mode in ("RGB", "RGBA") else 0).save(target, format=format, **more)
    return target.getvalue()


def bomb(width: int, height: int) -> bytes:
    """Return a PNG of a few bytes that declares a huge size."""

    def chunk(name: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

    header = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + header + chunk(b"IDAT", zlib.compress(b"\0" * 1000)) + chunk(b"IEND", b"")


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (drawn(1, 1), kinds.PNG),
        (drawn(1, 1, format="JPEG"), kinds.JPEG),
        (drawn(1, 1, format="GIF", mode="P"), kinds.GIF),
        (drawn(1, 1, format="WEBP"), kinds.WEBP),
        (b"%PDF-1.7\n", "application/pdf"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>", kinds.OTHER),
        (b"<!doctype html><script>alert(1)</script>", kinds.OTHER),
        (b"RIFF\0\0\0\0WAVE", kinds.OTHER),
        (b"", kinds.OTHER),
    ],
)
def test_kinds(content: bytes, kind: str) -> None:
    assert kinds.kind_of(content) == kind


@pytest.mark.parametrize(
    ("format", "kind", "small", "mode"),
    [
        ("PNG", kinds.PNG, kinds.PNG, "RGBA"),
        ("JPEG", kinds.JPEG, kinds.JPEG, "L"),
        ("GIF", kinds.GIF, kinds.PNG, "P"),
        ("WEBP", kinds.WEBP, kinds.WEBP, "RGB"),
    ],
)
def test_sizes(format: str, kind: str, small: str, mode: str) -> None:
    picture = images.picture(drawn(900, 300, format=format, mode=mode), kind, max_pixels=MAX_PIXELS)
    assert (picture.width, picture.height, picture.kind) == (900, 300, small)
    sizes = {name: Image.open(io.BytesIO(content)).size for name, content in picture.sizes.items()}
    assert sizes == {"t": (128, 43), "w": (640, 213)}
    assert {kinds.kind_of(content) for content in picture.sizes.values()} == {small}


def test_small_images_are_not_made_larger() -> None:
    picture = images.picture(drawn(10, 20), kinds.PNG, max_pixels=MAX_PIXELS)
    assert {Image.open(io.BytesIO(content)).size for content in picture.sizes.values()} == {(10, 20)}


def test_where_a_picture_was_taken_stays_in_the_original() -> None:
    tags = Image.Exif()
    tags[0x010F], tags[0x0112] = "Cam", 6
    content = drawn(300, 100, format="JPEG", exif=tags)
    picture = images.picture(content, kinds.JPEG, max_pixels=MAX_PIXELS)
    assert (picture.facts["Make"], picture.facts["Orientation"]) == ("Cam", 6)
    small = Image.open(io.BytesIO(picture.sizes["t"]))
    assert (small.size, dict(small.getexif())) == ((43, 128), {})


@pytest.mark.parametrize("side", [1_001, 50_000, 2**31 - 1])
def test_bombs_are_not_decoded(side: int) -> None:
    with pytest.raises(engine.TooLarge, match="MAX_IMAGE_PIXELS"):
        images.picture(bomb(side, side), kinds.PNG, max_pixels=MAX_PIXELS)


@pytest.mark.parametrize("content", [drawn(50, 50)[:60], b"\x89PNG\r\n\x1a\n", bomb(500, 500)])
def test_what_only_begins_like_an_image(content: bytes) -> None:
    assert images.picture(content, kinds.PNG, max_pixels=MAX_PIXELS) is None


@pytest.mark.slow
@pytest.mark.parametrize(
    ("format", "kind", "mode"),
    [
        ("PNG", kinds.PNG, "RGBA"),
        ("PNG", kinds.PNG, "L"),
        ("PNG", kinds.PNG, "P"),
        ("WEBP", kinds.WEBP, "RGB"),
        ("GIF", kinds.GIF, "P"),
    ],
)
def test_a_large_image_is_decoded_in_another_process(
    monkeypatch: pytest.MonkeyPatch, format: str, kind: str, mode: str
) -> None:
    content = drawn(2_000, 1_300, format=format, mode=mode)
    here = images.picture(content, kind, max_pixels=40_000_000)
    monkeypatch.setattr(images, "_MAX_IN_PROCESS_BYTES", 1 << 20)
    assert images.picture(content, kind, max_pixels=40_000_000) == here
    assert images.picture(content[: len(content) // 2], kind, max_pixels=40_000_000) is None


@pytest.mark.slow
def test_a_decoder_that_takes_too_long_is_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(images, "_MAX_IN_PROCESS_BYTES", 0)
    monkeypatch.setattr(images, "_TIMEOUT_SECONDS", 0.001)
    with pytest.raises(engine.TooLarge, match="Decoding the image takes more than"):
        images.picture(drawn(900, 300), kinds.PNG, max_pixels=MAX_PIXELS)


def test_what_an_image_will_take() -> None:
    """Check the estimate: a JPEG is decoded at a fraction of its size, unless it is progressive."""
    plain, progressive = (drawn(4_000, 3_000, format="JPEG", progressive=value) for value in (False, True))
    taken = [
        decoding.needed_bytes(decoding.opened(content, kinds.JPEG), kinds.JPEG) for content in (plain, progressive)
    ]
    assert taken[0] < 2_600 * 2_000 * 8 < 4_000 * 3_000 * 6 < taken[1]
