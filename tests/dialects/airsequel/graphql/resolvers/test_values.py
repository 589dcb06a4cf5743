"""Values as they are stored, shown and accepted."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

import pytest
from bson import Decimal128, Int64, ObjectId
from graphql import GraphQLError

import engine
from dialects.airsequel.graphql.resolvers.values import reader, stored
from dialects.airsequel.graphql.tables import GraphColumn, ValueForm


def column(type: str, form: ValueForm = ValueForm.PLAIN) -> GraphColumn:
    return GraphColumn("x", "x", "x", type, form)


SHOWN = [
    ("Int", Int64(5), 5),
    ("Int", 5.0, 5),
    ("Float", 2, 2),
    ("Float", Decimal128("2.5"), 2.5),
    ("Boolean", 1, True),
    ("Boolean", False, False),
    ("String", "a", "a"),
    ("String", 5, "5"),
    ("String", date(2020, 1, 2), "2020-01-02"),
    ("String", datetime(2020, 1, 2), "2020-01-02T00:00:00.000Z"),
    ("String", ObjectId("0" * 24), "0" * 24),
    ("String", None, None),
]


@pytest.mark.parametrize(("type", "value", "shown"), SHOWN)
def test_what_is_shown(type: str, value: Any, shown: Any) -> None:
    result = reader(column(type))(value)
    assert (result, isinstance(result, bool)) == (shown, isinstance(shown, bool))


@pytest.mark.parametrize(
    ("type", "value"), [("Int", 1.5), ("Int", 2**40), ("Int", "5"), ("Float", "5"), ("Boolean", 2)]
)
def test_a_value_of_another_type_is_an_error(type: str, value: Any) -> None:
    with pytest.raises(GraphQLError):
        reader(column(type))(value)


def test_json_is_text() -> None:
    data = column("String", ValueForm.JSON)
    assert reader(data)({"a": [1, None]}) == '{"a":[1,null]}'
    assert reader(data)(None) is None
    assert stored(data, '{"a": [1]}') == {"a": [1]}
    with pytest.raises(engine.Invalid):
        stored(data, "{")


def test_decimals_are_stored_exactly() -> None:
    assert stored(column("Float", ValueForm.DECIMAL), 2.5) == "2.5"
