"""The operations of the media archive, and of the generated JavaScript API."""

from __future__ import annotations

from typing import Annotated, Any, Literal, NotRequired

from pydantic import Field, WithJsonSchema
from typing_extensions import TypedDict

from dialects.restdb.operations.shapes import BASE, FILE_ID, NO_KEY_NEEDED, Deleted, Text, operation
from dialects.restdb.operations.types import RestRequest, Switch

_FILE = f"{BASE}/media/{{file}}"
_BINARY = WithJsonSchema({"type": "string", "format": "binary"})


class UploadForm(TypedDict):
    file: Annotated[Any, _BINARY, Field(examples=["@a.png"])]


class Uploaded(TypedDict):
    msg: Annotated[Literal["OK"], Field(examples=["OK"])]
    uploadid: Annotated[str, Field(examples=[FILE_ID])]
    ids: Annotated[list[str], Field(examples=[[FILE_ID]])]


class FileParameters(RestRequest):
    """The size of an image, and how it is presented."""

    size: Annotated[str, WithJsonSchema({"enum": ["t", "w", "o"]})] = Field(
        default="o", alias="s", description="128 pixels, 640 pixels, or the original."
    )
    download: Switch = Field(default=False, description="To be saved, not shown.")


class FileRecord(TypedDict):
    """A file. `width` and `height` are those of an image."""

    _id: Annotated[str, Field(examples=[FILE_ID])]
    _created: Any
    _createdby: str
    app: str
    origname: Annotated[str, Field(examples=["a.png"])]
    file: str
    mediatype: Annotated[str, Field(examples=["image/png"])]
    size: Annotated[int, Field(examples=[91])]
    width: NotRequired[Annotated[int | None, Field(examples=[9])]]
    height: NotRequired[Annotated[int | None, Field(examples=[9])]]
    exif: Any


class ScriptParameters(RestRequest):
    """The form of the library."""

    apikey: str = Field(default="", description="A key; what it may see is named in the script.")


class PlainScriptParameters(ScriptParameters):
    """The form of the script for pages."""

    plainjs: Switch = Field(default=False, description="The form that needs no jQuery.")


_SCRIPTS = (
    ("js", "The JavaScript API", "For pages with jQuery, or without (`plainjs=true`).", "text/javascript"),
    ("mjs", "The JavaScript API as a Module", "An ES module whose calls answer promises.", "text/javascript"),
    ("d.ts", "Types of the JavaScript API", "TypeScript declarations of the module.", "text/javascript"),
    (
        "d.mts",
        "Types beside the module",
        "As `_jsapi.d.ts`, under the name that TypeScript looks up for the module.",
        "text/javascript",
    ),
    ("doc", "Documentation of the JavaScript API", "Documentation of the library, as HTML.", "text/html"),
)
OPERATIONS = (
    *[
        operation(
            "get",
            f"{BASE}/rest/_jsapi.{kind}",
            f"rest_jsapi_{kind.replace('.', '_')}",
            summary,
            f"{text} Needs no key; `ETag` changes with the schema.",
            query=PlainScriptParameters if kind == "js" else ScriptParameters,
            responses={200: Text},
            answer_media=media,
            security=NO_KEY_NEEDED,
        )
        for kind, summary, text, media in _SCRIPTS
    ],
    operation(
        "get",
        f"{BASE}/assets/js/eventsource.min.js",
        "rest_eventsource",
        "EventSource for Old Browsers",
        "Does nothing in browsers that have an EventSource. Needs no key.",
        responses={200: Text},
        answer_media="text/javascript",
        security=NO_KEY_NEEDED,
    ),
    operation(
        "post",
        f"{BASE}/media",
        "media_upload",
        "Upload Files",
        "Files as multipart/form-data, under any names of fields; all of them are stored, or none.",
        media="multipart/form-data",
        body=UploadForm,
        responses={201: Uploaded},
    ),
    operation(
        "get",
        _FILE,
        "media_read",
        "Read a File",
        "By its id, for which no key is needed, or by its name. Serves ranges and ETags.",
        query=FileParameters,
        responses={200: Annotated[Any, _BINARY, Field(examples=["…"])]},
        answer_media="application/octet-stream",
        security=NO_KEY_NEEDED,
    ),
    operation("delete", _FILE, "media_delete", "Delete a File", "With all its sizes.", responses={200: Deleted}),
    operation(
        "get",
        f"{_FILE}/meta",
        "media_meta",
        "Describe a File",
        "An array of one record.",
        responses={200: list[FileRecord]},
    ),
)
