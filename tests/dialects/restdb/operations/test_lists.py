"""The parameters of lists, and the hints that replace them."""

from __future__ import annotations

import json
from typing import Any, cast

import pytest
from django.http import QueryDict

import engine
from dialects.restdb.operations.lists import DisplayOptions, ListParameters, ListRequest, NameScope, Selection
from dialects.restdb.query.links import Links
from engine.schema import parse_schema

FIELDS = [{"name": "name", "type": "string"}, {"name": "age", "type": "number"}]


@pytest.fixture(scope="module")
def scope() -> NameScope:
    schema, _ = parse_schema(FIELDS, limits=engine.Limits())
    database = cast(engine.Database, None)
    return NameScope(schema, database, Links(database, lambda path: True))


def params(**values: Any) -> QueryDict:
    query = QueryDict(mutable=True)
    for name, value in values.items():
        texts = value if type(value) is list else [value]
        query.setlist(name, [text if type(text) is str else json.dumps(text) for text in texts])
    return query


def parse(scope: NameScope, **values: Any) -> ListRequest:
    return ListParameters.of_params(params(**values), context=scope).list_request()


def errors_of(scope: NameScope, **values: Any) -> list[tuple[str, str]]:
    with pytest.raises(engine.Invalid) as caught:
        parse(scope, **values)
    return [(error.field, error.message) for error in caught.value.errors]


def test_nothing_is_a_first_page(scope: NameScope) -> None:
    request = parse(scope)
    assert (request.query.filter, request.query.sort, request.query.fields) == ({}, (), {})
    assert (request.query.skip, request.query.limit, request.bounded, request.totals) == (0, 1000, False, False)


def test_parameters(scope: NameScope) -> None:
    sent = {"q": {"age": {"$not": 1}}, "sort": ["name", "age"], "dir": ["-1"], "max": "5", "skip": "2"}
    request = parse(scope, **sent, totals="true", metafields="1", groupby=["name", ""], timezone="Asia/Tokyo")
    assert request.query.filter == {"age": {"$ne": 1}}
    assert request.query.sort == (("name", -1), ("age", 1))
    assert (request.query.skip, request.query.limit, request.bounded) == (2, 5, True)
    assert request.query.count is engine.Count.EXACT
    assert (request.display.metafields, request.groupby, request.timezone) == (True, ("name",), "Asia/Tokyo")


@pytest.mark.parametrize("old", [False, True])
def test_hints_replace_parameters(scope: NameScope, old: bool) -> None:
    """Check both names of hints; a replaced parameter is not even validated."""
    names = ("max", "skip", "sort") if old else ("$max", "$skip", "$orderby")
    hints = dict(zip(names, (3, 4, {"_changed": "desc"}), strict=True))
    request = parse(scope, h=hints, max="x", skip="x", sort="name", dir="up")
    assert (request.query.limit, request.query.skip) == (3, 4)
    assert request.query.sort == (("_sys.updated", -1),)


def test_hints_without_a_parameter_of_their_form(scope: NameScope) -> None:
    request = parse(scope, h={"$fields": {"name": 1}, "metafields": "true", "$aggregate-grand-total": True})
    assert request.query.fields == {"name": 1, "_sys": 1}
    assert (request.display.metafields, request.grand_total) == (True, True)
    hints = {"$fields": None, "$orderby": None, "metafields": False, "$aggregate": "SUM:age"}
    request = parse(scope, h=hints, sort="age", metafields="true")
    assert (request.query.fields, request.query.sort) == ({}, (("age", 1),))
    assert (request.display.metafields, request.aggregate) == (True, ("SUM:age",))


def test_every_error_is_reported(scope: NameScope) -> None:
    errors = errors_of(scope, q=[1], h={"$x": 1, "$orderby": 1, "$fields": 1, "$max": "x"}, skip="-1")
    assert [name for name, _ in errors] == ["h.$x", "max", "skip", "q", "h.$orderby", "h.$fields"]
    assert errors_of(scope, sort=["a", "b"], dir=["x", "y"]) == [("dir", "Must be 1 or -1, or asc or desc.")] * 2
    assert [name for name, _ in errors_of(scope, h="{", q='{"a": 1')] == ["h", "q"]


def test_names_of_hints_are_no_parameters(scope: NameScope) -> None:
    request = parse(scope, **{"$fields": {"name": 1}, "$orderby": {"name": 1}, "grand_total": "true"})
    assert (request.query.fields, request.query.sort, request.grand_total) == ({}, (), False)


def test_words_are_added_to_the_query(scope: NameScope) -> None:
    conditions = parse(scope, q={"$and": [{"age": 1}]}, filter="two words").query.filter["$and"]
    assert (conditions[0], len(conditions)) == ({"age": 1}, 3)


def test_a_selection_is_sent(scope: NameScope) -> None:
    for text in ("", "undefined", "null", "[]"):
        assert Selection.of_params(params(q=text), context=scope).q is None
    assert Selection.of_params(params(q="{}"), context=scope).query_filter() == {}
    narrowed = Selection.of_params(params(q="{}", filter="word"), context=scope).query_filter()
    assert narrowed and [*narrowed] == ["$and"]
    assert Selection.of_params(QueryDict(""), context=scope).q is None


def test_hints_of_one_document(scope: NameScope) -> None:
    assert DisplayOptions.of_params(params(h={"metafields": True, "$unknown": 1})).metafields is True
    with pytest.raises(engine.Invalid, match="h: Must be a JSON object"):
        DisplayOptions.of_params(params(h=[1]))
