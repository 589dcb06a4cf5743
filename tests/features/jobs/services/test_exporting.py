"""Documents as files: the three formats, and that what comes out goes in again."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable
from typing import Any

import pytest

import engine
from accounts.principal import Principal
from features.jobs import services
from tests.features.jobs.conftest import Accept

ODD: list[dict[str, Any]] = [
    {"n": 1, "text": 'a "b", c\nd', "deep": {"a": [1, {"b": None}]}},
    {"n": -2.5, 'é, "x"': True, "=1+1": "=1+1"},
    {},
    {"n": 0.0, "text": "<script>alert(1)</script>", "null": None},
]


@pytest.fixture
def films(database: engine.Database) -> engine.Collection:
    handle = database.collection("films")
    handle.delete(engine.Query())
    handle.insert(ODD)
    return handle


def exported(handle: engine.Collection, format: str, **options: Any) -> bytes:
    _, pieces = services.export(handle, options.pop("query", engine.Query()), format=format, **options)
    return b"".join(pieces)


def test_json_and_ndjson_hold_every_document(films: engine.Collection) -> None:
    assert json.loads(exported(films, "json")) == ODD
    assert [json.loads(line) for line in exported(films, "ndjson").splitlines()] == ODD


def test_an_export_has_a_longest_time(films: engine.Collection, settings: Any) -> None:
    settings.EXPORT_SECONDS = -1.0
    with pytest.raises(engine.TimedOut, match="EXPORT_SECONDS"):
        exported(films, "ndjson")


@pytest.mark.parametrize("format", ["json", "ndjson"])
def test_what_comes_out_goes_in_again(
    films: engine.Collection, accept: Accept, owner: Principal, database: engine.Database, format: str
) -> None:
    job = accept(exported(films, format), collection="films")
    services.run(job.pk)
    assert services.status(owner, job.pk).state == "done"
    results = [
        {k: v for k, v in item.items() if k not in ("_id", "_sys")} for item in films.find(engine.Query()).documents
    ]
    assert results == ODD + ODD


def test_a_table_has_a_column_for_every_field(films: engine.Collection) -> None:
    rows = [*csv.reader(io.StringIO(exported(films, "csv").decode(), newline=""))]
    ids = [str(item["_id"]) for item in films.find(engine.Query()).documents]
    assert [row.pop(0) for row in rows] == ["_id", *ids]
    assert rows == [
        ["n", "text", "deep", 'é, "x"', "=1+1", "null"],
        ["1", 'a "b", c\nd', '{"a":[1,{"b":null}]}', "", "", ""],
        ["-2.5", "", "", "true", "=1+1", ""],
        ["", "", "", "", "", ""],
        ["0.0", "<script>alert(1)</script>", "", "", "", ""],
    ]


def test_system_fields_come_when_they_are_asked_for(films: engine.Collection) -> None:
    (first, *_) = json.loads(exported(films, "json", system=True))
    assert (set(first) > {"_id", "_sys"}, first["_sys"]["version"]) == (True, 1)


def test_a_query_chooses_and_sorts(films: engine.Collection) -> None:
    query = engine.Query(filter={"n": {"$exists": True}}, sort=(("n", -1),), fields={"n": 1})
    assert json.loads(exported(films, "json", query=query)) == [{"n": 1}, {"n": 0.0}, {"n": -2.5}]


def test_nothing_is_a_file_too(films: engine.Collection) -> None:
    query = engine.Query(filter={"n": 99})
    assert [exported(films, format, query=query) for format in ("json", "ndjson", "csv")] == [
        b"[]\n",
        b"",
        b"_id,n\r\n",
    ]


def test_more_than_a_page_comes_in_pieces(films: engine.Collection) -> None:
    films.insert([{"n": number} for number in range(1000)])
    _, pieces = services.export(films, engine.Query(filter={"n": {"$gte": 0}}), format="ndjson")
    results = [piece.count(b"\n") for piece in pieces]
    assert (len(results) > 3, sum(results), max(results) <= 256) == (True, 1002, True)


def test_errors_are_reported_before_the_first_byte(
    films: engine.Collection, make_reader: Callable[[engine.Collection], engine.Collection]
) -> None:
    with pytest.raises(engine.Invalid):
        services.export(films, engine.Query(filter={"$where": "1"}), format="json")
    with pytest.raises(engine.Invalid, match="one of json, ndjson, extended, canonical, csv"):
        services.export(films, engine.Query(), format="xlsx")
    with pytest.raises(engine.Forbidden):
        services.export(make_reader(films), engine.Query(), format="json")


@pytest.fixture
def make_reader() -> Callable[[engine.Collection], engine.Collection]:
    """Return the same handle for a principal who may insert but not read."""
    return lambda handle: engine.Collection(
        handle.store, handle.database, handle.spec, handle.actor, frozenset({engine.Action.INSERT})
    )
