"""Every cap: what is exactly at it passes, what is one beyond it does not, and the message names the setting."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import Any

import pytest
from bson import ObjectId
from django.conf import settings

import catalog.limits
import engine
from engine.encoding import loads
from engine.limits import Limits
from engine.schema import Rules, parse_schema
from tests.engine.conftest import Make
from tests.engine.strategies import refusal

# By setting: the cap's value here, and what is done with `n` of it.
CAPS: dict[str, tuple[str, int, Callable[[engine.Collection, int], Any]]] = {
    "MAX_DEPTH": ("depth", 6, lambda things, n: things.insert([nested(n - 1)])),
    "MAX_QUERY_NODES": ("query_nodes", 50, lambda things, n: things.find(asking(n))),
    "MAX_DOCUMENT_NODES": ("document_nodes", 70, lambda things, n: things.insert([{"a": [0] * (n - 1)}])),
    "MAX_SCHEMA_CHECKS": ("schema_checks", 40, lambda things, n: ruled(things).insert([{"a": [0] * (n - 3)}])),
    "MAX_REGEX_LENGTH": (
        "regex_length",
        9,
        lambda things, n: things.find(engine.Query({"a": {"$regex": "x" * n}})),
    ),
    "MAX_EXPAND_DEPTH": ("expand_depth", 2, lambda things, n: following(things).find(expanding(n))),
    "MAX_EXPANDED": ("expanded", 3, lambda things, n: referring(things, n).find(engine.Query(expand=("next",)))),
    "MAX_BATCH_DOCUMENTS": ("batch_documents", 5, lambda things, n: things.insert([{}] * n)),
    "MAX_PAGE_SIZE": ("page_size", 7, lambda things, n: things.find(engine.Query(limit=n))),
    "MAX_COLLECTION_FIELDS": ("collection_fields", 4, lambda things, n: things.update(engine.Query(), setting(n))),
}


def ruled(things: engine.Collection) -> engine.Collection:
    """A collection with a JSON Schema that takes one check for each element, and three for what is around."""
    schema = dataclasses.replace(things.spec.schema, rules=Rules({"properties": {"a": {"items": True}}}))
    return dataclasses.replace(things, spec=dataclasses.replace(things.spec, schema=schema))


def following(things: engine.Collection) -> engine.Collection:
    """A collection whose documents refer to others of it."""
    field = {"name": "next", "type": "reference", "collection": "things", "many": True}
    schema, _ = parse_schema([field], limits=Limits())
    spec = dataclasses.replace(things.spec, schema=schema)
    return dataclasses.replace(things, spec=spec, siblings={"things": spec})


def expanding(steps: int) -> engine.Query:
    return engine.Query(expand=(".".join(["next"] * steps),))


def referring(things: engine.Collection, count: int) -> engine.Collection:
    """With one document, which refers to so many others."""
    found = following(things)
    found.delete(engine.Query())
    found.insert([{"next": [str(ObjectId()) for _ in range(count)]}])
    return found


def nested(levels: int) -> Any:
    return {"a": nested(levels - 1)} if levels else {}


def asking(nodes: int) -> engine.Query:
    return engine.Query({f"f{number}": 1 for number in range(nodes)})


def matching(length: int) -> engine.Query:
    return engine.Query({"a": {"$regex": "x" * length}})


def setting(fields: int) -> engine.Change:
    return engine.Change({f"f{number}": 1 for number in range(fields)})


@pytest.mark.parametrize("name", CAPS)
def test_a_cap(make: Make, name: str) -> None:
    attribute, cap, act = CAPS[name]
    limits = dataclasses.replace(Limits(), **{attribute: cap})
    things = make(on=engine.Store(settings.MONGODB_URI, limits=limits))
    act(things, cap)
    before = things.count()
    with pytest.raises((engine.Invalid, engine.TooLarge)) as caught:
        act(things, cap + 1)
    assert f"({name})" in caught.value.message
    assert str(cap) in caught.value.message
    assert things.count() == before


def test_a_schema_has_a_cap() -> None:
    limits = dataclasses.replace(Limits(), collection_fields=3)
    assert parse_schema([{"name": name} for name in "abc"], limits=limits)[1] == []
    _, (fault,) = parse_schema([{"name": name} for name in "abcd"], limits=limits)
    assert (fault.field, fault.message) == ("fields", "A collection has at most 3 fields (MAX_COLLECTION_FIELDS).")


def test_json_has_a_cap_on_depth() -> None:
    assert loads(b"[[]]", depth=2) == [[]]
    assert "MAX_DEPTH" in refusal(engine.TooLarge, loads, b"[[[]]]", depth=2).message


def test_every_cap_has_a_setting() -> None:
    elsewhere = {"QUERY_TIMEOUT": "query_seconds", "WRITE_SECONDS": "write_seconds", "MAX_INDEXES": "indexes"}
    elsewhere["SLOW_QUERY_MS"] = "slow_query_ms"
    attributes = {name: attribute for name, (attribute, _, _) in CAPS.items()} | elsewhere
    assert {field.name for field in dataclasses.fields(Limits)} == set(attributes.values())
    found = catalog.limits.limits()
    assert {name: getattr(found, attribute) for name, attribute in attributes.items()} == {
        name: getattr(settings, name) for name in attributes
    }
    assert dataclasses.replace(found, query_seconds=Limits().query_seconds) == Limits()  # that of tests is longer
