"""The management API: databases, collections, imports."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.utils.http import parse_header_parameters
from drf_spectacular.utils import extend_schema
from rest_framework.exceptions import ParseError
from rest_framework.parsers import MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response

import catalog.services
import engine
import features.jobs.services
import features.jobs.tasks
import features.usage.services
from accounts.authentication import PrincipalAuthentication
from management import render
from web.parameters import Parameters
from web.parsing import SAFEGUARDS
from web.views import ControlView

_UPLOAD_OVERHEAD = 64 * 1024
# The closing boundary has at most 74 bytes; what follows it is for nobody.
_TAIL_BYTES = 4 * 1024


def database_id_of(values: Mapping[str, Any], *, missing: str = "") -> str:
    given = Parameters(values)
    found = given.text("database_id", missing=missing)
    given.check()
    return found


def _accepted(job_id: str, route: str, **more: Any) -> Response:
    """Long work that goes on; `route` tells how far it is."""
    status_url = f"{settings.BASE_URL}/api/{route}?job_id={job_id}"
    return Response({"success": True, "job_id": job_id, "status_url": status_url, **more}, status=202)


def _refuse_over(size: int) -> None:
    if size > settings.MAX_IMPORT_BYTES:
        raise engine.TooLarge(f"The file is larger than {settings.MAX_IMPORT_BYTES} bytes (MAX_IMPORT_BYTES).")


class ManagementView(ControlView):
    """A view with this surface's errors; docs come from `management.openapi`."""

    authentication_classes = (PrincipalAuthentication,)
    envelope = staticmethod(render.envelope)


@extend_schema(exclude=True)
class CreateDatabase(ManagementView):
    def post(self, request: Request) -> Response:
        Parameters(request.data).check()
        database, made = catalog.services.create_database(
            request.user, name=request.data.get("db_name"), collections=request.data.get("collections")
        )
        content = {
            "success": True,
            "database": {"id": database.id, "name": database.name},
            "collections": render.made(made),
        }
        return Response(content, status=201)


@extend_schema(exclude=True)
class AddCollection(ManagementView):
    def post(self, request: Request) -> Response:
        made = catalog.services.add_collections(
            request.user,
            database_id_of(request.data),
            collections=request.data.get("collections"),
        )
        return Response({"success": True, "collections": render.made(made)}, status=201)


@extend_schema(exclude=True)
class ListDatabases(ManagementView):
    envelope = staticmethod(render.envelope_with_error)

    def get(self, request: Request) -> Response:
        given = Parameters(request.query_params)
        page = given.whole("page", default=1)
        size = min(given.whole("page_size", default=10), settings.MAX_PAGE_SIZE)
        given.check("Invalid pagination parameters.")
        search = given.text("search", default="")
        given.check()
        found, total = catalog.services.list_databases(request.user, page=page, page_size=size, search=search)
        pagination = render.pagination(page=page, page_size=size, total=total)
        return Response({"success": True, "data": found, "pagination": pagination})


@extend_schema(exclude=True)
class GetMetadata(ManagementView):
    def get(self, request: Request) -> Response:
        database_id = database_id_of(request.query_params)
        return Response({"success": True, "data": catalog.services.describe_database(request.user, database_id)})


@extend_schema(exclude=True)
class ListCollections(ManagementView):
    envelope = staticmethod(render.envelope_with_error)

    def get(self, request: Request) -> Response:
        database_id = database_id_of(request.query_params, missing="database_id is a required query parameter.")
        _, counts = catalog.services.count_collections(request.user, database_id)
        return Response({"success": True, "collections": counts})


@extend_schema(exclude=True)
class DropDatabase(ManagementView):
    def delete(self, request: Request) -> Response:
        name = catalog.services.drop_database(
            request.user,
            database_id_of(request.data),
            confirmation=request.data.get("confirmation"),
        )
        return Response({"success": True, "message": f"Database '{name}' was successfully dropped."})


@extend_schema(exclude=True)
class DropCollections(ManagementView):
    def delete(self, request: Request) -> Response:
        dropped = catalog.services.drop_collections(
            request.user,
            database_id_of(request.data),
            names=request.data.get("collection_names"),
        )
        return Response({"success": True, "dropped_collections": dropped})


class _WithTail:
    """A stream that keeps the last bytes which were read."""

    def __init__(self, stream: Any) -> None:
        self._stream = stream
        self.tail = b""

    def read(self, size: int) -> bytes:
        content = self._stream.read(size)
        self.tail = (self.tail + content)[-_TAIL_BYTES:]
        return content


class UploadParser(MultiPartParser):
    """DRF's parser of uploads, with checks for what it drops silently: parts that break off, and broken text."""

    def parse(self, stream: Any, media_type: str | None = None, parser_context: Any = None) -> Any:
        kept = _WithTail(stream)
        try:
            form = super().parse(kept, media_type, parser_context)
        except ParseError as problem:
            raise engine.Invalid("The body is no valid multipart/form-data.") from problem
        boundary = parse_header_parameters(media_type or "")[1].get("boundary", "")
        if f"--{boundary}--".encode() not in kept.tail:
            raise engine.Invalid("The body ends too early: its closing boundary is missing.")
        if not form.data and not form.files:
            raise engine.Invalid("The body has no readable part: each line of its headers ends with CRLF.")
        names = [file.name or "" for _, files in form.files.lists() for file in files]
        texts = [text for name, values in form.data.lists() for text in (name, *values)]
        if any("\ufffd" in text for text in (*names, *texts, *form.files)):
            raise engine.Invalid("The names and texts of the form must be UTF-8, without U+FFFD.")
        return form


@dataclass(frozen=True)
class Upload:
    """The parts of an import's form."""

    database_id: str
    collection: str | None
    file: Any


@extend_schema(exclude=True)
class ImportData(ManagementView):
    parser_classes = (UploadParser,)

    def post(self, request: Request) -> Response:
        upload = self._upload(request)
        job_id = features.jobs.services.submit_import(
            request.user,
            database_id=upload.database_id,
            collection=upload.collection,
            file_name=upload.file.name,
            file=upload.file,
            size=upload.file.size,
        )
        if upload.file.size >= settings.INLINE_IMPORT_BYTES:
            features.jobs.tasks.enqueue(job_id)
            return self._accepted(job_id)
        return self._at_once(request, job_id)

    def _upload(self, request: Request) -> Upload:
        _refuse_over(int(request.META.get("CONTENT_LENGTH") or "0") - _UPLOAD_OVERHEAD)
        given = Parameters(request.data)
        database_id = given.text("database_id")
        file = request.FILES.get("json_file")
        if file is None:
            given.fault("json_file", "json_file is required")
        elif len(request.FILES.getlist("json_file")) > 1:
            given.fault("json_file", "Send one file at a time.")
        given.check()
        _refuse_over(file.size)
        return Upload(database_id, request.data.get("collection_name") or None, file)

    def _accepted(self, job_id: str) -> Response:
        return _accepted(job_id, "import_status")

    def _at_once(self, request: Request, job_id: str) -> Response:
        features.jobs.services.run(job_id)
        status = features.jobs.services.status(request.user, job_id)
        if status.state == "failed":
            raise features.jobs.services.error_of(status)
        if status.state != "done":  # the document store is away; whoever sweeps goes on when it is back
            return self._accepted(job_id)
        return Response(render.imported(status), status=201 if status.inserted_count else 200)


@extend_schema(exclude=True)
class JobStatus(ManagementView):
    """Of any job; imports have an address of their own besides."""

    def get(self, request: Request) -> Response:
        given = Parameters(request.query_params)
        job_id = given.text("job_id")
        given.check()
        return Response(render.job(features.jobs.services.status(request.user, job_id)))


@extend_schema(exclude=True)
class CollectionSchema(ManagementView):
    def get(self, request: Request) -> Response:
        given = Parameters(request.query_params)
        database_id, name = given.text("database_id"), given.text("collection_name")
        given.check()
        found = catalog.services.describe_collection(request.user, database_id, name)
        return Response({"success": True, "collection": found})

    def patch(self, request: Request) -> Response:
        given = Parameters(request.data)
        database_id, name = given.text("database_id"), given.text("collection_name")
        dry_run = given.flag("dry_run", default=False)
        given.check()
        job_id = features.jobs.services.change_schema(
            request.user, database_id, name, changes=request.data, dry_run=dry_run
        )
        status = features.jobs.tasks.start(request.user, job_id)
        if status.state == "failed":
            raise features.jobs.services.error_of(status)
        if status.state != "done":
            return _accepted(job_id, "job_status")
        return Response(render.reshaped(status))


@extend_schema(exclude=True)
class CloneDatabase(ManagementView):
    def post(self, request: Request) -> Response:
        given = Parameters(request.data)
        given.only("database_id", "name", "as_of", *SAFEGUARDS)
        database_id, name = given.text("database_id"), given.text("name")
        moment = given.past("as_of")
        given.check()
        job_id, clone_id = features.jobs.services.clone_to(request.user, database_id, name=name, at=moment)
        status = features.jobs.tasks.start(request.user, job_id)
        if status.state == "failed":
            raise features.jobs.services.error_of(status)
        if status.state != "done":
            return _accepted(job_id, "job_status", database={"id": clone_id, "name": name.lower()})
        return Response(render.cloned(status, name=name.lower()), status=201)


@extend_schema(exclude=True)
class Stats(ManagementView):
    def get(self, request: Request) -> Response:
        return Response({"success": True, **catalog.services.stats(request.user)})


@extend_schema(exclude=True)
class DashboardStats(ManagementView):
    """The published data of the dashboard's first page."""

    envelope = staticmethod(render.core_envelope)

    def get(self, request: Request) -> Response:
        databases, _ = catalog.services.list_databases(
            request.user, page=1, page_size=settings.MAX_DATABASES, search=""
        )
        calls, since = features.usage.services.requests_this_month([database["id"] for database in databases])
        return Response(render.dashboard_stats(databases, calls=calls, since=since))


@extend_schema(exclude=True)
class DashboardDatabase(ManagementView):
    """The published data of a database's page."""

    envelope = staticmethod(render.core_envelope)

    def get(self, request: Request, database_id: str) -> Response:
        _, counts = catalog.services.count_collections(request.user, database_id)
        return Response(
            render.dashboard_database(catalog.services.describe_database(request.user, database_id), counts)
        )
