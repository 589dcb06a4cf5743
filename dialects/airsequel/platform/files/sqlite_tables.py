"""The tables of an SQLite file as tables of a database, and what of the file cannot be kept."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import engine
from catalog.limits import limits
from catalog.naming import MAX_NAME, name_error
from catalog.services.hidden_fields import ROWID, ROWID_FIELD
from catalog.services.metadata.contents import CollectionContent
from dialects.airsequel import column_types
from dialects.airsequel.platform.columns import ColumnDraft, TableDraft
from dialects.airsequel.platform.expressions import NotLiteralError, checks_of, literal, without_quoted
from engine.errors import invalid
from engine.schema import parse_schema
from features.sql.reading import FileColumn, FileDescription, FileTable
from features.sqlite_files.services.importing import PlannedTable, UploadPlan

_FIELD = "file"
_RESERVED = ("_id", "_sys", ROWID)
_INTEGERS = frozenset({"bit", "integer"})
_NUMBERS = frozenset({"bit", "integer", "real"})
# A later row would have a number beyond 64 bits.
_MAX_ROWID = 2**63 - 2**32
_OMITTED = (
    ("views", "The view {!r} is left out: views are not stored."),
    ("triggers", "The trigger {!r} is left out: triggers are not stored."),
    ("virtual_tables", "The virtual table {!r} is left out, with the tables in which it keeps its content."),
    ("indexes", "The index {!r} is left out: create the indexes that you need."),
)


@dataclass(frozen=True)
class SqliteTables:
    """The tables of a file as they are created, and `notes` about what is changed or left out."""

    plan: UploadPlan
    drafts: Sequence[TableDraft]
    rows: Sequence[int]
    notes: Sequence[str]


def tables_of(description: FileDescription, *, attributes: Mapping[str, Any]) -> SqliteTables:
    """Return the tables of a file. Raises `Invalid` with every error."""
    if not description.tables:
        raise invalid([engine.FieldError(_FIELD, "The file has no tables.")])
    names = _distinct([table.name for table in description.tables], _table_name)
    tables = [_Table(table, names[table.name], description.tables, names) for table in description.tables]
    errors = [message for table in tables for message in table.errors]
    planned = [table.planned for table in tables]
    errors += [message for item in planned for message in _schema_errors(item)]
    if errors:
        raise invalid([engine.FieldError(_FIELD, message) for message in errors[:20]])
    omitted = [text.format(name) for kind, text in _OMITTED for name in getattr(description, kind)]
    notes = [*(note for table in tables for note in table.notes), *omitted]
    plan = UploadPlan(planned, attributes, description.rows)
    return SqliteTables(
        plan, [table.draft for table in tables], [table.rows for table in description.tables], notes
    )


def _schema_errors(table: PlannedTable) -> Iterator[str]:
    for error in parse_schema([*table.content.fields], limits=limits())[1]:
        match = re.match(r"fields\.(\d+)", error.field)
        column = f" the column {table.content.fields[int(match[1])]['name']!r}:" if match else ""
        yield f"The table {table.content.name!r},{column} {error.message}"


@dataclass
class _Table:
    """One table of the file."""

    table: FileTable
    name: str
    tables: Sequence[FileTable]
    names: Mapping[str, str]
    notes: list[str] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.columns = _distinct([column.name for column in self.table.columns], _column_name)
        renamed = {self.table.name: self.name} if self.table.name != self.name else {}
        self.notes += [f"The table {old!r} has the name {new!r} here." for old, new in renamed.items()]
        for old, new in self.columns.items():
            if old != new:
                self._note(f"the column {old!r} has the name {new!r} here")
        self.keys = sorted((item for item in self.table.columns if item.key), key=lambda item: item.key)
        self.alias = self._alias()
        self._note_properties()
        if self.table.last_rowid > _MAX_ROWID:
            self.errors.append(
                f"The table {self.table.name!r} has the rowid {self.table.last_rowid}: none can follow."
            )
        uniques = tuple(tuple(self.columns[name] for name in item.columns) for item in self.table.uniques)
        self.uniques = tuple(dict.fromkeys(names for names in uniques if len(names) > 1))
        self.unique = {names[0] for names in uniques if len(names) == 1}
        self.values = self._allowed_values()
        self.targets = self._targets()
        self.draft = TableDraft(self.name, tuple(map(self._draft, self.table.columns)), self.uniques)

    @property
    def planned(self) -> PlannedTable:
        drafts = self.draft.columns
        declared = [draft.as_field() for draft in drafts]
        fields = [ROWID_FIELD, *declared]
        filling = [{**item, "type": "number"} if item["type"] == "autonumber" else item for item in fields]
        key = [draft.name for draft in drafts if draft.is_key_part]
        content = CollectionContent(self.name, fields, filling, self.draft.declaration.as_dict())
        return PlannedTable(
            content=content,
            fields=[draft.name for draft in drafts],
            kinds=[item["type"] for item in declared],
            nullable=[item["name"] for item in declared if "default" in item],
            rowid_column=self.alias,
            keys=[*([key] if key else []), *self.uniques],
            last_rowid=self.table.last_rowid,
        )

    def _alias(self) -> str:
        """Return the field that is an alias of the rowid."""
        if len(self.keys) != 1 or self.keys[0].type.upper() != "INTEGER":
            return ""
        return self.columns[self.keys[0].name] if self._kinds(self.keys[0]) <= _INTEGERS else ""

    def _kinds(self, column: FileColumn) -> frozenset[str]:
        return frozenset(self.table.kinds[self.table.columns.index(column)])

    def _note(self, text: str) -> None:
        self.notes.append(f"The table {self.table.name!r}: {text}.")

    def _note_properties(self) -> None:
        if not self.table.rowid and not self.alias:
            self._note("its rows are numbered, because they have no rowid that can be read")
        if re.search(r"\)[^)]*\bSTRICT\b[^)]*$", without_quoted(self.table.sql), re.IGNORECASE):
            self._note("STRICT is not kept")
        for column in self.table.columns:
            if column.generated:
                self._note(f"the generated column {column.name!r} has its values, and not its expression")
        for unique in self.table.uniques:
            if not unique.columns:
                self._note(
                    f"the unique index {unique.name!r} is left out, because it has a condition or expression"
                )

    def _allowed_values(self) -> dict[str, tuple[Any, ...]]:
        by_name = {column.name.lower(): column.name for column in self.table.columns}
        values = {}
        for check in checks_of(self.table.sql):
            if check.column.lower() in by_name:
                values[by_name[check.column.lower()]] = tuple(item for item in check.values if item is not None)
            else:
                self._note(f"CHECK ({check.text.strip()[:100]}) is not kept")
        return values

    def _targets(self) -> dict[str, tuple[str, str]]:
        """Return the table and the column that a column refers to."""
        known = {table.name.lower(): table for table in self.tables}
        targets = {}
        for reference in self.table.references:
            target = known.get(reference.table.lower())
            if target is None or len(reference.columns) > 1:
                self._note(f"the foreign key to {reference.table!r} is not kept")
                continue
            columns = _distinct([column.name for column in target.columns], _column_name)
            to = {name.lower(): new for name, new in columns.items()}.get(reference.to[0].lower(), "")
            targets[reference.columns[0]] = (self.names[target.name], to)
        return targets

    def _draft(self, column: FileColumn) -> ColumnDraft:
        name, kinds = self.columns[column.name], self._kinds(column)
        draft = ColumnDraft(
            name=name,
            type=column.type,
            is_primary_key=column.key > 0,
            is_key_part=column.key > 0 and len(self.keys) > 1,
            is_required=column.not_null and not column.generated,
            is_unique=name in self.unique,
            is_untyped=not column.type,
            target=self.targets.get(column.name),
            field_type=_field_type(column.type, kinds),
        )
        if column.key and name != self.alias and column.type.upper() == "INTEGER" and len(self.keys) == 1:
            draft = replace(draft, type="INT")  # with INTEGER it would be an alias of the rowid
        if column.key and "null" in kinds:
            self.errors.append(f"The table {self.table.name!r}: its primary key {column.name!r} has null values.")
        return draft if name == self.alias else self._with_values(self._with_unique(draft), column)

    def _with_unique(self, draft: ColumnDraft) -> ColumnDraft:
        if draft.field_type != "json" or not (draft.is_unique or draft.is_primary_key):
            return draft
        self._note(f"the column {draft.name!r} is not unique here, because its values have several types")
        return replace(draft, is_unique=False, is_primary_key=False)

    def _with_values(self, draft: ColumnDraft, column: FileColumn) -> ColumnDraft:
        """Return the draft with its default and its allowed values, where the field can have these."""
        if column.default is not None and not column.generated:
            default = _default(column.default, draft)
            if default is None:
                self._note(f"the default {column.default[:100]} of the column {column.name!r} is not kept")
            draft = replace(draft, default=default or ())
        values = self.values.get(column.name, ())
        if values and _fits(draft, "enum", [*values]):
            return replace(draft, choices=values)
        if values:
            self._note(f"the CHECK of the column {column.name!r} is not kept")
        return draft


def _field_type(type: str, kinds: frozenset[str]) -> str:
    """Return the field type that keeps all cells as they are; an empty one where the type decides alone."""
    seen = kinds - {"null"}
    is_boolean = column_types.affinity(type) == "BOOLEAN" and type != ""
    if not seen:
        return "string" if type == "" else ""
    if seen <= {"text"}:
        return "json" if type and column_types.affinity(type) == "BLOB" else "string"
    if seen <= _NUMBERS:
        return "boolean" if is_boolean and seen <= {"bit"} else "number"
    return "binary" if seen <= {"blob"} else "json"


def _default(text: str, draft: ColumnDraft) -> tuple[Any, ...] | None:
    """Return the default in a tuple, which is empty for NULL; None if a field cannot have it."""
    try:
        value = literal(text)
    except NotLiteralError:
        return None
    if value is None:
        return ()
    if draft.stored_type == "boolean" and value in (0, 1):
        value = bool(value)
    return (value,) if _fits(draft, "default", value) else None


def _fits(draft: ColumnDraft, member: str, value: Any) -> bool:
    return not parse_schema([{"name": "x", "type": draft.stored_type, member: value}], limits=limits())[1]


def _distinct(names: Iterable[str], allowed: Callable[[str, int], str]) -> dict[str, str]:
    """Return names that are allowed here by those of the file; two of them differ also without their case."""
    original = list(names)
    result = {name: name for number, name in enumerate(original, 1) if allowed(name, number) == name}
    taken = {name.lower() for name in result}
    for number, name in enumerate(original, 1):
        if name not in result:
            new = first = allowed(name, number)
            suffix = 2
            while new.lower() in taken:
                new = f"{first[: MAX_NAME - 6]}_{suffix}"
                suffix += 1
            taken.add(new.lower())
            result[name] = new
    return {name: result[name] for name in original}


def _table_name(name: str, number: int) -> str:
    if not name_error(name):
        return name
    return re.sub(r"[^\w-]", "_", name)[:MAX_NAME] or f"table_{number}"


def _column_name(name: str, number: int) -> str:
    if name in _RESERVED:
        return name.lstrip("_")
    fitting = re.sub(r"[.\0]", "_", name)[:MAX_NAME]
    return ("_" + fitting[1:] if fitting.startswith("$") else fitting) or f"column_{number}"
