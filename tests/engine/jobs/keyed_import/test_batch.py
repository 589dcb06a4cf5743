"""Rows that find their documents by a key: each outcome, with its history."""

from __future__ import annotations

from typing import Any

import pytest
from bson import ObjectId

import engine
from engine.context import new_ids
from engine.jobs import ImportKey, Ledger, OnDuplicate, preview_rows
from tests.engine.conftest import Make
from tests.engine.jobs.keyed_import.conftest import CODE, N, documents_of, importer, load

OTHERS = [{"code": "OUL", "n": 2}]
NEW = [{"code": "TMP", "n": 3}]


@pytest.mark.parametrize(
    ("choice", "first", "ledger"),
    [
        ("skip", {"code": "HEL", "n": 1, "city": "Vantaa"}, Ledger(2, inserted=1, skipped=1)),
        ("upsert", {"code": "HEL", "n": 9, "city": "Vantaa"}, Ledger(2, inserted=1, updated=1)),
        ("replace", {"code": "HEL", "n": 9}, Ledger(2, inserted=1, updated=1)),
    ],
)
def test_each_choice(airports: engine.Collection, choice: str, first: dict[str, Any], ledger: Ledger) -> None:
    rows = [{"code": "HEL", "n": 9}, {"code": "TMP", "n": 3}]
    assert load(importer(choice), airports, *rows) == ledger
    assert documents_of(airports) == [first, *OTHERS, *NEW]
    hel = airports.find(engine.Query(filter={"code": "HEL"})).documents[0]
    versions = airports.history.of_document(hel["_id"], skip=0, limit=9).documents
    assert len(versions) == (1 if choice == "skip" else 2)
    assert hel["_sys"]["version"] == len(versions)


def test_rows_of_the_same_key_in_one_batch_are_applied_in_order(airports: engine.Collection) -> None:
    rows = [{"code": "TMP", "n": 1}, {"code": "TMP", "a": 2}, {"code": "HEL", "n": 3}, {"code": "HEL", "n": 4}]
    assert load(importer("upsert"), airports, *rows) == Ledger(4, inserted=1, updated=3)
    documents = documents_of(airports)
    assert documents[0]["n"] == 4
    assert documents[2] == {"code": "TMP", "n": 1, "a": 2}


def test_every_error_of_the_rows_is_reported(airports: engine.Collection) -> None:
    rows = [{"code": "HEL", "n": "x"}, {"n": 1}, {"code": "TMP", "n": "y"}, {"code": ["a"]}, 7]
    with pytest.raises(engine.Invalid) as caught:
        load(importer("upsert"), airports, *rows)
    assert [(item.field, item.index) for item in caught.value.errors] == [("code", 1), ("code", 3), ("code", 4)]
    with pytest.raises(engine.Invalid) as caught:
        load(importer("upsert"), airports, rows[0], rows[2], {"code": "HEL", "_id": "x"})
    assert [(item.field, item.index) for item in caught.value.errors] == [("n", 0), ("n", 1), ("_id", 2)]


def test_a_unique_field_that_is_not_the_key_names_the_row(make: Make) -> None:
    things = make(CODE, {**N, "unique": True})
    things.insert([{"code": "a", "n": 1}, {"code": "b", "n": 2}])
    for row in ({"code": "c", "n": 1}, {"code": "b", "n": 1}):
        with pytest.raises(engine.Conflict) as caught:
            load(importer("upsert"), things, {"code": "d", "n": 7}, row)
        assert [(item.field, item.index) for item in caught.value.errors] == [("n", 1)]
    assert things.count() == 2


def test_ids_as_the_key(airports: engine.Collection) -> None:
    known = airports.find(engine.Query(filter={"code": "HEL"})).documents[0]
    new = ObjectId()
    rows = [{"_id": str(known["_id"]), "n": 8, "_sys": {}}, {"_id": str(new), "code": "TMP"}]
    assert load(importer("upsert", "_id"), airports, *rows) == Ledger(2, inserted=1, updated=1)
    assert {item["_id"] for item in airports.find(engine.Query(limit=9)).documents} >= {known["_id"], new}
    assert documents_of(airports)[0] == {"code": "HEL", "n": 8, "city": "Vantaa"}


def test_a_field_that_is_not_unique(make: Make) -> None:
    things = make(N)
    things.insert([{"code": "a"}, {"code": "a"}, {"code": 1}, {"code": ["b"]}])
    with pytest.raises(engine.Conflict, match="2 documents have this key"):
        load(importer("upsert"), things, {"code": "a", "n": 1})
    rows = [{"code": 1.0, "n": 1}, {"code": "b", "n": 2}, {"code": True, "n": 3}]
    assert load(importer("upsert"), things, *rows) == Ledger(3, inserted=2, updated=1)


def test_keys_without_case(make: Make) -> None:
    things = make({**CODE, "case_insensitive": True}, N)
    things.insert([{"code": "Hel", "n": 1}])
    assert load(importer("upsert"), things, {"code": "HEL", "n": 2}, {"code": "hel", "n": 3}) == Ledger(
        2, updated=2
    )
    assert documents_of(things) == [{"code": "hel", "n": 3}]


def test_large_documents_need_fewer_rows_at_once(make: Make) -> None:
    things = make(CODE)
    for code in "ab":
        things.insert([{"code": code, "text": "x" * (9 << 20)}])
    with pytest.raises(engine.TooLarge):
        load(importer("upsert"), things, {"code": "a", "n": 1}, {"code": "b", "n": 1})
    assert load(importer("upsert"), things, {"code": "a", "n": 1}) == Ledger(1, updated=1)


@pytest.mark.parametrize(
    ("choice", "outcomes", "wrong"),
    [
        ("insert", {"inserted": 1}, [1, 2, 3, 4, 5]),
        ("skip", {"inserted": 1, "skipped": 3}, [1, 5]),
        ("upsert", {"inserted": 1, "updated": 2, "unchanged": 1}, [1, 5]),
        ("replace", {"inserted": 1, "updated": 3}, [1, 5]),
    ],
)
def test_a_preview_counts_what_an_import_would_do(
    airports: engine.Collection, choice: str, outcomes: dict[str, int], wrong: list[int]
) -> None:
    rows: list[Any] = [
        {"code": "TMP", "n": 1},
        {"n": 2},
        {"code": "HEL", "n": 9},
        {"code": "OUL", "n": 2},
        {"code": "TMP", "a": 1},
        7,
    ]
    if choice == "replace":  # a row that replaces by the same fields changes nothing
        rows[3] = {"code": "OUL", "n": 3}
    before = documents_of(airports)
    rule = ImportKey("code", OnDuplicate(choice))
    counts, errors = preview_rows(rule, airports, rows, ids=new_ids(len(rows)))
    assert {name: count for name, count in counts.items() if count} == outcomes
    assert [item.index for item in errors] == wrong
    assert documents_of(airports) == before
