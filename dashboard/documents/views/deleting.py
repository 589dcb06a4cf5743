"""Deleting documents after a confirmation with their number, and undoing the last write of the grid."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict

import engine
from dashboard.documents import grid, titles, undo
from dashboard.documents.views.base import DocumentsPage, query_of_ids, selected_ids
from dashboard.layout import value_inputs
from dashboard.templatetags.dashboard import plural

_SHOWN = 5
_CHANGED = "The number of matching documents has changed. Check the list and confirm again."


class Delete(DocumentsPage):
    """Asks with the number and the first few, and deletes when that number is confirmed and still right."""

    def post(self, request: HttpRequest, database_id: str, collection: str) -> HttpResponse:
        handle = self.open_collection(database_id, collection)
        view = grid.View.of(request.POST)
        query = self._query(request.POST, view)
        expected = request.POST.get("expected", "")
        fault = ""
        if expected.isdecimal() and len(expected) < 12:
            try:
                return self._delete(query, view, expected=int(expected))
            except engine.Conflict:
                fault = _CHANGED
        handle.require(engine.Action.DELETE)
        found = handle.find(replace(query, limit=_SHOWN, count=engine.Count.EXACT))
        count = found.total or 0
        if not count:
            messages.info(request, "No documents match. Nothing was deleted.")
            return self._back(view)
        title = self.title(found.documents)
        context = {
            "count": count,
            "samples": [
                (titles.label(item, title), value_inputs.as_json(_short(item))) for item in found.documents
            ],
            "view": view,
            "ids": request.POST.getlist("ids") if request.POST.get("scope") != "filter" else [],
            "scope": request.POST.get("scope", ""),
            "undoable": handle.spec.history and count <= undo.MOST,
            "fault": fault,
            "back": self.grid_address(view.address()),
        }
        return self.show("documents_delete.html", context, status=409 if fault else 200)

    def _query(self, given: QueryDict, view: grid.View) -> engine.Query:
        if given.get("scope") == "filter":
            return engine.Query(filter=view.conditions(), root="filter")
        return query_of_ids(selected_ids(given))

    def _delete(self, query: engine.Query, view: grid.View, *, expected: int) -> HttpResponse:
        ids = self._ids(query) if expected <= undo.MOST and self.collection.spec.history else []
        # Those that were listed and no others, so that what is offered to be undone is what was done.
        named = query_of_ids(ids) if ids else query
        before = engine.now()
        guard = engine.Guard(most=expected)
        if ids and len(ids) > expected:
            raise engine.Conflict(_CHANGED)
        count = self.collection.write(engine.Delete(named, guard=guard)).count
        text = f"{plural(count, 'document')} deleted."
        steps = [undo.Step(name, undo.DELETED) for name in ids]
        if not self.offer_undo(self.request, steps, text=text, view=view.address()):
            more = f" To restore the collection to before, use History at {engine.iso_timestamp(before)}."
            messages.success(self.request, text + (more if self.collection.spec.history else ""))
        return self._back(view)

    def _ids(self, query: engine.Query) -> list[str]:
        wanted = engine.Query(
            filter=query.filter, fields={"_id": 1}, limit=undo.MOST + 1, root=query.root, count=engine.Count.NONE
        )
        return [str(document["_id"]) for document in self.collection.find(wanted).documents]

    def _back(self, view: grid.View) -> HttpResponse:
        return HttpResponseRedirect(self.grid_address(view.address()))


class Undo(DocumentsPage):
    """Undoes the last write in the grid, or dismisses the offer."""

    def post(self, request: HttpRequest, database_id: str, collection: str) -> HttpResponse:
        handle = self.open_collection(database_id, collection)
        found = undo.offered(request, database_id, collection)
        undo.forget(request)
        if found is None:
            raise engine.NotFound("There is nothing to undo.")
        back = HttpResponseRedirect(self.grid_address(found["view"]))
        if request.POST.get("dismiss"):
            return back
        count, errors = undo.undo(handle, [undo.Step(**step) for step in found["steps"]])
        for text in errors[:3]:
            messages.error(request, text)
        if count:
            messages.success(request, f"Undone for {plural(count, 'document')}.")
        return back


def _short(document: dict[str, Any] | None) -> dict[str, Any]:
    """The first few members, for somebody to know it again."""
    return dict([*(document or {}).items()][:6])
