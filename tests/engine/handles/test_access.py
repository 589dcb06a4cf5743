"""What a credential may do with a collection: stored, and as a rule of the store."""

from __future__ import annotations

from typing import Any

import pytest

import engine
from engine.handles.access import CollectionAccess, compile_row_filter
from engine.limits import Limits
from engine.schema import parse_schema

LIMITS = Limits()
SCHEMA, _ = parse_schema(
    [{"name": "day", "type": "date"}, {"name": "n", "type": "autonumber", "unique": True}], limits=LIMITS
)
SPEC = engine.CollectionSpec("notes", "c", SCHEMA)
STORED = {"actions": ["read", "write"], "filter": {"owner": "ann"}, "fields": {"exclude": ["pay"]}}


@pytest.mark.parametrize(
    "stored", [STORED, {"actions": ["insert"]}, {"actions": ["read"], "fields": {"include": ["a"]}}]
)
def test_access_is_stored_and_restored(stored: dict[str, Any]) -> None:
    assert CollectionAccess.of(stored).as_dict() == stored


def test_a_rule_has_the_filter_in_the_types_of_the_schema_and_the_mask() -> None:
    rule = CollectionAccess.of(STORED | {"filter": {"day": "2024-02-29"}}).rule(SPEC, limits=LIMITS)
    assert rule is not None and rule.checks_writes
    assert rule.filter["day"].isoformat() == "2024-02-29T00:00:00"
    assert rule.stages == [{"$match": dict(rule.filter)}, {"$unset": ["pay"]}]
    assert CollectionAccess.of({"actions": ["read"]}).rule(SPEC, limits=LIMITS) is None


def test_a_filter_that_does_not_fit_any_more_refuses() -> None:
    access = CollectionAccess.of(STORED | {"filter": {"day": "no date"}})
    with pytest.raises(engine.Forbidden, match="does not fit the fields of 'notes' any more"):
        access.rule(SPEC, limits=LIMITS)


def test_the_restricted_collection_has_the_actions_and_no_masked_field() -> None:
    spec = CollectionAccess.of(STORED | {"fields": {"exclude": ["day"]}}).restrict(SPEC)
    assert (spec.filtered, spec.allowed) == (True, {engine.Action.READ, engine.Action.WRITE})
    assert [field.name for field in spec.schema.visible_fields] == ["n"]
    assert [field.name for field in spec.schema.fields] == ["day", "n"]


def test_row_filters_search_no_text() -> None:
    with pytest.raises(engine.Invalid, match="cannot search for text"):
        compile_row_filter({"$text": {"$search": "a"}}, SCHEMA, root="filter", limits=LIMITS)
