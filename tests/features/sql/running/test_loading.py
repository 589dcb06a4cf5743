"""What statements that write read of their table, and which rowids they use."""

from __future__ import annotations

from typing import Any

import pytest

from tests.features.sql.support import MemoryDatabase

pytestmark = pytest.mark.slow


def test_an_insert_reads_only_rows_with_its_own_keys(people: MemoryDatabase, settings: Any) -> None:
    people.source.documents["people"] = [
        {"_id": f"p{n}", "_rowid": n, "email": f"e{n}", "age": n} for n in range(1, 101)
    ]
    settings.SQL_MAX_DOCUMENTS = 10
    answer = people.run(
        "INSERT INTO people (email, age) VALUES ('e7', 1), ('new', 2) ON CONFLICT (email) DO UPDATE SET age = -1 "
        "RETURNING id"
    )
    assert answer.rows == [{"id": 7}, {"id": 101}]
    assert [
        item["age"] for item in people.source.documents["people"] if item["age"] < 1 or item["_rowid"] > 100
    ] == [
        -1,
        2,
    ]
    people.source.documents["people"].pop()
    assert people.rows("INSERT INTO people (email) VALUES ('next') RETURNING id") == [{"id": 102}]
    text = "The statement reads tables with more than 10 rows (SQL_MAX_DOCUMENTS)."
    assert people.errors("UPDATE people SET age = 1 WHERE age > 50") == [text]


def test_rowids_that_others_take_meanwhile_are_not_used_again(
    people: MemoryDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    reserve = people.source.reserve
    calls: list[int] = []

    def taken_meanwhile(table: str, count: int) -> int:
        calls.append(count)
        if calls == [0, 2]:
            reserve(table, 5)
        return reserve(table, count)

    monkeypatch.setattr(people.source, "reserve", taken_meanwhile)
    answer = people.run("INSERT INTO logs VALUES ('x'), ('y') RETURNING rowid")
    assert [row["rowid"] for row in answer.rows] == [11, 12]
    assert [item["_rowid"] for item in people.source.documents["logs"]] == [1, 2, 3, 11, 12]
    assert calls == [0, 2, 2]
