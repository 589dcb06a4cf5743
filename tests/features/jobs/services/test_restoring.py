"""Which collections a restore covers, and its size."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

import engine
from engine.context import CollectionSpec
from features.jobs.models import Job
from features.jobs.services import restoring


def database(**histories: bool) -> engine.Database:
    specs = {name: CollectionSpec(name, f"{name}_1", history=history) for name, history in histories.items()}
    store: Any = None
    return engine.Database(store, "a" * 24, "shop", "shop_V2", "u1", engine.ALL_ACTIONS, specs)


@pytest.mark.parametrize(
    ("histories", "name", "restored", "skipped"),
    [
        ({"films": True, "logs": False, "people": True}, "", ["films", "people"], ["logs"]),
        ({"films": True, "logs": False}, "films", ["films"], []),
        ({"films": True, "logs": False}, "logs", ["logs"], []),  # the restoration itself refuses it
        ({"logs": False}, "", [], ["logs"]),
        ({}, "", [], []),
    ],
)
def test_without_a_name_all_collections_with_a_history_are_restored(
    histories: dict[str, bool], name: str, restored: list[str], skipped: list[str]
) -> None:
    opened = database(**histories)
    assert [collection.spec.name for collection in restoring._collections(opened, name)] == restored
    assert restoring._skipped(opened, name) == skipped


def test_an_unknown_collection_is_not_restored() -> None:
    with pytest.raises(engine.NotFound):
        restoring._collections(database(films=True), "people")


@pytest.mark.parametrize(("documents", "versions", "size"), [(0, 0, 0), (3, 0, 6), (0, 5, 5), (3, 5, 11)])
def test_a_restore_reads_documents_twice_and_versions_once(documents: int, versions: int, size: int) -> None:
    collection: Any = SimpleNamespace(size=lambda: {"documents": documents, "versions": versions, "bytes": 99})
    assert restoring._size(collection) == size


def test_a_restore_that_ended_early_keeps_what_it_restored() -> None:
    job = Job(id="j1", plan={"dry_run": False}, state="rolling_back")
    restoring.leave(job)
    assert (job.plan, job.state) == ({"dry_run": False}, "rolling_back")


@pytest.mark.parametrize(
    ("now", "then", "differences"),
    [
        ({}, {}, {}),
        (
            {"fields": [{"name": "a", "type": "number"}], "strict": True},
            {"fields": [{"name": "a"}, {"name": "b"}]},
            {
                "schema_changes": [
                    {"field": "a", "then": {"name": "a"}, "now": {"name": "a", "type": "number"}},
                    {"field": "b", "then": {"name": "b"}, "now": None},
                ],
                "schema_settings": [{"name": "strict", "then": False, "now": True}],
            },
        ),
        (
            {"rules": {"type": "object"}},
            {},
            {"schema_settings": [{"name": "json_schema", "then": None, "now": {"type": "object"}}]},
        ),
        ({"fields": [{"name": "_rowid", "type": "autonumber", "unique": True, "hidden": True}]}, {}, {}),
    ],
)
def test_what_differs_between_schemas(
    now: dict[str, Any], then: dict[str, Any], differences: dict[str, Any]
) -> None:
    empty: dict[str, Any] = {"fields": [], "strict": False, "rules": None, "title_field": ""}
    assert restoring.schema_differences({**empty, **now}, {**empty, **then}) == differences
