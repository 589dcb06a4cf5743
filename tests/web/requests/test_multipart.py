"""What a multipart form must be, so that Django drops no part of it."""

from __future__ import annotations

import pytest
from django.http import HttpRequest
from django.test import RequestFactory

import engine
from web.requests.multipart import check, form_of

_END = b"--B--\r\n"


def _request(*parts: bytes, end: bytes = _END) -> HttpRequest:
    body = b"".join(b"--B\r\nContent-Disposition: form-data" + part + b"\r\n" for part in parts) + end
    return RequestFactory().post("/", body, content_type="multipart/form-data; boundary=B")


def test_fields_of_a_form() -> None:
    form = form_of(_request(b'; name="a"\r\n\r\none', b'; name="a"\r\n\r\ntwo', b'; name="b"\r\n\r\n\xc3\xa9'))
    assert form == {"a": ["one", "two"], "b": ["é"]}


@pytest.mark.parametrize(
    "part",
    [
        b"\r\n\r\nx",
        b'; name=" "\r\n\r\nx',
        b"; name=\"f\"; filename*=UTF-8''%ff\r\n\r\nx",
        b'; name="f"; filename="../.."\r\n\r\nx',
    ],
)
def test_parts_that_cannot_be_stored(part: bytes) -> None:
    with pytest.raises(engine.Invalid, match="These parts of the body cannot be stored: 2"):
        check(_request(b'; name="a"\r\n\r\none', part))


def test_no_chosen_file_is_an_empty_part() -> None:
    check(_request(b'; name="f"; filename=""\r\n\r\n'))


@pytest.mark.parametrize("end", [b"", b"--B"])
def test_a_truncated_body(end: bytes) -> None:
    with pytest.raises(engine.Invalid, match="does not end with its closing boundary"):
        check(_request(b'; name="a"\r\n\r\none', end=end))


def test_files_and_other_encodings_are_refused() -> None:
    with pytest.raises(engine.Invalid) as refused:
        form_of(_request(b'; name="f"; filename="a.txt"\r\n\r\nx'))
    assert [error.message for error in refused.value.errors] == ["Upload files to the media archive."]
    with pytest.raises(engine.Invalid):
        form_of(_request(b'; name="a"\r\n\r\n\xff'))
