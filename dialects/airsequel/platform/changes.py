"""Changes of tables and columns, by the services of the catalog and by jobs."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import engine
import features.jobs.services
import features.jobs.tasks
from accounts.principal import AccountPrincipal
from catalog.services.access import open_database
from catalog.services.creation import add_collections
from catalog.services.deletion import drop_collections
from catalog.services.metadata.tables import declare_table
from dialects.airsequel import column_types
from dialects.airsequel.platform.columns import ColumnDraft, TableColumn, TableDraft, by_name
from dialects.airsequel.platform.files.file_cells import discard_files, file_fields_of, files_in
from dialects.airsequel.platform.operations.tables import ColumnChange
from dialects.airsequel.platform.table_handle import TableHandle
from engine.errors import invalid

_TOO_LARGE = "The table is large: its rows are converted in the background; read the column later."
_ONE_KEY = "A table has at most one column that is a primary key."
_MEMBERS = {"type": "sqliteDataType", "required": "isNonNull", "unique": "isUnique", "collection": "references"}
_OF_COLLECTION = re.compile(r"collections\.0\.fields\.(\d+)\.?")
_OF_OPERATION = re.compile(r"operations\.\d+\.(field\.)?")


def create_table(
    principal: AccountPrincipal, database_id: str, table: TableDraft, *, description: str | None
) -> None:
    """Create a table. Raises `Conflict` if there is one of its name, and `Invalid` with every error."""
    if sum(column.is_primary_key for column in table.columns) > 1:
        raise engine.Invalid.of_field("columns", _ONE_KEY)
    with _renaming(_new_table_path):
        (result,) = add_collections(
            principal, database_id, collections=[table.as_collection()], fields_required=False
        )
    if result.existed:
        raise engine.Conflict(f"The database has a table {table.name!r} already.")
    declare_table(
        principal,
        database_id,
        table.name,
        columns=table.declarations,
        description={"description": description},
    )


def delete_table(principal: AccountPrincipal, database: engine.Database, name: str) -> None:
    """Delete a table with its rows and their files. Needs `own`; raises `NotFound`."""
    files = files_in(database, name, file_fields_of(database).get(name, ()))
    drop_collections(principal, database.id, names=[name])
    discard_files(principal, database.id, files)


def add_column(principal: AccountPrincipal, table: TableHandle, draft: ColumnDraft) -> None:
    """Add a column to a table. Raises `Conflict` if it exists, or rows do not fit it."""
    columns = table.columns
    if draft.name in by_name(columns):
        raise engine.Conflict(f"The table has a column {draft.name!r} already.")
    if draft.is_primary_key and any(column.declaration.is_primary_key for column in columns):
        raise engine.Invalid.of_field("isPrimaryKey", _ONE_KEY)
    apply(principal, table, [{"op": "add", "field": draft.as_field()}])
    _declare(principal, table, draft)


def change_column(
    principal: AccountPrincipal, table: TableHandle, column: TableColumn, change: ColumnChange
) -> None:
    """Redeclare, rename and move a column, in this order."""
    draft = _changed(column, change)
    _check(table, column, draft, change)
    steps: list[dict[str, Any]] = []
    if draft != _draft_of(column):
        steps.append({"op": "retype", "field": {**_other_members(column), **draft.as_field(), "name": column.name}})
    if draft.name != column.name:
        steps.append({"op": "rename", "name": column.name, "to": draft.name})
    if steps:
        apply(principal, table, steps)
    names = [draft.name if item.name == column.name else item.name for item in table.columns]
    if "after" in change.model_fields_set:
        names.remove(draft.name)
        names.insert(0 if change.after is None else names.index(change.after) + 1, draft.name)
    _declare(principal, table, draft, previous=column.name, order=names)


def delete_column(principal: AccountPrincipal, table: TableHandle, column: TableColumn) -> None:
    """Delete a column and its values, with their files."""
    files = files_in(table.database, table.name, [column.name]) if column.is_file else []
    apply(principal, table, [{"op": "drop", "name": column.name}])
    declare_table(principal, table.database.id, table.name, columns={column.name: None})
    discard_files(principal, table.database.id, files)


def record_changes(principal: AccountPrincipal, database_id: str) -> None:
    """Switch on the history of every table that has none. Needs `design`."""
    for name, spec in open_database(principal, database_id).specs.items():
        if not spec.history:
            job_id = features.jobs.services.change_schema(
                principal, database_id, name, changes={"history": True}, dry_run=False
            )
            _finish(principal, job_id)


def apply(principal: AccountPrincipal, table: TableHandle, steps: Sequence[Mapping[str, Any]]) -> None:
    """Change the fields of a table. Raises `Unavailable` while a large table is converted."""
    changes = {"operations": [*steps]}
    with _renaming(lambda path: _member(_OF_OPERATION.sub("", path))):
        job_id = features.jobs.services.change_schema(
            principal, table.database.id, table.name, changes=changes, dry_run=False
        )
    _finish(principal, job_id)


def _finish(principal: AccountPrincipal, job_id: str) -> None:
    """Run a job in this request. Raises its error, and `Unavailable` while a worker runs it."""
    status = features.jobs.tasks.start(principal, job_id)
    if status.state == "failed":
        raise features.jobs.services.error_of(status)
    if status.state != "done":
        raise engine.Unavailable(_TOO_LARGE, retry_after=10)


def _declare(
    principal: AccountPrincipal,
    table: TableHandle,
    draft: ColumnDraft,
    *,
    previous: str = "",
    order: Sequence[str] = (),
) -> None:
    """Store the declarations of a column and, where the columns are reordered, of all."""
    columns = {item.name: item.declaration for item in table.columns} if order else {}
    renamed = {previous: draft.name} if previous and previous != draft.name else {}
    declared = {**columns, **dict.fromkeys(renamed), draft.name: draft.declaration}
    declare_table(principal, table.database.id, table.name, columns=declared, order=order, renamed=renamed)


def _draft_of(column: TableColumn) -> ColumnDraft:
    field, declaration = column.field, column.declaration
    decides = field.collection or field.unwritable or field.type == column_types.field_type(column.type)
    return ColumnDraft(
        is_key_part=declaration.is_key_part,
        is_untyped=declaration.is_untyped,
        target=declaration.references,
        field_type="" if decides else field.type,
        name=column.name,
        type=column.type,
        is_required=field.required,
        is_unique=field.unique,
        is_primary_key=column.declaration.is_primary_key,
        default=(field.default,) if column.has_default else (),
        choices=tuple(field.enum or ()),
        reference=field.collection,
        description=field.description,
    )


def _changed(column: TableColumn, change: ColumnChange) -> ColumnDraft:
    """Return the draft of a column with the members that a change sends."""
    sent, new = change.model_fields_set, change.draft(change.name or column.name)
    before = _draft_of(column)
    retyped = "sqlite_type" in sent or "reference" in sent
    return ColumnDraft(
        name=new.name,
        is_key_part=before.is_key_part and "is_primary_key" not in sent,
        is_untyped=before.is_untyped and not retyped,
        target=before.target,
        field_type="" if retyped else before.field_type,
        type=new.type if "sqlite_type" in sent else before.type,
        is_required=new.is_required if "is_required" in sent else before.is_required,
        is_unique=new.is_unique if "is_unique" in sent else before.is_unique,
        is_primary_key=new.is_primary_key if "is_primary_key" in sent else before.is_primary_key,
        default=new.default if "default" in sent else before.default,
        choices=new.choices if "choices" in sent else before.choices,
        reference=new.reference if "reference" in sent else before.reference,
        description=new.description if "description" in sent else before.description,
    )


def _check(table: TableHandle, column: TableColumn, draft: ColumnDraft, change: ColumnChange) -> None:
    """Raise `Invalid` with every error of a change that only the table can tell."""
    others = [item for item in table.columns if item.name != column.name]
    errors = []
    if draft.is_primary_key and any(item.declaration.is_primary_key for item in others):
        errors.append(engine.FieldError("isPrimaryKey", _ONE_KEY))
    if change.after is not None and change.after not in by_name(others):
        errors.append(engine.FieldError("after", f"The table has no other column {change.after!r}."))
    if errors:
        raise invalid(errors)


def _other_members(column: TableColumn) -> dict[str, Any]:
    """Return the members of a field that columns do not have, such as that it is case-insensitive."""
    known = ("name", "type", "required", "unique", "default", "enum", "collection", "description")
    return {name: value for name, value in column.field.as_dict().items() if name not in known}


@contextmanager
def _renaming(path: Callable[[str], str]) -> Iterator[None]:
    """Rename the paths of errors to those of this dialect."""
    try:
        yield
    except engine.Invalid as error:
        if not error.errors:
            raise
        renamed = [engine.FieldError(path(issue.field), issue.message) for issue in error.errors]
        raise invalid(renamed) from error


def _new_table_path(path: str) -> str:
    """Return the path of a member of a new table: its first field, the rowid, is no column."""
    match = _OF_COLLECTION.match(path)
    if match is None:
        return path.removeprefix("collections.0.")
    return f"columns.{int(match[1]) - 1}.{_member(path[match.end() :])}"


def _member(path: str) -> str:
    name, dot, rest = path.partition(".")
    return f"{_MEMBERS.get(name, name)}{dot}{rest}"
