"""The first query of the page on which queries are written."""

from __future__ import annotations

from collections.abc import Sequence

from dialects.airsequel.graphql.tables import Table

_LIMIT = 100


def default_query(tables: Sequence[Table]) -> str:
    """Return a query of every column of the first table; an empty text without a table."""
    if not tables:
        return ""
    table = tables[0]
    columns = "".join(f"    {column.identifier}\n" for column in table.columns)
    return f"query {table.identifier}Query {{\n  {table.identifier}( limit: {_LIMIT} ) {{\n{columns}  }}\n}}\n"
