"""The files below /api/v2."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from tests.support import NOT_FOUND, Tenant, make_tenant, status_and_body

FORBIDDEN = {
    "success": False,
    "error": "PermissionDenied",
    "detail": "The link is not valid, or older than five hours.",
}


@pytest.fixture(scope="module")
def eve(web: httpx.Client) -> Tenant:
    return make_tenant(web)


def upload(tenant: Tenant, content: bytes, *, name: str = "a.txt", **form: str) -> dict[str, Any]:
    files = {"file": (name, content, "text/plain")}
    answer = tenant.ask("POST /api/v2/files/", files=files, data=form, auth=tenant.bearer)
    assert answer.status_code == 201, answer.text
    return answer.json()


def path_of(link: str) -> str:
    return link[link.index("/api/v2/") :]


def test_a_file_from_its_upload_to_its_end(web: httpx.Client, eve: Tenant) -> None:
    status, empty = status_and_body(eve.ask("GET /api/v2/files/", auth=eve.bearer))
    assert (status, empty["data"], empty["stats"]) == (200, [], {"total_files": 0, "total_storage_bytes": 0})
    missing = {"success": False, "error": "NotFound", "detail": NOT_FOUND}
    assert status_and_body(eve.ask(f"GET /api/v2/files/{'0' * 32}", auth=eve.bearer)) == (404, missing)
    stored = upload(eve, b"hello", filename="greeting.txt")
    file_id, link = stored["file_id"], path_of(stored["signed_url"])
    assert (stored["filename"], stored["file_size"]) == ("greeting.txt", 5)
    listed = eve.ask("GET /api/v2/files/", params={"search": "GREET"}, auth=eve.bearer).json()
    assert [(item["file_id"], item["size"]) for item in listed["data"]] == [(file_id, 5)]
    assert listed["stats"] == {"total_files": 1, "total_storage_bytes": 5}
    assert listed["pagination"] == {"current_page": 1, "page_size": 10, "total_items": 1, "total_pages": 1}
    info = eve.ask(f"GET /api/v2/files/{file_id}/", auth=eve.bearer).json()["info"]
    assert (info["filename"], info["length"]) == ("greeting.txt", 5)
    whole = web.get(link)
    assert (whole.status_code, whole.content) == (200, b"hello")
    assert whole.headers["content-disposition"] == 'attachment; filename="greeting.txt"'
    part = web.get(link.replace("/stream/", "/download/"), headers={"Range": "bytes=1-2"})
    assert (part.status_code, part.content, part.headers["content-range"]) == (206, b"el", "bytes 1-2/5")
    gone = {"success": True, "message": "File deleted"}
    assert status_and_body(eve.ask(f"DELETE /api/v2/files/{file_id}/", auth=eve.bearer)) == (200, gone)
    assert web.get(link).status_code == 404


def test_a_link_is_good_for_its_file_alone(web: httpx.Client, anna: Tenant) -> None:
    first, second = (upload(anna, content)["signed_url"] for content in (b"one", b"two"))
    link, signature = path_of(first).split("?signature=")
    other = path_of(second).split("?")[0]
    for path in (
        link,
        f"{link}?signature=x",
        f"{link}?signature={signature[:-1]}",
        f"{other}?signature={signature}",
    ):
        assert status_and_body(web.get(path)) == (403, FORBIDDEN)


@pytest.mark.parametrize(
    ("request_", "detail"),
    [
        ({"json": {}}, {"file": ["Send the file as multipart/form-data, in the field file."]}),
        ({"files": {"other": ("a.txt", b"x")}}, {"file": ["Send one file in the field file."]}),
        ({"files": [("file", ("a", b"x")), ("file", ("b", b"y"))]}, {"file": ["Send one file in the field file."]}),
    ],
)
def test_uploads_that_are_refused(anna: Tenant, request_: dict[str, Any], detail: Any) -> None:
    answer = anna.ask("POST /api/v2/files", auth=anna.bearer, **request_)
    assert status_and_body(answer) == (400, {"success": False, "error": "ValidationError", "detail": detail})


def test_a_file_of_a_named_database(anna: Tenant) -> None:
    query = {"database_id": anna.database}
    files = {"file": ("a.txt", b"named", "text/plain")}
    stored = anna.ask("POST /api/v2/files", params=query, files=files).json()
    listed = anna.ask("GET /api/v2/files", params=query).json()["data"]
    assert stored["file_id"] in [item["file_id"] for item in listed]
