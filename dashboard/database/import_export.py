"""Documents in and out: files that are dropped, jobs that are watched, and exports."""

from __future__ import annotations

import io
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, BinaryIO

from django.conf import settings
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.utils.http import content_disposition_header

import engine
import features.jobs.services
import features.jobs.tasks
from catalog.naming import collection_name_of_file
from dashboard.database.database_forms import ACCEPTED
from dashboard.documents import grid
from dashboard.documents.views.base import MAX_SELECTED, query_of_ids, view_of
from dashboard.layout.base import FAULTY, CollectionPage, DatabasePage

HEAD_BYTES = 256 * 1024
_MOST_PREVIEWED = 200
_MAX_ERRORS = 20
_TYPES = [name for name in engine.TYPES if name not in ("autonumber", "enum", "reference", "null")]


@dataclass(frozen=True)
class Source:
    """What is to be imported: a file, or pasted text as one."""

    name: str
    file: BinaryIO
    size: int


class Import(DatabasePage):
    """Where a file is dropped or text is pasted."""

    tab = "import"

    def get(self, request: HttpRequest, database_id: str) -> HttpResponse:
        self.open(database_id)
        self.database.require(engine.Action.INSERT)
        return self._form(collection=request.GET.get("collection", ""))

    def post(self, request: HttpRequest, database_id: str) -> HttpResponse:
        self.open(database_id)
        given = request.POST
        name = given.get("collection", "").strip()
        source = _source(request)
        try:
            if source is None:
                raise engine.Invalid.of_field("file", "Choose a file, or paste JSON.")
            job_id = features.jobs.services.submit_import(
                self.principal,
                database_id=database_id,
                collection=name or None,
                file_name=source.name,
                file=source.file,
                size=source.size,
                fields=_fields(given) if name not in self.database.specs and given.get("typed") else None,
                rows_from=given.get("rows_from", ""),
            )
        except (engine.Invalid, engine.Conflict) as problem:
            return self._form(collection=name, text=given.get("text", ""), fault=problem.message, status=FAULTY)
        features.jobs.tasks.enqueue(job_id)
        return self.go("job", database_id, job_id)

    def _form(self, *, collection: str, text: str = "", fault: str = "", status: int = 200) -> HttpResponse:
        context = {
            "chosen": collection,
            "names": list(self.database.specs),
            "text": text,
            "fault": fault,
            "head_bytes": HEAD_BYTES,
            "most_bytes": settings.MAX_IMPORT_BYTES,
            "accepted": ACCEPTED,
        }
        return self.show("import.html", context, status=status)


class Preview(DatabasePage):
    """What the beginning of a file looks like, and the types that its fields would get."""

    def post(self, request: HttpRequest, database_id: str) -> HttpResponse:
        self.open(database_id)
        self.database.require(engine.Action.INSERT)
        given = request.POST
        head = given.get("head", "").encode("utf-8", "replace")
        name = given.get("collection", "").strip() or collection_name_of_file(given.get("name", ""))
        existing = self.database.specs.get(name)
        try:
            found = features.jobs.services.preview(
                head,
                complete=given.get("complete") == "true",
                rows_from=given.get("rows_from"),
                collection=self.database.collection(name) if existing else None,
            )
        except engine.Error as problem:
            return self.part("parts/import_preview.html", {"fault": problem.message}, status=FAULTY)
        names = list(found.types)[:_MOST_PREVIEWED]
        context = {
            "collection": name,
            "existing": existing,
            "members": found.members,
            "rows_from": found.rows_from,
            "errors": found.errors[:_MAX_ERRORS],
            "error_count": len(found.errors),
            "declared": existing.schema.fields if existing else [],
            "fields": [{"name": field, "type": found.types[field]} for field in names],
            "types": _TYPES,
            "count": found.count,
            "names": names[:12],
            "rows": [grid.cells(item, names[:12]) for item in found.documents[:8]],
        }
        return self.part("parts/import_preview.html", context)


class Job(DatabasePage):
    """How far a job is; htmx asks again for as long as it runs."""

    tab = ""

    def get(self, request: HttpRequest, database_id: str, job_id: str) -> HttpResponse:
        context = self._context(database_id, job_id)
        if request.htmx and not request.htmx.boosted:  # type: ignore[attr-defined]
            return self.part("parts/job.html", context)
        return self.show("job.html", context)

    def post(self, request: HttpRequest, database_id: str, job_id: str) -> HttpResponse:
        self._context(database_id, job_id)
        features.jobs.services.cancel(self.principal, job_id)
        return self.go("job", database_id, job_id)

    def _context(self, database_id: str, job_id: str) -> dict[str, Any]:
        """`NotFound` for a job of another database, too."""
        self.open(database_id)
        status = features.jobs.services.status(self.principal, job_id)
        if status.database_id != database_id:
            raise engine.NotFound("Not found or access denied")
        return {"database": self.database, "job": status, "rate": _Rate.of(status), "open": _is_open(status)}


@dataclass(frozen=True)
class _Rate:
    """How quick a job is, and how long it may take yet, in seconds; None where that cannot be told."""

    per_second: float | None
    left: int | None
    taken: float

    @classmethod
    def of(cls, status: features.jobs.services.Status) -> _Rate:
        taken = ((status.finished_at or datetime.now(UTC)) - status.created_at).total_seconds()
        speed = status.inserted_count / taken if taken > 0.2 and status.inserted_count else None
        left = None
        if _is_open(status) and status.percent > 1:
            left = round(taken * (100 - status.percent) / status.percent)
        return cls(speed, left, taken)


class Export(CollectionPage):
    """What the grid shows, as a file, streamed."""

    def get(self, request: HttpRequest, database_id: str, collection: str) -> HttpResponseBase:
        handle = self.open_collection(database_id, collection)
        view = view_of(request)
        ids = request.GET.getlist("ids")[:MAX_SELECTED]
        query = engine.Query(filter=view.conditions(), sort=view.sort, root="filter")
        query = query_of_ids(ids) if ids else query
        system = request.GET.get("system") == "true"
        wanted = request.GET.get("format", "json")
        format, pieces = features.jobs.services.export(handle, query, format=wanted, system=system)
        response = StreamingHttpResponse(pieces, content_type=format.media)
        response.headers["Content-Disposition"] = content_disposition_header(True, f"{collection}.{format.suffix}")
        return response


def _source(request: HttpRequest) -> Source | None:
    file = request.FILES.get("file")
    if file is not None:
        if file.size > settings.MAX_IMPORT_BYTES:
            text = f"The file is larger than {settings.MAX_IMPORT_BYTES} bytes (MAX_IMPORT_BYTES)."
            raise engine.TooLarge(text)
        return Source(file.name, file, file.size)
    raw = request.POST.get("text", "").encode("utf-8", "replace")
    return Source("pasted.json", io.BytesIO(raw), len(raw)) if raw.strip() else None


def _fields(given: Any) -> list[dict[str, Any]]:
    """The fields with the types that were chosen; one without a type stays undeclared."""
    names, types = given.getlist("field"), given.getlist("type")
    return [{"name": name, "type": kind} for name, kind in zip(names, types, strict=False) if kind]


def _is_open(status: features.jobs.services.Status) -> bool:
    return status.state not in ("done", "failed")
