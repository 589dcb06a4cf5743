"""The media archive: files of a database, by their ids and names."""

from __future__ import annotations

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.http.multipartparser import MultiPartParserError
from django.utils.http import content_disposition_header

import engine
import features.files.services
from accounts.principal import Principal
from catalog.services import identify, open_database
from dialects.restdb import render
from dialects.restdb.auth.credentials import Credentials
from dialects.restdb.views.base import RestView, principal_of
from identity.services import names_of
from web import multipart
from web.ranges import file_response
from web.views import json_response

_OVERHEAD = 64 * 1024
_CSP = "default-src 'none'; sandbox"
_SECONDS = 3600


class Archive(RestView):
    http_method_names = ("post", "options")

    def post(self, request: HttpRequest, database: str) -> HttpResponse:
        if int(request.META.get("CONTENT_LENGTH") or "0") > settings.MAX_BODY_BYTES + _OVERHEAD:
            raise engine.TooLarge(f"The body is larger than {settings.MAX_BODY_BYTES} bytes (MAX_BODY_BYTES).")
        principal = principal_of(request)
        database_id = identify(principal, database)
        kept = features.files.services.upload(principal, database_id, _uploads(request))
        return json_response({"msg": "OK", "uploadid": kept.upload_id, "ids": kept.ids}, status=201)


class Media(RestView):
    """A file: whoever knows its id reads it; a name is for keys, as is deleting."""

    http_method_names = ("get", "delete", "options")

    def authenticate(self, request: HttpRequest) -> Principal | None:
        credentials = Credentials.of(request)
        is_open = request.method in ("GET", "HEAD") and not credentials.key and not credentials.authorization
        return None if is_open else super().authenticate(request)

    def get(self, request: HttpRequest, database: str, file: str) -> HttpResponse:
        principal: Principal | None = getattr(request, "principal", None)
        size = request.GET.get("s") or features.files.services.ORIGINAL
        if principal is None:
            found = features.files.services.open_public(database, file, size=size)
        else:
            found = features.files.services.open_content(principal, identify(principal, database), file, size=size)
        as_file = not found.is_shown or request.GET.get("download", "").lower() in ("true", "1")
        tag = f'"{found.file.id}-{found.size}"'
        response = file_response(request, tag=tag, length=found.length, read=found.read)
        response.headers["Content-Type"] = found.kind
        # Under an id there is always the same; under a name there may be a newer file tomorrow.
        is_fixed = file == found.file.id
        reach = "public" if principal is None else "private"
        response.headers["Cache-Control"] = f"{reach}, max-age={_SECONDS}" if is_fixed else f"{reach}, no-cache"
        response.headers["Content-Disposition"] = content_disposition_header(as_file, found.file.name)
        response.headers["X-Content-Type-Options"] = "nosniff"
        response.headers["Content-Security-Policy"] = _CSP
        response.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
        return response

    def delete(self, request: HttpRequest, database: str, file: str) -> HttpResponse:
        principal = principal_of(request)
        features.files.services.delete(principal, identify(principal, database), file)
        return json_response(render.deleted([file]))


class MediaMeta(RestView):
    http_method_names = ("get", "options")

    def get(self, request: HttpRequest, database: str, file: str) -> HttpResponse:
        principal = principal_of(request)
        handle = open_database(principal, identify(principal, database))
        found = features.files.services.describe(principal, handle.id, file)
        return json_response([render.media(found, people=names_of(handle, {found.by}))])


def _uploads(request: HttpRequest) -> list[features.files.services.Upload]:
    try:
        if request.content_type == multipart.MEDIA_TYPE:
            multipart.check(request)
        sent = [item for _, items in request.FILES.lists() for item in items]
    except MultiPartParserError as problem:
        raise engine.Invalid("The body is not valid multipart/form-data.") from problem
    return [features.files.services.Upload(item.name or "", item.size or 0, item) for item in sent]
