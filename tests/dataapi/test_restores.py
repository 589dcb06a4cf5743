"""POST /api/restore with `as_of`: a collection or a database as it was; and the deletion of old versions."""

from __future__ import annotations

from typing import Any

import pytest

from tests.dataapi.views.test_history import ask, delete, now, put, read
from tests.support import Tenant, refused, status_and_body, until

COUNTS = ("changed_count", "deleted_count", "restored_count")


@pytest.fixture
def notes(anna: Tenant) -> str:
    return anna.new_collection({"name": "text"})


def restore(anna: Tenant, **members: Any) -> tuple[int, Any]:
    return status_and_body(anna.ask("POST /api/restore", json={"database_id": anna.database, **members}))


def documents(anna: Tenant, name: str) -> list[dict[str, Any]]:
    return anna.find(name, fields='{"_sys": 0}', sort="_id")["data"]


def test_a_collection_back_and_forth(anna: Tenant, notes: str) -> None:
    first, second = anna.insert(notes, [{"text": "a"}, {"text": "b"}])
    before, timestamp = documents(anna, notes), now()
    put(anna, notes, first, text="c")
    delete(anna, notes, second)
    anna.insert(notes, [{"text": "d"}])
    after, later = documents(anna, notes), now()

    for dry_run in (True, False):
        status, answer = restore(anna, collection_name=notes, as_of=timestamp, dry_run=dry_run)
        assert answer.pop("job_id")
        counts = {notes: dict.fromkeys(COUNTS, 1)}
        assert (status, answer) == (
            200,
            {"success": True, "dry_run": dry_run, "collections": counts, "skipped": []},
        )
        assert documents(anna, notes) == (after if dry_run else before)

    states = read(anna, "GET /api/history", notes, document_id=first)["versions"]
    assert [(item["version"], item["superseded_via"]) for item in states] == [
        (3, None),
        (2, "management"),
        (1, "data"),
    ]
    assert restore(anna, collection_name=notes, as_of=later)[0] == 200
    assert documents(anna, notes) == after


def test_all_collections_but_those_without_history(anna: Tenant, ben: Tenant, notes: str) -> None:
    other, off = anna.new_collection(), anna.new_collection(history=False)
    timestamp = now()
    for name in (notes, other, off):
        anna.insert(name, [{"x": 1}])
    status, answer = restore(anna, as_of=timestamp)
    assert (status, answer["skipped"]) == (200, [off])
    assert {name: answer["collections"][name]["deleted_count"] for name in (notes, other)} == {notes: 1, other: 1}
    assert [anna.count(name) for name in (notes, other, off)] == [0, 0, 1]
    assert restore(ben, database_id=anna.database, as_of=timestamp)[0] == 404


@pytest.mark.usefixtures("nothing_changes")
def test_errors(anna: Tenant) -> None:
    target = {"collection_name": "films"}
    for members, field, text in [
        ({"as_of": None}, "as_of", "as_of is required"),
        ({"as_of": "2199-01-01"}, "as_of", "as_of must be in the past"),
        ({"as_of": 5}, "as_of", "Must be an ISO 8601 date, such as 2023-10-27 or 2023-10-27T10:00:00Z."),
        ({"as_of": "2026-01-01", "version": 1}, "version", "version does not go with as_of"),
        ({"as_of": "2026-01-01", "dry_run": 1}, "dry_run", "dry_run must be true or false"),
    ]:
        assert restore(anna, **target, **members) == (400, refused(text, (field, text)))
    assert restore(anna, collection_name="nowhere", as_of="2026-01-01")[0] == 404
    # What is mistyped must not take back a whole database.
    for members, field, text in [
        ({"collection_name": ""}, "collection_name", "collection_name is required"),
        ({"collection_name": None}, "collection_name", "collection_name is required"),
        ({"colection_name": "films"}, "colection_name", "Unknown parameter colection_name."),
        ({**target, "dryRun": True}, "dryRun", "Unknown parameter dryRun."),
    ]:
        assert restore(anna, as_of="2026-01-01", **members) == (400, refused(text, (field, text)))


def test_a_restore_over_a_schema_change_names_the_fields_that_differ(anna: Tenant) -> None:
    name = anna.new_collection({"name": "US DVD Sales"}, {"name": "n"}, {"name": "same"})
    anna.insert(name, [{"US DVD Sales": "5", "n": "1", "same": "x"}])
    before = documents(anna, name)
    timestamp = now()
    operations = [
        {"op": "rename", "name": "US DVD Sales", "to": "dvd_sales"},
        {"op": "retype", "field": {"name": "n", "type": "number"}},
    ]
    target = {"database_id": anna.database, "collection_name": name}
    assert anna.ask("PATCH /api/collection_schema", json={**target, "operations": operations}).status_code == 200
    later = now()
    changes = [
        {"field": "US DVD Sales", "then": {"name": "US DVD Sales", "type": "string"}, "now": None},
        {"field": "n", "then": {"name": "n", "type": "string"}, "now": {"name": "n", "type": "number"}},
        {"field": "dvd_sales", "then": None, "now": {"name": "dvd_sales", "type": "string"}},
    ]
    for dry_run in (True, False):
        status, answer = restore(anna, collection_name=name, as_of=timestamp, dry_run=dry_run)
        counts = {"changed_count": 1, "deleted_count": 0, "restored_count": 0}
        assert (status, answer["collections"]) == (200, {name: {**counts, "schema_changes": changes}})
    assert documents(anna, name) == before
    back = restore(anna, collection_name=name, as_of=later, dry_run=True)[1]["collections"][name]
    assert "schema_changes" not in back


def test_a_large_one_is_a_job(anna: Tenant, notes: str) -> None:
    timestamp = now()
    anna.insert(notes, [{"text": "x"}] * 6_000)
    status, answer = restore(anna, collection_name=notes, as_of=timestamp)
    assert status == 202

    def ended() -> Any:
        job = anna.ask("GET /api/job_status", params={"job_id": answer["job_id"]}).json()
        return job if job["state"] == "done" else None

    done = until(ended)
    tally = {"changed": 0, "deleted": 6_000, "restored": 0}
    assert (done["task"], done["result"]) == ("restore", {"collections": {notes: tally}, "skipped": []})
    assert anna.count(notes) == 0


def test_old_versions_are_deleted(anna: Tenant, notes: str) -> None:
    (one,) = anna.insert(notes, [{"text": "a"}])
    put(anna, notes, one, text="b")
    timestamp = now()
    put(anna, notes, one, text="c")
    forgotten = ask(anna, "DELETE /api/history", notes, before=timestamp)
    assert status_and_body(forgotten) == (200, {"success": True, "forgotten_versions": 1})
    states = read(anna, "GET /api/history", notes, document_id=one)["versions"]
    assert [item["version"] for item in states] == [3, 2]
    assert ask(anna, "GET /api/crud", notes, as_of=timestamp).json()["data"][0]["text"] == "b"
    assert ask(anna, "GET /api/crud", notes, as_of="2026-01-01").status_code == 400
    assert restore(anna, collection_name=notes, as_of="2026-01-01")[0] == 400
