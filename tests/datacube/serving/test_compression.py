"""Compressed responses: for which clients, of which content, and with which headers."""

from __future__ import annotations

import json
import zlib
from typing import Any

import brotli
import httpx
import pytest

from datacube.serving.compression import accepted, compressed, compressed_parts
from tests.support import Tenant

JSON = (b"content-type", b"application/json")
CONTENT = json.dumps([{"name": f"number {number}"} for number in range(500)]).encode()


def unpacked(encoding: str | None, content: bytes) -> bytes:
    if encoding == "br":
        return brotli.decompress(content)
    return zlib.decompress(content, 31) if encoding == "gzip" else content


@pytest.mark.parametrize(
    ("header", "encoding"),
    [
        ("gzip", "gzip"),
        ("br", "br"),
        ("gzip, deflate, br, zstd", "br"),
        ("gzip;q=1.0, br;q=0.5", "gzip"),
        ("br;q=0, gzip", "gzip"),
        ("BR", "br"),
        ("*", "br"),
        ("*;q=0.1, br;q=0", "gzip"),
        ("gzip;q=0", ""),
        ("identity", ""),
        ("deflate, zstd", ""),
        ("gzip;q=nonsense", ""),
        ("", ""),
    ],
)
def test_which_encoding_a_header_names(header: str, encoding: str) -> None:
    assert accepted(header) == encoding


def environ(path: str = "/api/crud", accept: str = "gzip") -> dict[str, Any]:
    return {"PATH_INFO": path, "HTTP_ACCEPT_ENCODING": accept}


@pytest.mark.parametrize("encoding", ["gzip", "br"])
def test_what_is_compressed_is_the_same(encoding: str) -> None:
    sent = [JSON, (b"vary", b"Origin"), (b"etag", b'"a-1"'), (b"content-length", b"17")]
    headers, content = compressed(environ(accept=encoding), 200, sent, CONTENT)
    assert dict(headers) == {
        b"content-type": b"application/json",
        b"vary": b"Origin, Accept-Encoding",
        b"etag": b'W/"a-1"',
        b"content-encoding": encoding.encode(),
    }
    assert unpacked(encoding, content) == CONTENT and len(content) < len(CONTENT) / 4


@pytest.mark.parametrize("encoding", ["gzip", "br"])
def test_every_part_of_a_long_answer_can_be_read_when_it_comes(encoding: str) -> None:
    headers, parts = compressed_parts(environ(accept=encoding), 200, [JSON], iter([b"[1,", b"", b"2]"]))
    assert (b"content-encoding", encoding.encode()) in headers
    reader: Any = brotli.Decompressor() if encoding == "br" else zlib.decompressobj(31)
    read = reader.process if encoding == "br" else reader.decompress
    assert read(next(parts)) == b"[1,"
    assert b"".join(map(read, parts)) == b"2]"


@pytest.mark.parametrize(
    ("path", "status", "headers"),
    [
        ("/core/login", 200, [JSON]),
        ("/api/keys", 201, [JSON]),
        ("/dashboard/", 200, [(b"content-type", b"text/html")]),
        ("/api/crud", 400, [JSON]),
        ("/api/crud", 204, [JSON]),
        ("/api/crud", 206, [JSON]),
        ("/api/crud", 200, [(b"content-type", b"image/png")]),
        ("/api/crud", 200, [(b"content-type", b"text/event-stream")]),
        ("/api/crud", 200, [JSON, (b"content-encoding", b"gzip")]),
        ("/db/x/media/a", 200, [(b"content-type", b"text/plain"), (b"accept-ranges", b"bytes")]),
        ("/api/crud", 200, []),
    ],
)
def test_what_is_never_compressed(path: str, status: int, headers: list[tuple[bytes, bytes]]) -> None:
    assert compressed(environ(path), status, headers, CONTENT) == (headers, CONTENT)
    parts = iter([CONTENT])
    assert compressed_parts(environ(path), status, headers, parts) == (headers, parts)


def test_who_does_not_ask_gets_it_as_it_is() -> None:
    headers, content = compressed(environ(accept=""), 200, [JSON], CONTENT)
    assert (headers, content) == ([JSON, (b"vary", b"Accept-Encoding")], CONTENT)


# --- of the running service ---------------------------------------------------------------------------


@pytest.fixture(scope="module")
def written(anna: Tenant) -> tuple[Tenant, str]:
    collection = anna.new_collection({"name": "s"})
    anna.insert(collection, [{"s": f"number {number}"} for number in range(300)])
    return anna, collection


def answer(tenant: Tenant, path: str, accept: str, **headers: str) -> httpx.Response:
    return tenant.ask(f"GET {path}", auth=tenant.api_key, headers={"Accept-Encoding": accept, **headers})


@pytest.mark.parametrize("encoding", ["gzip", "br", "identity"])
@pytest.mark.parametrize("route", ["crud", "rest", "export", "ndjson", "schema", "script"])
def test_every_surface_compresses(written: tuple[Tenant, str], route: str, encoding: str) -> None:
    tenant, name = written
    of_collection = f"database_id={tenant.database}&collection_name={name}"
    path = {
        "crud": f"/api/crud?{of_collection}&page_size=300",
        "rest": f"/db/{tenant.database}/rest/{name}",
        "export": f"/api/export?{of_collection}&format=json",
        "ndjson": f"/api/export?{of_collection}&format=ndjson",
        "schema": "/api/schema",
        "script": f"/db/{tenant.database}/rest/_jsapi.js",
    }[route]
    plain, packed = answer(tenant, path, "identity"), answer(tenant, path, encoding)
    expected = None if encoding == "identity" else encoding
    assert (packed.status_code, packed.headers.get("content-encoding")) == (200, expected)
    assert "Accept-Encoding" in packed.headers["vary"]
    if route != "crud":  # whose body contains the duration
        assert packed.content == plain.content
    if expected and "content-length" in packed.headers:
        assert int(packed.headers["content-length"]) < len(plain.content)


def test_a_small_answer_is_sent_as_it_is(anna: Tenant) -> None:
    response = answer(anna, "/health_check", "gzip, br")
    assert "content-encoding" not in response.headers and "vary" not in response.headers


def test_the_etag_of_a_compressed_document_is_good_for_if_match(anna: Tenant) -> None:
    collection = anna.new_collection({"name": "s"})
    (name,) = anna.insert(collection, [{"s": "long " * 1000}])
    of_collection = {"database_id": anna.database, "collection_name": collection}
    path = (
        f"/api/crud?database_id={anna.database}&collection_name={collection}&filters=%7B%22_id%22:%22{name}%22%7D"
    )
    first = answer(anna, path, "br")
    tag = first.headers["etag"]
    assert tag == f'W/"{name}-1"' and first.headers["content-encoding"] == "br"
    assert answer(anna, path, "br", **{"If-None-Match": tag}).status_code == 304
    body = {**of_collection, "filters": {"_id": name}, "update_data": {"s": "x"}}
    changed = anna.ask("PUT /api/crud", auth=anna.api_key, json=body, headers={"If-Match": tag})
    assert (changed.status_code, changed.headers["etag"]) == (200, f'"{name}-2"')
    late = anna.ask("PUT /api/crud", auth=anna.api_key, json=body, headers={"If-Match": tag})
    assert late.status_code == 412
