"""The version history over HTTP: past versions, who made them, and how to restore them."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from itertools import pairwise
from typing import Any

import pytest

from tests.support import MISSING_ID, NOT_FOUND, Tenant


@pytest.fixture
def notes(anna: Tenant) -> str:
    return anna.new_collection({"name": "text"}, {"name": "due", "type": "date"}, {"name": "slug", "unique": True})


def ask(tenant: Tenant, route: str, collection: str, **members: Any) -> Any:
    target = {"database_id": tenant.database, "collection_name": collection, **members}
    return tenant.ask(route, **({"params": target} if route.startswith("GET") else {"json": target}))


def read(tenant: Tenant, route: str, collection: str, **members: Any) -> dict[str, Any]:
    answer = ask(tenant, route, collection, **members)
    assert answer.status_code == 200, answer.text
    return answer.json()


def put(tenant: Tenant, collection: str, document_id: str, **values: Any) -> None:
    read(tenant, "PUT /api/crud", collection, filters={"_id": document_id}, update_data=values)


def delete(tenant: Tenant, collection: str, document_id: str) -> None:
    read(tenant, "DELETE /api/crud", collection, filters={"_id": document_id})


def now() -> str:
    """Return a time that is surely past, and before what comes next."""
    timestamp = datetime.now(UTC)
    time.sleep(0.005)
    return timestamp.isoformat()


def parse_time(text: str) -> datetime:
    return datetime.fromisoformat(text)


def without_system(document: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in document.items() if name != "_sys"}


def test_states_of_a_document_from_insert_to_delete(anna: Tenant, notes: str) -> None:
    (one,) = anna.insert(notes, [{"text": "a"}])
    put(anna, notes, one, text="b")
    delete(anna, notes, one)

    history = read(anna, "GET /api/history", notes, document_id=one)

    assert history["document_id"] == one
    assert history["more"] is False
    later, first = history["versions"]
    assert [first["version"], later["version"]] == [1, 2]
    assert [first["superseded_by_operation"], later["superseded_by_operation"]] == ["update", "delete"]
    assert first["superseded_at"] == later["from"]
    assert first["changed_by"] == first["superseded_by"] == later["superseded_by"]
    assert {first["superseded_via"], later["superseded_via"]} == {"data"}


def test_present_state_has_no_end(anna: Tenant, notes: str) -> None:
    (one,) = anna.insert(notes, [{"text": "a"}])

    (only,) = read(anna, "GET /api/history", notes, document_id=one)["versions"]

    assert (only["version"], only["superseded_at"], only["superseded_by"]) == (1, None, None)


def test_versions_are_read_whole(anna: Tenant, notes: str) -> None:
    (one,) = anna.insert(notes, [{"text": "a", "due": "2026-01-02", "deep": {"x": [1, {"y": None}]}}])
    put(anna, notes, one, text="b", due="2026-03-04")

    first = read(anna, "GET /api/history/version", notes, document_id=one, version=1)["data"]
    second = read(anna, "GET /api/history/version", notes, document_id=one, version=2)["data"]

    assert without_system(first) == {"_id": one, "text": "a", "due": "2026-01-02", "deep": {"x": [1, {"y": None}]}}
    assert (second["text"], second["due"], second["_sys"]["version"]) == ("b", "2026-03-04", 2)


def test_diff_names_paths_with_both_sides(anna: Tenant, notes: str) -> None:
    (one,) = anna.insert(notes, [{"text": "a", "deep": {"x": 1, "z": 0}}])
    put(anna, notes, one, **{"deep.x": 2, "more": [1]})

    changes = read(anna, "GET /api/history/diff", notes, document_id=one, **{"from": 1, "to": 2})["changes"]
    back = read(anna, "GET /api/history/diff", notes, document_id=one, **{"from": 2, "to": 1})["changes"]

    assert changes == [{"field": "deep.x", "before": 1, "after": 2}, {"field": "more", "after": [1]}]
    assert back == [{"field": "deep.x", "before": 2, "after": 1}, {"field": "more", "before": [1]}]


def test_search_finds_states_that_are_over_and_deleted_documents(anna: Tenant, notes: str) -> None:
    one, two, three = anna.insert(notes, [{"text": "seek"}, {"text": "seek"}, {"text": "other"}])
    put(anna, notes, one, text="changed")
    delete(anna, notes, two)

    versions = read(anna, "GET /api/history/search", notes, filters='{"text": "seek"}')["data"]

    assert {document["_id"] for document in versions} == {one, two}
    assert {document["_sys"]["superseded_by_operation"] for document in versions} == {"update", "delete"}
    everything = read(anna, "GET /api/history/search", notes)
    assert len(everything["data"]) == 4
    assert three in {document["_id"] for document in everything["data"]}
    by_version = read(anna, "GET /api/history/search", notes, filters='{"_sys.version": 2}')["data"]
    assert [document["_id"] for document in by_version] == [one]


def test_collection_as_of_a_time(anna: Tenant, notes: str) -> None:
    before = now()
    one, two = anna.insert(notes, [{"text": "a", "n": 1}, {"text": "b", "n": 2}])
    inserted = now()
    put(anna, notes, one, text="changed")
    delete(anna, notes, two)
    changed = now()
    read(anna, "POST /api/undelete", notes, document_id=two)

    def texts(timestamp: str, **members: Any) -> list[str]:
        page = anna.find(notes, as_of=timestamp, sort="n", **members)
        assert page["pagination"]["total_items"] >= len(page["data"])
        return [document["text"] for document in page["data"]]

    assert texts(before) == []
    assert texts(inserted) == ["a", "b"]
    assert texts(inserted, filters='{"n": 2}') == ["b"]
    assert texts(inserted, page_size=1, page=2) == ["b"]
    assert texts(changed) == ["changed"]
    assert [document["text"] for document in anna.find(notes, sort="n")["data"]] == ["changed", "b"]


def test_restore_is_a_new_version_that_can_be_undone(anna: Tenant, notes: str) -> None:
    (one,) = anna.insert(notes, [{"text": "a", "due": "2026-01-02"}])
    put(anna, notes, one, text="b", extra=True)

    back = read(anna, "POST /api/restore", notes, document_id=one, version=1)["data"]

    assert without_system(back) == {"_id": one, "text": "a", "due": "2026-01-02"}
    assert back["_sys"]["version"] == 3
    assert anna.find(notes)["data"] == [back]
    forth = read(anna, "POST /api/restore", notes, document_id=one, version=2)["data"]
    assert (forth["text"], forth["extra"], forth["_sys"]["version"]) == ("b", True, 4)


def test_restore_brings_a_deleted_document_back(anna: Tenant, notes: str) -> None:
    (one,) = anna.insert(notes, [{"text": "a"}])
    put(anna, notes, one, text="b")
    delete(anna, notes, one)

    back = read(anna, "POST /api/restore", notes, document_id=one, version=1)["data"]

    assert (back["text"], back["_sys"]["version"]) == ("a", 3)


def test_undelete_is_refused_while_the_document_is_there(anna: Tenant, notes: str) -> None:
    (one,) = anna.insert(notes, [{"text": "a"}])

    answer = ask(anna, "POST /api/undelete", notes, document_id=one)

    assert answer.status_code == 409
    assert anna.find(notes)["data"][0]["_sys"]["version"] == 1


def test_restore_that_breaks_a_unique_field_changes_nothing(anna: Tenant, notes: str) -> None:
    (one,) = anna.insert(notes, [{"slug": "taken"}])
    put(anna, notes, one, slug="free")
    anna.insert(notes, [{"slug": "taken"}])
    before = anna.find(notes, sort="_id")["data"]

    answer = ask(anna, "POST /api/restore", notes, document_id=one, version=1)

    assert answer.status_code == 409
    assert answer.json()["errors"][0]["field"] == "slug"
    assert anna.find(notes, sort="_id")["data"] == before
    assert len(read(anna, "GET /api/history", notes, document_id=one)["versions"]) == 2


def test_update_of_many_keeps_every_state(anna: Tenant, notes: str) -> None:
    anna.insert(notes, [{"text": "old", "n": number} for number in range(2_500)])
    timestamp = now()
    changed = read(anna, "PUT /api/crud", notes, filters={"text": "old"}, update_data={"text": "new"})
    assert changed["modified_count"] == 2_500

    assert anna.find(notes, as_of=timestamp, filters='{"text": "old"}')["pagination"]["total_items"] == 2_500
    assert anna.find(notes, as_of=timestamp, filters='{"text": "new"}')["data"] == []
    gone = read(anna, "DELETE /api/crud", notes, filters={}, all=True)
    assert gone["deleted_count"] == 2_500
    assert anna.find(notes, as_of=timestamp)["pagination"]["total_items"] == 2_500


def test_collection_without_history(anna: Tenant) -> None:
    plain = anna.new_collection({"name": "text"}, history=False)
    (one,) = anna.insert(plain, [{"text": "a"}])
    put(anna, plain, one, text="b")

    answer = ask(anna, "GET /api/history", plain, document_id=one)

    assert answer.status_code == 400
    assert answer.json()["message"] == "The collection keeps no history."
    assert ask(anna, "GET /api/crud", plain, as_of="2020-01-01").status_code == 400
    assert anna.find(plain)["data"][0]["_sys"]["version"] == 2


@pytest.mark.parametrize(
    ("route", "members", "fields"),
    [
        ("GET /api/history", {}, ["document_id"]),
        ("GET /api/history", {"document_id": "x", "page": "0"}, ["document_id", "page"]),
        ("GET /api/history/version", {"document_id": MISSING_ID}, ["version"]),
        ("GET /api/history/version", {"document_id": MISSING_ID, "version": "-1"}, ["version"]),
        ("GET /api/history/diff", {"document_id": MISSING_ID}, ["from", "to"]),
        ("GET /api/history/search", {"filters": "[]"}, ["filters"]),
        ("GET /api/history/search", {"filters": '{"$where": "1"}'}, ["filters.$where"]),
        ("GET /api/history/search", {"filters": '{"$text": {"$search": "a"}}'}, ["filters.$text"]),
        ("GET /api/crud", {"as_of": "2020-01-01", "filters": '{"$text": {"$search": "a"}}'}, ["filters.$text"]),
        ("POST /api/restore", {"document_id": 5, "version": "1"}, ["document_id", "version"]),
        ("POST /api/undelete", {"document_id": None}, ["document_id"]),
        ("GET /api/crud", {"as_of": "yesterday"}, ["as_of"]),
        ("GET /api/crud", {"as_of": "2999-01-01"}, ["as_of"]),
    ],
)
def test_bad_input_names_every_error(
    anna: Tenant, notes: str, route: str, members: dict[str, Any], fields: list[str]
) -> None:
    answer = ask(anna, route, notes, **members)

    assert answer.status_code == 400, answer.text
    assert [error["field"] for error in answer.json()["errors"]] == fields


def test_text_search_says_why_it_does_not_go_with_history(anna: Tenant, notes: str) -> None:
    text = "filters.$text: $text does not go with history: versions have no such index."
    for route, more in (("GET /api/history/search", {}), ("GET /api/crud", {"as_of": "2020-01-01"})):
        answer = ask(anna, route, notes, filters='{"$text": {"$search": "a"}}', **more)
        assert (answer.status_code, answer.json()["message"]) == (400, text)


@pytest.mark.parametrize(
    ("route", "members"),
    [
        ("GET /api/history", {}),
        ("GET /api/history/version", {"version": 1}),
        ("GET /api/history/diff", {"from": 1, "to": 1}),
        ("POST /api/restore", {"version": 1}),
        ("POST /api/undelete", {}),
    ],
)
def test_unknown_document_is_not_found(anna: Tenant, notes: str, route: str, members: dict[str, Any]) -> None:
    assert ask(anna, route, notes, document_id=MISSING_ID, **members).status_code == 404
    assert anna.count(notes) == 0


@pytest.mark.parametrize(
    ("route", "members", "action"),
    [
        ("GET /api/history", {}, "read"),
        ("GET /api/history/version", {"version": 1}, "read"),
        ("GET /api/history/search", {}, "read"),
        ("POST /api/restore", {"version": 1}, "write"),
        ("POST /api/undelete", {}, "insert"),
    ],
)
def test_key_without_the_permission_is_refused(
    anna: Tenant, notes: str, route: str, members: dict[str, Any], action: str
) -> None:
    (one,) = anna.insert(notes, [{"text": "a"}])
    put(anna, notes, one, text="b")
    others = {"read", "insert", "write", "delete"} - {action}
    key = anna.new_key(name="k", actions=sorted(others))
    target = {"database_id": anna.database, "collection_name": notes, "document_id": one, **members}

    answer = anna.ask(route, auth=key, **({"params": target} if route.startswith("GET") else {"json": target}))

    assert answer.status_code == 403
    assert anna.find(notes)["data"][0]["text"] == "b"


def test_stranger_finds_nothing(anna: Tenant, ben: Tenant, notes: str) -> None:
    (one,) = anna.insert(notes, [{"text": "a"}])
    target = {"database_id": anna.database, "collection_name": notes, "document_id": one, "version": 1}
    for route in ("GET /api/history", "GET /api/history/version", "POST /api/restore", "POST /api/undelete"):
        answer = ben.ask(route, **({"params": target} if route.startswith("GET") else {"json": target}))
        assert (answer.status_code, answer.json()["message"]) == (404, NOT_FOUND)


def test_undelete_needs_read_because_it_answers_the_document(anna: Tenant, notes: str) -> None:
    (one,) = anna.insert(notes, [{"text": "secret"}])
    delete(anna, notes, one)
    target = {"database_id": anna.database, "collection_name": notes, "document_id": one}

    answer = anna.ask("POST /api/undelete", auth=anna.new_key(name="k", actions=["insert"]), json=target)

    assert (answer.status_code, "secret" in answer.text) == (403, False)
    assert anna.count(notes) == 0


def test_restore_of_a_deleted_document_needs_insert(anna: Tenant, notes: str) -> None:
    (one,) = anna.insert(notes, [{"text": "a"}])
    delete(anna, notes, one)
    target = {"database_id": anna.database, "collection_name": notes, "document_id": one, "version": 1}

    answer = anna.ask("POST /api/restore", auth=anna.new_key(name="k", actions=["read", "write"]), json=target)

    assert answer.status_code == 403
    assert anna.count(notes) == 0


def test_as_of_has_one_state_of_a_document_however_many_change_it(anna: Tenant, notes: str) -> None:
    (one,) = anna.insert(notes, [{"text": "a", "n": 0}])
    statuses = []

    def change(number: int) -> None:
        for step in range(20):
            if number % 2:
                put(anna, notes, one, n=step)
            else:
                statuses.append(ask(anna, "POST /api/restore", notes, document_id=one, version=1).status_code)

    with ThreadPoolExecutor(6) as pool:
        list(pool.map(change, range(6)))

    assert set(statuses) == {200}
    states = read(anna, "GET /api/history", notes, document_id=one, page_size=1000)["versions"]
    assert [state["version"] for state in states] == list(range(121, 0, -1))
    for later, earlier in pairwise(states):
        assert parse_time(earlier["from"]) <= parse_time(earlier["superseded_at"]) == parse_time(later["from"])
    for state in states[::7]:
        assert len(anna.find(notes, as_of=state["from"])["data"]) == 1


def test_deleters_and_undeleters_never_replace_what_is_there(anna: Tenant, notes: str) -> None:
    (one,) = anna.insert(notes, [{"text": "a"}])

    def turn(number: int) -> None:
        for _ in range(15):
            if number % 2:
                delete(anna, notes, one)
            else:
                assert ask(anna, "POST /api/undelete", notes, document_id=one).status_code in (200, 409)

    with ThreadPoolExecutor(6) as pool:
        list(pool.map(turn, range(6)))

    states = read(anna, "GET /api/history", notes, document_id=one, page_size=1000)["versions"]
    assert {state["superseded_by_operation"] for state in states} <= {"delete", None}


def test_history_of_large_documents_is_bounded(anna: Tenant, notes: str) -> None:
    (one,) = anna.insert(notes, [{"text": "x" * (9 << 20)}])
    put(anna, notes, one, n=1)
    put(anna, notes, one, n=2)

    answer = ask(anna, "GET /api/history/search", notes)

    assert answer.status_code == 413
    assert answer.json()["message"] == "The answer is larger than 16 MB; ask for fewer documents or fields."
    assert len(read(anna, "GET /api/history", notes, document_id=one)["versions"]) == 3
    delete(anna, notes, one)


def test_document_that_leaves_no_room_for_its_version_is_refused(anna: Tenant, notes: str) -> None:
    body = {"database_id": anna.database, "collection_name": notes, "data": [{"text": "x" * 16_765_000}]}

    answer = anna.ask("POST /api/crud", json=body)

    assert (answer.status_code, answer.json()["message"]) == (413, "A document is larger than MongoDB's 16 MB.")
    assert anna.count(notes) == 0


def test_a_number_and_a_truth_value_differ_inside_of_arrays(anna: Tenant) -> None:
    name = anna.new_collection({"name": "v", "type": "json"})
    (one,) = anna.insert(name, [{"v": [1, {"a": 0}]}])
    put(anna, name, one, v=[True, {"a": False}])
    query = {"document_id": one, "from": 1, "to": 2}
    changes = read(anna, "GET /api/history/diff", name, **query)
    assert [item["field"] for item in changes["changes"]] == ["v"]
