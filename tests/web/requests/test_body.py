"""Bodies are parsed strictly, and not beyond the size limit."""

from __future__ import annotations

import gzip
import io
from datetime import UTC, datetime
from typing import Any

import pytest

import engine
from web.errors import UnsupportedMedia
from web.requests.body import StrictJSONParser, StrictJSONRenderer, json_object, json_text


def test_an_object() -> None:
    assert json_object(b' {"a": [1, 2.5, null, "\xc3\xa9"]} ') == {"a": [1, 2.5, None, "é"]}


@pytest.mark.parametrize("raw", [b"", b" ", b"[]", b"1", b'"x"', b"null", b"{", b'{"a": 1, "a": 2}', b'{"a": NaN}'])
def test_bodies_that_are_not_objects(raw: bytes) -> None:
    with pytest.raises(engine.Invalid):
        json_object(raw)


@pytest.mark.parametrize(
    ("raw", "kind", "text"),
    [
        (
            gzip.compress(b"{}", mtime=0),
            UnsupportedMedia,
            "The body is compressed (Content-Encoding); send it as plain JSON.",
        ),
        *(
            ("{}".encode(name), engine.Invalid, "The body is not in UTF-8; JSON is read in that encoding alone.")
            for name in ("utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-32-be")
        ),
    ],
)
def test_other_encodings_are_named(raw: bytes, kind: type[engine.Error], text: str) -> None:
    with pytest.raises(kind) as caught:
        json_object(raw)
    assert caught.value.message == text


def test_the_cap_is_exact(settings: Any) -> None:
    settings.MAX_BODY_BYTES = 10
    assert json_object(b'{"a": 123}') == {"a": 123}
    with pytest.raises(engine.TooLarge, match="larger than 10 bytes"):
        json_object(b'{"a": 1234}')


def test_accounts_have_a_smaller_cap(settings: Any) -> None:
    settings.MAX_ACCOUNT_BODY_BYTES = 10
    assert json_object(b'{"a": 1234}', path="/api/crud") == {"a": 1234}
    with pytest.raises(engine.TooLarge, match=r"larger than 10 bytes \(MAX_ACCOUNT_BODY_BYTES\)"):
        json_object(b'{"a": 1234}', path="/core/login")


@pytest.mark.parametrize("padding", [0, 1 << 20], ids=["small", "large"])
def test_values_are_counted_before_they_are_made(settings: Any, padding: int) -> None:
    settings.MAX_BODY_VALUES = 4
    assert json_object(b'{"a": [1, 2, 3]}' + b" " * padding) == {"a": [1, 2, 3]}
    with pytest.raises(engine.TooLarge, match=r"more than 4 values \(MAX_BODY_VALUES\)"):
        json_object(b'{"a": [1, 2, 3, 4]}' + b" " * padding)


def test_a_parser_reads_no_further_than_the_cap(settings: Any) -> None:
    settings.MAX_BODY_BYTES = 10
    stream = io.BytesIO(b" " * 10_000)
    with pytest.raises(engine.TooLarge):
        StrictJSONParser().parse(stream)
    assert stream.tell() == 11


def test_a_document_has_the_whole_depth_inside_its_envelope(settings: Any) -> None:
    settings.MAX_DEPTH = 4
    document = b'{"a":{"a":{"a":{}}}}'
    assert json_object(b'{"data": [' + document + b"]}")
    with pytest.raises(engine.TooLarge):
        json_object(b'{"data": [{"a":[{"a":{"a":[[]]}}]}]}')
    assert json_text("filters", document.decode())
    with pytest.raises(engine.TooLarge):
        json_text("filters", '{"a":{"a":{"a":{"a":{}}}}}')


@pytest.mark.parametrize(
    ("text", "kind"), [("{", engine.Invalid), ("\ud800", engine.Invalid), ("[" * 99, engine.Error)]
)
def test_an_error_names_its_parameter(text: str, kind: type[engine.Error]) -> None:
    with pytest.raises(kind) as caught:
        json_text("sort", text)
    assert [error.field for error in caught.value.errors] == ["sort"]


def test_responses_are_rendered_strictly() -> None:
    timestamp = datetime(2026, 11, 20, 10, tzinfo=UTC)
    raw = StrictJSONRenderer().render({"é": [timestamp, None, 1.5]})
    assert raw == '{"é":["2026-11-20T10:00:00.000Z",null,1.5]}'.encode()
    assert StrictJSONRenderer().render(None) == b""
