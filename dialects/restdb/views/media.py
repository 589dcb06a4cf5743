"""Media archive: files of a database, by id or name."""

from __future__ import annotations

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.http.multipartparser import MultiPartParserError
from django.utils.http import content_disposition_header

import engine
import features.files.services
from accounts.principal import Principal
from catalog.services.access import open_database, resolve_database_id
from dialects.restdb import render
from dialects.restdb.auth.credentials import RequestCredentials
from dialects.restdb.operations.files import FileParameters
from dialects.restdb.views.base import RestView, principal_of
from identity.services import names_of
from web.requests import multipart
from web.requests.ranges import file_response
from web.views import json_response

_OVERHEAD = 64 * 1024
_CSP = "default-src 'none'; sandbox"
_MAX_AGE_SECONDS = 3600


class MediaArchiveView(RestView):
    http_method_names = ("post", "options")

    def post(self, request: HttpRequest, database: str) -> HttpResponse:
        if int(request.META.get("CONTENT_LENGTH") or "0") > settings.MAX_BODY_BYTES + _OVERHEAD:
            raise engine.TooLarge(f"The body is larger than {settings.MAX_BODY_BYTES} bytes (MAX_BODY_BYTES).")
        principal = principal_of(request)
        database_id = resolve_database_id(principal, database)
        uploaded = features.files.services.upload(principal, database_id, _uploads(request))
        return json_response({"msg": "OK", "uploadid": uploaded.upload_id, "ids": uploaded.ids}, status=201)


class MediaFileView(RestView):
    """A file. Reading by id needs no key; reading by name and deleting do, unless file names are public."""

    http_method_names = ("get", "delete", "options")

    def authenticate(self, request: HttpRequest) -> Principal | None:
        credentials = RequestCredentials.of(request)
        is_open = request.method in ("GET", "HEAD") and not credentials.key and not credentials.authorization
        return None if is_open else super().authenticate(request)

    def get(self, request: HttpRequest, database: str, file: str) -> HttpResponse:
        principal: Principal | None = getattr(request, "principal", None)
        params = FileParameters.of_params(request.GET)
        size = params.size or features.files.services.ORIGINAL
        if principal is None:
            content = features.files.services.open_public(database, file, size=size)
        else:
            content = features.files.services.open_content(
                principal, resolve_database_id(principal, database), file, size=size
            )
        as_attachment = not content.is_shown or params.download
        tag = f'"{content.file.id}-{content.size}"'
        response = file_response(request, tag=tag, length=content.length, read=content.read)
        response.headers["Content-Type"] = content.kind
        # An id always stands for the same content; a name stands for the newest file.
        is_fixed = file == content.file.id
        scope = "public" if principal is None else "private"
        response.headers["Cache-Control"] = (
            f"{scope}, max-age={_MAX_AGE_SECONDS}" if is_fixed else f"{scope}, no-cache"
        )
        disposition = content_disposition_header(as_attachment, content.file.name)
        response.headers["Content-Disposition"] = disposition or "inline"
        response.headers["X-Content-Type-Options"] = "nosniff"
        response.headers["Content-Security-Policy"] = _CSP
        response.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
        return response

    def delete(self, request: HttpRequest, database: str, file: str) -> HttpResponse:
        principal = principal_of(request)
        features.files.services.delete(principal, resolve_database_id(principal, database), file)
        return json_response(render.deleted([file]))


class MediaMetaView(RestView):
    http_method_names = ("get", "options")

    def get(self, request: HttpRequest, database: str, file: str) -> HttpResponse:
        principal = principal_of(request)
        handle = open_database(principal, resolve_database_id(principal, database))
        stored = features.files.services.describe(principal, handle.id, file)
        return json_response([render.media(stored, people=names_of(handle, {stored.by}))])


def _uploads(request: HttpRequest) -> list[features.files.services.Upload]:
    try:
        if request.content_type == multipart.MEDIA_TYPE:
            multipart.check(request)
        files = [item for _, items in request.FILES.lists() for item in items]
    except MultiPartParserError as error:
        raise engine.Invalid("The body is not valid multipart/form-data.") from error
    return [features.files.services.Upload(item.name or "", item.size or 0, item) for item in files]
