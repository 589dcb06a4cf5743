"""Documents: reads by cursor, writes with keys and ETags, queries, exports; by both clients."""

from __future__ import annotations

import json
import secrets

import pytest

from datacube_client import ConflictError, Database, InvalidRequestError, NotFoundError, VersionConflictError, etag
from datacube_client.clients import Collection
from tests.support import Tenant


@pytest.fixture
def people(database: Database, anna: Tenant) -> Collection:
    name = anna.new_collection({"name": "email", "unique": True}, {"name": "age", "type": "number"})
    return database.collection(name)


def test_find_reads_every_page(people: Collection) -> None:
    people.insert([{"email": f"{n}@example.com", "age": n} for n in range(7)])
    found = list(people.find({"age": {"$gte": 1}}, sort="-age", fields="age,-_id", page_size=2))
    assert found == [{"age": n} for n in (6, 5, 4, 3, 2, 1)]
    assert people.count({"age": {"$gte": 1}}) == 6


def test_an_iterator_that_is_left_early_reads_no_more(people: Collection) -> None:
    people.insert([{"email": f"{n}@example.com", "age": n} for n in range(5)])
    documents = people.find(sort={"age": 1}, page_size=2)
    assert next(documents)["age"] == 0
    documents.close()
    assert list(documents) == []


def test_a_page_has_totals_and_a_cursor(people: Collection) -> None:
    people.insert([{"email": f"{n}@example.com"} for n in range(3)])
    page = people.find_page(page_size=2, count="exact")
    assert (page["pagination"]["total_items"], len(page["data"])) == (3, 2)
    assert len(people.find_page(page_size=2, cursor=page["next"])["data"]) == 1


def test_a_document_by_its_id(people: Collection) -> None:
    (document_id,) = people.insert([{"email": "a@example.com"}])
    document = people.get(document_id)
    assert document is not None
    assert document["email"] == "a@example.com"
    assert people.get("1" * 24) is None
    assert people.get_if_changed(document) is None
    people.update({"_id": document_id}, {"age": 3})
    changed = people.get_if_changed(document)
    assert changed is not None
    assert changed["age"] == 3
    people.delete({"_id": document_id})
    assert people.get_if_changed(changed) is None


def test_a_write_with_the_version_that_was_read(people: Collection) -> None:
    (document_id,) = people.insert([{"email": "a@example.com", "age": 1}])
    document = people.get(document_id)
    assert document is not None
    assert people.update({"_id": document_id}, {"$inc": {"age": 1}}, if_match=document)["modified_count"] == 1
    with pytest.raises(VersionConflictError) as caught:
        people.delete({"_id": document_id}, if_match=etag(document))
    assert caught.value.status == 412
    assert caught.value.changed_fields == ["age"]
    assert caught.value.current is not None
    assert people.delete({"_id": document_id}, if_match=caught.value.current)["deleted_count"] == 1


def test_a_write_with_a_key_is_done_once(people: Collection) -> None:
    key = secrets.token_hex()
    first = people.insert([{"email": "a@example.com"}], idempotency_key=key)
    assert people.insert([{"email": "a@example.com"}], idempotency_key=key) == first
    with pytest.raises(ConflictError, match="must be unique"):
        people.insert([{"email": "a@example.com"}])
    with pytest.raises(InvalidRequestError) as caught:
        people.insert([{"email": "b@example.com"}], idempotency_key=key)
    assert caught.value.status == 422


def test_errors_have_their_fields(people: Collection) -> None:
    with pytest.raises(InvalidRequestError) as caught:
        people.insert([{"email": "a@example.com"}, {"email": "b@example.com", "age": "old"}])
    assert [(error.field, error.index) for error in caught.value.errors] == [("age", 1)]
    assert caught.value.request_id
    assert caught.value.request_id in str(caught.value)


def test_a_collection_that_does_not_exist(database: Database) -> None:
    with pytest.raises(NotFoundError):
        database.collection("absent").count()


def test_bulk(people: Collection) -> None:
    results = people.bulk([{"insert": {"email": "a@example.com"}}, {"delete": {"filters": {"age": 1}}}])
    assert [result["ok"] for result in results] == [True, True]
    twice = [{"insert": {"email": "b@example.com"}}, {"insert": {"email": "b@example.com"}}]
    assert [result["ok"] for result in people.bulk(twice, ordered=False)] == [True, False]


def test_queries(people: Collection) -> None:
    people.insert([{"email": "a@example.com", "age": 1}, {"email": "b@example.com", "age": 1}])
    assert people.distinct("age") == [1]
    assert people.aggregate([{"$group": {"_id": "$age", "n": {"$sum": 1}}}]) == [{"_id": 1, "n": 2}]
    assert people.explain({"email": "a@example.com"})["returned"] == 1


def test_an_export(people: Collection) -> None:
    people.insert([{"email": f"{n}@example.com"} for n in range(3)])
    content = b"".join(people.export(format="ndjson", sort="email"))
    assert [json.loads(line)["email"] for line in content.splitlines()] == [f"{n}@example.com" for n in range(3)]
