"""The request that finds documents: its defaults, its query, and what does not go together."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest

import engine
from dataapi.operations.documents import FIND, FindRequest
from engine.query import Count
from engine.schema import Collation
from tests.dataapi.operations.support import TARGET, errors_of


def query_of(**parameters: str) -> engine.Query:
    return FindRequest.parse({**TARGET, **parameters}).query()


def test_without_parameters_the_first_page_of_all_documents_is_read() -> None:
    request = FindRequest.parse(TARGET)
    assert request.query() == engine.Query(limit=50)
    assert (request.page_number, request.as_of, request.explain) == (1, None, False)


@pytest.mark.parametrize(
    ("parameters", "query"),
    [
        ({"filters": '{"a": {"$gt": 1}}'}, {"filter": {"a": {"$gt": 1}}}),
        ({"filters": ""}, {}),
        ({"cursor": "x"}, {"cursor": "x"}),
        ({"cursor": ""}, {}),
        ({"page": "3", "page_size": "20"}, {"skip": 40, "limit": 20}),
        ({"page": "0", "page_size": "0"}, {"skip": 0, "limit": 1}),
        ({"page": "-7", "page_size": "1001"}, {"skip": 0, "limit": 1000}),
        ({"sort": "a,-b.c"}, {"sort": (("a", 1), ("b.c", -1))}),
        ({"fields": "-a"}, {"fields": {"a": 0}}),
        ({"count": "none"}, {"count": Count.NONE}),
        ({"count": ""}, {}),
        ({"expand": "author,author.company"}, {"expand": ("author", "author.company")}),
        ({"collation": '{"locale": "en", "strength": 2}'}, {"collation": Collation("en", 2)}),
        ({"score": "true"}, {"score": True}),
        ({"score": "false", "unknown": "x"}, {}),
    ],
)
def test_parameters_are_read_into_a_query(parameters: dict[str, str], query: dict[str, Any]) -> None:
    assert query_of(**parameters) == engine.Query(**{"limit": 50, **query})


def test_a_page_after_a_cursor_has_no_number() -> None:
    assert FindRequest.parse({**TARGET, "page": "3"}).page_number == 3
    assert FindRequest.parse({**TARGET, "cursor": "x"}).page_number is None


@pytest.mark.parametrize(
    ("parameters", "field", "text"),
    [
        ({"cursor": "x", "page": "2"}, "page", "page does not go with cursor"),
        ({"cursor": "x", "page": "1"}, "page", "page does not go with cursor"),
        ({"cursor": "x", "as_of": "2020-01-01"}, "as_of", "as_of does not go with cursor"),
        *(
            ({"as_of": "2020-01-01", name: value}, name, f"{name} does not go with as_of")
            for name, value in [
                ("count", "none"),
                ("explain", "true"),
                ("expand", "author"),
                ("collation", '{"locale": "en"}'),
                ("score", "true"),
            ]
        ),
        ({"explain": "true", "score": "true"}, "score", "score does not go with explain"),
        ({"count": "many"}, "count", "count must be one of exact, estimated, none"),
        ({"count": "EXACT"}, "count", "count must be one of exact, estimated, none"),
        ({"page": "x"}, "page", "page must be a whole number"),
        ({"page_size": "1.5"}, "page_size", "page_size must be a whole number"),
        ({"explain": "yes"}, "explain", "explain must be true or false"),
        ({"filters": "[]"}, "filters", "filters must be a JSON object"),
        ({"filters": '{"a": 1, "a": 2}'}, "filters.a", "The JSON names a key twice in one object: 'a'."),
        ({"as_of": "2199-01-01"}, "as_of", "as_of must be in the past"),
        ({"max_affected": "1"}, "max_affected", "Unknown parameter max_affected."),
        (
            {"page": "2147483647", "page_size": "2"},
            "page",
            "page is too large: page times page_size must be less than 2147483648",
        ),
    ],
)
def test_parameters_that_are_refused(parameters: dict[str, str], field: str, text: str) -> None:
    assert errors_of(FindRequest, {**TARGET, **parameters}) == [(field, text)]


def test_a_past_state_takes_filters_sort_fields_and_pages() -> None:
    parameters = {"as_of": "2020-01-01T10:00:00Z", "filters": '{"a": 1}', "sort": "a", "fields": "a", "page": "2"}
    request = FindRequest.parse({**TARGET, **parameters, "explain": "false", "count": "", "expand": ""})
    assert request.as_of == datetime(2020, 1, 1, 10)
    assert request.query() == engine.Query({"a": 1}, (("a", 1),), {"a": 1}, skip=50, limit=50)


def test_the_operation_describes_its_parameters_and_the_header() -> None:
    described = FIND.as_dict()
    parameters = [(item["name"], item["in"]) for item in described["parameters"] if item["required"]]
    assert parameters == [("database_id", "query"), ("collection_name", "query")]
    assert (described["parameters"][-1]["name"], described["parameters"][-1]["in"]) == ("If-None-Match", "header")
    example = described["responses"]["200"]["content"]["application/json"]["example"]
    assert list(example) == ["success", "data", "pagination", "next"]
