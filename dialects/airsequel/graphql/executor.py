"""Execution of operations: lists of rows are completed at once instead of field by field."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from graphql import GraphQLList, GraphQLNonNull, GraphQLObjectType, GraphQLResolveInfo, is_non_null_type
from graphql.execution.executor import Executor

CellPlan = Callable[[Mapping[str, Any], GraphQLResolveInfo], Any]


class RowExecutor(Executor):
    """Executor whose lists of rows have cells alone; graphql-core itself completes any other list.

    A list with an error in it is completed by graphql-core as well, which reports the error with its path.
    """

    def complete_list_value(
        self,
        return_type: GraphQLList[Any],
        field_details_list: Any,
        info: GraphQLResolveInfo,
        path: Any,
        result: Any,
        position_context: Any,
    ) -> Any:
        cells = self._cells(return_type, field_details_list)
        if cells is not None and isinstance(result, list):
            try:
                row_info = info._replace(parent_type=cells[0])
                return [{name: cell(row, row_info) for name, cell in cells[1]} for row in result]
            except Exception:  # noqa: BLE001 - any error is raised again below, where it gets its path
                cells = None
        return super().complete_list_value(return_type, field_details_list, info, path, result, position_context)

    def _cells(
        self, return_type: GraphQLList[Any], field_details_list: Any
    ) -> tuple[GraphQLObjectType, Sequence[tuple[str, CellPlan]]] | None:
        """Return the type of the rows of a list and the function of each cell; None for another list."""
        row = (
            return_type.of_type.of_type if isinstance(return_type.of_type, GraphQLNonNull) else return_type.of_type
        )
        if not isinstance(row, GraphQLObjectType) or "table" not in row.extensions:
            return None
        cells = []
        for name, details in self.collect_subfields(row, field_details_list).grouped_field_set.items():
            field = row.fields.get(details[0].node.name.value)
            if field is None or "column" not in field.extensions or field.resolve is None:
                return None
            cells.append((name, _required(field.resolve) if is_non_null_type(field.type) else field.resolve))
        return row, cells


def _required(cell: CellPlan) -> CellPlan:
    def read(row: Mapping[str, Any], info: GraphQLResolveInfo) -> Any:
        value = cell(row, info)
        if value is None:
            raise ValueError("null")
        return value

    return read
