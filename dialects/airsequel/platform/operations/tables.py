"""The operations of tables and columns."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field, StringConstraints
from typing_extensions import TypedDict

from dialects.airsequel.platform.columns import ColumnDraft
from dialects.airsequel.shapes import OPEN, operation
from dialects.airsequel.three_state import ThreeStateText
from web.operations import ErrorText, RequestModel

_TABLE = "/api/dbs/{db_id}/tables/{table}"
_COLUMN = _TABLE + "/columns/{column}"
_TEXT = r"^[^\x00]*$"
TypeName = Annotated[
    str,
    StringConstraints(strict=True, min_length=1, max_length=100, pattern=_TEXT),
    ErrorText("Must be the name of an SQL type, with 1 to 100 characters."),
]
Flag = Annotated[bool, Field(strict=True), ErrorText("Must be true or false.")]
Name = Annotated[str, StringConstraints(strict=True, pattern=_TEXT), ErrorText("Must be a string without NUL.")]
_ANY_VALUE = Field(default=None, description="The value of rows that are inserted without one.")


class ColumnMembers(RequestModel, extra="forbid"):
    """What a column declares. Members that are not sent are those of a nullable TEXT column, or stay."""

    unknown_text = "Unknown member {name} of a column."

    sqlite_type: TypeName = Field(default="TEXT", alias="sqliteDataType", examples=["TEXT"])
    is_required: Flag = Field(default=False, alias="isNonNull")
    is_unique: Flag = Field(default=False, alias="isUnique")
    is_primary_key: Flag = Field(default=False, alias="isPrimaryKey")
    default: Any = _ANY_VALUE
    choices: list[Any] = Field(default=[], alias="enum", description="The values that are allowed; all without it.")
    reference: Name = Field(default="", alias="references", description="The table whose rows its values name.")
    description: ThreeStateText = Field(default=None)

    def draft(self, name: str) -> ColumnDraft:
        """Return the column of these members."""
        return ColumnDraft(
            name,
            self.sqlite_type,
            self.is_required,
            self.is_unique,
            self.is_primary_key,
            (self.default,) if "default" in self.model_fields_set else (),
            tuple(self.choices),
            self.reference,
            self.description or "",
        )


class NamedColumn(ColumnMembers):
    """A column of a new table."""

    name: Name = Field(examples=["email"])


class ColumnChange(ColumnMembers):
    """Members of a column; those that are not sent stay."""

    name: Name = Field(default="", description="Its new name.", examples=["mail"])
    after: ThreeStateText = Field(default=None, description="The column that it follows; null for the first place.")


class NewTable(RequestModel):
    """A table to be created."""

    columns: list[NamedColumn] = Field(default=[])
    description: ThreeStateText = Field(default=None)


class TableChange(RequestModel):
    """Members of a table; those that are not sent stay."""

    name: Name | None = Field(default=None, examples=["new_table_name"])
    description: ThreeStateText = Field(default=None, examples=["New Table Description"])
    after: ThreeStateText = Field(
        default=None,
        examples=["existing_table"],
        description="The table that it follows; null for the first place.",
    )


class AirsequelColumn(TypedDict):
    """A column; `items` are its values in the rows of the answer."""

    default: Any
    description: str | None
    gqlDataType: Annotated[str | None, Field(examples=["String"])]
    inputElement: Annotated[str, Field(examples=["InputText"])]
    isGenerated: bool
    isNonNull: bool
    isOmittable: bool
    isPrimaryKey: bool
    isUnique: bool
    items: list[Any] | None
    name: Annotated[str, Field(examples=["email"])]
    references: str | None
    sqliteDataType: Annotated[str, Field(examples=["TEXT"])]
    validations: dict[str, Any] | None


class AirsequelTable(TypedDict):
    """A table with its rows, column by column."""

    columns: list[AirsequelColumn]
    description: str | None
    maxCellLimitReached: bool
    name: Annotated[str, Field(examples=["users"])]
    numberOfRows: int
    rowidColumnName: Annotated[str, Field(examples=["rowid"])]
    rowids: list[int]
    tableType: Literal["Table"]


class TableExportQuery(RequestModel):
    """The format of an export."""

    format: str = Field(default="csv", description="`csv`, `json` or `ndjson`.")


OPERATIONS = (
    operation(
        "get",
        _TABLE,
        "read_table",
        "Read a Table",
        "A table with its rows, column by column, as many as MAX_TABLE_CELLS allows.",
        security=OPEN,
        answer=AirsequelTable,
    ),
    operation(
        "put",
        _TABLE,
        "create_table",
        "Create a Table",
        "Creates a table; without columns in the body it has none. A table of that name is a 409.",
        body=NewTable,
        answer=AirsequelTable,
    ),
    operation(
        "patch",
        _TABLE,
        "change_table",
        "Change a Table",
        "Renames, describes or moves a table.",
        body=TableChange,
    ),
    operation("delete", _TABLE, "delete_table", "Delete a Table", "Deletes a table."),
    operation(
        "put",
        _COLUMN,
        "add_column",
        "Add a Column",
        "Adds a column, of the type TEXT without a body. 409 where the rows do not fit it, or it exists.",
        body=ColumnMembers,
        answer=AirsequelColumn,
    ),
    operation(
        "patch",
        _COLUMN,
        "change_column",
        "Change a Column",
        "Renames, declares or moves a column. Its values are converted to a new type; 409 where one does not fit.",
        body=ColumnChange,
    ),
    operation(
        "delete",
        _COLUMN,
        "delete_column",
        "Delete a Column",
        "Deletes a column and its values.",
    ),
    operation(
        "get",
        _TABLE + "/export",
        "export_table",
        "Export a Table",
        "The rows of a table as a file that is streamed.",
        security=OPEN,
        query=TableExportQuery,
        answer_media="text/csv",
        answer=str,
    ),
    operation(
        "get",
        _TABLE + "/search/{term}",
        "search_table",
        "Search a Table",
        "The rows in which a column contains the term, in any case, or equals it as a number.",
        variables={"term": "The text to search for."},
        security=OPEN,
        answer=AirsequelTable,
    ),
)
