"""The operations of files in cells."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import WithJsonSchema

from dialects.airsequel.shapes import OPEN, operation
from web.operations import RequestModel

_CELL = "/tables/{table}/columns/{column}/files/{primary_key}/{value}"
_VARIABLES = {"primary_key": "`rowid`, `_id` or a unique column.", "value": "Its value in the row of the cell."}
_BINARY = {"type": "string", "format": "binary"}
CellContent = Annotated[bytes, WithJsonSchema(_BINARY)]


class CellUpload(RequestModel):
    """A form with a file."""

    file: Annotated[Any, WithJsonSchema(_BINARY)]


OPERATIONS = (
    operation(
        "get",
        f"/api/dbs/{{db_id}}{_CELL}",
        "read_file",
        "Read a File",
        "The bytes of the file in a cell.",
        variables=_VARIABLES,
        security=OPEN,
        answer_media="application/octet-stream",
        answer=CellContent,
    ),
    operation(
        "put",
        f"/api/dbs/{{db_id}}{_CELL}",
        "store_file",
        "Store a File",
        "Stores a file in a cell, whose column has the type BLOB; the previous one is deleted.",
        variables=_VARIABLES,
        body=CellUpload,
        media="multipart/form-data",
    ),
    operation(
        "get",
        f"/readonly/{{readonly_id}}{_CELL}",
        "read_file_of_link",
        "Read a File by a Read-only Link",
        "The bytes of the file in a cell, for everyone who knows the read-only id.",
        variables=_VARIABLES,
        security=[{}],
        answer_media="application/octet-stream",
        answer=CellContent,
    ),
)
