"""Publications and subscriptions, and the declared operations of a database."""

from __future__ import annotations

from typing import Any

import pytest
from django.http import QueryDict

import engine
from dialects.restdb.operations.database import OPERATIONS, Publication, SubscriptionParameters

NO_EVENT = "Must be the name of the message, a text."


@pytest.mark.parametrize(
    ("body", "event", "data"),
    [
        ({"event": "chat"}, "chat", None),
        ({"event": "größe 日本", "data": 0}, "größe 日本", 0),
        ({"event": " ", "data": {"a": [1, None]}}, " ", {"a": [1, None]}),
        ({"event": "chat", "data": False, "more": 1}, "chat", False),
    ],
)
def test_a_publication(body: dict[str, Any], event: str, data: Any) -> None:
    publication = Publication.parse(body)
    assert (publication.event, publication.data) == (event, data)


NO_NAMES: list[Any] = ["", None, 1, True, ["chat"], {}]


@pytest.mark.parametrize("body", [{}, {"data": 1}, *({"event": value} for value in NO_NAMES)])
def test_a_publication_needs_the_name_of_the_message(body: dict[str, Any]) -> None:
    with pytest.raises(engine.Invalid) as caught:
        Publication.parse(body)
    assert caught.value.message == NO_EVENT
    assert [(issue.field, issue.message) for issue in caught.value.errors] == [("event", NO_EVENT)]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("", ("", "", "")),
        ("apikey=a&rt-apikey=b&jwt=c", ("a", "b", "c")),
        ("rt_apikey=b&unknown=1", ("", "", "")),
        ("apikey=a&apikey=b", ("b", "", "")),
    ],
)
def test_credentials_of_a_subscription(query: str, expected: tuple[str, str, str]) -> None:
    parameters = SubscriptionParameters.of_params(QueryDict(query))
    assert (parameters.apikey, parameters.rt_apikey, parameters.jwt) == expected


def test_the_operations_of_a_database() -> None:
    assert [(operation.verb, operation.path) for operation in OPERATIONS] == [
        ("get", "/db/{database}/rest/_meta"),
        ("get", "/db/{database}/rest/_swagger.json"),
        ("get", "/db/{database}/rest/{collection}/_meta"),
        ("get", "/db/{database}/realtime"),
        ("post", "/db/{database}/realtime"),
        ("get", "/db/{database}/settings"),
        ("patch", "/db/{database}/settings"),
    ]


def test_examples_are_complete() -> None:
    examples = {
        operation.id: operation.as_dict()["responses"]["200"]["content"]["application/json"]["example"]
        for operation in OPERATIONS
    }
    collection = {"name": "people", "strict": False, "fields": {"name": {"type": "string"}}}
    assert examples["rest_collection_meta"] == collection
    assert examples["rest_meta"] == {
        "_id": "6560a1c2d3e4f5a6b7c8d9e0",
        "name": "crm",
        "collections": [collection],
    }
    assert examples["rest_settings"] == {"public_schemas": ["people"], "public_file_names": True}
    assert examples["rest_publish"] == {"message": "OK"}
