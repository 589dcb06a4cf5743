"""The columns of a row: from the document that stores it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from dialects.airsequel.graphql.resolvers.values import reader
from dialects.airsequel.graphql.tables import GraphColumn, ValueForm

Document = Mapping[str, Any]


def column_resolver(column: GraphColumn) -> Callable[[Document, Any], Any]:
    """Return the resolver of a column."""
    read, path = reader(column), column.path
    if column.form is ValueForm.FILE:
        return lambda document, info: info.context.file_url(info.parent_type.extensions["table"], column, document)
    return lambda document, info: read(document.get(path))
