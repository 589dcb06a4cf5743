"""Previews of imports with a key: what would become of the first rows."""

from __future__ import annotations

import io
import json
from typing import Any

import pytest

import engine
from accounts.principal import AccountPrincipal, Scope
from features.jobs.services import imports
from tests.tenants import key_of

NAMES = ("inserted", "updated", "unchanged", "skipped", "rejected")


def preview(
    principal: AccountPrincipal,
    database: engine.Database,
    raw: bytes,
    *,
    file_name: str = "films.json",
    **options: Any,
) -> imports.ImportPreview:
    source = {"database_id": database.id, "file_name": file_name, "file": io.BytesIO(raw)}
    return imports.preview_import(principal, **{"collection": "films", **source, **options})


@pytest.mark.parametrize(
    ("choice", "counts", "wrong"),
    [
        ("", (1, 0, 0, 0, 3), [0, 2, 3]),
        ("skip", (1, 0, 0, 2, 1), [2]),
        ("upsert", (1, 2, 0, 0, 1), [2]),
        ("replace", (1, 1, 1, 0, 1), [2]),
    ],
)
@pytest.mark.parametrize("is_table", [False, True])
def test_rows_are_counted_by_what_would_become_of_them(
    owner: AccountPrincipal,
    database: engine.Database,
    choice: str,
    counts: tuple[int, ...],
    wrong: list[int],
    is_table: bool,
) -> None:
    rows = [
        {"n": -1, "a": "x"},
        {"n": 2, "a": "y"},
        {"n": "many", "a": "z"},
        {"n": -1, "a": "x" if choice != "upsert" else "w"},
    ]
    raw = json.dumps(rows).encode()
    if is_table:
        raw = "\n".join(["n,a", *(f"{row['n']},{row['a']}" for row in rows)]).encode()
    result = preview(
        owner, database, raw, file_name="films.csv" if is_table else "films.json", key="n", on_duplicate=choice
    )
    assert tuple(result.beginning.outcomes[name] for name in NAMES) == counts
    assert ([error.index for error in result.beginning.errors], result.beginning.count) == (wrong, 4)
    films = database.collection("films")
    assert [item["n"] for item in films.find(engine.Query()).documents] == [-1]
    assert films.indexes.names() == {"_id_"}


def test_a_new_collection_has_no_documents_yet(owner: AccountPrincipal, database: engine.Database) -> None:
    raw = json.dumps([{"code": "a"}, {"code": "b"}, {"code": "a", "n": 1}]).encode()
    result = preview(owner, database, raw, collection="new", key="code", on_duplicate="upsert")
    assert tuple(result.beginning.outcomes[name] for name in NAMES) == (2, 1, 0, 0, 0)
    assert (result.exists, result.beginning.errors) == (False, [])


def test_without_a_key_nothing_is_counted(owner: AccountPrincipal, database: engine.Database) -> None:
    assert preview(owner, database, b'[{"n": 1}]').beginning.outcomes == {}


def test_a_preview_needs_what_the_import_needs(owner: AccountPrincipal, database: engine.Database) -> None:
    inserter = key_of(owner, Scope(actions=frozenset({engine.Action.INSERT})))
    with pytest.raises(engine.Forbidden, match="'write'"):
        preview(inserter, database, b"[]", key="_id", on_duplicate="upsert")
    with pytest.raises(engine.Invalid, match="cannot be the key"):
        preview(owner, database, b"[]", key="a.b")
    with pytest.raises(engine.Invalid) as caught:
        preview(owner, database, b"[]", on_duplicate="upsert")
    assert [item.field for item in caught.value.errors] == ["key"]
