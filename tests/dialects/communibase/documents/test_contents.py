"""Contents of files inside JSON bodies."""

from __future__ import annotations

import json
from typing import Any

import pytest

import engine
from dialects.communibase.documents.contents import FileBody, parse_file

PATH = "/0.1/File.json/crud/x"


def body(content: Any, **members: Any) -> bytes:
    return json.dumps({"filename": "a", "content": content, **members}).encode()


@pytest.mark.parametrize(
    ("raw", "content"),
    [
        (body({"type": "Buffer", "data": [0, 255, 7]}), b"\x00\xff\x07"),
        (body({"type": "Buffer", "data": []}), b""),
        (body("AP8H"), b"\x00\xff\x07"),
        (body(""), b""),
        (body(None), None),
        (b'{"filename": "a"}', None),
    ],
)
def test_parsed(raw: bytes, content: bytes | None) -> None:
    assert parse_file(raw, path=PATH) == FileBody({"filename": "a"}, content)


def test_members_after_the_content() -> None:
    raw = body({"type": "Buffer", "data": [1]}, metadata={"path": "x"})
    assert parse_file(raw, path=PATH).members == {"filename": "a", "metadata": {"path": "x"}}


@pytest.mark.parametrize(
    "content", [5, [1], {"type": "Buffer"}, {"data": [1]}, {"type": "Buffer", "data": [256]}, "é"]
)
def test_refused(content: Any) -> None:
    with pytest.raises(engine.Invalid) as refused:
        parse_file(body(content), path=PATH)
    assert [error.field for error in refused.value.errors] == ["content"]


@pytest.mark.parametrize("raw", [b"[]", b"x", b""])
def test_no_object(raw: bytes) -> None:
    with pytest.raises(engine.Invalid):
        parse_file(raw, path=PATH)
