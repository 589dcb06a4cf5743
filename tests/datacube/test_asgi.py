"""The ASGI application: requests reach Django complete, and untrusted headers do not."""

from __future__ import annotations

import asyncio
import socket
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest
from django.http import StreamingHttpResponse

import engine
import features.jobs.services
from accounts.principal import PersonPrincipal
from catalog.services.creation import create_database
from datacube import asgi
from datacube.serving.admission import Caller
from datacube.serving.wsgi_bridge import BodyStream, Response
from tests.support import Tenant, until


def raw(service_url: str, request: bytes) -> bytes:
    """Return the response to raw bytes."""
    parts = urlsplit(service_url)
    with socket.create_connection((parts.hostname, parts.port), timeout=60) as connection:
        connection.sendall(request)
        received = b""
        while part := connection.recv(65536):
            received += part
    return received


def test_body_in_parts_is_put_together(http: httpx.Client) -> None:
    def parts():
        yield b'{"email": "nobody@example.com", '
        yield b'"password": 17}'

    answer = http.post(
        "/core/login", content=parts(), headers={"Content-Type": "application/json", "Content-Length": "47"}
    )
    assert (answer.status_code, answer.json()) == (400, {"error": "Email and password are required"})


def test_header_with_an_underscore_is_not_taken_for_the_one_with_a_hyphen(http: httpx.Client) -> None:
    answer = http.get("/health_check", headers={"X_Request_ID": "chosen-by-the-caller"})

    assert answer.headers["x-request-id"] != "chosen-by-the-caller"


@pytest.mark.parametrize(("name", "echoed"), [("abcdef-12345678", True), ("short", False), ("has blank 12", False)])
def test_request_id_is_echoed_when_well_formed(http: httpx.Client, name: str, echoed: bool) -> None:
    request_id = http.get("/health_check", headers={"X-Request-ID": name}).headers["x-request-id"]

    assert (request_id == name) is echoed
    assert len(request_id) >= 8


def test_path_outside_ascii_is_not_found(http: httpx.Client) -> None:
    answer = http.get("/api/größe")

    assert answer.status_code == 404
    assert answer.json()["success"] is False


def test_two_headers_of_one_name_are_joined(service_url: str) -> None:
    request = (
        b"GET /api/list_databases HTTP/1.1\r\nHost: x\r\nConnection: close\r\n"
        b"Authorization: Bearer a\r\nAuthorization: Bearer b\r\n\r\n"
    )
    assert raw(service_url, request).startswith(b"HTTP/1.1 401")


@pytest.mark.parametrize("path", ["/", "/healthz", "/health_check", "/readyz"])
def test_what_is_only_read(http: httpx.Client, path: str) -> None:
    for verb in ("POST", "PUT", "DELETE", "PATCH"):
        answer = http.request(verb, path)
        assert (answer.status_code, answer.headers["Allow"]) == (405, "GET, HEAD")
        assert answer.json()["message"] == f"The method {verb} is not allowed here; use GET, HEAD."
    head = until(lambda: (answer := http.head(path)).is_success and answer)  # a busy part is not ready for a second
    assert (head.status_code, head.content) == (200, b"")


def test_static_files_are_served(http: httpx.Client) -> None:
    answer = http.get("/static/reference/page.css")

    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("text/css")
    assert "--accent" in answer.text


def test_body_without_a_known_length_is_read(http: httpx.Client) -> None:
    def parts():
        yield b'{"email": "nobody@example.com", "password": "not-the-right-one"}'

    answer = http.post("/core/login", content=parts(), headers={"Content-Type": "application/json"})
    assert (answer.status_code, answer.json()) == (401, {"error": "Invalid credentials"})


def test_file_without_credentials_is_not_read_to_its_end(http: httpx.Client) -> None:
    answer = http.post("/api/import_data", files={"json_file": ("a.json", b"[" + b" " * (8 << 20) + b"]")})

    assert answer.status_code == 401


def test_sender_that_goes_away_before_the_end_changes_nothing(service_url: str, http: httpx.Client) -> None:
    email = b"half-a-body@example.com"
    body = b'{"email": "' + email + b'", "firstName": "A", "lastName": "B", "password": "a-long-password-1"}'
    parts = urlsplit(service_url)
    with socket.create_connection((parts.hostname, parts.port), timeout=60) as connection:
        head = b"POST /core/register HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
        connection.sendall(head + b"Content-Length: 100000\r\n\r\n" + body)
        connection.shutdown(socket.SHUT_WR)
        assert b"201" not in connection.recv(65536)[:20]
    answer = http.post("/core/login", json={"email": email.decode(), "password": "a-long-password-1"})
    assert answer.status_code == 401


LARGE = 200_000
CREDENTIALS = [
    {},
    {"Authorization": "Bearer abc"},
    {"Authorization": "Api-Key dc_abc"},
    {"x-apikey": "dc_abc"},
]


@pytest.mark.parametrize("path", ["login", "register", "token/refresh", "password-reset/request"])
def test_account_bodies_have_a_cap(http: httpx.Client, path: str) -> None:
    wide = b'{"email": "a@example.com", "password": [' + b"[]," * LARGE + b"[]]}"
    answer = http.post(f"/core/{path}", content=wide, headers={"Content-Type": "application/json"})
    assert answer.status_code == 413
    assert "The body is larger than 65536 bytes (MAX_ACCOUNT_BODY_BYTES)." in answer.text


@pytest.mark.parametrize("credentials", CREDENTIALS)
@pytest.mark.parametrize("path", ["/api/crud", "/api/aggregate", "/db/nobody/rest/things", "/api/create_database"])
def test_large_bodies_need_credentials(http: httpx.Client, path: str, credentials: dict[str, str]) -> None:
    headers = {"Content-Type": "application/json", **credentials}
    answer = http.post(path, content=b'{"a": "' + b"x" * LARGE + b'"}', headers=headers)
    assert answer.status_code == 401


def test_large_bodies_with_credentials_are_read(anna: Tenant) -> None:
    collections = [{"name": "x" * LARGE}]
    answer = anna.ask("POST /api/create_database", json={"db_name": "large", "collections": collections})
    assert (answer.status_code, "collections.0.name" in answer.json()["message"]) == (400, True)


def test_values_of_a_body_have_a_cap(anna: Tenant) -> None:
    wide = b'{"database_id": "x", "data": [' + b"[]," * 600_000 + b"[]]}"
    answer = anna.ask("POST /api/crud", content=wide, headers={"Content-Type": "application/json"})
    assert (answer.status_code, answer.json()["message"]) == (
        413,
        "The JSON has more than 500000 values (MAX_BODY_VALUES).",
    )


@pytest.mark.usefixtures("no_sql_connections")
@pytest.mark.parametrize("format", ["json", "ndjson"])
def test_an_export_ends_with_its_client(owner: PersonPrincipal, format: str) -> None:
    """The client goes away after the first part: the others are not read, and the export is closed."""
    fields = [{"name": "n", "type": "number"}]
    opened, _ = create_database(owner, name="large", collections=[{"name": "rows", "fields": fields}])
    rows = opened.collection("rows")
    for _ in range(3):
        rows.insert([{"n": number} for number in range(1_000)])
    _, pieces = features.jobs.services.export(rows, engine.Query(), format=format)
    response = StreamingHttpResponse(pieces)
    stream = BodyStream(response, iter(response))

    async def serve() -> list[bytes]:
        parts: list[bytes] = []
        gone = asyncio.Event()

        async def send(message: Any) -> None:
            if message.get("body"):
                parts.append(message["body"])
                gone.set()
                await asyncio.Event().wait()  # the connection takes no more

        async def receive() -> dict[str, str]:
            await gone.wait()
            return {"type": "http.disconnect"}

        async with asyncio.timeout(60):
            await asgi.send_response(receive, send, Response(200, [], stream=stream), caller=Caller("t1"))
            while asgi._closing:
                await asyncio.wait({*asgi._closing})
        return parts

    (part,) = asyncio.run(serve())
    assert 0 < part.count(b'"n":') < 3_000
    assert response.closed
    assert next(pieces, None) is None, "the generator is closed, and reads no further documents"
