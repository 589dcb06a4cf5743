"""What declared operations share: path parameters, keys and the error body."""

from __future__ import annotations

from typing import Annotated, Any

import pytest

from dialects.restdb.operations.shapes import Done, one_or_many, operation
from web.operations.schemas import schema_of


def declared(path: str, **extra: Any) -> dict[str, Any]:
    return operation("get", path, "an_id", "A Summary", "A text.", responses={200: Done}, **extra).as_dict()


@pytest.mark.parametrize(
    ("path", "names"),
    [
        ("/db", []),
        ("/db/{database}/settings", ["database"]),
        ("/db/{database}/rest/{collection}/{id}", ["database", "collection", "id"]),
        ("/db/{database}/media/{file}/meta", ["database", "file"]),
    ],
)
def test_path_parameters_come_from_the_braces(path: str, names: list[str]) -> None:
    parameters = declared(path)["parameters"]
    assert [parameter["name"] for parameter in parameters] == names
    for parameter in parameters:
        assert (parameter["in"], parameter["required"], parameter["schema"]) == ("path", True, {"type": "string"})
        assert parameter["description"].endswith(".")


def test_an_undescribed_variable_of_a_path_is_refused() -> None:
    with pytest.raises(KeyError, match="unknown"):
        declared("/db/{unknown}")


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("/db/{database}/rest/{collection}", "The requested format is not available."),
        ("/db/{database}/rest/_meta", None),
    ],
)
def test_only_routes_of_collections_have_formats(path: str, expected: str | None) -> None:
    assert declared(path)["responses"].get("406", {}).get("description") == expected


def test_an_operation_takes_every_credential_unless_it_says_otherwise() -> None:
    keys: list[dict[str, list[str]]] = [{"x-apikey": []}, {"apikey": []}, {"Bearer": []}, {"Api-Key": []}]
    assert declared("/db")["security"] == keys
    assert declared("/db", security=[{}])["security"] == [{}]


def test_errors_are_those_of_the_dialect() -> None:
    responses = declared("/db")["responses"]
    schema = {"$ref": "#/components/schemas/RestError"}
    for status in ("400", "401", "403", "404", "409", "413", "429", "503"):
        assert responses[status]["content"]["application/json"]["schema"] == schema


def test_one_or_many_objects() -> None:
    assert schema_of(Annotated[Any, one_or_many({"a": 1})]) == {
        "oneOf": [{"type": "object"}, {"type": "array", "items": {"type": "object"}}],
        "examples": [{"a": 1}],
    }
