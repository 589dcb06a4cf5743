"""POST /api/clone_database: a copy of a whole database, of now or of a past time, for its own tenant alone."""

from __future__ import annotations

import secrets
import time
from datetime import UTC, datetime
from typing import Any

from tests.features.files.test_images import drawn
from tests.support import FILMS, Tenant, status_and_body


def clone(anna: Tenant, **members: Any) -> tuple[int, Any]:
    body = {"database_id": anna.database, "name": f"clone_{secrets.token_hex(4)}", **members}
    return status_and_body(anna.ask("POST /api/clone_database", json=body))


def read(anna: Tenant, database: str, name: str, **more: str) -> Any:
    query = {"database_id": database, "collection_name": name, "fields": '{"_sys": 0}', **more}
    return anna.ask("GET /api/crud", params=query).json()["data"]


def test_of_now_and_of_a_past_time(anna: Tenant) -> None:
    ids = anna.insert("films", FILMS)
    original = read(anna, anna.database, "films")
    time.sleep(0.005)
    timestamp = datetime.now(UTC).isoformat()
    time.sleep(0.005)
    ask = {"database_id": anna.database, "collection_name": "films"}
    assert anna.ask("DELETE /api/crud", json={**ask, "filters": {"_id": ids[0]}}).status_code == 200

    status, now = clone(anna)
    assert (status, now["copied_count"], now["success"]) == (201, 4, True)
    assert read(anna, now["database"]["id"], "films") == read(anna, anna.database, "films")

    status, then = clone(anna, as_of=timestamp)
    assert (status, then["copied_count"]) == (201, 5)
    copy = then["database"]["id"]
    assert sorted(read(anna, copy, "films"), key=lambda item: item["_id"]) == original
    assert read(anna, anna.database, "films") != original

    change = {"database_id": copy, "collection_name": "films", "filters": {}, "all": True}
    assert anna.ask("DELETE /api/crud", json=change).json()["deleted_count"] == 5
    assert len(read(anna, anna.database, "films")) == 4
    names = [item["name"] for item in anna.ask("GET /api/list_databases").json()["data"]]
    assert {now["database"]["name"], then["database"]["name"]} <= {*names}


def media(anna: Tenant, route: str, database: str, **request: Any) -> Any:
    verb, path = route.split(" ")
    return anna.ask(f"{verb} /db/{database}/media{path}", auth=anna.api_key, **request)


def test_files_are_cloned(anna: Tenant) -> None:
    def upload(name: str, content: bytes, database: str = anna.database) -> str:
        files = {"file": (name, content, "text/plain")}
        return media(anna, "POST ", database, files=files).json()["ids"][0]

    large = secrets.token_bytes(600_000)  # of three chunks
    stored, gone, picture = upload("a.bin", large), upload("b.txt", b"gone"), upload("c.png", drawn(300, 200))
    time.sleep(0.005)
    timestamp = datetime.now(UTC).isoformat()
    time.sleep(0.005)
    late = upload("a.bin", b"late")
    assert media(anna, f"DELETE /{gone}", anna.database).status_code == 200

    for params, count in (({}, 3), ({"as_of": timestamp}, 2)):
        status, answer = clone(anna, **params)
        copy = answer["database"]["id"]
        assert (status, answer["files_count"]) == (201, count)
        assert media(anna, f"GET /{stored}", copy).content == large
        for size in "tw":
            original = media(anna, f"GET /{picture}?s={size}", anna.database).content
            assert media(anna, f"GET /{picture}?s={size}", copy).content == original
        here = media(anna, f"GET /{stored}/meta", copy).json()
        assert here == media(anna, f"GET /{stored}/meta", anna.database).json()
        assert media(anna, f"GET /{gone}", copy).status_code == 404
        assert media(anna, f"GET /{late}", copy).status_code == (404 if params else 200)
        assert media(anna, f"DELETE /{stored}", copy).status_code == 200
        assert upload("a.bin", b"new", copy)
    assert media(anna, f"GET /{stored}", anna.database).content == large


def test_what_is_wrong(anna: Tenant, ben: Tenant) -> None:
    taken = "A database with this name already exists for your account."
    for members, field, text in [
        ({"name": anna.name}, "name", taken),
        ({"name": "a b"}, "name", "May only contain letters, digits, '_' and '-'."),
        ({"name": 5}, "name", "name must be a string without NUL"),
        ({"as_of": "2199-01-01"}, "as_of", "as_of must be in the past"),
        ({"as_of": "soon"}, "as_of", "Must be an ISO 8601 date, such as 2023-10-27 or 2023-10-27T10:00:00Z."),
    ]:
        status, answer = clone(anna, **members)
        assert (status, [(item["field"], item["message"]) for item in answer["errors"]]) == (400, [(field, text)])
    assert clone(ben, database_id=anna.database)[0] == 404


def test_a_moment_needs_a_history(anna: Tenant) -> None:
    name = anna.new_collection(history=False)
    status, answer = clone(anna, as_of=datetime.now(UTC).isoformat())
    text = f"The collection {name!r} keeps no history, so its past state is unknown."
    assert (status, answer["errors"]) == (400, [{"field": "as_of", "message": text}])
    assert clone(anna)[0] == 201
