"""Version history of documents and collections, restore to a point in time, and copies of databases."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from django.http import HttpRequest, HttpResponse

import catalog.services
import engine
import features.jobs.services
import features.jobs.tasks
from dashboard.documents import grid
from dashboard.documents.grid_state import GridState
from dashboard.documents.views.base import grid_state_of, id_of, permissions
from dashboard.layout import value_inputs
from dashboard.layout.base import BAD_REQUEST, CollectionPage, DatabasePage
from engine.context import now
from engine.history import ABSENT
from engine.schema import TYPES

_PAGE_SIZE = 30
_MAX_DELETED = 20
_INVALID_TIME = "Enter a time, such as 2026-01-31T12:00."


class DocumentHistoryView(CollectionPage):
    """Versions of a document, a comparison of two versions, and restore."""

    page = "documents"

    def get(self, request: HttpRequest, database_id: str, collection: str, document_id: str) -> HttpResponse:
        history = self.open_collection(database_id, collection).history
        object_id = id_of(document_id)
        skip = _number(request.GET.get("skip", ""), maximum=2**31)
        versions = history.of_document(object_id, skip=skip, limit=_PAGE_SIZE)
        stamps = [document["_sys"] for document in versions.documents]
        from_version, to_version = (_number(request.GET.get(part, ""), maximum=2**31) for part in ("from", "to"))
        if not from_version or not to_version:
            newest = stamps[0]["version"] if stamps else 1
            from_version, to_version = max(newest - 1, 1), newest
        context = {
            "id": str(object_id),
            "versions": stamps,
            "people": self.people(stamps),
            "deleted": not skip and bool(stamps) and "superseded_at" in stamps[0],
            "newest": stamps[0]["version"] if stamps and not skip else 0,
            "skip": skip,
            "older": skip + _PAGE_SIZE if versions.has_more else 0,
            "newer": skip and max(skip - _PAGE_SIZE, 0),
            "from_version": from_version,
            "to_version": to_version,
            "permissions": permissions(self.collection),
            **_comparison(history, object_id, from_version, to_version),
        }
        return self.show("document_history.html", context)

    def post(self, request: HttpRequest, database_id: str, collection: str, document_id: str) -> HttpResponse:
        history = self.open_collection(database_id, collection).history
        object_id = id_of(document_id)
        if request.POST.get("undelete"):
            history.undelete(object_id)
            return self.redirect(
                "document-history", database_id, collection, object_id, message="Document restored."
            )
        number = _number(request.POST.get("version", ""), maximum=2**31)
        restored = history.restore(object_id, number)
        message = f"Version {number} restored as version {restored['_sys']['version']}."
        return self.redirect("document-history", database_id, collection, object_id, message=message)


class CollectionHistoryView(CollectionPage):
    """The collection at a point in time, and recently deleted documents."""

    page = "collection-history"

    def get(self, request: HttpRequest, database_id: str, collection: str) -> HttpResponse:
        handle = self.open_collection(database_id, collection)
        if not handle.spec.history:
            return self.show("collection_history.html", {"off": True})
        state = grid_state_of(request)
        at, error_message = _parse_time(request.GET.get("at", ""))
        context = {
            "state": state,
            "permissions": permissions(handle),
            "at": _local_input_value(at),
            "iso": _iso_text(at),
            **self._time_range(),
        }
        try:
            if error_message:
                raise engine.Invalid.of_field("at", error_message)
            context |= self._state_at(state, at) if at else self._deleted()
        except (engine.Invalid, engine.TooLarge, engine.Unavailable) as error:
            error_context = {"errors": [item.message for item in error.errors] or [error.message]}
            return self.show("collection_history.html", context | error_context, status=BAD_REQUEST)
        return self.show("collection_history.html", context)

    def _time_range(self) -> dict[str, Any]:
        """Return the range of the time slider, in seconds since 1970."""
        described = catalog.services.retention.describe_collection(
            self.principal, self.database.id, self.collection.spec.name
        )
        start = described["history"]["since"] or described["created_at"]
        return {
            "begin": int(start.timestamp()),
            "end": int(datetime.now(UTC).timestamp()),
            "versions": described["history"]["stored_versions"],
        }

    def _state_at(self, state: GridState, at: datetime) -> dict[str, Any]:
        query = replace(state.query(), skip=state.offset, cursor="", count=None)
        page = self.collection.history.as_of(query, at)
        columns = grid.columns(self.collection.spec.schema, page.documents, state)
        visible = [column for column in columns if column.visible]
        last = state.offset + len(page.documents)
        return {
            "is_past": True,
            "total": page.total,
            "visible_columns": visible,
            "rows": [grid.row(document, visible) for document in page.documents],
            "last": last,
            "earlier": state.offset and max(state.offset - state.size, 0),
            "has_earlier": state.offset > 0,
            "later": last if last < (page.total or 0) else 0,
        }

    def _deleted(self) -> dict[str, Any]:
        """Return the last versions of deleted documents that do not exist now, latest first."""
        query = engine.Query(filter={"_sys.superseded_by_operation": "delete"}, limit=_MAX_DELETED, root="filter")
        versions: dict[str, dict[str, Any]] = {}
        for item in self.collection.history.search(query).documents:
            versions.setdefault(str(item["_id"]), item)
        existing = self._existing_ids([*versions]) if versions else set()
        deleted = [
            {"id": name, "system": item["_sys"], "text": grid.cell("", _content(item)).text}
            for name, item in versions.items()
            if name not in existing
        ]
        return {"deleted": deleted, "people": self.people(item["system"] for item in deleted)}

    def _existing_ids(self, ids: list[str]) -> set[str]:
        query = engine.Query(filter={"_id": {"$in": ids}}, fields={"_id": 1}, count=engine.Count.NONE)
        return {str(document["_id"]) for document in self.collection.find(query).documents}


class RestorePage(DatabasePage):
    """Restore a collection or a database to a point in time: a preview first, then the restore, each as a job."""

    tab = "settings"

    def get(self, request: HttpRequest, database_id: str) -> HttpResponse:
        self.open(database_id)
        return self._form(at=request.GET.get("at", ""), collection=request.GET.get("collection", ""))

    def post(self, request: HttpRequest, database_id: str) -> HttpResponse:
        self.open(database_id)
        data = request.POST
        at, error_message = _parse_time(data.get("at", ""))
        name = data.get("collection", "")
        try:
            if at is None:
                raise engine.Invalid.of_field("at", error_message or _INVALID_TIME)
            job_id = features.jobs.services.restore_to(
                self.principal,
                database_id,
                name or None,
                at=at,
                dry_run=data.get("sure") != "1",
                with_schema=data.get("schema") == "1",
            )
        except engine.Invalid as error:
            return self._form(at=data.get("at", ""), collection=name, error=error.message, status=BAD_REQUEST)
        features.jobs.tasks.start(self.principal, job_id)
        return self.redirect("job", database_id, job_id)

    def _form(self, *, at: str, collection: str, error: str = "", status: int = 200) -> HttpResponse:
        context = {
            "at": at,
            "chosen": collection,
            "names": [spec.name for spec in self.database.specs.values() if spec.history],
            "error": error,
        }
        return self.show("restore.html", context, status=status)


class CopyDatabaseView(DatabasePage):
    """Copy a database as it is, or as it was at a point in time, as a job."""

    tab = "settings"

    def get(self, request: HttpRequest, database_id: str) -> HttpResponse:
        self.open(database_id)
        return self.show("copy.html", {"name": f"{self.database.name}_copy", "at": request.GET.get("at", "")})

    def post(self, request: HttpRequest, database_id: str) -> HttpResponse:
        self.open(database_id)
        name, at = (request.POST.get(part, "").strip() for part in ("name", "at"))
        timestamp, error_message = _parse_time(at)
        try:
            if error_message:
                raise engine.Invalid.of_field("as_of", error_message)
            job_id, _ = features.jobs.services.clone_to(self.principal, database_id, name=name, at=timestamp)
        except (engine.Invalid, engine.Conflict) as error:
            errors = [item.message for item in error.errors] or [error.message]
            return self.show("copy.html", {"name": name, "at": at, "errors": errors}, status=BAD_REQUEST)
        features.jobs.tasks.start(self.principal, job_id)
        return self.redirect("job", database_id, job_id)


def _comparison(history: Any, document_id: Any, from_version: int, to_version: int) -> dict[str, Any]:
    """Return the differences as text, or a message if one of the versions is no longer stored."""
    try:
        differences = history.difference(document_id, from_version, to_version)
    except engine.NotFound as error:
        return {"differences": [], "incomparable": error.message}
    return {
        "differences": [
            {"path": item.path, "before": _value_text(item.before), "after": _value_text(item.after)}
            for item in differences
        ]
    }


def _value_text(value: Any) -> str | None:
    return (
        None
        if value is ABSENT
        else value_inputs.as_text(value)
        if type(value) is str
        else value_inputs.as_json(value)
    )


def _content(document: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in document.items() if name not in ("_id", "_sys")}


def _parse_time(text: str) -> tuple[datetime | None, str]:
    """Return a time in UTC, naive, and an error message."""
    if not text:
        return None, ""
    try:
        at = TYPES["datetime"](text if "T" in text and len(text) != 16 else f"{text}:00")
    except ValueError:
        return None, _INVALID_TIME
    if at > now():
        return None, "The time must be in the past."
    return at, ""


def _local_input_value(at: datetime | None) -> str:
    """Return the value of `<input type=datetime-local>`, in UTC."""
    return at.isoformat(timespec="milliseconds") if at else ""


def _iso_text(at: datetime | None) -> str:
    return f"{_local_input_value(at)}Z" if at else ""


def _number(text: str, *, maximum: int) -> int:
    return min(int(text), maximum) if text.isascii() and text.isdigit() and len(text) < 12 else 0
