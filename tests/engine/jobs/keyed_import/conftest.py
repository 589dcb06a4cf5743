"""Imports with a key into a collection with two documents."""

from __future__ import annotations

from typing import Any

import pytest

import engine
from engine.context.ids import new_ids
from engine.jobs import ImportKey, KeyedImport, Ledger, OnDuplicate
from tests.engine.conftest import Make

CODE = {"name": "code", "type": "string", "unique": True}
N = {"name": "n", "type": "number"}


def importer(choice: str, key: str = "code", **options: bool) -> KeyedImport:
    return KeyedImport("job", ImportKey(key, OnDuplicate(choice), **options))


def load(plan: KeyedImport, things: engine.Collection, *rows: Any, start: int = 0) -> Ledger:
    return plan.load(things, rows, ids=new_ids(len(rows)), start=start, end=start + len(rows))


@pytest.fixture
def airports(make: Make) -> engine.Collection:
    things = make(CODE, N, history=True)
    things.insert([{"code": "HEL", "n": 1, "city": "Vantaa"}, {"code": "OUL", "n": 2}])
    return things


def documents_of(things: engine.Collection) -> list[dict[str, Any]]:
    page = things.find(engine.Query(sort=(("code", 1),), limit=100))
    return [{name: value for name, value in item.items() if name not in ("_id", "_sys")} for item in page.documents]
