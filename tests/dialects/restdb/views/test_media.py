"""The media archive over HTTP."""

from __future__ import annotations

import io
import re
from typing import Any

import httpx
import pytest
from PIL import Image

from tests.dialects.restdb.support import Rest, failed, result_of
from tests.dialects.restdb.test_browser_keys import browser_key
from tests.features.files.test_images import bomb, drawn
from tests.support import Tenant, Truth

NO_FILE = failed(404, "File not found.", name="NotFound")
PAGE = b"<!doctype html><script>alert(1)</script>"


def ask(rest: Rest, route: str, *, key: str | None = None, **request: Any) -> httpx.Response:
    verb, path = route.split(" ", 1)
    key_sent = rest.tenant.key if key is None else key
    headers = ({"x-apikey": key_sent} if key_sent else {}) | request.pop("headers", {})
    return rest.tenant.client.request(verb, f"/db/{rest.tenant.database}/{path}", headers=headers, **request)


def upload(rest: Rest, *contents: bytes, name: str = "a.png", key: str | None = None) -> httpx.Response:
    files = [(f"file{index}", (name, content, "text/html")) for index, content in enumerate(contents)]
    return ask(rest, "POST media", key=key, files=files)


@pytest.fixture(scope="module")
def picture(rest: Rest) -> str:
    return upload(rest, drawn(900, 300), name="picture.png").json()["ids"][0]


@pytest.fixture(scope="module")
def page(rest: Rest) -> str:
    return upload(rest, PAGE, name='nämé "1".html').json()["ids"][0]


def test_several_files_are_uploaded_at_once(rest: Rest) -> None:
    answer = upload(rest, drawn(5, 5), b"text", b"")
    body = answer.json()
    assert (answer.status_code, body["msg"], len(body["ids"])) == (201, "OK", 3)
    assert set(body) == {"msg", "uploadid", "ids"}
    assert all(re.fullmatch(r"[0-9a-f]{32}", name) for name in [body["uploadid"], *body["ids"]])
    assert [ask(rest, f"GET media/{name}").content for name in body["ids"]] == [drawn(5, 5), b"text", b""]


@pytest.mark.parametrize(
    ("size", "pixels"), [("", (900, 300)), ("?s=o", (900, 300)), ("?s=w", (640, 213)), ("?s=t", (128, 43))]
)
def test_sizes_need_no_key(rest: Rest, picture: str, size: str, pixels: tuple[int, int]) -> None:
    answer = ask(rest, f"GET media/{picture}{size}", key="")
    assert answer.status_code == 200
    assert Image.open(io.BytesIO(answer.content)).size == pixels
    assert answer.headers["Content-Type"] == "image/png"
    assert answer.headers["Content-Disposition"] == 'inline; filename="picture.png"'
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Cache-Control"] == "public, max-age=3600"


def test_a_name_needs_a_key_and_returns_the_newest_file(rest: Rest) -> None:
    upload(rest, b"old", name="notes.txt")
    upload(rest, b"new", name="notes.txt")
    answer = ask(rest, "GET media/notes.txt")
    assert (answer.content, answer.headers["Cache-Control"]) == (b"new", "private, no-cache")
    assert result_of(ask(rest, "GET media/notes.txt", key="")) == NO_FILE


def test_other_files_than_images_are_attachments(rest: Rest, page: str) -> None:
    answer = ask(rest, f"GET media/{page}", key="")
    assert (answer.status_code, answer.content) == (200, PAGE)
    assert answer.headers["Content-Type"] == "application/octet-stream"
    assert answer.headers["Content-Disposition"].startswith("attachment; filename")
    assert answer.headers["Content-Security-Policy"] == "default-src 'none'; sandbox"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert ask(rest, f"GET media/{page}?s=t", key="").content == PAGE


def test_download(rest: Rest, picture: str) -> None:
    answer = ask(rest, f"GET media/{picture}?download=true", key="")
    assert answer.headers["Content-Disposition"] == 'attachment; filename="picture.png"'


def test_meta(rest: Rest, picture: str) -> None:
    (record,) = ask(rest, f"GET media/{picture}/meta").json()
    assert record.pop("_created")
    assert record == {
        "_id": picture,
        "_createdby": "api",
        "app": "",
        "origname": "picture.png",
        "file": picture,
        "mediatype": "image/png",
        "size": len(drawn(900, 300)),
        "width": 900,
        "height": 300,
        "exif": {},
    }
    assert ask(rest, f"GET media/{picture}/meta", key="").status_code == 401


@pytest.mark.parametrize(
    ("requested", "status", "part", "content_range"),
    [
        ("bytes=0-3", 206, slice(0, 4), "bytes 0-3/10"),
        ("bytes=4-", 206, slice(4, None), "bytes 4-9/10"),
        ("bytes=-3", 206, slice(7, None), "bytes 7-9/10"),
        ("bytes=-99", 206, slice(0, None), "bytes 0-9/10"),
        ("bytes=5-99", 206, slice(5, None), "bytes 5-9/10"),
        ("bytes=10-", 416, slice(0, 0), "bytes */10"),
        ("bytes=99999999999999999999-", 416, slice(0, 0), "bytes */10"),
        ("bytes=-0", 416, slice(0, 0), "bytes */10"),
        ("bytes=3-1", 200, slice(0, None), None),
        ("bytes=0-1,4-5", 200, slice(0, None), None),
        ("lines=1-2", 200, slice(0, None), None),
    ],
)
def test_ranges(rest: Rest, requested: str, status: int, part: slice, content_range: str | None) -> None:
    name = upload(rest, b"0123456789", name="digits").json()["ids"][0]
    answer = ask(rest, f"GET media/{name}", key="", headers={"Range": requested})
    assert (answer.status_code, answer.content) == (status, b"0123456789"[part])
    assert answer.headers.get("Content-Range") == content_range
    other = ask(rest, f"GET media/{name}", key="", headers={"Range": requested, "If-Range": '"another"'})
    assert (other.status_code, other.content) == (200, b"0123456789")


def test_etags(rest: Rest, picture: str) -> None:
    first = ask(rest, f"GET media/{picture}?s=t", key="")
    again = ask(rest, f"GET media/{picture}?s=t", key="", headers={"If-None-Match": first.headers["ETag"]})
    assert (again.status_code, again.content) == (304, b"")
    assert ask(rest, f"GET media/{picture}", key="").headers["ETag"] != first.headers["ETag"]


def test_delete(rest: Rest) -> None:
    name = upload(rest, drawn(300, 300)).json()["ids"][0]
    assert result_of(ask(rest, f"DELETE media/{name}")) == (200, {"result": [name]})
    for route in (f"GET media/{name}", f"GET media/{name}?s=t", f"GET media/{name}/meta", f"DELETE media/{name}"):
        assert result_of(ask(rest, route)) == NO_FILE
    assert result_of(ask(rest, f"GET media/{name}", key="")) == NO_FILE


def test_errors(rest: Rest, picture: str, truth: Truth) -> None:
    before = truth.of_team(truth.team_of(rest.tenant.email))
    size = failed(400, "Must be one of t, w, o.", ("s", "Must be one of t, w, o."))
    assert result_of(ask(rest, f"GET media/{picture}?s=x", key="")) == size
    none = failed(400, "There are no files to upload; send them as multipart/form-data.", name="BadRequest")
    assert result_of(ask(rest, "POST media", json={})) == none
    assert result_of(upload(rest)) == none
    broken = {"content": b"--x\r\nnothing", "headers": {"Content-Type": "multipart/form-data; boundary="}}
    assert ask(rest, "POST media", **broken).status_code == 400
    many = failed(413, "At most 20 files at once (MAX_FILES_AT_ONCE).", name="TooLarge")
    assert result_of(upload(rest, *[b"x"] * 21)) == many
    bombed = failed(413, "An image has at most 40000000 pixels (MAX_IMAGE_PIXELS).", name="TooLarge")
    # The first file is deleted again.
    assert result_of(upload(rest, b"text", bomb(8_000, 8_000))) == bombed
    assert result_of(upload(rest, b"text", bomb(50_000, 50_000))) == bombed
    assert upload(rest, b"x" * ((16 << 20) + 66_000)).status_code == 413
    assert ask(rest, f"PUT media/{picture}", content=b"x").status_code == 405
    assert truth.of_team(truth.team_of(rest.tenant.email)) == before


def post_body(rest: Rest, body: bytes) -> tuple[int, Any]:
    """Post a raw body whose parts are between `--x` and `--x--`."""
    headers = {"Content-Type": "multipart/form-data; boundary=x"}
    return result_of(ask(rest, "POST media", content=body, headers=headers))


def body_of(*parts: tuple[bytes, bytes], end: bytes = b"--x--\r\n") -> bytes:
    """Build a body from pairs of Content-Disposition parameters and content."""
    heads = ((b"--x\r\nContent-Disposition: form-data; %s\r\n\r\n%s\r\n" % part) for part in parts)
    return b"".join(heads) + end


GOOD = (b'name="f"; filename="good"', b"good")
LOST = (
    "These parts of the body cannot be stored: {}. Each needs a Content-Disposition in UTF-8 with a name and, "
    "for a file, a filename that is more than dots and slashes."
)
INCOMPLETE = "The body is incomplete: it does not end with its closing boundary."


@pytest.mark.parametrize(
    "disposition",
    [
        b'name="f"; filename="."',
        b'name="f"; filename=".."',
        b'name="f"; filename="a/"',
        b'name="f"; filename="\x01"',
        b'name="f"; filename=""',
        b'name="f"; filename="\xff"',
        b'filename="bad"',
        b'name=""; filename="bad"',
        b'name=" "; filename="bad"',
        b"name=\"f\"; filename*=UTF-8''.",
        b"name=\"f\"; filename*=nope''%20a",
        b"name=\"f\"; filename*=UTF-8''na%EFve.txt",
    ],
)
@pytest.mark.parametrize("content", [b"bad", b"bad" * 100_000])
def test_no_file_is_skipped_silently(rest: Rest, truth: Truth, disposition: bytes, content: bytes) -> None:
    before = truth.of_team(truth.team_of(rest.tenant.email))
    bad = (disposition, content)
    for parts, numbers in [((GOOD, bad), "2"), ((bad, GOOD), "1"), ((bad, GOOD, bad), "1, 3"), ((bad,), "1")]:
        assert post_body(rest, body_of(*parts)) == failed(400, LOST.format(numbers), name="BadRequest")
    assert truth.of_team(truth.team_of(rest.tenant.email)) == before


def test_a_part_without_a_disposition_is_an_error(rest: Rest, truth: Truth) -> None:
    before = truth.of_team(truth.team_of(rest.tenant.email))
    for head in (
        b"",
        b"Content-Type: text/plain\r\n",
        b'Content-Disposition : form-data; name="f"; filename="a"\r\n',
    ):
        body = body_of(GOOD, end=b"--x\r\n" + head + b"\r\nbad\r\n--x--\r\n")
        assert post_body(rest, body) == failed(400, LOST.format("2"), name="BadRequest")
    assert truth.of_team(truth.team_of(rest.tenant.email)) == before


@pytest.mark.parametrize("length", [3, 300_000, 2_000_000])
def test_incomplete_bodies_are_refused(rest: Rest, truth: Truth, length: int) -> None:
    before = truth.of_team(truth.team_of(rest.tenant.email))
    complete = body_of(GOOD, (b'name="g"; filename="long"', b"y" * length))
    for end in (b"", b"\r\n", b"\r\n--x", b"\r\n--x-", b"\r\n--x\r\n", b"\r\n--x--\r\nbehind the end"):
        body = complete.removesuffix(b"\r\n--x--\r\n") + end
        assert post_body(rest, body) == failed(400, INCOMPLETE, name="BadRequest"), end
    for body in (b"", b"--x", b"--x\r\n", body_of(GOOD, end=b""), body_of(GOOD, end=b"--x\r\nContent-Dispo")):
        assert post_body(rest, body) == failed(400, INCOMPLETE, name="BadRequest"), body
    assert truth.of_team(truth.team_of(rest.tenant.email)) == before


def test_too_many_parts_are_refused(rest: Rest, truth: Truth) -> None:
    before = truth.of_team(truth.team_of(rest.tenant.email))
    many = failed(413, "At most 1000 parameters at once.", name="TooLarge")
    for parts in ([GOOD] * 1001, [(b'name="t"', b"")] * 1001):
        assert post_body(rest, body_of(*parts)) == many
    assert post_body(rest, b"--x\r\n" * 3_000_000) == many
    assert truth.of_team(truth.team_of(rest.tenant.email)) == before


def test_bodies_as_browsers_send_them(rest: Rest) -> None:
    text, empty = (b'name="title"', b"."), (b'name="g"; filename=""', b"")
    long = (b'name="f"; filename="long"', b"y" * 2_000_000)
    for end in (b"--x--\r\n", b"--x--", b"--x--\r\n\r\n"):
        status, body = post_body(
            rest, body_of(text, GOOD, empty, long, (b'name="e"; filename="empty"', b""), end=end)
        )
        assert (status, len(body["ids"])) == (201, 3)
        contents = [ask(rest, f"GET media/{name}").content for name in body["ids"]]
        assert contents == [b"good", long[1], b""]
    none = failed(400, "There are no files to upload; send them as multipart/form-data.", name="BadRequest")
    assert post_body(rest, body_of(text, empty)) == none
    assert post_body(rest, body_of(*[text] * 1000)) == none
    assert post_body(rest, b"--x--\r\n") == none


def test_other_tenants_are_refused(rest: Rest, ben: Tenant, picture: str, truth: Truth) -> None:
    before = truth.of_team(truth.team_of(rest.tenant.email))
    refusal = failed(404, "Not found or access denied", name="NotFound")
    for route in (f"GET media/{picture}", f"GET media/{picture}/meta", f"DELETE media/{picture}"):
        assert result_of(ask(rest, route, key=ben.key)) == refusal
    assert result_of(upload(rest, b"x", key=ben.key)) == refusal
    assert upload(rest, b"x", key="").status_code == 401
    elsewhere = ben.client.get(f"/db/{ben.database}/media/{picture}")
    assert result_of(elsewhere) == NO_FILE
    assert truth.of_team(truth.team_of(rest.tenant.email)) == before


def test_browser_keys_are_limited(rest: Rest, picture: str) -> None:
    reader = browser_key(rest.tenant, actions=["read"], paths=["/media/**"])
    assert ask(rest, f"GET media/{picture}/meta", key=reader).status_code == 200
    assert upload(rest, b"x", key=reader).status_code == 403
    elsewhere = browser_key(rest.tenant, paths=["/people"])
    assert ask(rest, f"GET media/{picture}/meta", key=elsewhere).status_code == 403


def test_records_in_place_of_ids(rest: Rest, picture: str) -> None:
    rest.empty("people")
    rest.create("people", {"name": "Joe", "email": "0" * 32, "photos": [picture, 1], "face": picture})
    (plain,), (with_records,) = rest.get("people"), rest.get("people", fetchmediadata="true")
    assert (plain["photos"], plain["face"]) == ([picture, 1], picture)
    (record,) = with_records["face"]
    assert (record["_id"], record["origname"], record["width"]) == (picture, "picture.png", 900)
    assert (with_records["photos"], with_records["email"]) == ([record, 1], "0" * 32)
    (linked,) = rest.get("people", idtolink="true")
    address = f"{str(rest.tenant.client.base_url).rstrip('/')}/db/{rest.tenant.database}/media/{picture}"
    assert (linked["face"], linked["photos"], linked["email"]) == ([address], [address, 1], "0" * 32)
    key = browser_key(rest.tenant, paths=["/people"])
    for parameter in ("fetchmediadata", "idtolink"):
        assert rest.ask(f"GET people?{parameter}=true", key=key).json() == [plain]


def test_files_are_deleted_with_their_database(rest: Rest, truth: Truth) -> None:
    tenant = rest.tenant
    database = tenant.ask(
        "POST /api/create_database",
        json={"db_name": "shortlived", "collections": [{"name": "a", "fields": [{"name": "b"}]}]},
    ).json()["database"]["id"]
    files = {"file": ("a", b"x")}
    name = tenant.client.post(f"/db/{database}/media", files=files, headers={"x-apikey": tenant.key}).json()["ids"][
        0
    ]
    assert tenant.client.get(f"/db/{database}/media/{name}").content == b"x"
    ((physical,),) = truth.rows("SELECT physical FROM catalog_database WHERE public_id = ?", database)
    assert set(truth.documents(physical)) >= {"media.files", "media.chunks"}
    body = {"database_id": database, "confirmation": "shortlived"}
    assert tenant.ask("DELETE /api/drop_database", json=body).status_code == 200
    assert physical not in truth.physical_databases()
    assert tenant.client.get(f"/db/{database}/media/{name}").status_code == 404
