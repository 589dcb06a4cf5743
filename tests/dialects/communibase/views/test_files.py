"""Files: uploaded, replaced, searched, downloaded and deleted."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest

from tests.dialects.communibase.support import Communibase, bare, failed, refused, result_of
from tests.support import MISSING_ID, NOT_FOUND, Tenant

CONTENT = bytes(range(256)) * 10
NO_CONTENT = 'Must be base64, or a Buffer: {"type": "Buffer", "data": [0, 255]}.'


def upload(communibase: Communibase, content: bytes = CONTENT, *, path: str = "texts") -> dict[str, Any]:
    part = {"File": ("a.bin", content, "application/octet-stream")}
    form = {"metadata": json.dumps({"path": path})}
    answer = communibase.ask("POST File.json/binary", files=part, data=form)
    assert answer.status_code == 200, answer.text
    document: dict[str, Any] = answer.json()
    return document


def content_of(communibase: Communibase, id: str) -> bytes:
    answer = communibase.tenant.client.get(
        f"/0.1/File.json/binary/{id}", params={"api_key": communibase.tenant.key}
    )
    assert answer.status_code == 200
    return answer.content


def buffer(content: bytes) -> dict[str, Any]:
    return {"type": "Buffer", "data": [*content]}


def test_no_file_yet(communibase: Communibase) -> None:
    assert communibase.get("File.json/crud") == []
    assert communibase.search("File", {"metadata": {"$exists": True}}, fields="_id", limit=1) == []
    assert result_of(communibase.ask(f"GET File.json/binary/{MISSING_ID}")) == failed(404, NOT_FOUND)


def test_upload_download_replace_and_destroy(communibase: Communibase, anna: Tenant) -> None:
    file = upload(communibase)
    assert bare(file) == {
        "filename": "a.bin",
        "length": len(CONTENT),
        "uploadDate": file["uploadDate"],
        "contentType": "application/octet-stream",
        "metadata": {"path": "texts"},
    }
    assert content_of(communibase, file["_id"]) == CONTENT
    assert communibase.get(f"File.json/crud/{file['_id']}") == file
    assert [item["_id"] for item in communibase.search("File", {"metadata.path": "texts"})] == [file["_id"]]
    address = f"PUT File.json/crud/{file['_id']}"
    body: dict[str, Any] = {
        "_id": file["_id"],
        "filename": "b.bin",
        "length": 3,
        "uploadDate": "2020-01-01T00:00:00.000Z",
    }
    changed = communibase.get(
        address, json={**body, "metadata": {"path": "other"}, "content": buffer(b"\x00\xffx")}
    )
    assert (changed["filename"], changed["length"], changed["metadata"]) == ("b.bin", 3, {"path": "other"})
    assert changed["uploadDate"] > "2026"
    assert content_of(communibase, file["_id"]) == b"\x00\xffx"
    in_base64 = base64.b64encode(b"in base64").decode()
    assert communibase.get(address, json={"filename": "c.bin", "content": in_base64})["length"] == 9
    assert content_of(communibase, file["_id"]) == b"in base64"
    assert communibase.get(address, json={"metadata": {"path": "only"}})["filename"] == "c.bin"
    assert content_of(communibase, file["_id"]) == b"in base64"
    archive = {"params": {"database_id": anna.database}}
    before = anna.ask("GET /api/v2/files", **archive).text.count("c.bin")
    assert communibase.get(f"DELETE File.json/crud/{file['_id']}") == {"success": True}
    assert communibase.ask(f"GET File.json/binary/{file['_id']}").status_code == 404
    assert (before > 0, anna.ask("GET /api/v2/files", **archive).text.count("c.bin")) == (True, 0)


def test_a_long_buffer(communibase: Communibase) -> None:
    """Check a content of more bytes than a body may have values, in a body that is larger than 64 KiB."""
    file = upload(communibase, b"x")
    content = bytes(range(256)) * 2_400
    body = json.dumps({"_id": file["_id"], "content": buffer(content)}, separators=(",", ":"))
    answer = communibase.ask(f"PUT File.json/crud/{file['_id']}", content=body)
    assert (answer.status_code, answer.json().get("length")) == (200, len(content)), answer.text[:500]
    assert content_of(communibase, file["_id"]) == content


def test_a_content_that_is_too_large(communibase: Communibase) -> None:
    """Check that the answer names the setting, and that the same bytes can be uploaded."""
    file = upload(communibase, b"x")
    content = bytes(5 << 20)
    body = b'{"content":{"type":"Buffer","data":[0%b]}}' % (b",100" * (len(content) - 1))
    text = "The body is larger than 16777216 bytes (MAX_BODY_BYTES)."
    answer = communibase.ask(f"PUT File.json/crud/{file['_id']}", content=body)
    assert result_of(answer) == failed(413, text)
    assert (communibase.get(f"File.json/crud/{file['_id']}"), content_of(communibase, file["_id"])) == (file, b"x")
    part = {"File": ("a.bin", bytes((16 << 20) + (1 << 17)))}
    assert result_of(communibase.ask("POST File.json/binary", files=part)) == failed(413, text)
    assert upload(communibase, content)["length"] == len(content)


@pytest.mark.parametrize(
    "content",
    [{"type": "Buffer", "data": [256]}, {"type": "Buffer"}, "no base64", 5, {"type": "Buffer", "data": [","]}],
)
def test_refused_contents(communibase: Communibase, content: Any) -> None:
    file = upload(communibase, b"x")
    answer = communibase.ask(f"PUT File.json/crud/{file['_id']}", json={"content": content})
    assert result_of(answer) == refused("content", NO_CONTENT)
    assert content_of(communibase, file["_id"]) == b"x"


def test_refused_uploads(communibase: Communibase) -> None:
    part = {"File": ("a.bin", b"x")}
    text = "Send one file in this part of multipart/form-data."
    for request in ({"json": {}}, {"files": {"other": ("a.bin", b"x")}}, {"files": [("File", ("a", b"x"))] * 2}):
        assert result_of(communibase.ask("POST File.json/binary", **request)) == refused("File", text)
    wrong = communibase.ask("POST File.json/binary", files=part, data={"metadata": "[]"})
    assert result_of(wrong) == refused("metadata", "Must be a JSON object.")
    other = communibase.ask("POST films.json/binary", files=part)
    assert result_of(other) == failed(404, "Only the entity type File has contents.")
    missing = communibase.ask(f"PUT File.json/crud/{MISSING_ID}", json={"content": "eA=="})
    assert result_of(missing) == failed(404, NOT_FOUND)


def test_a_file_has_no_history(communibase: Communibase) -> None:
    file = upload(communibase, b"x")
    answer = communibase.ask(f"GET File.json/history/{file['_id']}")
    assert result_of(answer) == failed(400, "The collection keeps no history.")


def test_large_documents(communibase: Communibase) -> None:
    """Check a body larger than what is read without valid credentials, which lie in this dialect's own header."""
    (id,) = communibase.create("films", {"text": "x" * 200_000})
    assert len(communibase.get(f"films.json/crud/{id}")["text"]) == 200_000
