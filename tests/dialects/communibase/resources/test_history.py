"""Versions of documents: listed, searched, read, restored; and their ids."""

from __future__ import annotations

from typing import Any

import pytest
from bson import ObjectId

import engine
from dialects.communibase.resources.history import version_id, version_number
from tests.dialects.communibase.support import Communibase, bare, failed, refused, result_of
from tests.support import MISSING_ID, NOT_FOUND, Tenant

ONE, OTHER = "60c72b2f9b1d8b1a2d3e4567", "ffffffffffffffffffffffff"


@pytest.mark.parametrize("number", [1, 2, 255, 2**31 - 1])
@pytest.mark.parametrize("document_id", [ONE, OTHER])
def test_a_versions_id_leads_back_to_its_number(document_id: str, number: int) -> None:
    id = version_id(ObjectId(document_id), number)
    assert (len(id), version_number(document_id, id)) == (24, number)


@pytest.mark.parametrize("id", [ONE, OTHER, "0" * 24, "x", version_id(ObjectId(OTHER), 1)])
def test_other_ids_are_no_version(id: str) -> None:
    with pytest.raises(engine.NotFound):
        version_number(ONE, id)


@pytest.fixture(scope="module")
def title(communibase: Communibase) -> str:
    return communibase.new_type(
        {"name": "name", "required": True},
        {"name": "born", "type": "date"},
        {"name": "friendId", "type": "objectid"},
    )


@pytest.fixture(scope="module")
def tim(communibase: Communibase, title: str) -> dict[str, Any]:
    """A document of three versions: Tim, Tom, Tam."""
    document = communibase.get(f"POST {title}.json/crud", json={"name": "Tim", "born": "1980-05-01"})
    for name in ("Tom", "Tam"):
        document = communibase.get(f"PUT {title}.json/crud/{document['_id']}", json={**document, "name": name})
    return document


def test_every_version_is_listed_and_read(communibase: Communibase, title: str, tim: dict[str, Any]) -> None:
    versions = communibase.get(f"{title}.json/history/{tim['_id']}")
    assert [set(item) for item in versions] == [{"_id", "refId", "updatedAt", "updatedBy"}] * 3
    assert {item["refId"] for item in versions} == {tim["_id"]}
    assert {item["updatedBy"] for item in versions} == {"key “a key”"}
    assert versions[0]["updatedAt"] == tim["updatedAt"]
    states = [communibase.get(f"{title}.json/history/{tim['_id']}/{item['_id']}") for item in versions]
    assert states[0] == tim
    assert [state["name"] for state in states] == ["Tam", "Tom", "Tim"]
    assert [state["updatedAt"] for state in states] == [item["updatedAt"] for item in versions]
    named = communibase.get(f"{title}.json/history/{tim['_id']}/{versions[2]['_id']}", fields="name born")
    assert named == {"_id": tim["_id"], "name": "Tim", "born": "1980-05-01"}


def test_a_versions_id_stays_when_it_is_superseded(communibase: Communibase, title: str) -> None:
    document = communibase.get(f"POST {title}.json/crud", json={"name": "Eve"})
    address = f"{title}.json/history/{document['_id']}"
    (first,) = communibase.get(address)
    communibase.get(f"PUT {title}.json/crud/{document['_id']}", json={"name": "Eva"})
    assert communibase.get(address)[1] == first


def test_a_search_over_all_versions(communibase: Communibase, title: str, tim: dict[str, Any]) -> None:
    gone = communibase.get(f"POST {title}.json/crud", json={"name": "Gone", "friendId": tim["_id"]})
    communibase.get(f"DELETE {title}.json/crud/{gone['_id']}")
    for selector, ids in [
        ({"name": "Tom"}, [tim["_id"]]),
        ({"name": "Gone"}, [gone["_id"]]),
        ({"friendId": {"$in": [tim["_id"], "no id"]}}, [gone["_id"]]),
        ({"_id": tim["_id"]}, [tim["_id"]] * 3),
        ({"name": "nobody"}, []),
    ]:
        versions = communibase.get(f"POST {title}.json/history/search", json=selector)
        assert [item["refId"] for item in versions] == ids
    (version,) = communibase.get(f"POST {title}.json/history/search", json={"name": "Gone"})
    assert communibase.get(f"{title}.json/history/{gone['_id']}/{version['_id']}") == gone
    assert len(communibase.get(f"POST {title}.json/history/search", json={"_id": tim["_id"]}, limit=2)) == 2


def test_deleted_documents(communibase: Communibase, title: str) -> None:
    ids = communibase.create(title, *({"name": name, "born": "1980-01-01"} for name in ("D1", "D2", "D3")))
    for id in ids:
        communibase.get(f"DELETE {title}.json/crud/{id}")
    deleted = {"name": {"$in": ["D1", "D2", "D3"]}}
    listed = communibase.search(title, deleted, deleted=True, sort="name", fields="name", includeMetadata=True)
    assert listed["metadata"] == {"total": 3}
    assert [item["name"] for item in listed["records"]] == ["D1", "D2", "D3"]
    restored = communibase.get(f"POST {title}.json/history/undelete/{ids[0]}")
    assert bare(restored) == {"name": "D1", "born": "1980-01-01"}
    assert communibase.get(f"{title}.json/crud/{ids[0]}") == restored
    assert [item["name"] for item in communibase.search(title, deleted, deleted=True, sort="name", limit=1)] == [
        "D2"
    ]
    assert len(communibase.search(title, deleted, deleted=True, limit=1, page=2)) == 1
    communibase.get(f"DELETE {title}.json/crud/{ids[0]}")
    assert len(communibase.search(title, deleted, deleted=True)) == 3
    assert communibase.search(title, deleted) == []


def test_versions_of_other_dialects(communibase: Communibase, anna: Tenant, title: str) -> None:
    (id,) = anna.insert(title, [{"name": "Zoe"}])
    change = {"database_id": anna.database, "collection_name": title, "filters": {"_id": id}}
    anna.ask("PUT /api/crud", json={**change, "update_data": {"name": "Zoé"}})
    communibase.get(f"DELETE {title}.json/crud/{id}")
    versions = communibase.get(f"{title}.json/history/{id}")
    assert [item["updatedBy"] for item in versions] == [anna.email, anna.email]
    params = {"database_id": anna.database, "collection_name": title, "document_id": id}
    history = anna.ask("GET /api/history", params=params).json()["versions"]
    assert history[0]["superseded_via"] == "communibase"


@pytest.mark.parametrize(
    ("route", "expected"),
    [
        (f"GET {{}}.json/history/{MISSING_ID}", failed(404, NOT_FOUND)),
        ("GET {}.json/history/x", failed(404, NOT_FOUND)),
        (f"GET {{}}.json/history/{MISSING_ID}/{MISSING_ID}", failed(404, NOT_FOUND)),
        (f"GET {{}}.json/history/{MISSING_ID}/x", failed(404, NOT_FOUND)),
        (
            f"GET {{}}.json/history/{MISSING_ID}/{version_id(ObjectId(MISSING_ID), 7)}",
            failed(404, NOT_FOUND),
        ),
        (f"POST {{}}.json/history/undelete/{MISSING_ID}", failed(404, NOT_FOUND)),
        ("POST {}.json/history/undelete/x", failed(404, NOT_FOUND)),
        (
            "POST EntityType.json/history/search",
            failed(400, "EntityType is no collection: it has neither a history nor aggregation."),
        ),
    ],
)
def test_refused(communibase: Communibase, title: str, route: str, expected: Any) -> None:
    assert result_of(communibase.ask(route.format(title))) == expected


def test_what_exists_is_not_restored(communibase: Communibase, title: str, tim: dict[str, Any]) -> None:
    answer = communibase.ask(f"POST {title}.json/history/undelete/{tim['_id']}")
    assert result_of(answer) == failed(409, f"The document {tim['_id']} is not deleted.")


def test_a_collection_without_history(communibase: Communibase) -> None:
    bare_title = communibase.new_type({"name": "name"}, history=False)
    (id,) = communibase.create(bare_title, {"name": "x"})
    for route in (f"GET {bare_title}.json/history/{id}", f"GET {bare_title}.json/crud?deleted=true"):
        assert result_of(communibase.ask(route)) == failed(400, "The collection keeps no history.")


def test_a_wrong_selector(communibase: Communibase, title: str) -> None:
    answer = communibase.ask(f"POST {title}.json/history/search", json={"name": {"$foo": 1}})
    assert result_of(answer) == refused("selector.name.$foo", "The operator $foo is not allowed here.")
