"""Import of files and pasted text, job progress, and exports."""

from __future__ import annotations

import io
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.utils.http import content_disposition_header

import engine
import features.jobs.services
import features.jobs.services.imports
import features.jobs.tasks
from catalog.naming import collection_name_of_file
from dashboard.database.database_forms import ACCEPTED_FILES
from dashboard.documents import grid
from dashboard.documents.views.base import MAX_SELECTED, grid_state_of, query_of_ids
from dashboard.layout.base import BAD_REQUEST, CollectionPage, DatabasePage
from dashboard.layout.errors import is_fragment
from engine.schema import TYPES
from features.jobs.spool import ReadableFile

PREVIEW_BYTES = 256 * 1024
_MAX_PREVIEW_FIELDS = 200
_MAX_ERRORS = 20
_TYPES = [name for name in TYPES if name not in ("autonumber", "enum", "reference", "null")]


@dataclass(frozen=True)
class ImportSource:
    """Data to import: an uploaded file, or pasted text as a file."""

    name: str
    file: ReadableFile
    size: int


class ImportView(DatabasePage):
    """The form for a file or pasted text."""

    tab = "import"

    def get(self, request: HttpRequest, database_id: str) -> HttpResponse:
        self.open(database_id)
        self.database.require(engine.Action.INSERT)
        return self._form(collection=request.GET.get("collection", ""))

    def post(self, request: HttpRequest, database_id: str) -> HttpResponse:
        self.open(database_id)
        data = request.POST
        name = data.get("collection", "").strip()
        source = _source(request)
        try:
            if source is None:
                raise engine.Invalid.of_field("file", "Choose a file, or paste JSON or CSV.")
            job_id = features.jobs.services.imports.submit_import(
                self.principal,
                database_id=database_id,
                collection=name or None,
                file_name=source.name,
                file=source.file,
                size=source.size,
                fields=_fields(data) if name not in self.database.specs and data.get("typed") else None,
                rows_from=data.get("rows_from", ""),
                skip_errors=data.get("on_error") == "skip",
            )
        except (engine.Invalid, engine.Conflict) as error:
            return self._form(
                collection=name,
                text=data.get("text", ""),
                skip=data.get("on_error") == "skip",
                error=error.message,
                status=BAD_REQUEST,
            )
        features.jobs.tasks.enqueue(job_id)
        return self.redirect("job", database_id, job_id)

    def _form(
        self, *, collection: str, text: str = "", skip: bool = False, error: str = "", status: int = 200
    ) -> HttpResponse:
        context = {
            "chosen": collection,
            "names": list(self.database.specs),
            "text": text,
            "skip": skip,
            "error": error,
            "preview_bytes": PREVIEW_BYTES,
            "max_bytes": settings.MAX_IMPORT_BYTES,
            "accepted": ACCEPTED_FILES,
        }
        return self.show("import.html", context, status=status)


class ImportPreviewView(DatabasePage):
    """Preview of the first documents of a file, with the inferred field types."""

    def post(self, request: HttpRequest, database_id: str) -> HttpResponse:
        self.open(database_id)
        self.database.require(engine.Action.INSERT)
        data = request.POST
        head = data.get("head", "").encode("utf-8", "replace")
        file_name = data.get("name", "") or _pasted_name(head)
        if file_name.lower().endswith(".gz"):
            return self.part("parts/import_preview.html", {"compressed": True})
        name = data.get("collection", "").strip() or collection_name_of_file(file_name)
        spec = self.database.specs.get(name)
        try:
            preview = features.jobs.services.imports.preview(
                head,
                complete=data.get("complete") == "true",
                rows_from=data.get("rows_from"),
                collection=self.database.collection(name) if spec else None,
                options=features.jobs.services.imports.import_options(file_name),
            )
        except engine.Error as error:
            return self.part("parts/import_preview.html", {"error": error.message}, status=BAD_REQUEST)
        names = list(preview.types)[:_MAX_PREVIEW_FIELDS]
        context = {
            "collection": name,
            "existing": spec,
            "members": preview.members,
            "rows_from": preview.rows_from,
            "errors": preview.errors[:_MAX_ERRORS],
            "error_count": len(preview.errors),
            "declared": spec.schema.fields if spec else [],
            "fields": [{"name": field, "type": preview.types[field]} for field in names],
            "types": _TYPES,
            "count": preview.count,
            "names": names[:12],
            "rows": [grid.cells(item, names[:12]) for item in preview.documents[:8]],
        }
        return self.part("parts/import_preview.html", context)


class JobView(DatabasePage):
    """Progress of a job. The page polls while the job runs."""

    tab = ""

    def get(self, request: HttpRequest, database_id: str, job_id: str) -> HttpResponse:
        context = self._context(database_id, job_id)
        if is_fragment(request):
            return self.part("parts/job.html", context)
        return self.show("job.html", context)

    def post(self, request: HttpRequest, database_id: str, job_id: str) -> HttpResponse:
        self._context(database_id, job_id)
        features.jobs.services.cancel(self.principal, job_id)
        return self.redirect("job", database_id, job_id)

    def _context(self, database_id: str, job_id: str) -> dict[str, Any]:
        """Return the context of the page. Raises `NotFound` also for a job of another database."""
        self.open(database_id)
        status = features.jobs.services.status(self.principal, job_id)
        if status.database_id != database_id:
            raise engine.NotFound("Not found or access denied")
        return {
            "database": self.database,
            "job": status,
            "progress": _Progress.of(status),
            "open": _is_open(status),
            "schema_differs": any(
                counts.get("schema_changes") or counts.get("schema_settings")
                for counts in status.result.get("collections", {}).values()
            ),
        }


@dataclass(frozen=True)
class _Progress:
    """Speed and remaining time of a job. None if they cannot be estimated yet."""

    per_second: float | None
    seconds_left: int | None
    seconds: float

    @classmethod
    def of(cls, status: features.jobs.services.Status) -> _Progress:
        seconds = ((status.finished_at or datetime.now(UTC)) - status.created_at).total_seconds()
        rate = status.inserted_count / seconds if seconds > 0.2 and status.inserted_count else None
        seconds_left = None
        if _is_open(status) and status.percent > 1:
            seconds_left = round(seconds * (100 - status.percent) / status.percent)
        return cls(rate, seconds_left, seconds)


class JobRejectsView(DatabasePage):
    """Download of the rows that an import has left out because of their errors."""

    def get(self, request: HttpRequest, database_id: str, job_id: str) -> HttpResponseBase:
        self.open(database_id)
        if features.jobs.services.status(self.principal, job_id).database_id != database_id:
            raise engine.NotFound("Not found or access denied")
        collection, pieces = features.jobs.services.imports.read_rejects(self.principal, job_id)
        response = StreamingHttpResponse(pieces, content_type="application/x-ndjson")
        response.headers["Content-Disposition"] = content_disposition_header(True, f"{collection}-rejected.ndjson")
        return response


class ExportPage(CollectionPage):
    """Streamed download of the documents that the grid shows."""

    def get(self, request: HttpRequest, database_id: str, collection: str) -> HttpResponseBase:
        handle = self.open_collection(database_id, collection)
        state = grid_state_of(request)
        ids = request.GET.getlist("ids")[:MAX_SELECTED]
        query = engine.Query(filter=state.conditions(), sort=state.sort, root="filter")
        query = query_of_ids(ids) if ids else query
        system = request.GET.get("system") == "true"
        format_name = request.GET.get("format", "json")
        format, pieces = features.jobs.services.export(handle, query, format=format_name, system=system)
        response = StreamingHttpResponse(pieces, content_type=format.media)
        response.headers["Content-Disposition"] = content_disposition_header(True, f"{collection}.{format.suffix}")
        return response


def _source(request: HttpRequest) -> ImportSource | None:
    file = request.FILES.get("file")
    if file is not None:
        size = file.size or 0
        if size > settings.MAX_IMPORT_BYTES:
            text = f"The file is larger than {settings.MAX_IMPORT_BYTES} bytes (MAX_IMPORT_BYTES)."
            raise engine.TooLarge(text)
        return ImportSource(file.name or "", file, size)
    raw = request.POST.get("text", "").encode("utf-8", "replace")
    return ImportSource(_pasted_name(raw), io.BytesIO(raw), len(raw)) if raw.strip() else None


def _pasted_name(text: bytes) -> str:
    """Return the name of a file with a pasted text: JSON begins with a bracket, all else is a table."""
    return "pasted.json" if text.lstrip()[:1] in (b"[", b"{") else "pasted.csv"


def _fields(data: Any) -> list[dict[str, Any]]:
    """Return the fields with their chosen types. A field without a type stays undeclared."""
    names, types = data.getlist("field"), data.getlist("type")
    return [{"name": name, "type": type_name} for name, type_name in zip(names, types, strict=False) if type_name]


def _is_open(status: features.jobs.services.Status) -> bool:
    return status.state not in ("done", "failed")
