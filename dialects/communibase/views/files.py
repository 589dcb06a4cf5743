"""Routes of the contents of files: upload and download."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.http.multipartparser import MultiPartParserError
from django.utils.http import content_disposition_header

import engine
from dialects.communibase.resources.files import FileDocuments
from dialects.communibase.views.base import CommunibaseView, open_resource
from web.requests import multipart
from web.requests.body import json_text
from web.requests.ranges import file_response
from web.views import json_response

_OVERHEAD = 64 * 1024
_PART, _METADATA = "File", "metadata"
_NO_FILES = "Only the entity type File has contents."
_CSP = "default-src 'none'; sandbox"


class BinaryUploadView(CommunibaseView):
    http_method_names = ("post", "options")

    def post(self, request: HttpRequest, collection: str, database: str | None = None) -> HttpResponse:
        files = _open_files(request, database, collection)
        if int(request.META.get("CONTENT_LENGTH") or "0") > settings.MAX_BODY_BYTES + _OVERHEAD:
            raise engine.TooLarge(f"The body is larger than {settings.MAX_BODY_BYTES} bytes (MAX_BODY_BYTES).")
        name, content = _part(request)
        return json_response(files.upload(name, content, _metadata(request)))


class BinaryDownloadView(CommunibaseView):
    http_method_names = ("get", "options")

    def get(self, request: HttpRequest, collection: str, id: str, database: str | None = None) -> HttpResponse:
        content = _open_files(request, database, collection).open(id)
        response = file_response(request, tag=f'"{content.file.id}"', length=content.length, read=content.read)
        response.headers["Content-Type"] = content.kind
        response.headers["Cache-Control"] = "private, no-cache"
        disposition = content_disposition_header(not content.is_shown, content.file.name)
        response.headers["Content-Disposition"] = disposition or "inline"
        response.headers["X-Content-Type-Options"] = "nosniff"
        response.headers["Content-Security-Policy"] = _CSP
        return response


def _open_files(request: HttpRequest, database: str | None, title: str) -> FileDocuments:
    resource = open_resource(request, database, title)
    if not isinstance(resource, FileDocuments):
        raise engine.NotFound(_NO_FILES)
    return resource


def _part(request: HttpRequest) -> tuple[str, bytes]:
    """Return the name and the content of the part that holds the file."""
    try:
        if request.content_type == multipart.MEDIA_TYPE:
            multipart.check(request)
        files = request.FILES.getlist(_PART)
    except MultiPartParserError as error:
        raise engine.Invalid("The body is not valid multipart/form-data.") from error
    if len(files) != 1:
        raise engine.Invalid.of_field(_PART, "Send one file in this part of multipart/form-data.")
    return files[0].name or "file", files[0].read()


def _metadata(request: HttpRequest) -> dict[str, Any]:
    text = str(request.POST.get(_METADATA) or "{}")
    value = json_text(_METADATA, text)
    if type(value) is not dict:
        raise engine.Invalid.of_field(_METADATA, "Must be a JSON object.")
    return value
