"""Relations between tables: from the references of their columns, in both directions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from dialects.airsequel.graphql.tables import ID, GraphColumn, Table

# Members of a document that are no fields: rows that a relation leads to, by the name of the relation.
_ATTACHED = "-"


@dataclass(frozen=True)
class Relation:
    """A field of a row that leads to rows of `target`, whose `target_path` has the value of `path`."""

    name: str
    path: str
    target: Table
    target_path: str
    is_list: bool

    @property
    def member(self) -> str:
        """The member of a document that has the rows."""
        return _ATTACHED + self.name


Relations = Mapping[str, Mapping[str, Relation]]


def relations_of(tables: Sequence[Table]) -> Relations:
    """Return {table: {field: relation}}.

    The column `author` that refers to `people` gives its rows the field `author_row`, and the rows of `people` the
    field `books_by_author`, where `books` is the table of the column.
    """
    by_name = {table.name: table for table in tables}
    relations: dict[str, dict[str, Relation]] = {table.name: {} for table in tables}
    for table in tables:
        for column in table.columns:
            target = by_name.get(column.reference)
            if target is not None and column.type == "String":
                _add(relations, table, column, target)
    return relations


def _add(relations: dict[str, dict[str, Relation]], table: Table, column: GraphColumn, target: Table) -> None:
    forward = _free(f"{column.identifier}_row", table, relations)
    relations[table.name][forward] = Relation(forward, column.path, target, ID, is_list=False)
    backward = _free(f"{table.identifier}_by_{column.identifier}", target, relations)
    relations[target.name][backward] = Relation(backward, ID, table, column.path, is_list=True)


def _free(name: str, table: Table, relations: Mapping[str, Mapping[str, Relation]]) -> str:
    while name in table.by_identifier or name in relations[table.name]:
        name += "_"
    return name
