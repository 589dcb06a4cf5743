"""The operations of files."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import Field, WithJsonSchema

from dialects.communibase.operations.shapes import ID, STAMPS, TYPE, operations
from web.operations import RequestModel

FILE_EXAMPLE = {
    "_id": ID,
    "filename": "report.pdf",
    "length": 4711,
    "uploadDate": "2026-11-20T10:00:00.000Z",
    "contentType": "application/pdf",
    "metadata": {"path": "reports"},
    **STAMPS,
}
FileDocument = Annotated[dict[str, Any], Field(examples=[FILE_EXAMPLE])]
_BINARY = {"type": "string", "format": "binary"}
Content = Annotated[bytes, WithJsonSchema(_BINARY)]


class FileUpload(RequestModel):
    """A form with the file and its metadata."""

    file: Annotated[Any, WithJsonSchema(_BINARY)] = Field(alias="File")
    metadata: str = Field(default="{}", description='A JSON object, such as `{"path": "reports"}`.')


OPERATIONS = (
    *operations(
        "post",
        f"{TYPE}/binary",
        "upload",
        "Upload a File",
        "For the entity type File: stores a file and answers with its document.",
        body=FileUpload,
        media="multipart/form-data",
        responses={200: FileDocument},
    ),
    *operations(
        "get",
        f"{TYPE}/binary/{{id}}",
        "download",
        "Download a File",
        "For the entity type File: the bytes of the file.",
        answer_media="application/octet-stream",
        responses={200: Content},
    ),
)
