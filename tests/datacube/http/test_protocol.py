"""HTTP as clients really send it: raw characters in addresses, and malformed requests."""

from __future__ import annotations

import json
import socket
import time
from collections.abc import Callable
from pathlib import Path
from urllib.parse import quote_from_bytes, urlsplit

import pytest

from tests.datacube.test_asgi import raw
from tests.support import Tenant, until

RAW = {
    "quote": b'"',
    "space": b" ",
    "braces": b"{}",
    "pipe": b"|",
    "caret": b"^",
    "backtick": b"`",
    "brackets": b"[]",
    "backslash": b"\\",
    "angles": b"<>",
    "UTF-8": "é".encode(),
    "emoji": "🦉".encode(),
}


def request(address: bytes, *headers: str, method: bytes = b"GET") -> bytes:
    lines = ["", "Host: x", "Connection: close", *headers, "", ""]
    return method + b" " + address + b" HTTP/1.1" + "\r\n".join(lines).encode()


def parsed_response(service_url: str, sent: bytes) -> tuple[int, dict[str, str], bytes]:
    head, _, body = raw(service_url, sent).partition(b"\r\n\r\n")
    status, *lines = head.decode("latin-1").split("\r\n")
    headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in lines)}
    return int(status.split()[1]), headers, body


Address = Callable[[Tenant, str, bytes], tuple[bytes, list[str]]]


def _crud(tenant: Tenant, collection: str, filter: bytes) -> tuple[bytes, list[str]]:
    address = f"/api/crud?database_id={tenant.database}&collection_name={collection}&filters="
    return address.encode() + filter, [f"Authorization: {tenant.api_key}"]


def _rest(tenant: Tenant, collection: str, filter: bytes) -> tuple[bytes, list[str]]:
    return f"/db/{tenant.database}/rest/{collection}?q=".encode() + filter, [f"x-apikey: {tenant.key}"]


def _rest_by_query(tenant: Tenant, collection: str, filter: bytes) -> tuple[bytes, list[str]]:
    return f"/db/{tenant.database}/rest/{collection}?apikey={tenant.key}&q=".encode() + filter, []


def _export(tenant: Tenant, collection: str, filter: bytes) -> tuple[bytes, list[str]]:
    address = f"/api/export?database_id={tenant.database}&collection_name={collection}&format=json&filters="
    return address.encode() + filter, [f"Authorization: {tenant.api_key}"]


@pytest.fixture(scope="module")
def written(anna: Tenant) -> tuple[Tenant, str]:
    collection = anna.new_collection({"name": "s"})
    anna.insert(collection, [{"s": f"a{characters.decode()}b"} for characters in RAW.values()])
    return anna, collection


@pytest.mark.parametrize("address", [_crud, _rest, _rest_by_query, _export], ids=lambda one: one.__name__)
@pytest.mark.parametrize("characters", RAW.values(), ids=RAW)
def test_a_raw_character_is_taken_as_if_it_were_quoted(
    service_url: str, written: tuple[Tenant, str], address: Address, characters: bytes
) -> None:
    tenant, collection = written
    value = b"a" + characters.replace(b"\\", b"\\\\").replace(b'"', b'\\"') + b"b"
    target, headers = address(tenant, collection, b'{"s": "' + value + b'"}')
    path, _, query = target.partition(b"?")
    for sent in (target, path + b"?" + quote_from_bytes(query, safe="=&").encode()):
        status, response_headers, body = parsed_response(service_url, request(sent, *headers))
        assert (status, response_headers["content-type"].partition(";")[0]) == (200, "application/json"), body
        content = json.loads(body) if response_headers.get("transfer-encoding") != "chunked" else body
        listed = content.get("data", []) if isinstance(content, dict) else content
        text = f"a{characters.decode()}b"
        if isinstance(listed, bytes):
            assert json.dumps(text, ensure_ascii=False).encode() in listed
        else:
            assert [item["s"] for item in listed] == [text]


@pytest.mark.parametrize(
    ("path", "shape"),
    [
        (b"/api/no where", {"success", "message", "errors"}),
        (b'/core/"nowhere"', {"detail"}),
        (b"/db/x/rest/{a} b", {"name", "message", "list", "status"}),
        (b"/api/gr\xc3\xb6\xc3\x9fe", {"success", "message", "errors"}),
        (b"/api/\xff\xfe|^`", {"success", "message", "errors"}),
    ],
)
def test_a_raw_character_in_a_path(service_url: str, path: bytes, shape: set[str]) -> None:
    status, _, body = parsed_response(service_url, request(path))
    assert status in (400, 401, 404)
    assert json.loads(body).keys() == shape


def test_a_raw_character_in_a_page_of_the_dashboard(service_url: str) -> None:
    status, headers, body = parsed_response(service_url, request(b'/dashboard/no "where"'))
    assert (status, headers["content-type"].partition(";")[0]) == (404, "text/html")
    assert b"<h1" in body


LOGIN = "/core/login"
MALFORMED = "The request is not valid HTTP."
CHUNKED = ["Content-Type: application/json", "Transfer-Encoding: chunked"]
BAD_CHUNK = "The body is not valid: its chunks are malformed."
CUT_OFF = "The body ended before its announced length."
BROKEN = {
    "chunk size": (request(b"%b", *CHUNKED, method=b"POST") + b"zz\r\n", BAD_CHUNK),
    "chunk size behind a chunk": (request(b"%b", *CHUNKED, method=b"POST") + b"2\r\n{}\r\nzz\r\n", BAD_CHUNK),
    "chunk cut off": (request(b"%b", *CHUNKED, method=b"POST") + b"10\r\n{}", CUT_OFF),
    "no last chunk": (request(b"%b", *CHUNKED, method=b"POST") + b"2\r\n{}\r\n", CUT_OFF),
    "short body": (request(b"%b", "Content-Length: 50", method=b"POST") + b"{}", CUT_OFF),
    "no body": (request(b"%b", "Content-Length: 50", method=b"POST"), CUT_OFF),
    "long body cut off": (request(b"%b", "Content-Length: 5000000", method=b"PUT") + b"{}" * 1000, CUT_OFF),
    "length": (request(b"%b", "Content-Length: zz", method=b"POST"), MALFORMED),
    "two lengths": (request(b"%b", "Content-Length: 1", "Content-Length: 2", method=b"POST") + b"{}", MALFORMED),
    "length and chunks": (request(b"%b", "Content-Length: 1", *CHUNKED, method=b"POST") + b"0\r\n\r\n", MALFORMED),
    "header": (request(b"%b", "Nonsense", method=b"GET"), MALFORMED),
    "version": (b"GET %b HTTP/9.9\r\nHost: x\r\n\r\n", MALFORMED),
    "control character": (b"GET %b?a=\x01 HTTP/1.1\r\nHost: x\r\n\r\n", MALFORMED),
    "no version": (b"GET %b\r\nHost: x\r\n\r\n", MALFORMED),
    "head cut off": (b"GET %b HTTP/1.1\r\nHost: x\r\n", MALFORMED),
}
SURFACES = {
    b"/core/login": lambda content: content["detail"],
    b"/api/crud": lambda content: content["message"] if content["success"] is False else "",
    b"/db/x/rest/c": lambda content: (
        content["message"] if (content["name"], content["status"]) == ("BadRequest", 400) else ""
    ),
}


def broken(service_url: str, sent: bytes) -> bytes:
    """Return the response to bytes after which the client closes its side."""
    parts = urlsplit(service_url)
    with socket.create_connection((parts.hostname, parts.port), timeout=60) as connection:
        connection.sendall(sent)
        connection.shutdown(socket.SHUT_WR)
        received = b""
        while part := connection.recv(65536):
            received += part
    return received


@pytest.mark.parametrize("path", SURFACES, ids=lambda path: path.decode())
@pytest.mark.parametrize("kind", BROKEN)
def test_what_is_broken_is_refused_in_json(service_url: str, home: Path, kind: str, path: bytes) -> None:
    sent, message = BROKEN[kind]
    logged = (home / "logs" / "web.log").stat().st_size
    head, _, body = broken(service_url, sent.replace(b"%b", path)).partition(b"\r\n\r\n")
    lines = head.decode().lower().split("\r\n")
    assert lines[0] == "http/1.1 400 bad request"
    content = json.loads(body)
    # Of a line that cannot be read there is no address, and so no surface but the general one.
    is_known = kind not in ("control character", "no version") or path == b"/api/crud"
    assert (SURFACES[path] if is_known else SURFACES[b"/api/crud"])(content) == message
    (name,) = [line.removeprefix("x-request-id: ") for line in lines if line.startswith("x-request-id: ")]
    assert "connection: close" in lines and "content-type: application/json" in lines
    with (home / "logs" / "web.log").open("rb") as log:
        log.seek(logged)
        written: list[bytes] = []

        def is_logged() -> bool:
            written.append(log.read())
            return f'"request_id":"{name}"'.encode() in b"".join(written)

        until(is_logged)


def test_the_first_request_of_two_is_answered_though_the_second_is_broken(service_url: str) -> None:
    received = broken(service_url, b"GET /health_check HTTP/1.1\r\nHost: x\r\n\r\nnonsense\r\n\r\n")
    assert received.startswith(b"HTTP/1.1 200") and received.count(b"HTTP/1.1") == 1


def test_requests_behind_each_other_are_answered_in_turn(service_url: str) -> None:
    one = b"GET /api/none%d HTTP/1.1\r\nHost: x\r\nX-Request-ID: number-%08d\r\n\r\n"
    last = b"POST /api/last HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: 2\r\n\r\n{}"
    received = raw(service_url, b"".join(one % (number, number) for number in range(5)) + last)
    names = [line for line in received.decode().split("\r\n") if line.startswith("x-request-id: number-")]
    assert names == [f"x-request-id: number-{number:08d}" for number in range(5)]
    assert received.count(b"HTTP/1.1 404") == 6


@pytest.mark.parametrize("cut", [0, 10, 60, 150, 100_000], ids=lambda cut: f"cut at {cut}")
def test_a_request_may_begin_with_the_end_of_the_one_before(service_url: str, cut: int) -> None:
    """Check requests after a response that came before the end of its body; the second one arrives in pieces."""
    head = b"POST /api/crud HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: %d\r\n%s\r\n"
    body = b"[]," * 60_000
    first = head % (len(body), b"") + body
    second = head % (len(body), b"Connection: close\r\n") + body
    parts = urlsplit(service_url)
    with socket.create_connection((parts.hostname, parts.port), timeout=60) as connection:
        connection.sendall(first[:100_000])
        received = connection.recv(65536)
        connection.sendall(first[100_000:] + second[:cut])
        time.sleep(0.1)
        connection.sendall(second[cut:])
        while part := connection.recv(65536):
            received += part
    assert (received.count(b"HTTP/1.1 401"), received.count(b"HTTP/1.1")) == (2, 2)


@pytest.mark.parametrize(
    ("sent", "status"),
    [
        (
            b"POST /api/crud HTTP/1.1\r\nHost: x\r\nContent-Length: 800000\r\nConnection: close\r\n\r\n"
            + b"x" * 100_000,
            b"401",
        ),
        (b"POST /api/crud HTTP/1.0\r\nHost: x\r\nContent-Length: 800000\r\n\r\n" + b"x" * 100_000, b"401"),
        (b"GET /" + b"a" * 70_000, b"413"),
        (b"\0" * 100 + b"\r\n", b"400"),
    ],
    ids=["close", "HTTP/1.0", "long head", "no HTTP"],
)
def test_a_response_is_received_by_a_client_that_is_still_sending(
    service_url: str, sent: bytes, status: bytes
) -> None:
    """Check that the connection is not reset by what arrives after the response."""
    parts = urlsplit(service_url)
    with socket.create_connection((parts.hostname, parts.port), timeout=60) as connection:
        connection.sendall(sent)
        received = connection.recv(65536)
        for _ in range(20):
            connection.sendall(b"x" * 10_000)
            time.sleep(0.01)
        while part := connection.recv(65536):
            received += part
    assert received.startswith(b"HTTP/1.1 " + status)
    assert received.count(b"HTTP/1.1") == 1


def test_a_client_that_sends_on_and_on_is_cut_off(service_url: str) -> None:
    parts = urlsplit(service_url)
    with socket.create_connection((parts.hostname, parts.port), timeout=60) as connection:
        connection.sendall(b"GET /" + b"a" * 70_000)
        with pytest.raises((ConnectionResetError, BrokenPipeError)):
            while True:
                connection.sendall(b"x" * 1_000)
                time.sleep(0.05)


def test_a_head_that_is_too_long_is_refused(service_url: str) -> None:
    for sent in (b"GET /" + b"a" * 70_000, request(b"/", "X: " + "a" * 70_000)):
        status, _, body = parsed_response(service_url, sent)
        assert (status, json.loads(body)["success"]) == (413, False)


def test_a_request_that_comes_in_pieces_is_put_together(service_url: str) -> None:
    parts = urlsplit(service_url)
    with socket.create_connection((parts.hostname, parts.port), timeout=60) as connection:
        start = [b"\r\nGE", b'T /db/x/rest/a?q={"a"', b": 1} HT", b"TP/1.1\r"]
        for piece in (*start, b"\nHost: x\r\nConnection: cl", b"ose\r\n\r\n"):
            connection.sendall(piece)
        assert connection.recv(65536).startswith(b"HTTP/1.1 401")


def test_an_answer_to_head_has_no_body(service_url: str) -> None:
    status, headers, body = parsed_response(service_url, request(b"/health_check", method=b"HEAD"))
    assert (status, headers["content-length"], body) == (200, "41", b"")
