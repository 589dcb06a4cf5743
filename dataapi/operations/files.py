"""The operations of the files below /api/v2."""

from __future__ import annotations

from typing import Annotated, Any

from django.conf import settings
from pydantic import ConfigDict, Field, WithJsonSchema
from typing_extensions import TypedDict

from dataapi.operations.shapes import Object, Objects, PageNumber
from web.openapi import V2_TAG
from web.operations import Operation, RequestModel
from web.operations.types import Digits, OptionalText

_HEX = "9f2c61d5e0b74a18b3c6d7e8f9a0b1c2"
_LINK = f"http://127.0.0.1:8000/api/v2/files/stream/{_HEX}/?signature=…"
_FILE = {"file_id": _HEX, "filename": "photo.png", "content_type": "image/png", "signed_url": _LINK}
_AT = "2026-11-20T10:00:00.000Z"
_FILE_ID = {"name": "file_id", "in": "path", "required": True, "schema": {"type": "string"}}

FileId = Annotated[str, Field(examples=[_HEX])]
FileName = Annotated[str, Field(examples=["photo.png"])]
Link = Annotated[str, Field(examples=[_LINK])]


class FilesTarget(RequestModel):
    """The database of files."""

    database_id: OptionalText = Field(default="", description="A database instead of `files`.")


class FilesRequest(FilesTarget):
    """A page of the files of a database."""

    page: PageNumber = 1
    page_size: Annotated[int, Digits(settings.MAX_PAGE_SIZE)] = Field(
        default=10, description=f"1 to {settings.MAX_PAGE_SIZE:,}."
    )
    search: OptionalText = Field(default="", description="Text that the name contains, in any case.")


class UploadBody(RequestModel):
    """A file, in a form; `filename` replaces its name."""

    file: Annotated[Any, WithJsonSchema({"type": "string", "format": "binary", "examples": ["@photo.png"]})]
    filename: str = ""


class SignedRequest(RequestModel):
    """A link that opens a file without credentials."""

    # Declared as required, but checked by the view: a link without a signature is refused as one that is not valid.
    model_config = ConfigDict(json_schema_extra={"required": ["signature"]})

    signature: OptionalText = Field(default="", description="The signature of a `signed_url`.")


class FilesResponse(TypedDict):
    success: bool
    data: Annotated[
        Objects, Field(examples=[[{**_FILE, "size": 1024, "storage_type": "gridfs", "uploaded_at": _AT}]])
    ]
    stats: Annotated[Object, Field(examples=[{"total_files": 1, "total_storage_bytes": 1024}])]
    pagination: Annotated[
        Object, Field(examples=[{"current_page": 1, "page_size": 10, "total_items": 1, "total_pages": 1}])
    ]


class UploadResponse(TypedDict):
    success: bool
    file_id: FileId
    filename: FileName
    file_size: Annotated[int, Field(examples=[1024])]
    signed_url: Link


class FileResponse(TypedDict):
    success: bool
    info: Annotated[Object, Field(examples=[{**_FILE, "upload_date": _AT, "length": 1024}])]


class DeletedFileResponse(TypedDict):
    success: bool
    message: Annotated[str, Field(examples=["File deleted"])]


OPERATIONS = (
    Operation(
        path="/api/v2/files",
        verb="get",
        id="list_files_v2",
        tag=V2_TAG,
        summary="List Files",
        description="A page of the files, newest first, each with a link that opens it for five hours.",
        query=FilesRequest,
        responses={200: FilesResponse},
        error_schema="V2Error",
    ),
    Operation(
        path="/api/v2/files",
        verb="post",
        id="upload_file_v2",
        tag=V2_TAG,
        summary="Upload File",
        description="Stores one file, in the field `file`; `filename` replaces its name.",
        query=FilesTarget,
        media="multipart/form-data",
        body=UploadBody,
        responses={201: UploadResponse},
        error_schema="V2Error",
    ),
    Operation(
        path="/api/v2/files/{file_id}",
        verb="get",
        id="describe_file_v2",
        tag=V2_TAG,
        summary="Describe File",
        description="The name, type, size and upload time of a file.",
        query=FilesTarget,
        parameters=(_FILE_ID,),
        responses={200: FileResponse},
        error_schema="V2Error",
    ),
    Operation(
        path="/api/v2/files/{file_id}",
        verb="delete",
        id="delete_file_v2",
        tag=V2_TAG,
        summary="Delete File",
        description="Deletes a file for good.",
        query=FilesTarget,
        parameters=(_FILE_ID,),
        responses={200: DeletedFileResponse},
        error_schema="V2Error",
    ),
    *(
        Operation(
            path=f"/api/v2/files/{verb}/{{file_id}}",
            verb="get",
            id=f"{verb}_file_v2",
            tag=V2_TAG,
            summary=f"{verb.capitalize()} File",
            description="The content of a file, or the part that a Range header names.",
            query=SignedRequest,
            parameters=(_FILE_ID,),
            security=(),
            answer_media="application/octet-stream",
            responses={200: str},
            error_schema="V2Error",
        )
        for verb in ("stream", "download")
    ),
)
