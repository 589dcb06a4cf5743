"""The time machine: what a document was, what a collection was, and the way back."""

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
from dashboard.documents.views.base import id_of, rights, view_of
from dashboard.layout import value_inputs
from dashboard.layout.base import FAULTY, CollectionPage, DatabasePage

_STATES = 30
_DELETED = 20
_NO_MOMENT = "Say when, as in 2026-01-31T12:00."


class DocumentHistory(CollectionPage):
    """A document's time line, and two of its states side by side."""

    page = "documents"

    def get(self, request: HttpRequest, database_id: str, collection: str, document_id: str) -> HttpResponse:
        history = self.open_collection(database_id, collection).history
        name = id_of(document_id)
        skip = _number(request.GET.get("skip", ""), most=2**31)
        states = history.of_document(name, skip=skip, limit=_STATES)
        line = [document["_sys"] for document in states.documents]
        one, other = (_number(request.GET.get(part, ""), most=2**31) for part in ("from", "to"))
        if not one or not other:
            newest = line[0]["version"] if line else 1
            one, other = max(newest - 1, 1), newest
        context = {
            "id": str(name),
            "line": line,
            "people": self.people(line),
            "deleted": not skip and bool(line) and "superseded_at" in line[0],
            "newest": line[0]["version"] if line and not skip else 0,
            "skip": skip,
            "older": skip + _STATES if states.more else 0,
            "newer": skip and max(skip - _STATES, 0),
            "one": one,
            "other": other,
            "may": rights(self.collection),
            **_compared(history, name, one, other),
        }
        return self.show("document_history.html", context)

    def post(self, request: HttpRequest, database_id: str, collection: str, document_id: str) -> HttpResponse:
        history = self.open_collection(database_id, collection).history
        name = id_of(document_id)
        if request.POST.get("undelete"):
            history.undelete(name)
            return self.go("document-history", database_id, collection, name, say="Document restored.")
        number = _number(request.POST.get("version", ""), most=2**31)
        back = history.restore(name, number)
        say = f"Version {number} restored as version {back['_sys']['version']}."
        return self.go("document-history", database_id, collection, name, say=say)


class CollectionHistory(CollectionPage):
    """The collection as it was at a moment, what was deleted last, and taking all of it back."""

    page = "collection-history"

    def get(self, request: HttpRequest, database_id: str, collection: str) -> HttpResponse:
        handle = self.open_collection(database_id, collection)
        if not handle.spec.history:
            return self.show("collection_history.html", {"off": True})
        view = view_of(request)
        moment, fault = _moment(request.GET.get("at", ""))
        context = {"view": view, "may": rights(handle), "at": _local(moment), "iso": _iso(moment), **self._life()}
        try:
            if fault:
                raise engine.Invalid.of_field("at", fault)
            context |= self._then(view, moment) if moment else self._deleted()
        except (engine.Invalid, engine.TooLarge, engine.Unavailable) as problem:
            faulty = {"faults": [item.message for item in problem.errors] or [problem.message]}
            return self.show("collection_history.html", context | faulty, status=FAULTY)
        return self.show("collection_history.html", context)

    def _life(self) -> dict[str, Any]:
        """From when to when the slider goes, in seconds."""
        described = catalog.services.describe_collection(
            self.principal, self.database.id, self.collection.spec.name
        )
        begin = described["history"]["since"] or described["created_at"]
        return {
            "begin": int(begin.timestamp()),
            "end": int(datetime.now(UTC).timestamp()),
            "versions": described["history"]["stored_versions"],
        }

    def _then(self, view: grid.View, moment: datetime) -> dict[str, Any]:
        query = replace(view.query(), skip=view.offset, cursor="", count=None)
        page = self.collection.history.as_of(query, moment)
        columns = grid.columns(self.collection.spec.schema, page.documents, view)
        shown = [column for column in columns if column.shown]
        last = view.offset + len(page.documents)
        return {
            "then": True,
            "total": page.total,
            "shown": shown,
            "rows": [grid.row(document, shown) for document in page.documents],
            "last": last,
            "earlier": view.offset and max(view.offset - view.size, 0),
            "has_earlier": view.offset > 0,
            "later": last if last < (page.total or 0) else 0,
        }

    def _deleted(self) -> dict[str, Any]:
        """The last states of what was deleted and is not there again, the latest change first."""
        query = engine.Query(filter={"_sys.superseded_by_operation": "delete"}, limit=_DELETED, root="filter")
        states: dict[str, dict[str, Any]] = {}
        for item in self.collection.history.search(query).documents:
            states.setdefault(str(item["_id"]), item)
        there = self._there([*states]) if states else set()
        deleted = [
            {"id": name, "system": item["_sys"], "text": grid.cell("", _content(item)).text}
            for name, item in states.items()
            if name not in there
        ]
        return {"deleted": deleted, "people": self.people(item["system"] for item in deleted)}

    def _there(self, ids: list[str]) -> set[str]:
        wanted = engine.Query(filter={"_id": {"$in": ids}}, fields={"_id": 1}, count=engine.Count.NONE)
        return {str(document["_id"]) for document in self.collection.find(wanted).documents}


class Restore(DatabasePage):
    """Takes a collection or a whole database back: first what it would do, then doing it, each as a job."""

    tab = "database"

    def get(self, request: HttpRequest, database_id: str) -> HttpResponse:
        self.open(database_id)
        return self._form(at=request.GET.get("at", ""), collection=request.GET.get("collection", ""))

    def post(self, request: HttpRequest, database_id: str) -> HttpResponse:
        self.open(database_id)
        given = request.POST
        moment, fault = _moment(given.get("at", ""))
        name = given.get("collection", "")
        try:
            if moment is None:
                raise engine.Invalid.of_field("at", fault or _NO_MOMENT)
            job_id = features.jobs.services.restore_to(
                self.principal, database_id, name or None, at=moment, dry_run=given.get("sure") != "1"
            )
        except engine.Invalid as problem:
            return self._form(at=given.get("at", ""), collection=name, fault=problem.message, status=FAULTY)
        features.jobs.tasks.start(self.principal, job_id)
        return self.go("job", database_id, job_id)

    def _form(self, *, at: str, collection: str, fault: str = "", status: int = 200) -> HttpResponse:
        context = {
            "at": at,
            "chosen": collection,
            "names": [spec.name for spec in self.database.specs.values() if spec.history],
            "fault": fault,
        }
        return self.show("restore.html", context, status=status)


class Copy(DatabasePage):
    """A new database with what this one holds, or held at a moment, as a job."""

    tab = "settings"

    def get(self, request: HttpRequest, database_id: str) -> HttpResponse:
        self.open(database_id)
        return self.show("copy.html", {"name": f"{self.database.name}_copy", "at": request.GET.get("at", "")})

    def post(self, request: HttpRequest, database_id: str) -> HttpResponse:
        self.open(database_id)
        name, at = (request.POST.get(part, "").strip() for part in ("name", "at"))
        moment, fault = _moment(at)
        try:
            if fault:
                raise engine.Invalid.of_field("as_of", fault)
            job_id, _ = features.jobs.services.clone_to(self.principal, database_id, name=name, at=moment)
        except (engine.Invalid, engine.Conflict) as problem:
            faults = [item.message for item in problem.errors] or [problem.message]
            return self.show("copy.html", {"name": name, "at": at, "faults": faults}, status=FAULTY)
        features.jobs.tasks.start(self.principal, job_id)
        return self.go("job", database_id, job_id)


def _compared(history: Any, name: Any, one: int, other: int) -> dict[str, Any]:
    """The differences, each as text; a state that is not kept any more is told as what is missing."""
    try:
        found = history.difference(name, one, other)
    except engine.NotFound as problem:
        return {"differences": [], "incomparable": problem.message}
    return {
        "differences": [
            {"path": item.path, "before": _side(item.before), "after": _side(item.after)} for item in found
        ]
    }


def _side(value: Any) -> str | None:
    return (
        None
        if value is engine.ABSENT
        else value_inputs.as_text(value)
        if type(value) is str
        else value_inputs.as_json(value)
    )


def _content(document: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in document.items() if name not in ("_id", "_sys")}


def _moment(text: str) -> tuple[datetime | None, str]:
    """A moment in UTC, naive, and what is wrong with it."""
    if not text:
        return None, ""
    try:
        moment = engine.TYPES["datetime"](text if "T" in text and len(text) != 16 else f"{text}:00")
    except ValueError:
        return None, _NO_MOMENT
    if moment > engine.now():
        return None, "The moment must be in the past."
    return moment, ""


def _local(moment: datetime | None) -> str:
    """As `<input type=datetime-local>` has it; the page says that it is UTC."""
    return moment.isoformat(timespec="milliseconds") if moment else ""


def _iso(moment: datetime | None) -> str:
    return f"{_local(moment)}Z" if moment else ""


def _number(text: str, *, most: int) -> int:
    return min(int(text), most) if text.isascii() and text.isdigit() and len(text) < 12 else 0
