"""The file of an uploaded form."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import RequestFactory
from django.test.client import BOUNDARY, MULTIPART_CONTENT, encode_multipart

import engine
from dialects.airsequel.platform.files.uploads import uploaded_file

FILE = SimpleUploadedFile("a.txt", b"x")


@pytest.mark.parametrize("verb", ["POST", "PUT"])
def test_the_file(verb: str) -> None:
    body = encode_multipart(BOUNDARY, {"file": SimpleUploadedFile("größe.txt", b"x"), "other": "y"})
    file = uploaded_file(RequestFactory().generic(verb, "/", body, MULTIPART_CONTENT))
    assert (file.name, file.read()) == ("größe.txt", b"x")


@pytest.mark.parametrize("fields", [{}, {"file": "text"}, {"other": FILE}])
def test_other_forms(fields: dict[str, Any]) -> None:
    body = encode_multipart(BOUNDARY, fields)
    with pytest.raises(engine.Invalid, match="Send one file"):
        uploaded_file(RequestFactory().generic("PUT", "/", body, MULTIPART_CONTENT))


def test_broken_and_large_bodies(settings: Any) -> None:
    with pytest.raises(engine.Invalid):
        uploaded_file(RequestFactory().generic("PUT", "/", b"x", "multipart/form-data; boundary=y"))
    settings.MAX_BODY_BYTES = 0
    with pytest.raises(engine.TooLarge):
        uploaded_file(RequestFactory().generic("PUT", "/", b"x" * 70_000, MULTIPART_CONTENT))
