"""Parameters of reads in each form that clients send."""

from __future__ import annotations

from typing import Any

import pytest
from django.http import QueryDict

import engine
from dialects.communibase.operations.parameters import SearchParameters


def parsed(query: str) -> SearchParameters:
    return SearchParameters.of_params(QueryDict(query))


@pytest.mark.parametrize(
    ("query", "fields"),
    [
        ("", {}),
        ("fields=", {}),
        ("fields=a+b.c", {"a": 1, "b.c": 1}),
        ("fields=a,b", {"a": 1, "b": 1}),
        ("fields=-a+-b", {"a": 0, "b": 0}),
        ("fields=_id", {"_id": 1}),
        ("fields=-_id", {}),
        ("fields[]=a&fields[]=b", {"a": 1, "b": 1}),
        ("fields[a]=1&fields[b]=0", {"a": 1, "b": 0}),
        ("fields[a]=true&fields[b]=false", {"a": 1, "b": 0}),
        ('fields={"a":true,"b":1}', {"a": 1, "b": 1}),
        ('fields=["a","b"]', {"a": 1, "b": 1}),
        ("fields=_id+a&fields=b", {"_id": 1, "a": 1, "b": 1}),
    ],
)
def test_fields(query: str, fields: dict[str, int]) -> None:
    assert parsed(query).fields == fields


@pytest.mark.parametrize(
    ("query", "order", "skip", "limit"),
    [
        ("", (), 0, 0),
        ("sort=a&dir=DESC", (("a", -1),), 0, 0),
        ("sort=-a+b&dir=desc", (("a", 1), ("b", -1)), 0, 0),
        ('sort={"a":1,"b":-1}', (("a", 1), ("b", -1)), 0, 0),
        ("limit=10&page=3", (), 20, 10),
        ("limit=10&page=0", (), 0, 10),
        ("limit=&page=&dir=", (), 0, 0),
    ],
)
def test_pages(query: str, order: Any, skip: int, limit: int) -> None:
    params = parsed(query)
    assert (params.order, params.skip, params.limit) == (order, skip, limit)


@pytest.mark.parametrize("text", ["true", "1", "TRUE"])
def test_switches(text: str) -> None:
    params = parsed(f"includeMetadata={text}&deleted={text}&other=x")
    assert (params.include_metadata, params.deleted) == (True, True)
    assert parsed("includeMetadata=false&deleted=").deleted is False


@pytest.mark.parametrize(
    ("query", "fields"),
    [
        ("limit=x&page=-1&dir=up", ["limit", "page", "dir"]),
        ("limit=99999999999", ["limit"]),
        ("fields={", ["fields"]),
        ('fields={"a":"b"}', ["fields"]),
        ("sort={", ["sort"]),
    ],
)
def test_every_error_is_reported(query: str, fields: list[str]) -> None:
    with pytest.raises(engine.Invalid) as refused:
        parsed(query)
    assert sorted(error.field for error in refused.value.errors) == sorted(fields)
