"""Setting one field of several selected documents at once."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect

import engine
from dashboard.documents import grid, undo
from dashboard.documents.views.base import DocumentsPage, query_of_ids, selected_ids
from dashboard.layout import value_inputs
from dashboard.templatetags.dashboard import plural
from web.errors import status_of


class Bulk(DocumentsPage):
    """A form for the selected documents; with `expected`, their number, the field is set in all or in none."""

    def post(self, request: HttpRequest, database_id: str, collection: str) -> HttpResponse:
        self.open_collection(database_id, collection).require(engine.Action.WRITE)
        ids = selected_ids(request.POST)
        view = grid.View.of(request.POST)
        if not request.POST.get("expected"):
            return self._form(ids, view)
        try:
            return self._write(ids, view)
        except (engine.Invalid, engine.TooLarge, engine.Conflict) as error:
            messages = [f"{item.field}: {item.message}" for item in error.errors] or [error.message]
            return self._form(ids, view, faults=messages, status=status_of(error))

    def _write(self, ids: list[str], view: grid.View) -> HttpResponse:
        given = self.request.POST
        name = given.get("name", "").strip()
        if not name:
            raise engine.Invalid.of_field("name", "Choose a field.")
        value = value_inputs.typed(given.get("kind", ""), given.get("value", ""))
        query = query_of_ids(ids)
        steps = self._versions(query)
        operation = engine.Update(query, engine.Change({name: value}, root=""), guard=engine.Guard(most=len(ids)))
        count = self.collection.write(operation).count
        text = f"Field {name} set in {plural(count, 'document')}."
        self.offer_undo(self.request, steps, text=text, view=view.address())
        return HttpResponseRedirect(self.grid_address(view.address()))

    def _versions(self, query: engine.Query) -> list[undo.Step]:
        """What the documents are before the write."""
        fields = {"_sys.version": 1}
        wanted = engine.Query(filter=query.filter, fields=fields, limit=undo.MOST + 1, count=engine.Count.NONE)
        found = self.collection.find(wanted).documents
        return [undo.Step(str(item["_id"]), undo.CHANGED, item["_sys"]["version"]) for item in found]

    def _form(self, ids: list[str], view: grid.View, *, status: int = 200, **more: Any) -> HttpResponse:
        given = self.request.POST
        context = {
            "ids": ids,
            "view": view,
            "names": [field.name for field in self.collection.spec.schema.fields if not field.unwritable],
            "kinds": value_inputs.KINDS,
            "typed": {name: given.get(name, "") for name in ("name", "kind", "value")},
            "undoable": self.collection.spec.history and len(ids) <= undo.MOST,
            "back": self.grid_address(view.address()),
            **more,
        }
        return self.show("documents_bulk.html", context, status=status)
