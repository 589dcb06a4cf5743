"""Settings of the REST dialect: their stored form, and the names of public schemas."""

from __future__ import annotations

from typing import Any

import pytest

import engine
from catalog.services import rest
from catalog.services.rest import RestSettings
from engine.context import CollectionSpec

LIST_ERROR = ("public_schemas", "Must be an array of at most 1000 names of collections.")


@pytest.mark.parametrize(
    ("stored", "settings"),
    [
        ({}, RestSettings()),
        ({"public_schemas": ["b", "a"]}, RestSettings(("b", "a"))),
        ({"public_file_names": True, "dropped_setting": 1}, RestSettings((), public_file_names=True)),
    ],
)
def test_stored_settings_are_read_with_defaults(stored: dict[str, Any], settings: RestSettings) -> None:
    assert RestSettings.of(stored) == settings
    assert RestSettings.of(settings.as_dict()) == settings


def test_the_stored_form() -> None:
    assert RestSettings().as_dict() == {"public_schemas": [], "public_file_names": False}
    assert RestSettings(("a",), public_file_names=True).as_dict() == {
        "public_schemas": ["a"],
        "public_file_names": True,
    }


@pytest.mark.parametrize(
    ("names", "errors"),
    [
        ([], []),
        (["films", "größe", "films"], []),
        (["films"] * 1_000, []),
        (["films"] * 1_001, [LIST_ERROR]),
        (None, [LIST_ERROR]),
        ("films", [LIST_ERROR]),
        ({"films": 1}, [LIST_ERROR]),
        (["films", 1], [LIST_ERROR]),
        (
            ["Films", "films", ""],
            [
                ("public_schemas.0", "The database has no collection 'Films'."),
                ("public_schemas.2", "The database has no collection ''."),
            ],
        ),
    ],
)
def test_public_schemas_are_collections_of_the_database(names: Any, errors: list[tuple[str, str]]) -> None:
    store: Any = None
    specs = {name: CollectionSpec(name, f"{name}_1") for name in ("films", "größe")}
    database = engine.Database(store, "a" * 24, "shop", "shop_V2", "u1", engine.ALL_ACTIONS, specs)
    assert rest._schema_errors(names, database) == [engine.FieldError(*error) for error in errors]
