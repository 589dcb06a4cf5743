"""Answers: what fails in a resolver is an error beside the data, and what is unexpected is not shown."""

from __future__ import annotations

import json
from typing import Any

import pytest

import engine
from dialects.airsequel.graphql.execution import GraphOperation, run
from dialects.airsequel.graphql.resolvers.request import GraphRequest
from dialects.airsequel.graphql.schema.build import build_schema
from dialects.airsequel.graphql.schema.cache import CompiledSchema
from dialects.airsequel.graphql.tables import tables_of
from engine import Action

SPECS = {"t": engine.CollectionSpec("t", "t", engine.Schema((engine.Field("n"),)))}


def answer(query: str, error: Exception | None = None) -> dict[str, Any]:
    """Return the answer of a schema whose one table raises the error as it is read."""
    tables = tables_of(SPECS, {})
    schema = build_schema(tables, frozenset({Action.READ}))

    def resolve(*_: Any, **__: Any) -> list[Any]:
        if error:
            raise error
        return [{"_rowid": 1, "n": "a"}]

    assert schema.query_type is not None
    schema.query_type.fields["t"].resolve = resolve
    store = engine.Store("mongodb://127.0.0.1:1", limits=engine.Limits())
    database = engine.Database(store, "d", "d", "d", "u1", frozenset({Action.READ}), SPECS)
    request = GraphRequest(database, lambda _: database, lambda: "r")
    content: dict[str, Any] = json.loads(run(CompiledSchema(SPECS, tables, schema), request, GraphOperation(query)))
    return content


def test_data() -> None:
    assert answer("{ t { rowid n } }") == {"data": {"t": [{"rowid": 1, "n": "a"}]}}


ERRORS = [
    (engine.Invalid.of_field("where", "Is wrong."), "where: Is wrong."),
    (engine.Forbidden("Not allowed."), "Not allowed."),
    (KeyError("a secret"), "Something went wrong on our side."),
]


@pytest.mark.parametrize(("error", "message"), ERRORS)
def test_errors_of_fields(error: Exception, message: str) -> None:
    assert answer("{ t { n } }", error) == {
        "data": None,
        "errors": [{"message": message, "locations": [{"line": 1, "column": 3}], "path": ["t"]}],
    }


def test_what_can_be_sent_again_is_raised() -> None:
    with pytest.raises(engine.Unavailable):
        answer("{ t { n } }", engine.Unavailable("Later."))


def test_introspection_is_answered_from_the_schema() -> None:
    assert answer('{ __type(name: "t_row") { name } }') == {"data": {"__type": {"name": "t_row"}}}
