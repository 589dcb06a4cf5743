"""Calls of the WSGI application: whole and streamed bodies, compression, and failures."""

from __future__ import annotations

import gzip
import io
import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.http import FileResponse, HttpResponse, StreamingHttpResponse

import engine
from datacube.serving.compression import MIN_BYTES
from datacube.serving.fast_path import FastPath
from datacube.serving.wsgi_bridge import BodyStream, Response, failure, run

pytestmark = pytest.mark.usefixtures("no_sql_connections")


def application(respond: Callable[[], Any]) -> FastPath:
    """Return the fast path before an application that answers every request with this response."""

    def django(environ: dict[str, Any], start_response: Callable[..., Any]) -> Any:
        response = respond()
        headers = [(name, value) for name, value in response.headers.items()]
        start_response(f"{response.status_code} {response.reason_phrase}", headers)
        return response

    return FastPath(django)


def environ(**headers: str) -> dict[str, Any]:
    return {"REQUEST_METHOD": "GET", "PATH_INFO": "/api/nowhere", "CONTENT_LENGTH": "0", **headers}


def scope(path: str) -> dict[str, Any]:
    return {"method": "GET", "path": path, "query_string": b"", "http_version": "1.1", "headers": []}


def parts_of(response: Response) -> list[bytes]:
    assert response.stream is not None
    return list(iter(response.stream.next_part, None))


@pytest.mark.parametrize("length", ["0", str(2 << 20)])
def test_a_whole_response_is_closed_and_has_headers_in_lower_case(length: str) -> None:
    answered: list[HttpResponse] = []

    def respond() -> HttpResponse:
        answered.append(HttpResponse(b"abc", status=404, headers={"X-Name": "ü", "Content-Type": "text/plain"}))
        return answered[0]

    response = run(application(respond), environ(CONTENT_LENGTH=length))
    assert (response.status, response.content, response.stream) == (404, b"abc", None)
    assert response.headers == [(b"x-name", b"\xfc"), (b"content-type", b"text/plain")]
    assert answered[0].closed


@pytest.mark.parametrize(("size", "is_compressed"), [(MIN_BYTES - 1, False), (MIN_BYTES, True)])
def test_only_a_long_response_is_compressed(size: int, is_compressed: bool) -> None:
    respond = application(lambda: HttpResponse(b"x" * size, content_type="text/plain"))
    response = run(respond, environ(HTTP_ACCEPT_ENCODING="gzip"))
    assert ((b"content-encoding", b"gzip") in response.headers) is is_compressed
    content = gzip.decompress(response.content) if is_compressed else response.content
    assert content == b"x" * size


def test_a_stream_is_read_part_by_part_until_it_is_closed() -> None:
    produced: list[bytes] = []

    def parts() -> Iterator[bytes]:
        for part in (b"a", b"b"):
            produced.append(part)
            yield part

    answered = StreamingHttpResponse(parts(), content_type="image/png")
    response = run(application(lambda: answered), environ())
    assert (response.status, response.content, produced) == (200, b"", [])
    assert response.stream is not None
    assert (response.stream.next_part(), produced) == (b"a", [b"a"])
    assert parts_of(response) == [b"b"]
    assert not answered.closed
    response.stream.close()
    assert answered.closed


def test_a_compressed_stream_is_whole_at_its_end() -> None:
    respond = application(lambda: StreamingHttpResponse(iter([b"a", b"b"]), content_type="application/json"))
    response = run(respond, environ(HTTP_ACCEPT_ENCODING="gzip"))
    assert (b"content-encoding", b"gzip") in response.headers
    assert gzip.decompress(b"".join(parts_of(response))) == b"ab"


def test_a_file_is_read_as_a_whole() -> None:
    respond = application(lambda: FileResponse(io.BytesIO(b"abc"), content_type="text/plain"))
    response = run(respond, environ())
    assert (response.content, response.stream) == (b"abc", None)


def test_a_stream_without_parts_ends_at_once() -> None:
    stream = BodyStream(HttpResponse(), iter([]))
    assert stream.next_part() is None
    assert stream.next_part() is None


@pytest.mark.parametrize(
    ("path", "error", "status", "message"),
    [
        ("/api/crud", engine.TooLarge("Too much."), 413, "Too much."),
        ("/db/crm/rest/people", engine.Unavailable("Try again."), 503, "Try again."),
        ("/api/größe", engine.Invalid("Not like this."), 400, "Not like this."),
    ],
)
def test_a_failure_has_the_status_and_the_text_of_its_error(
    path: str, error: Exception, status: int, message: str
) -> None:
    response = failure(scope(path), error)
    assert response.status == status
    assert json.loads(response.content)["message"] == message
    assert dict(response.headers)[b"content-type"].startswith(b"application/json")


@pytest.mark.parametrize("error", [None, RuntimeError("secret"), KeyboardInterrupt()])
def test_an_unexpected_failure_tells_nothing(error: BaseException | None) -> None:
    response = failure(scope("/api/crud"), error)
    assert response.status == 500
    assert b"secret" not in response.content
    assert all(name == name.lower() for name, _ in response.headers)
