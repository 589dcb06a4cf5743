"""What is known of a checked operation: whether it is planned, brief, a subscription, or introspects only."""

from __future__ import annotations

import pytest
from graphql import parse

import engine
from dialects.airsequel.graphql.execution import GraphOperation, _checked
from dialects.airsequel.graphql.plans.checked import CheckedOperation
from dialects.airsequel.graphql.schema.build import build_schema
from dialects.airsequel.graphql.schema.cache import CompiledSchema
from dialects.airsequel.graphql.tables import tables_of
from engine import Action

SPECS = {"t": engine.CollectionSpec("t", "t", engine.Schema((engine.Field("n"),)))}


def schema_of(*, is_extended: bool) -> CompiledSchema:
    tables = tables_of(SPECS, {})
    schema = build_schema(tables, frozenset({Action.READ}), relations={"t": {}} if is_extended else None)
    return CompiledSchema(SPECS, tables, schema, is_extended=is_extended)


def facts(query: str, *, is_extended: bool = False) -> dict[str, bool]:
    """Return the facts of a checked operation, without its document."""
    checked = _checked(schema_of(is_extended=is_extended), GraphOperation(query))
    assert isinstance(checked, CheckedOperation), checked
    return {
        "is_planned": checked.plan is not None,
        "is_brief": checked.is_brief,
        "only_introspects": checked.only_introspects,
        "is_subscription": checked.is_subscription,
    }


@pytest.mark.parametrize(
    ("query", "true"),
    [
        ("{ t(limit: 1) { n } }", {"is_planned", "is_brief"}),
        ("{ t { n } }", {"is_planned"}),
        ("{ __schema { description } }", {"only_introspects"}),
        ("{ __typename t { n } }", None),
    ],
)
def test_facts_of_queries(query: str, true: set[str] | None) -> None:
    reported = {name for name, value in facts(query).items() if value}
    assert reported == true if true is not None else "only_introspects" not in reported


def test_an_operation_of_the_extended_schema_has_no_plan() -> None:
    extended = facts("{ t(limit: 1) { n } }", is_extended=True)
    assert (extended["is_planned"], extended["is_brief"]) == (False, False)
    assert facts("subscription { t { n } }", is_extended=True)["is_subscription"]


def test_it_is_checked_once() -> None:
    schema, operation = schema_of(is_extended=False), GraphOperation("{ t { n } }")
    checked = _checked(schema, operation)
    assert schema.operations.get((operation.query, operation.name)) is checked


def test_nothing_is_assumed_of_a_document() -> None:
    checked = CheckedOperation(parse("{ t }"))
    assert (checked.plan, checked.is_brief, checked.only_introspects, checked.is_subscription) == (None,) + (
        False,
    ) * 3
