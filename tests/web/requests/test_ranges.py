"""Responses with a file, a range of it, or nothing because the client has it."""

from __future__ import annotations

import pytest
from django.http import HttpResponse
from django.test import RequestFactory

from web.requests.ranges import file_response

CONTENT = b"0123456789"
TAG = '"tag"'


def _response(**headers: str) -> HttpResponse:
    request = RequestFactory().get("/", headers={name.replace("_", "-"): value for name, value in headers.items()})
    return file_response(request, tag=TAG, length=10, read=lambda start=0, end=10: CONTENT[start:end])


@pytest.mark.parametrize("header", [None, "bytes=-", "bytes=5-3", "bytes=0-1,3-4", "lines=1-2", "bytes=٣-"])
def test_the_whole_file(header: str | None) -> None:
    response = _response(**({"Range": header} if header else {}))
    assert (response.status_code, response.content) == (200, CONTENT)
    assert (response["ETag"], response["Accept-Ranges"]) == (TAG, "bytes")


@pytest.mark.parametrize(
    ("header", "content", "described"),
    [
        ("bytes=2-4", b"234", "bytes 2-4/10"),
        ("bytes=8-", b"89", "bytes 8-9/10"),
        ("bytes=-3", b"789", "bytes 7-9/10"),
        ("bytes=-99", CONTENT, "bytes 0-9/10"),
        ("bytes=9-99", b"9", "bytes 9-9/10"),
    ],
)
def test_a_range(header: str, content: bytes, described: str) -> None:
    response = _response(Range=header)
    assert (response.status_code, response.content, response["Content-Range"]) == (206, content, described)


@pytest.mark.parametrize("header", ["bytes=10-", "bytes=-0", f"bytes={10**20}-"])
def test_a_range_outside_the_file(header: str) -> None:
    response = _response(Range=header)
    assert (response.status_code, response["Content-Range"]) == (416, "bytes */10")


@pytest.mark.parametrize("known", ["*", TAG, f'"other", W/{TAG}'])
def test_a_client_that_has_the_file(known: str) -> None:
    assert _response(If_None_Match=known).status_code == 304


def test_a_range_of_another_version_is_the_whole_file() -> None:
    assert _response(Range="bytes=2-4", If_Range='"old"').status_code == 200
    assert _response(Range="bytes=2-4", If_Range=TAG).status_code == 206
