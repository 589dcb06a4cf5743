"""The files below /api/v2: uploads, lists, and links that open a file for some hours without credentials.

Published clients name no database: their files are in the team's database `files`, created by the first upload.
"""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core import signing
from django.http import HttpRequest, HttpResponse
from django.http.multipartparser import MultiPartParserError
from django.urls import re_path
from django.utils.http import content_disposition_header

import catalog.services
import engine
import features.files.services
from dataapi.operations.files import FilesRequest, SignedRequest
from dataapi.views.base import DataView, principal_of
from web import v2
from web.requests import multipart
from web.requests.parameters import query_of
from web.requests.ranges import file_response
from web.views import json_response

_DATABASE = "files"
_SALT = "datacube.v2.files"
_LINK_SECONDS = 5 * 60 * 60
_MAX_FORM_OVERHEAD = 64 * 1024
_NOT_SIGNED = "The link is not valid, or older than five hours."


class V2FilesView(DataView):
    """A view of files; `database_id` in the query names another database than `files`."""

    envelope = staticmethod(v2.envelope)

    def database_id(self, request: HttpRequest, *, create: bool = False) -> str:
        """Return the id of the database that holds the files. Raises `NotFound` where it does not exist."""
        principal = principal_of(request)
        name = query_of(request).get("database_id") or _DATABASE
        try:
            return catalog.services.access.resolve_database_id(principal, name)
        except engine.NotFound:
            if not create or name != _DATABASE:
                raise
        return catalog.services.creation.create_empty_database(principal, name=_DATABASE).id


class FilesView(V2FilesView):
    http_method_names = ("get", "post", "options")

    def get(self, request: HttpRequest) -> HttpResponse:
        params = FilesRequest.of_query(request)
        page, page_size = params.page, params.page_size
        try:
            database_id = self.database_id(request)
        except engine.NotFound:
            if params.database_id:
                raise
            return json_response(_page([], stats=(0, 0), page=page, page_size=page_size, total=0))
        principal = principal_of(request)
        files, total = features.files.services.list_files(
            principal, database_id, search=params.search or "", page=page, page_size=page_size
        )
        usage = features.files.services.usage(principal, database_id)
        data = [_listed(file, database_id) for file in files]
        stats = (usage.files, usage.bytes)
        return json_response(_page(data, stats=stats, page=page, page_size=page_size, total=total))

    def post(self, request: HttpRequest) -> HttpResponse:
        if int(request.META.get("CONTENT_LENGTH") or "0") > settings.MAX_FILE_BYTES + _MAX_FORM_OVERHEAD:
            raise engine.TooLarge(f"A file has at most {settings.MAX_FILE_BYTES} bytes (MAX_FILE_BYTES).")
        upload = _upload(request)
        principal = principal_of(request)
        database_id = self.database_id(request, create=True)
        (file_id,) = features.files.services.upload(principal, database_id, [upload]).ids
        content = {
            "success": True,
            "file_id": file_id,
            "filename": upload.name,
            "file_size": upload.size,
            "signed_url": _signed_url(database_id, file_id),
        }
        return json_response(content, status=201)


class FileDetailView(V2FilesView):
    http_method_names = ("get", "delete", "options")

    def get(self, request: HttpRequest, file_id: str) -> HttpResponse:
        database_id = self.database_id(request)
        file = features.files.services.describe(principal_of(request), database_id, file_id)
        return json_response({"success": True, "info": _info(file, database_id)})

    def delete(self, request: HttpRequest, file_id: str) -> HttpResponse:
        features.files.services.delete(principal_of(request), self.database_id(request), file_id)
        return json_response({"success": True, "message": "File deleted"})


class FileContentView(DataView):
    """A file by its signed link, without credentials; supports Range requests."""

    envelope = staticmethod(v2.envelope)
    http_method_names = ("get", "options")

    def authenticate(self, request: HttpRequest) -> None:
        return None

    def get(self, request: HttpRequest, file_id: str) -> HttpResponse:
        database_id = _signed_database(SignedRequest.of_query(request).signature or "", file_id)
        content = features.files.services.open_public(database_id, file_id, size=features.files.services.ORIGINAL)
        response = file_response(request, tag=f'"{file_id}"', length=content.length, read=content.read)
        response.headers["Content-Type"] = content.kind
        response.headers["Content-Disposition"] = content_disposition_header(True, content.file.name)
        response.headers["Cache-Control"] = "private, no-store"
        response.headers["X-Content-Type-Options"] = "nosniff"
        response.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
        return response


def _page(
    data: list[dict[str, Any]], *, stats: tuple[int, int], page: int, page_size: int, total: int
) -> dict[str, Any]:
    """Return the body of a list; `stats` are the number of files in the database and their bytes."""
    return {
        "success": True,
        "data": data,
        "stats": {"total_files": stats[0], "total_storage_bytes": stats[1]},
        "pagination": {
            "current_page": page,
            "page_size": page_size,
            "total_items": total,
            "total_pages": -(-total // page_size),
        },
    }


def _upload(request: HttpRequest) -> features.files.services.Upload:
    if request.content_type != multipart.MEDIA_TYPE:
        raise engine.Invalid.of_field("file", "Send the file as multipart/form-data, in the field file.")
    try:
        multipart.check(request)
        files = request.FILES.getlist("file")
    except MultiPartParserError as error:
        raise engine.Invalid("The body is not valid multipart/form-data.") from error
    if len(files) != 1:
        raise engine.Invalid.of_field("file", "Send one file in the field file.")
    name = request.POST.get("filename") or files[0].name or ""
    return features.files.services.Upload(name, files[0].size or 0, files[0])


def _listed(file: features.files.services.File, database_id: str) -> dict[str, Any]:
    return {
        "file_id": file.id,
        "filename": file.name,
        "size": file.length,
        "content_type": file.kind,
        "storage_type": "gridfs",
        "uploaded_at": file.at,
        "signed_url": _signed_url(database_id, file.id),
    }


def _info(file: features.files.services.File, database_id: str) -> dict[str, Any]:
    return {
        "file_id": file.id,
        "filename": file.name,
        "content_type": file.kind,
        "upload_date": file.at,
        "length": file.length,
        "signed_url": _signed_url(database_id, file.id),
    }


def _signed_url(database_id: str, file_id: str) -> str:
    signature = signing.dumps([database_id, file_id], salt=_SALT)
    return f"{settings.BASE_URL}/api/v2/files/stream/{file_id}/?signature={signature}"


def _signed_database(signature: str, file_id: str) -> str:
    """Return the id of the database that a signed link names. Raises `Forbidden` unless it is of this file."""
    try:
        database_id, signed_file = signing.loads(signature, salt=_SALT, max_age=_LINK_SECONDS)
    except (signing.BadSignature, ValueError, TypeError) as error:
        raise engine.Forbidden(_NOT_SIGNED) from error
    if signed_file != file_id:
        raise engine.Forbidden(_NOT_SIGNED)
    return database_id


urlpatterns = [
    re_path(r"^files/?$", FilesView.as_view()),
    re_path(r"^files/stream/(?P<file_id>[^/]+)/?$", FileContentView.as_view()),
    re_path(r"^files/download/(?P<file_id>[^/]+)/?$", FileContentView.as_view()),
    re_path(r"^files/(?P<file_id>[^/]+)/?$", FileDetailView.as_view()),
]
