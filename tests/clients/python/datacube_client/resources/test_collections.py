"""Schemas, indexes and histories by both clients."""

from __future__ import annotations

import pytest

from datacube_client import ConflictError, Database, JobFailedError
from datacube_client.clients import Collection
from tests.support import Tenant


@pytest.fixture
def people(database: Database, anna: Tenant) -> Collection:
    return database.collection(anna.new_collection({"name": "name"}, {"name": "age", "type": "number"}))


def test_a_schema_and_its_change(people: Collection) -> None:
    people.insert([{"name": "Ann"}])
    people.change_schema(
        [{"op": "rename", "name": "name", "to": "first_name"}], properties={"title_field": "first_name"}
    )
    assert people.schema()["title_field"] == "first_name"
    assert [document["first_name"] for document in people.find()] == ["Ann"]
    people.change_schema(properties={"title_field": None})
    assert people.schema()["title_field"] is None


def test_a_refused_change_has_the_documents(people: Collection) -> None:
    people.insert([{"name": "Ann"}])
    with pytest.raises(ConflictError) as caught:
        people.change_schema([{"op": "retype", "field": {"name": "name", "type": "number"}}])
    assert caught.value.body["result"]["unfit"] == 1


def test_indexes(people: Collection) -> None:
    assert people.create_index([{"field": "age", "order": -1}], name="by_age")["name"] == "by_age"
    assert [index["name"] for index in people.indexes()] == ["_id_", "by_age"]
    people.drop_index("by_age")
    assert [index["name"] for index in people.indexes()] == ["_id_"]


def test_versions(people: Collection) -> None:
    (document_id,) = people.insert([{"name": "Ann", "age": 1}])
    for age in (2, 3):
        people.update({"_id": document_id}, {"age": age})
    assert [version["version"] for version in people.versions(document_id, page_size=2)] == [3, 2, 1]
    assert people.version(document_id, 1)["age"] == 1
    assert people.diff(document_id, 1, 3) == [{"field": "age", "before": 1, "after": 3}]
    assert people.restore_document(document_id, 1)["age"] == 1
    people.delete({"_id": document_id})
    assert people.undelete(document_id)["age"] == 1
    assert len(list(people.search_versions({"name": "Ann"}, page_size=2))) >= 5


def test_a_restore_to_a_time(people: Collection) -> None:
    (document_id,) = people.insert([{"name": "Ann", "age": 1}])
    people.update({"_id": document_id}, {"age": 2})
    (changed, _) = people.versions(document_id)
    people.update({"_id": document_id}, {"age": 3})
    counted = people.restore(changed["from"], dry_run=True)
    assert sum(counts["changed_count"] for counts in counted["collections"].values()) == 1
    people.restore(changed["from"])
    document = people.get(document_id)
    assert document is not None
    assert document["age"] == 2
    assert people.forget_versions(changed["from"]) == 1


def test_a_failed_job_is_an_exception() -> None:
    error = JobFailedError(
        {"message": "No.", "errors": [{"field": "n", "message": "Must be a number.", "index": 3}]}
    )
    assert (str(error), error.errors[0].field, error.errors[0].index) == ("No.", "n", 3)
