"""Rows that relations lead to: read for all rows of a list at once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from graphql import FieldNode, GraphQLResolveInfo

import engine
from catalog.services.hidden_fields import ROWID
from dialects.airsequel.graphql.relations import Relation
from dialects.airsequel.graphql.resolvers.paging import read
from dialects.airsequel.graphql.resolvers.request import GraphRequest
from dialects.airsequel.graphql.resolvers.selection import projection, selected
from dialects.airsequel.graphql.tables import Table
from engine.query import Ids

Row = dict[str, Any]


def attach(
    info: GraphQLResolveInfo,
    table: Table,
    rows: Sequence[Row],
    nodes: Iterable[FieldNode],
    weights: Mapping[int, int] | None = None,
    *,
    as_of: datetime | None = None,
) -> None:
    """Add to rows what the selected relations lead to, one read for each relation, and so on for these rows.

    With `as_of` these are the rows of that time.

    `weights` says how often the answer has a row, by its `id`: rows that are shown several times count each time.
    """
    request: GraphRequest = info.context
    relations = request.relations.get(table.name, {})
    by_name: dict[str, list[FieldNode]] = {}
    for node in nodes if relations and rows else ():
        by_name.setdefault(node.name.value, []).append(node)
    for name in by_name.keys() & relations.keys():
        _attach_one(info, relations[name], rows, [*selected(info, by_name[name])], weights or {}, as_of)


def _attach_one(
    info: GraphQLResolveInfo,
    relation: Relation,
    rows: Sequence[Row],
    nodes: list[FieldNode],
    weights: Mapping[int, int],
    as_of: datetime | None,
) -> None:
    request: GraphRequest = info.context
    by_value: dict[Any, list[Row]] = {}
    values = {value for row in rows for value in _ids(row.get(relation.path))}
    related = _read(request, relation, values, nodes, as_of=as_of)
    for document in related:
        for value in _ids(document.get(relation.target_path)):
            by_value.setdefault(value, []).append(document)
    further = Counter[int]()
    for row in rows:
        targets = [document for value in _ids(row.get(relation.path)) for document in by_value.get(value, ())]
        for document in targets:
            further[id(document)] += weights.get(id(row), 1)
        row[relation.member] = targets if relation.is_list else next(iter(targets), None)
    request.count_rows(further.total())
    attach(info, relation.target, related, nodes, further, as_of=as_of)


def _read(
    request: GraphRequest, relation: Relation, values: set[Any], nodes: list[FieldNode], *, as_of: datetime | None
) -> list[Row]:
    """Return the rows of a relation's target that some values lead to."""
    if not values:
        return []
    query = engine.Query(
        {relation.target_path: {"$in": Ids(values)}},
        sort=((ROWID, 1),),
        fields=projection(relation.target, nodes, request.relations) | {relation.target_path: 1},
        count=engine.Count.NONE,
        root="where",
    )
    return read(request.collection(relation.target), query, limit=None, as_of=as_of)


def _ids(value: Any) -> list[Any]:
    """Return the ids of a reference, of which a column may have several."""
    return value if isinstance(value, list) else [] if value is None else [value]
