"""Deletion of documents after confirmation, and undo of the last write of the grid."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict

import engine
from dashboard.documents import titles, undo
from dashboard.documents.grid_state import GridState
from dashboard.documents.views.base import DocumentsPage, query_of_ids, selected_ids
from dashboard.layout import value_inputs
from dashboard.templatetags.dashboard import plural
from engine.context import now
from engine.encoding import iso_timestamp

_MAX_EXAMPLES = 5
_COUNT_CHANGED = "The number of matching documents has changed. Check the list and confirm again."


class DeleteDocumentsView(DocumentsPage):
    """Confirmation with the number and the first documents; deletion if the confirmed number is still right."""

    def post(self, request: HttpRequest, database_id: str, collection: str) -> HttpResponse:
        handle = self.open_collection(database_id, collection)
        state = GridState.of(request.POST)
        query = self._query(request.POST, state)
        expected = request.POST.get("expected", "")
        error = ""
        if expected.isdecimal() and len(expected) < 12:
            try:
                return self._delete(query, state, expected=int(expected))
            except engine.Conflict:
                error = _COUNT_CHANGED
        handle.require(engine.Action.DELETE)
        page = handle.find(replace(query, limit=_MAX_EXAMPLES, count=engine.Count.EXACT))
        count = page.total or 0
        if not count:
            messages.info(request, "No documents match. Nothing was deleted.")
            return self._redirect_to_grid(state)
        title = self.title(page.documents)
        context = {
            "count": count,
            "samples": [
                (titles.label(item, title), value_inputs.as_json(_beginning(item))) for item in page.documents
            ],
            "state": state,
            "ids": request.POST.getlist("ids") if request.POST.get("scope") != "filter" else [],
            "scope": request.POST.get("scope", ""),
            "undoable": handle.spec.history and count <= undo.MAX_STEPS,
            "error": error,
            "back": self.grid_address(state.address()),
        }
        return self.show("documents_delete.html", context, status=409 if error else 200)

    def _query(self, data: QueryDict, state: GridState) -> engine.Query:
        if data.get("scope") == "filter":
            return engine.Query(filter=state.conditions(), root="filter")
        return query_of_ids(selected_ids(data))

    def _delete(self, query: engine.Query, state: GridState, *, expected: int) -> HttpResponse:
        ids = self._ids(query) if expected <= undo.MAX_STEPS and self.collection.spec.history else []
        # Delete exactly the listed documents, so that undo covers all of them.
        selected = query_of_ids(ids) if ids else query
        before = now()
        precondition = engine.Precondition(max_affected=expected)
        if ids and len(ids) > expected:
            raise engine.Conflict(_COUNT_CHANGED)
        count = self.collection.write(engine.Delete(selected, precondition=precondition)).count
        text = f"{plural(count, 'document')} deleted."
        steps = [undo.Step(document_id, undo.DELETED) for document_id in ids]
        if not self.offer_undo(self.request, steps, text=text, address=state.address()):
            hint = f" To restore the collection, use History at {iso_timestamp(before)}."
            messages.success(self.request, text + (hint if self.collection.spec.history else ""))
        return self._redirect_to_grid(state)

    def _ids(self, query: engine.Query) -> list[str]:
        id_query = engine.Query(
            filter=query.filter,
            fields={"_id": 1},
            limit=undo.MAX_STEPS + 1,
            root=query.root,
            count=engine.Count.NONE,
        )
        return [str(document["_id"]) for document in self.collection.find(id_query).documents]

    def _redirect_to_grid(self, state: GridState) -> HttpResponse:
        return HttpResponseRedirect(self.grid_address(state.address()))


class UndoView(DocumentsPage):
    """Undo the last write of the grid, or dismiss the offer."""

    def post(self, request: HttpRequest, database_id: str, collection: str) -> HttpResponse:
        handle = self.open_collection(database_id, collection)
        offer = undo.offered(request, database_id, collection)
        undo.clear(request)
        if offer is None:
            raise engine.NotFound("There is nothing to undo.")
        response = HttpResponseRedirect(self.grid_address(offer["view"]))
        if request.POST.get("dismiss"):
            return response
        count, errors = undo.undo(handle, [undo.Step(**step) for step in offer["steps"]])
        for text in errors[:3]:
            messages.error(request, text)
        if count:
            messages.success(request, f"Undone for {plural(count, 'document')}.")
        return response


def _beginning(document: dict[str, Any] | None) -> dict[str, Any]:
    """Return the first six members of a document."""
    return dict([*(document or {}).items()][:6])
