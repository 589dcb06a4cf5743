"""Deleting documents: how many it will be, then their end, then the way back."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.urls import reverse

import engine
from dashboard import grids, undoing, values
from dashboard.views.base import CollectionPage
from dashboard.views.documents.base import query_of_ids

_MOST_IDS = 1_000
_SHOWN = 5
_CHANGED = "It is not as many as was announced any more. Look again, and confirm again."


class Delete(CollectionPage):
    """Asks with the number and the first few, and deletes when that number is confirmed and still right."""

    page = "documents"

    def post(self, request: HttpRequest, database_id: str, collection: str) -> HttpResponse:
        handle = self.open_collection(database_id, collection)
        view = grids.View.of(request.POST)
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
            messages.info(request, "There is nothing to delete.")
            return self._back(view)
        context = {
            "count": count,
            "samples": [(str(item["_id"]), values.as_json(_short(item))) for item in found.documents],
            "view": view,
            "ids": request.POST.getlist("ids") if request.POST.get("scope") != "filter" else [],
            "scope": request.POST.get("scope", ""),
            "undoable": handle.spec.history and count <= undoing.MOST,
            "fault": fault,
            "back": self._address(view),
        }
        return self.show("documents_delete.html", context, status=409 if fault else 200)

    def _query(self, given: QueryDict, view: grids.View) -> engine.Query:
        if given.get("scope") == "filter":
            return engine.Query(filter=view.conditions(), root="filter")
        ids = given.getlist("ids")
        if not ids:
            raise engine.Invalid("Choose the documents to delete.")
        if len(ids) > _MOST_IDS:
            raise engine.TooLarge(f"At most {_MOST_IDS} documents can be chosen at once.")
        return query_of_ids(ids)

    def _delete(self, query: engine.Query, view: grids.View, *, expected: int) -> HttpResponse:
        ids = self._ids(query) if expected <= undoing.MOST and self.collection.spec.history else []
        # Those that were listed and no others, so that what is offered to be undone is what was done.
        named = query_of_ids(ids) if ids else query
        before = engine.now()
        guard = engine.Guard(most=expected)
        if ids and len(ids) > expected:
            raise engine.Conflict(_CHANGED)
        count = self.collection.write(engine.Delete(named, guard=guard)).count
        if ids:
            name = self.collection.spec.name
            undoing.offer(self.request, self.database.id, name, ids, view=view.address())
        else:
            undoing.forget(self.request)
        more = "" if ids else f" The collection as it was is under History, at {engine.iso_timestamp(before)}."
        more = more if self.collection.spec.history else ""
        text = "document is" if count == 1 else "documents are"
        if not ids:  # else the grid says so, beside the way back
            messages.success(self.request, f"{count} {text} deleted.{more}")
        return self._back(view)

    def _ids(self, query: engine.Query) -> list[str]:
        wanted = engine.Query(
            filter=query.filter, fields={"_id": 1}, limit=undoing.MOST + 1, root=query.root, count=engine.Count.NONE
        )
        return [str(document["_id"]) for document in self.collection.find(wanted).documents]

    def _address(self, view: grids.View) -> str:
        grid = reverse("dashboard:documents", args=[self.database.id, self.collection.spec.name])
        return grid + view.address()

    def _back(self, view: grids.View) -> HttpResponse:
        return HttpResponseRedirect(self._address(view))


class Undo(CollectionPage):
    """Brings back what was deleted last, or forgets about it."""

    def post(self, request: HttpRequest, database_id: str, collection: str) -> HttpResponse:
        handle = self.open_collection(database_id, collection)
        found = undoing.offered(request, database_id, collection)
        undoing.forget(request)
        if found is None:
            raise engine.NotFound("There is nothing to undo.")
        if request.POST.get("dismiss"):
            return HttpResponseRedirect(self._grid(found))
        back, faults = _undeleted(handle, found["ids"])
        for text in faults[:3]:
            messages.error(request, text)
        if back:
            messages.success(request, f"{back} {'document is' if back == 1 else 'documents are'} back.")
        return HttpResponseRedirect(self._grid(found))

    def _grid(self, found: dict[str, Any]) -> str:
        """The grid as it was when they were deleted."""
        name = self.collection.spec.name
        return reverse("dashboard:documents", args=[self.database.id, name]) + found["view"]


def _undeleted(handle: engine.Collection, ids: list[str]) -> tuple[int, list[str]]:
    """How many came back, and why others did not: somebody may have taken a unique value meanwhile."""
    back, faults = 0, []
    for document_id in ids:
        try:
            handle.history.undelete(engine.TYPES["objectid"](document_id))
            back += 1
        except (engine.Conflict, engine.NotFound) as problem:
            faults.append(problem.message)
    return back, faults


def _short(document: dict[str, Any] | None) -> dict[str, Any]:
    """The first few members, for somebody to know it again."""
    return dict([*(document or {}).items()][:6])
