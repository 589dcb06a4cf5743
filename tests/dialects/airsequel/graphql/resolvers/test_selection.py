"""Fields of documents that a selection needs, through fragments and relations."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
from graphql import FieldNode, FragmentDefinitionNode, OperationDefinitionNode, parse

from dialects.airsequel.graphql.relations import Relation
from dialects.airsequel.graphql.resolvers.selection import (
    is_selected,
    projection,
    projection_of_returning,
    returned,
    selected,
)
from dialects.airsequel.graphql.tables import GraphColumn, Table, ValueForm

TABLE = Table(
    "t",
    "t",
    (
        GraphColumn("rowid", "rowid", "_rowid", "Int"),
        GraphColumn("full name", "fullXXname", "full name", "String"),
        GraphColumn("file", "file", "file", "String", ValueForm.FILE),
        GraphColumn("author", "author", "author", "String"),
    ),
)
RELATIONS = {"t": {"author_row": Relation("author_row", "author", TABLE, "_id", is_list=False)}}


def info_of(text: str) -> Any:
    """Return what a resolver knows as it resolves the first field of a document."""
    definitions = parse(text).definitions
    operation = next(item for item in definitions if isinstance(item, OperationDefinitionNode))
    fragments = {item.name.value: item for item in definitions if isinstance(item, FragmentDefinitionNode)}
    nodes = [node for node in operation.selection_set.selections if isinstance(node, FieldNode)]
    return SimpleNamespace(field_nodes=nodes[:1], fragments=fragments, context=SimpleNamespace(relations=RELATIONS))


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("{ t }", []),
        ("{ t { a b { c } } }", ["a", "b"]),
        ("{ t { a ... { b ... on t_row { c } } } }", ["a", "b", "c"]),
        ("{ t { ...F ...F } } fragment F on t_row { a ...G } fragment G on t_row { b }", ["a", "b"]),
        ("{ t { ...F } } fragment F on t_row { a ...G } fragment G on t_row { b ...F }", ["a", "b"]),
        ("{ t { x: a } }", ["a"]),
    ],
)
def test_selected_fields(text: str, names: list[str]) -> None:
    info = info_of(text)
    assert [node.name.value for node in selected(info)] == names
    assert [name for name in ("a", "b", "x") if is_selected(info, name)] == [name for name in names if name in "ab"]


@pytest.mark.parametrize(
    ("selection", "paths"),
    [
        ("__typename", set()),
        ("rowid", {"_rowid"}),
        ("name: fullXXname", {"full name"}),
        ("file", {"file", "_rowid"}),
        ("author_row { rowid }", {"author"}),
        ("unknown", set()),
    ],
)
def test_projections(selection: str, paths: set[str]) -> None:
    info = info_of(f"{{ t {{ {selection} }} }}")
    assert projection(TABLE, selected(info), RELATIONS) == dict.fromkeys({"_id", *paths}, 1)
    if not selection.startswith("author"):
        assert projection(TABLE, selected(info), {}) == dict.fromkeys({"_id", *paths}, 1)


def test_rows_that_a_mutation_returns() -> None:
    text = (
        "{ insert_t { affected_rows ...F returning { rowid } } } fragment F on x { back: returning { author_row } }"
    )
    info = info_of(text)
    assert sorted(node.name.value for node in returned(info)) == ["author_row", "rowid"]
    assert projection_of_returning(TABLE, info) == {"_id": 1, "_rowid": 1, "author": 1}
    assert projection_of_returning(TABLE, info_of("{ insert_t { affected_rows } }")) == {"_id": 1}
